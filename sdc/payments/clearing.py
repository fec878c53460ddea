"""A rail that discharges a payment only once the vendor's bank has the money: follow what it sent until it clears or comes back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.bills.model import BillState
from sdc.books.posting import post
from sdc.errors import ConflictError
from sdc.outbox.work import Work
from sdc.payments.alarms import raise_alarm
from sdc.payments.claiming import program_day
from sdc.payments.locking import Locked, attempts_of, lock_payment
from sdc.payments.model import Attempt, AttemptState, BankLeg, Payment, PaymentState
from sdc.payments.recording import LOOK_AT_OUTSTANDING_AFTER, freeze, return_entries, settlement_of
from sdc.payments.returning import return_payment
from vendors import RailUnavailableError
from vendors.rails import Canceled, Found, Rail, TooLate


async def outstanding_payments(session: AsyncSession, *, rail: str, machine_at: datetime, most: int) -> list[UUID]:
    """List what was sent and has not cleared, and nobody has looked at for a while: an event may be lost."""
    due = select(Payment.id).where(
        Payment.state == PaymentState.SENT, Payment.is_outstanding, Payment.rail == rail, Payment.look_at <= machine_at
    )
    return list(await session.scalars(due.order_by(Payment.look_at).limit(most)))


async def look_at_outstanding(work: Work, payment_id: UUID, *, at: datetime, machine_at: datetime) -> bool:
    """Ask the rail what became of an outstanding payment; says whether it is outstanding no more.

    Raises:
        RailAnswerError: the rail did not answer; its next turn comes.

    """
    async with work.sessions.begin() as session:
        payment = (await lock_payment(session, payment_id)).payment
        rail_id = payment.rail_id if payment.state is PaymentState.SENT and payment.is_outstanding else None
        if rail_id is not None:
            payment.look_at = machine_at + LOOK_AT_OUTSTANDING_AFTER
    if rail_id is None or (found := await work.rail.retrieve(rail_id)) is None:
        return False
    async with work.sessions.begin() as session:
        is_over = await follow_outstanding(session, payment_id, found, at=at)
        if is_over and found.cleared_at is not None:
            await return_payment(session, payment_id, rail_id=rail_id, reversed_cents=found.reversed_cents, at=at)
    return is_over


async def follow_outstanding(session: AsyncSession, payment_id: UUID, found: Found, *, at: datetime) -> bool:
    """Settle what has cleared, give back to the vendor's account what was voided or returned before; says whether either was so."""
    locked = await lock_payment(session, payment_id)
    attempt = await _outstanding(session, locked, found.rail_id)
    if attempt is None:
        return False
    if found.cleared_at is not None:
        await _clear(session, locked, attempt, cleared_at=found.cleared_at, at=at)
        return True
    if found.reversed_cents >= attempt.amount_cents:
        await _come_back(session, locked, attempt, state=PaymentState.REVERSED, at=at)
        raise_alarm(session, "payment_returned", subject=payment_id, at=at, amount_cents=attempt.amount_cents)
        return True
    if found.reversed_cents:
        freeze(session, locked, attempt, why="a part of it came back before it cleared", at=at)
    return False


async def void_payment(rail: Rail, payment: Payment) -> Found | None:
    """Have the rail void an outstanding payment, and give what it has of it then to `record_void`; nothing when none is outstanding.

    No transaction is open here. A replay asks again under the same key, which changes nothing.

    Raises:
        ConflictError: the vendor's bank has it already, or takes it now.
        RailUnavailableError: the rail did not say.

    """
    if payment.rail_id is None or payment.state is not PaymentState.SENT or not payment.is_outstanding:
        return None
    match await rail.cancel(payment.rail_id, key=f"c:{payment.reference}:{payment.attempts}"):
        case Canceled():
            return await rail.retrieve(payment.rail_id)
        case TooLate():
            raise ConflictError("the vendor's bank is taking this payment, so it can not be stopped any more")
        case _:
            raise RailUnavailableError("cancel", "no answer")


async def record_void(session: AsyncSession, payment_id: UUID, found: Found, *, by: UUID, at: datetime) -> Payment:
    """Record that a payment was voided before it arrived: the vendor is owed it, until it is retried or its bill is reversed.

    Raises:
        ConflictError: it has cleared, or came back otherwise, since.

    """
    locked = await lock_payment(session, payment_id)
    attempt = await _outstanding(session, locked, found.rail_id)
    if attempt is None or found.cleared_at is not None:
        raise ConflictError("this payment has arrived, or came back, since")
    await _come_back(session, locked, attempt, state=PaymentState.CANCELED, by=by, at=at)
    return locked.payment


async def _outstanding(session: AsyncSession, locked: Locked, rail_id: str) -> Attempt | None:
    attempts = await attempts_of(session, locked.payment)
    return next((one for one in attempts if one.is_outstanding and one.state is AttemptState.SENT and one.rail_id == rail_id), None)


async def _clear(session: AsyncSession, locked: Locked, attempt: Attempt, *, cleared_at: datetime, at: datetime) -> None:
    payment, bill = locked.payment, locked.bill
    attempt.is_outstanding = payment.is_outstanding = False
    payment.cleared_at, payment.delivery, payment.look_at = cleared_at, BankLeg.DELIVERED, None
    bill.is_sending = False
    if bill.state is BillState.ACCEPTED:
        bill.state = BillState.PAID
    journal.record(session, "payment.cleared", subject=payment.id, by=None, at=at, attempt=attempt.id, amount_cents=attempt.amount_cents)
    await post(session, settlement_of(locked, attempt, on=await program_day(session, payment, at=at)), at=at)


async def _come_back(
    session: AsyncSession, locked: Locked, attempt: Attempt, *, state: PaymentState, at: datetime, by: UUID | None = None
) -> None:
    payment = locked.payment
    attempt.is_outstanding = payment.is_outstanding = False
    attempt.returned_cents, attempt.settled_on = attempt.amount_cents, None  # it was never paid
    payment.returned_cents += attempt.amount_cents
    payment.state, payment.delivery, payment.look_at = state, BankLeg.NONE, None
    locked.bill.is_sending = False
    journal.record(session, f"payment.{state}", subject=payment.id, by=by, at=at, attempt=attempt.id, amount_cents=attempt.amount_cents)
    await post(session, *await return_entries(session, locked, attempt, at=at), at=at)
