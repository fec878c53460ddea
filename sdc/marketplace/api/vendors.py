"""Routes of vendors: applying, reviewing, what they hold and sell, and their orders."""

import time
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.auth.tokens import new_token_text
from sdc.clock import Clock
from sdc.config import Settings
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace import reviewing
from sdc.marketplace.answers import (
    AppliedOut,
    NoteIn,
    OnboardingOut,
    ReasonIn,
    ScreeningIn,
    ScreeningOut,
    VendorIn,
    VendorOut,
    VendorPage,
)
from sdc.marketplace.applying import ApplicationRate, apply_as_vendor, give_first_token
from sdc.marketplace.links import keep_link, new_link_text, open_page
from sdc.marketplace.onboarding import ask_rail, rail_answers, record_payee
from sdc.marketplace.scope import load_vendor, vendor_scope
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page
from vendors import Vendor, VendorState
from vendors.rails import Rail

_REVIEWERS = frozenset({Role.ADMIN, Role.DIRECTOR})


@post("/v1/vendors", status_code=HTTP_201_CREATED, opt={"permission": Permission.APPLY_AS_VENDOR})
async def create_vendor(
    request: Request[Any, Any, Any],
    data: JSONBody[VendorIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    maybe_who: NamedDependency[Principal | None],
    clock: NamedDependency[Clock],
) -> Response[AppliedOut]:
    """Apply as a vendor. Without a token the answer holds one, this once, by which the vendor comes back."""
    at = clock.now()
    is_staff = maybe_who is not None and maybe_who.role in _REVIEWERS
    if not is_staff:
        rate: ApplicationRate = request.app.state.setdefault("application_rate", ApplicationRate())
        rate.count(request.client.host if request.client else "", seconds=time.monotonic())
    async with idempotency.begin(sessions, key, at=at) as call:
        vendor = await apply_as_vendor(
            call.session,
            id=new_id(),
            program_id=data.program_id,
            name=data.name,
            categories=data.categories,
            owners=data.owners,
            is_directed_worker=data.is_directed_worker,
            by=maybe_who.id if maybe_who else None,
            at=at,
        )
        shown = AppliedOut.of(vendor, maybe_who.role if maybe_who else Role.VENDOR)
        if is_staff:
            return call.answer(shown)
        text = new_token_text()
        await give_first_token(call.session, vendor, id=new_id(), text=text, at=at)
        return call.answer(shown.model_copy(update={"token": text}))


@get("/v1/vendors", opt={"permission": Permission.SEE_VENDORS})
async def list_vendors(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    in_state: Annotated[VendorState | None, QueryParameter(name="state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> VendorPage:
    """List the vendors of your programs; a vendor sees itself."""
    query = select(Vendor).where(vendor_scope(who, at=clock.now()))
    if in_state is not None:
        query = query.where(Vendor.state == in_state)
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, query, Vendor.id, limit=limit, cursor=cursor)
    return page_bytes(VendorPage, rows, lambda vendor: VendorOut.to(vendor, who), next_cursor)


@get("/v1/vendors/{vendor_id:uuid}", opt={"permission": Permission.SEE_VENDORS})
async def get_vendor(
    vendor_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> VendorOut:
    """Show one vendor."""
    async with sessions.read() as session:
        return VendorOut.to(await load_vendor(session, vendor_id, who=who, at=clock.now()), who)


async def _review(
    vendor_id: UUID, move: str, *, reason: str | None, key: IdempotencyKey, sessions: Sessions, who: Principal, clock: Clock
) -> Response[VendorOut]:
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        await reviewing.review_vendor(call.session, vendor, move, reason=reason, by=who.id, at=at)
        return call.answer(VendorOut.to(vendor, who), HTTP_200_OK)


@post("/v1/vendors/{vendor_id:uuid}/approve", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def approve_vendor(
    vendor_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    data: JSONBody[NoteIn | None] = None,
) -> Response[VendorOut]:
    """Let an applicant sell and be paid."""
    return await _review(vendor_id, "approve", reason=data.reason if data else None, key=key, sessions=sessions, who=who, clock=clock)


@post("/v1/vendors/{vendor_id:uuid}/reject", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def reject_vendor(
    vendor_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[VendorOut]:
    """Turn an applicant or a suspended vendor away for good."""
    return await _review(vendor_id, "reject", reason=data.reason, key=key, sessions=sessions, who=who, clock=clock)


@post("/v1/vendors/{vendor_id:uuid}/suspend", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def suspend_vendor(
    vendor_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[VendorOut]:
    """Stop new purchases from a vendor, and payments to it."""
    return await _review(vendor_id, "suspend", reason=data.reason, key=key, sessions=sessions, who=who, clock=clock)


@post("/v1/vendors/{vendor_id:uuid}/reinstate", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def reinstate_vendor(
    vendor_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    data: JSONBody[NoteIn | None] = None,
) -> Response[VendorOut]:
    """Let a suspended vendor sell and be paid again."""
    return await _review(vendor_id, "reinstate", reason=data.reason if data else None, key=key, sessions=sessions, who=who, clock=clock)


@post("/v1/vendors/{vendor_id:uuid}/screenings", status_code=HTTP_201_CREATED, opt={"permission": Permission.REVIEW_VENDORS})
async def create_screening(
    vendor_id: FromPath[UUID],
    data: JSONBody[ScreeningIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[ScreeningOut]:
    """Record what an exclusion list says of a vendor. A match stops purchases and payments at once."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        screening = await reviewing.screen_vendor(
            call.session, vendor, id=new_id(), list=data.list.lower(), list_date=data.list_date, result=data.result, by=who.id, at=at
        )
        return call.answer(ScreeningOut.of(screening))


@post("/v1/vendors/{vendor_id:uuid}/tax-form", status_code=HTTP_200_OK, opt={"permission": Permission.EDIT_VENDORS})
async def accept_tax_form(
    vendor_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[VendorOut]:
    """Say that the vendor's tax form is signed and its number checked. The number itself is not kept here."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        await reviewing.accept_tax_form(call.session, vendor, by=who.id, at=at)
        return call.answer(VendorOut.to(vendor, who), HTTP_200_OK)


@post("/v1/vendors/{vendor_id:uuid}/onboarding", status_code=HTTP_200_OK, opt={"permission": Permission.EDIT_VENDORS})
async def onboard_vendor(
    vendor_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
    rail: NamedDependency[SkipValidation[Rail]],
) -> Response[OnboardingOut]:
    """Give a fresh address where the vendor tells the payment processor who it is and where its bank is."""
    at = clock.now()
    async with sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=at)
    status = await ask_rail(rail, vendor)
    text = new_link_text()
    with rail_answers():
        url = await open_page(rail, status.payee_id, text, public_url=settings.public_url)
    async with idempotency.begin(sessions, key, at=at) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        await record_payee(call.session, vendor, status, rail=rail.name, by=who.id, at=at)
        keep_link(call.session, vendor.id, text, at=at)
        return call.answer(OnboardingOut(url=url, is_payable=vendor.is_payable), HTTP_200_OK)


HANDLERS = [
    create_vendor,
    list_vendors,
    get_vendor,
    approve_vendor,
    reject_vendor,
    suspend_vendor,
    reinstate_vendor,
    create_screening,
    accept_tax_form,
    onboard_vendor,
]
