"""Routes of a reviewer: approve, reject, suspend, reinstate, each with its reason; and what happened to a vendor."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import select

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.crypto import KeyRing
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace import reviewing
from sdc.marketplace.answers import NoteIn, ReasonIn, VendorOut
from sdc.marketplace.events import Actor, open_reason
from sdc.marketplace.missing import missing_of
from sdc.marketplace.scope import load_vendor, recheck_vendor
from sdc.outbox.work import Work
from sdc.web.input import Output
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, Page, page_bytes, read_page
from vendors import VendorEvent


class VendorEventOut(Output):
    """Something that happened to a vendor. The vendor itself sees who did it only as a role, unless it was the vendor."""

    id: UUID
    kind: str
    at: datetime
    by: UUID | None
    by_role: str | None
    reason: str | None
    facts: dict[str, str | int | bool | None]

    @classmethod
    def of(cls, event: VendorEvent, who: Principal, keyring: KeyRing) -> Self:
        """Show an event."""
        return cls(
            id=event.id,
            kind=event.kind,
            at=event.at,
            by=event.by if who.role is not Role.VENDOR or event.by == who.id else None,
            by_role=event.by_role,
            reason=open_reason(keyring, event),
            facts=event.facts,
        )


class VendorEventPage(Page):
    """Events, the newest first."""

    items: list[VendorEventOut]


async def _review(
    request: Request[Any, Any, Any], vendor_id: UUID, move: str, *, reason: str | None, key: IdempotencyKey, who: Principal, work: Work
) -> Response[VendorOut]:
    at, keyring = work.clock.now(), work.keyring
    async with idempotency.begin(work.sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        actor = Actor.of(who, keyring)
        await reviewing.review_vendor(call.session, vendor, move, reason=reason, message_id=new_id(), actor=actor, at=at)
        lacks = await missing_of(call.session, vendor, language=language_of(request), at=at)
        return call.answer(VendorOut.of(vendor, who.role, keyring, missing=lacks), HTTP_200_OK)


@post("/v1/vendors/{vendor_id:uuid}/approve", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def approve_vendor(
    request: Request[Any, Any, Any],
    vendor_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
    data: JSONBody[NoteIn | None] = None,
) -> Response[VendorOut]:
    """Let an applicant sell and be paid; not one that an exclusion list names, or may name."""
    return await _review(request, vendor_id, "approve", reason=data.reason if data else None, key=key, who=who, work=work)


@post("/v1/vendors/{vendor_id:uuid}/reject", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def reject_vendor(
    request: Request[Any, Any, Any],
    vendor_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
) -> Response[VendorOut]:
    """Turn an applicant or a suspended vendor away for good."""
    return await _review(request, vendor_id, "reject", reason=data.reason, key=key, who=who, work=work)


@post("/v1/vendors/{vendor_id:uuid}/suspend", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def suspend_vendor(
    request: Request[Any, Any, Any],
    vendor_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
) -> Response[VendorOut]:
    """Stop new purchases from a vendor, and payments to it."""
    return await _review(request, vendor_id, "suspend", reason=data.reason, key=key, who=who, work=work)


@post("/v1/vendors/{vendor_id:uuid}/reinstate", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def reinstate_vendor(
    request: Request[Any, Any, Any],
    vendor_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
    data: JSONBody[NoteIn | None] = None,
) -> Response[VendorOut]:
    """Let a suspended vendor sell and be paid again; not one that an exclusion list names, or may name."""
    return await _review(request, vendor_id, "reinstate", reason=data.reason if data else None, key=key, who=who, work=work)


@get("/v1/vendors/{vendor_id:uuid}/events", opt={"permission": Permission.SEE_VENDOR_RECORDS})
async def list_events(
    vendor_id: FromPath[UUID],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> VendorEventPage:
    """List what happened to a vendor, and why."""
    async with work.sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=work.clock.now())
        query = select(VendorEvent).where(VendorEvent.vendor_id == vendor.id)
        rows, next_cursor = await read_page(session, query, VendorEvent.id, limit=limit, cursor=cursor)
    return page_bytes(VendorEventPage, rows, lambda event: VendorEventOut.of(event, who, work.keyring), next_cursor)


HANDLERS = [approve_vendor, reject_vendor, suspend_vendor, reinstate_vendor, list_events]
