"""Queue what is owed, hold what can not leave now, take it up again, or cancel it before it leaves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.bills.model import Bill, BillState
from sdc.errors import ConflictError
from sdc.payments.locking import Locked
from sdc.payments.model import BankLeg, Payment, PaymentState
from sdc.payments.states import NOT_SENT, Held, PaymentMoveName, check_payment_move, is_bill_payable, owed_cents


async def queue_payment(
    session: AsyncSession, bill_id: UUID, *, id: UUID, reference: UUID, rail: str, at: datetime, machine_at: datetime
) -> Payment | None:
    """Make the one payment of an accepted bill, or answer the one that stands; a reversed bill's is canceled.

    The bill's lock makes it one, whoever asks at the same time.
    """
    bill = await session.scalar(select(Bill).where(Bill.id == bill_id).with_for_update())
    if bill is None:
        return None
    payment = await session.scalar(select(Payment).where(Payment.bill_id == bill_id).with_for_update())
    if bill.state is BillState.REVERSED and payment is not None and payment.state in NOT_SENT:
        cancel_payment(session, payment, by=None, at=at)
    if bill.state is not BillState.ACCEPTED or payment is not None:
        return payment
    payment = Payment(
        id=id,
        program_id=bill.program_id,
        bill_id=bill.id,
        vendor_id=bill.vendor_id,
        reference=reference,
        rail=rail,
        amount_cents=bill.amount_cents,
        returned_cents=0,
        state=PaymentState.QUEUED,
        delivery=BankLeg.NONE,
        held_because=None,
        attempts=0,
        look_at=machine_at,
        rail_id=None,
        expected_on=None,
        created_at=at,
        sent_at=None,
    )
    session.add(payment)
    journal.record(session, "payment.queued", subject=id, by=None, at=at, bill=bill.id, amount_cents=bill.amount_cents)
    return payment


def hold_payment(session: AsyncSession, payment: Payment, held: Held, *, why: str, look_at: datetime | None, at: datetime) -> None:
    """Hold a locked payment of which nothing has left."""
    payment.state = PaymentState.HELD
    payment.held_because = f"{held}: {why}"[:64]
    payment.look_at = look_at
    journal.record(session, "payment.held", subject=payment.id, by=None, at=at, because=held)


def requeue_payment(session: AsyncSession, payment: Payment, *, at: datetime, machine_at: datetime) -> None:
    """Let a locked payment that was held leave again."""
    payment.state = PaymentState.QUEUED
    payment.held_because = None
    payment.look_at = machine_at
    journal.record(session, "payment.requeued", subject=payment.id, by=None, at=at)


def pay_without_sending(session: AsyncSession, payment: Payment, bill: Bill, *, at: datetime) -> None:
    """Note that a locked payment is paid though nothing of it is sent: all was withheld, or set off against what its vendor owed."""
    payment.state, payment.held_because, payment.look_at, payment.sent_at = PaymentState.SENT, None, None, at
    if bill.state is BillState.ACCEPTED:
        bill.state = BillState.PAID
    journal.record(session, "payment.sent", subject=payment.id, by=None, at=at, amount_cents=0)


def cancel_payment(session: AsyncSession, payment: Payment, *, by: UUID | None, at: datetime) -> None:
    """Cancel a locked payment: the vendor is still owed, until the bill is reversed.

    Raises:
        WrongStateError: it has begun to leave, or is ended.
        ConflictError: it was sent meanwhile, and can only be voided.

    """
    check_payment_move(payment, PaymentMoveName.CANCEL)
    if payment.state not in NOT_SENT:
        raise ConflictError("this payment was sent just now: cancel it again, to have it voided")
    payment.state = PaymentState.CANCELED
    payment.held_because = None
    payment.look_at = None
    journal.record(session, "payment.canceled", subject=payment.id, by=by, at=at)


def retry_payment(session: AsyncSession, locked: Locked, *, by: UUID, at: datetime, machine_at: datetime) -> None:
    """Queue what a locked payment still owes: the next attempt has a new number and a new key.

    Whether its vendor can be paid, and the processor has the money, is looked at when it leaves, as always.

    Raises:
        WrongStateError: it goes on by itself, was sent in full, or is frozen.
        ConflictError: its bill was reversed, so that nothing is owed.

    """
    payment = locked.payment
    check_payment_move(payment, PaymentMoveName.RETRY)
    if not is_bill_payable(locked.bill, payment):
        raise ConflictError("the bill of this payment was reversed: nothing is owed")
    payment.state, payment.held_because, payment.look_at = PaymentState.QUEUED, None, machine_at
    journal.record(session, "payment.retried", subject=payment.id, by=by, at=at, amount_cents=owed_cents(payment))


async def resume_funded(session: AsyncSession, *, at: datetime, machine_at: datetime) -> int:
    """Queue every payment that was held for funding again: money has arrived at the processor."""
    held = select(Payment).where(Payment.state == PaymentState.HELD, Payment.held_because.startswith(Held.FUNDING)).order_by(Payment.id)
    payments = (await session.scalars(held.with_for_update(skip_locked=True))).all()
    for payment in payments:
        requeue_payment(session, payment, at=at, machine_at=machine_at)
    return len(payments)
