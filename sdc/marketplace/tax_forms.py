"""A vendor's Form W-9 and backup withholding: the number sealed, its last four shown, and a person who says that it fits the name."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc import journal
from sdc.clock import local_date
from sdc.crypto import KeyRing
from sdc.errors import ConflictError, InvalidFieldError, NotFoundError, WrongStateError
from sdc.marketplace.contact import seal_legal_name
from sdc.marketplace.events import Actor, note_event
from sdc.marketplace.messages import write_message
from sdc.outbox import enqueue
from sdc.programs.model import Program
from vendors import TaxClassification, TinKind, Vendor, VendorState, VendorTaxRecord

_NAME_COLUMN = "vendor_tax_records.legal_name_sealed"
_TIN_COLUMN = "vendor_tax_records.tin_sealed"


@dataclass(frozen=True, slots=True)
class TaxForm:
    """What stands on a Form W-9; `tin` is nine digits that were checked."""

    legal_name: str
    tin: str = field(repr=False)
    tin_kind: TinKind
    classification: TaxClassification
    signed_on: date
    is_subject_to_backup_withholding: bool


async def receive_tax_form(
    session: AsyncSession, vendor: Vendor, form: TaxForm, *, id: UUID, actor: Actor, at: datetime
) -> VendorTaxRecord:
    """Keep a tax form that came. It counts when a person has accepted it. The caller has locked the vendor.

    The same number at another vendor of the program calls a person and refuses nothing: one owner may have two shops.

    Raises:
        WrongStateError: the vendor was rejected.
        InvalidFieldError: it is signed on a day to come.

    """
    if vendor.state is VendorState.REJECTED:
        raise WrongStateError("vendor", vendor.id, state=vendor.state, move="tax_form", open_moves=vendors.open_moves(vendor.state))
    program = await session.get(Program, vendor.program_id)
    if program is None:
        raise NotFoundError("program", vendor.program_id)
    if form.signed_on > local_date(at, program.time_zone):
        raise InvalidFieldError("signed_on", "a tax form is not signed on a day to come")
    assert actor.keyring is not None, "a number is kept sealed"
    assert actor.id is not None, "somebody sends a tax form"
    keyring = actor.keyring
    record = VendorTaxRecord(
        id=id,
        program_id=vendor.program_id,
        vendor_id=vendor.id,
        legal_name_sealed=keyring.seal(form.legal_name, _NAME_COLUMN, id),
        tin_sealed=keyring.seal(form.tin, _TIN_COLUMN, id),
        tin_mark=keyring.mark(_marked(form.tin)),
        tin_kind=form.tin_kind,
        tin_last_four=form.tin[-4:],
        classification=form.classification,
        signed_on=form.signed_on,
        is_match=None,
        is_certified=not form.is_subject_to_backup_withholding,
        received_at=at,
        received_by=actor.id,
        accepted_at=None,
        accepted_by=None,
    )
    session.add(record)
    await session.flush()
    note_event(session, vendor, "tax_form_received", actor=actor, at=at, record=id, tin_kind=form.tin_kind, last_four=form.tin[-4:])
    same = select(VendorTaxRecord.vendor_id).where(
        VendorTaxRecord.program_id == vendor.program_id,
        VendorTaxRecord.tin_mark.in_(keyring.marks(_marked(form.tin))),
        VendorTaxRecord.vendor_id != vendor.id,
    )
    for other in sorted(set(await session.scalars(same))):
        journal.raise_alarm(session, "same_tin", subject=vendor.id, at=at, other_vendor=other)
    return record


async def newest_tax_form(session: AsyncSession, vendor: Vendor) -> VendorTaxRecord | None:
    """Read the tax form that came last."""
    mine = select(VendorTaxRecord).where(VendorTaxRecord.vendor_id == vendor.id)
    return await session.scalar(mine.order_by(VendorTaxRecord.id.desc()).limit(1))


async def decide_tax_form(
    session: AsyncSession,
    vendor: Vendor,
    *,
    is_match: bool,
    reason: str | None = None,
    message_ids: tuple[UUID, UUID],
    actor: Actor,
    at: datetime,
) -> VendorTaxRecord:
    """Say whether name and number of the tax form that waits belong together. The caller has locked the vendor.

    One that does not fit, or whose signer is subject to it, begins backup withholding (26 U.S.C. 3406(a)(1)); only a person
    ends that.

    Raises:
        ConflictError: no tax form waits.

    """
    record = await newest_tax_form(session, vendor)
    if record is None or record.accepted_at is not None:
        raise ConflictError("no tax form of this vendor waits for a decision")
    assert actor.keyring is not None, "a name is kept sealed"
    record.is_match, record.accepted_at, record.accepted_by = is_match, at, actor.id
    if is_match:
        name = actor.keyring.open(record.legal_name_sealed, _NAME_COLUMN, record.id)
        vendor.legal_name_sealed = seal_legal_name(actor.keyring, vendor, name)
    vendors.accept_tax_form(vendor, is_match=is_match)
    kind = "tax_form_accepted" if is_match else "tax_form_refused"
    note_event(session, vendor, kind, actor=actor, reason=reason, at=at, record=record.id)
    facts = {"last_four": record.tin_last_four}
    await write_message(session, vendor, kind=kind, id=message_ids[0], facts=facts, at=at)
    if not vendor.withholds and not (is_match and record.is_certified):
        await set_withholding(session, vendor, begins=True, reason=None, message_id=message_ids[1], actor=actor, at=at)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)
    return record


async def set_withholding(
    session: AsyncSession, vendor: Vendor, *, begins: bool, reason: str | None, message_id: UUID, actor: Actor, at: datetime
) -> None:
    """Begin or end keeping a part of each payment back for the tax office. The caller has locked the vendor.

    Raises:
        ConflictError: it stands so already.

    """
    if vendor.withholds is begins:
        raise ConflictError("backup withholding is in force already" if begins else "no backup withholding is in force")
    vendor.withholds = begins
    kind = "withholding_begins" if begins else "withholding_ends"
    note_event(session, vendor, kind, actor=actor, reason=reason, at=at)
    await write_message(session, vendor, kind=kind, id=message_id, facts={}, at=at)


def open_tax_name(keyring: KeyRing, record: VendorTaxRecord) -> str:
    """Open the name on a tax form."""
    return keyring.open(record.legal_name_sealed, _NAME_COLUMN, record.id)


def _marked(tin: str) -> str:
    return f"tin:{tin}"
