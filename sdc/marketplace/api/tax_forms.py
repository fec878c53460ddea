"""Routes of a vendor's tax form and of backup withholding."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from litestar.status_codes import HTTP_200_OK
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.crypto import KeyRing
from sdc.errors import NotFoundError
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace import reviewing
from sdc.marketplace.answers import VendorOut
from sdc.marketplace.events import Actor
from sdc.marketplace.forms import TaxDecisionIn, TaxFormIn, WithholdingIn
from sdc.marketplace.missing import missing_of
from sdc.marketplace.scope import load_vendor, recheck_vendor
from sdc.marketplace.tax_forms import decide_tax_form, newest_tax_form, open_tax_name, receive_tax_form, set_withholding
from sdc.outbox.work import Work
from sdc.web.input import Output
from sdc.web.language import language_of
from vendors import TaxClassification, TinKind, Vendor, VendorTaxRecord

_REVIEWERS = frozenset({Role.ADMIN, Role.DIRECTOR})


class TaxFormOut(Output):
    """A Form W-9 that came, with the last four digits of its number, and nothing more of it."""

    id: UUID
    state: Literal["received", "accepted", "refused"]
    legal_name: str
    tin_kind: TinKind
    tin_last_four: str
    classification: TaxClassification
    signed_on: date
    is_subject_to_backup_withholding: bool
    received_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, record: VendorTaxRecord, keyring: KeyRing) -> Self:
        """Show a tax form."""
        decided: Literal["accepted", "refused"] = "accepted" if record.is_match else "refused"
        return cls(
            id=record.id,
            state="received" if record.accepted_at is None else decided,
            legal_name=open_tax_name(keyring, record),
            tin_kind=record.tin_kind,
            tin_last_four=record.tin_last_four,
            classification=record.classification,
            signed_on=record.signed_on,
            is_subject_to_backup_withholding=not record.is_certified,
            received_at=record.received_at,
            decided_at=record.accepted_at,
        )


@post("/v1/vendors/{vendor_id:uuid}/tax-form", status_code=HTTP_200_OK, opt={"permission": Permission.EDIT_VENDORS})
async def send_tax_form(
    request: Request[Any, Any, Any],
    vendor_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
    data: JSONBody[TaxFormIn | None] = None,
) -> Response[VendorOut]:
    """Send a vendor's Form W-9; without a body, say that the signed form was seen elsewhere and its number fits.

    What the vendor sends waits for a person. What staff sends, or says it saw, counts at once; an empty call of staff accepts
    the form that waits.
    """
    at = work.clock.now()
    async with idempotency.begin(work.sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        session, actor = call.session, Actor.of(who, work.keyring)
        vendor = await load_vendor(session, vendor_id, who=who, at=at, lock=True)
        form = data.form() if data is not None else None
        if form is not None:
            await receive_tax_form(session, vendor, form, id=new_id(), actor=actor, at=at)
        if who.role in _REVIEWERS and await _waits(session, vendor):
            await decide_tax_form(session, vendor, is_match=True, message_ids=(new_id(), new_id()), actor=actor, at=at)
        elif form is None:
            await reviewing.accept_tax_form(session, vendor, actor=actor, at=at)
        lacks = await missing_of(session, vendor, language=language_of(request), at=at)
        return call.answer(VendorOut.of(vendor, who.role, work.keyring, missing=lacks), HTTP_200_OK)


@get("/v1/vendors/{vendor_id:uuid}/tax-form", opt={"permission": Permission.SEE_VENDOR_RECORDS})
async def get_tax_form(
    vendor_id: FromPath[UUID], who: NamedDependency[Principal], work: NamedDependency[SkipValidation[Work]]
) -> TaxFormOut:
    """Show the tax form that came last; that staff has looked is kept."""
    at = work.clock.now()
    async with work.sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=at)
        record = await newest_tax_form(session, vendor)
    if record is None:
        raise NotFoundError("tax form", vendor_id)
    if who.role is not Role.VENDOR:
        await journal.record_view(work.sessions, "vendor.tax_form_seen", subject=vendor.id, by=who.id, at=at)
    return TaxFormOut.of(record, work.keyring)


@post("/v1/vendors/{vendor_id:uuid}/tax-form/decide", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def decide_on_tax_form(
    vendor_id: FromPath[UUID],
    data: JSONBody[TaxDecisionIn],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
) -> Response[TaxFormOut]:
    """Say whether name and number of the tax form that waits belong together; one that does not fit begins backup withholding."""
    at = work.clock.now()
    async with idempotency.begin(work.sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        record = await decide_tax_form(
            call.session,
            vendor,
            is_match=data.is_match,
            reason=data.reason,
            message_ids=(new_id(), new_id()),
            actor=Actor.of(who, work.keyring),
            at=at,
        )
        return call.answer(TaxFormOut.of(record, work.keyring), HTTP_200_OK)


@post("/v1/vendors/{vendor_id:uuid}/withholding", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def change_withholding(
    vendor_id: FromPath[UUID],
    data: JSONBody[WithholdingIn],
    key: NamedDependency[IdempotencyKey],
    who: NamedDependency[Principal],
    work: NamedDependency[SkipValidation[Work]],
) -> Response[VendorOut]:
    """Begin or end backup withholding, because the tax office said so or the number was put right; the vendor is told."""
    at = work.clock.now()
    async with idempotency.begin(work.sessions, key, at=at, recheck=recheck_vendor(vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        await set_withholding(
            call.session,
            vendor,
            begins=data.begins,
            reason=data.reason,
            message_id=new_id(),
            actor=Actor.of(who, work.keyring),
            at=at,
        )
        return call.answer(VendorOut.of(vendor, who.role, work.keyring), HTTP_200_OK)


async def _waits(session: AsyncSession, vendor: Vendor) -> bool:
    record = await newest_tax_form(session, vendor)
    return record is not None and record.accepted_at is None


HANDLERS = [send_tax_form, get_tax_form, decide_on_tax_form, change_withholding]
