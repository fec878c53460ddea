"""Which payments are due to be taken up: by their state, and by the machine's own time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc.bills.model import Bill, BillState
from sdc.payments.claiming import CALL_LASTS, LOOK_AT_HELD_AFTER, processor_cents
from sdc.payments.leaving import program_lets_leave
from sdc.payments.locking import lock_payment
from sdc.payments.model import Attempt, AttemptState, Payment, PaymentState
from sdc.payments.queueing import requeue_payment
from sdc.payments.states import ON_THE_WAY, Held, cents_to_send
from vendors import Vendor, VendorState

MOST_AT_ONCE = 100


CALL_IS_SHORT = timedelta(seconds=5)
"""How long a call that is open is surely left to its maker, though this process began after it (machine time)."""


@dataclass(frozen=True, slots=True)
class Due:
    """A payment to take up, as it was seen."""

    id: UUID
    look_at: datetime


async def unpaid_bills(session: AsyncSession) -> list[UUID]:
    """List accepted bills that have no payment: their job was lost with its worker."""
    unpaid = select(Bill.id).where(Bill.state == BillState.ACCEPTED, ~exists().where(Payment.bill_id == Bill.id))
    return list(await session.scalars(unpaid.order_by(Bill.id).limit(MOST_AT_ONCE)))


async def due_payments(session: AsyncSession, *, rail: str, started_at: datetime, machine_at: datetime) -> list[Due]:
    """List what stopped on its way by a rail.

    A call that was open for a while when this process started has lost its maker with an earlier process: what became of
    it is unknown now. Should its maker live in another process after all, the same key keeps the two harmless.
    """
    is_called = exists().where(Attempt.payment_id == Payment.id, Attempt.state == AttemptState.SENDING)
    from_before = and_(Payment.look_at <= min(started_at, machine_at - CALL_IS_SHORT) + CALL_LASTS, is_called)
    query = select(Payment.id, Payment.look_at).where(
        Payment.state.in_(ON_THE_WAY), Payment.rail == rail, or_(Payment.look_at <= machine_at, from_before), program_lets_leave()
    )
    rows = await session.execute(query.order_by(Payment.look_at).limit(MOST_AT_ONCE))
    return [Due(row.id, row.look_at) for row in rows]


async def held_payments(session: AsyncSession, *, at: datetime, machine_at: datetime) -> list[UUID]:
    """List held payments that may be able to leave: their vendor can be paid now, and money may have come."""
    is_payable = and_(
        Vendor.state == VendorState.ACTIVE,
        Vendor.payee_id.is_not(None),
        Vendor.is_payable,
        ~or_(Vendor.on_leie, Vendor.on_sam, Vendor.on_state_list, Vendor.has_possible_match),
        or_(Vendor.cooling_off_until.is_(None), Vendor.cooling_off_until <= at),
    )
    query = (
        select(Payment.id)
        .join(Vendor, Vendor.id == Payment.vendor_id)
        .where(
            Payment.state == PaymentState.HELD,
            Payment.look_at <= machine_at,
            is_payable,  # or it would stand before others that can leave
            or_(Payment.held_because.startswith(Held.VENDOR), Payment.held_because.startswith(Held.FUNDING)),
        )
    )
    return list(await session.scalars(query.order_by(Payment.look_at).limit(MOST_AT_ONCE)))


async def wake_held(session: AsyncSession, vendor_id: UUID, *, machine_at: datetime) -> None:
    """Have what is held for a vendor looked at again now: the rail says that it can be paid."""
    held = [Payment.vendor_id == vendor_id, Payment.state == PaymentState.HELD, Payment.held_because.startswith(Held.VENDOR)]
    await session.execute(update(Payment).where(*held, Payment.look_at > machine_at).values(look_at=machine_at))


async def release_held(session: AsyncSession, payment_id: UUID, *, rail_cents: int | None, at: datetime, machine_at: datetime) -> bool:
    """Queue a held payment again when nothing holds it any more; else look again later.

    `rail_cents` is what the rail says it can send, where it was asked.
    """
    locked = await lock_payment(session, payment_id)
    payment = locked.payment
    if payment.state is not PaymentState.HELD:
        return False
    if vendors.why_not_payable(locked.vendor, at=at) is not None:
        payment.look_at = machine_at + LOOK_AT_HELD_AFTER
        return False
    if (payment.held_because or "").startswith(Held.FUNDING):
        ours_cents = await processor_cents(session, payment)
        if rail_cents is None or min(ours_cents, rail_cents) < cents_to_send(payment):
            payment.look_at = machine_at + LOOK_AT_HELD_AFTER
            return False
    requeue_payment(session, payment, at=at, machine_at=machine_at)
    return True
