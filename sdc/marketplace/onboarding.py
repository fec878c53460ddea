"""Set up how a vendor is paid: the rail learns an opaque reference, the vendor tells the rail the rest on the rail's own page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc import journal
from sdc.database import Sessions
from sdc.errors import BusyError, ConflictError, WrongStateError
from sdc.marketplace.cooling_off import COOLING_OFF, cool_vendor_off
from sdc.outbox import enqueue
from vendors import PayeeRefusedError, RailAnswerError, Vendor, VendorState
from vendors.rails import PayeeRequest, PayeeStatus, Rail

LOOK_AGAIN_AFTER = timedelta(minutes=10)
LOOK_FOR = 30
"""How often a payee that is not ready yet is looked at by itself; after that the rail's events and the vendor's next visit do it."""


async def ask_rail(rail: Rail, vendor: Vendor) -> PayeeStatus:
    """Make the vendor known to the rail, once, and ask whether it can be paid. No transaction is open here.

    A vendor whose account was closed for good gets a fresh one; the old one's payments stay where they are.

    Raises:
        WrongStateError: the vendor was rejected.
        ConflictError: the rail does not take this vendor.
        BusyError: the rail did not answer.

    """
    if vendor.state is VendorState.REJECTED:
        raise WrongStateError("vendor", vendor.id, state=vendor.state, move="onboarding", open_moves=vendors.open_moves(vendor.state))
    with rail_answers():
        if vendor.payee_id is not None:
            status = await rail.payee_status(vendor.payee_id)
            if not status.closed:
                return status
        key = f"payee:{vendor.id}:{vendor.payees + 1}" if vendor.payees else f"payee:{vendor.id}"
        return await rail.payee_status(await rail.ensure_payee(PayeeRequest(reference=str(vendor.id), key=key)))


async def record_payee(
    session: AsyncSession,
    vendor: Vendor,
    status: PayeeStatus,
    *,
    rail: str,
    by: UUID | None,
    at: datetime,
    cooling_off: timedelta = COOLING_OFF,
    told_of_bank: bool = False,
    wakes: bool = True,
) -> None:
    """Keep what the rail said of a vendor. The caller has locked it; what waited for this is looked at again.

    A bank that is another than before is kept apart: nothing is paid to it for `cooling_off`, and the old contact is told.
    `told_of_bank`: the rail said that an account at a bank was changed or removed. Where it says that the vendor can be paid,
    payments that were held for the vendor are looked at again, but for the look that follows a refusal (`wakes` is false then):
    a rail that says yes and refuses would be asked without end.
    """
    if vendors.note_bank(vendor, status.bank, is_told=told_of_bank):
        await cool_vendor_off(session, vendor, lasts=cooling_off, at=at)
    became_known = vendor.payee_id != status.payee_id
    was_payable = vendor.is_payable
    became_payable = vendors.set_payee(vendor, rail=rail, payee_id=status.payee_id, is_ready=status.ready)
    if became_known or was_payable != vendor.is_payable:
        journal.record(session, "vendor.payee_changed", subject=vendor.id, by=by, at=at, rail=rail, is_payable=vendor.is_payable)
    if status.ready and wakes:
        enqueue(session, "wake_vendor_payments", vendor.id, at=at)
    if became_payable:
        enqueue(session, "look_at_vendor_bills", vendor.id, at=at)
        enqueue(session, "describe_payouts", vendor.id, at=at)
    elif became_known and not vendor.is_payable:
        enqueue(session, "look_at_payee", vendor.id, at=at + LOOK_AGAIN_AFTER, data={"looks_left": LOOK_FOR})


async def refresh_payee(
    sessions: Sessions,
    rail: Rail,
    vendor_id: UUID,
    *,
    at: datetime,
    cooling_off: timedelta = COOLING_OFF,
    told_of_bank: bool = False,
    wakes: bool = True,
) -> bool:
    """Ask the rail again whether a vendor can be paid, and keep the answer; says whether it can.

    Raises:
        RailAnswerError: the rail did not answer.

    """
    async with sessions.read() as session:
        vendor = await session.get(Vendor, vendor_id)
    if vendor is None or vendor.payee_id is None:
        return False
    status = await rail.payee_status(vendor.payee_id)
    async with sessions.begin() as session:
        locked = await session.scalar(select(Vendor).where(Vendor.id == vendor_id).with_for_update())
        assert locked is not None, "no vendor is ever deleted"
        if locked.payee_id != status.payee_id:
            return locked.is_payable  # it got another account meanwhile: this is the answer about the old one
        await record_payee(
            session,
            locked,
            status,
            rail=rail.name,
            by=None,
            at=at,
            cooling_off=cooling_off,
            told_of_bank=told_of_bank,
            wakes=wakes,
        )
    return status.ready


@contextmanager
def rail_answers() -> Iterator[None]:
    """Turn a question that the rail did not answer into what a caller can act on."""
    try:
        yield
    except PayeeRefusedError as error:
        raise ConflictError("the payment processor does not take this vendor as it is") from error
    except RailAnswerError as error:
        raise BusyError("the payment processor did not answer; nothing was changed") from error
