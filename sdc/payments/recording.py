"""Record what a rail answered: settle, return and hold, or leave it unknown; each in one transaction, each only once."""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc import journal
from sdc.bills.model import BillState
from sdc.books import entries
from sdc.books.posting import post
from sdc.payments.alarms import raise_alarm
from sdc.payments.claiming import LOOK_AT_HELD_AFTER, Claimed, program_day
from sdc.payments.locking import Locked, lock_payment
from sdc.payments.model import Attempt, AttemptState, BankLeg, PaymentState
from sdc.payments.pausing import pause_sender, quieten_sender
from sdc.payments.queueing import cancel_payment, hold_payment
from sdc.payments.states import Held, is_bill_payable
from vendors.rails import Busy, Conflicting, Outcome, RailDown, Rejected, Sent, Throttled, Unknown

EXPECTED_BUSINESS_DAYS = 2
SENT_LATE = "sent after it was given up"
_SATURDAY = 5
OPEN_ATTEMPT = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN})
_LONGEST_PAUSE_SECONDS = 300
_MAX_DETAIL = 200


async def record_outcome(session: AsyncSession, claimed: Claimed, outcome: Outcome, *, at: datetime, machine_at: datetime) -> None:
    """Record an answer of the rail to an attempt. An answer to an attempt that has ended changes nothing.

    What is definitive (sent, rejected) holds whoever brings it, for the key makes it one; what is not, only when nobody
    has taken the attempt over meanwhile.
    """
    locked = await lock_payment(session, claimed.payment_id)
    attempt = await _the_attempt(session, claimed)
    if attempt.state not in OPEN_ATTEMPT:
        if isinstance(outcome, Sent) and attempt.state is not AttemptState.SENT:
            freeze(session, locked, attempt, why=SENT_LATE, at=at)
        return
    match outcome:
        case Sent():
            await settle_attempt(session, locked, attempt, outcome, at=at, machine_at=machine_at)
        case Rejected():
            await _return(session, locked, attempt, outcome, at=at, machine_at=machine_at)
        case Conflicting():
            freeze(session, locked, attempt, why=outcome.detail, at=at)
        case _ if attempt.fence == claimed.fence:
            await _wait(session, locked, attempt, outcome, at=at, machine_at=machine_at)
        case _:
            return


async def give_up_attempt(session: AsyncSession, claimed: Claimed, *, at: datetime, machine_at: datetime) -> bool:
    """End an attempt that the rail has looked for and does not have: the payment is queued again, for an attempt with a new key.

    When its vendor can not be paid now it is held instead, and a bill that may not be paid has its payment canceled.
    """
    locked = await lock_payment(session, claimed.payment_id)
    attempt = await _the_attempt(session, claimed)
    if attempt.state not in OPEN_ATTEMPT or attempt.fence != claimed.fence:
        return False
    end_attempt(attempt, AttemptState.ABANDONED, machine_at=machine_at, detail="not found")
    locked.bill.is_sending = False
    locked.payment.state = PaymentState.QUEUED
    locked.payment.look_at = machine_at
    journal.record(session, "payment.attempt_given_up", subject=locked.payment.id, by=None, at=at, attempt=attempt.id)
    if not is_bill_payable(locked.bill, locked.payment):
        cancel_payment(session, locked.payment, by=None, at=at)
    elif (why := vendors.why_not_payable(locked.vendor)) is not None:
        hold_payment(session, locked.payment, Held.VENDOR, why=why, look_at=machine_at, at=at)
    await post_return(session, locked, attempt, at=at)
    return True


async def count_lookup(session: AsyncSession, claimed: Claimed, *, look_at: datetime) -> None:
    """Note that the rail did not have an attempt, and when to ask again."""
    attempt = await postpone_attempt(session, claimed, look_at=look_at)
    if attempt is not None:
        attempt.lookups += 1


async def postpone_attempt(session: AsyncSession, claimed: Claimed, *, look_at: datetime) -> Attempt | None:
    """Leave an attempt unknown until a while later; nothing when it has ended, or was taken over meanwhile."""
    locked = await lock_payment(session, claimed.payment_id)
    attempt = await _the_attempt(session, claimed)
    if attempt.state not in OPEN_ATTEMPT or attempt.fence != claimed.fence:
        return None
    attempt.state = AttemptState.UNKNOWN
    locked.payment.state = PaymentState.UNKNOWN
    locked.payment.look_at = look_at
    return attempt


def freeze(session: AsyncSession, locked: Locked, attempt: Attempt, *, why: str, at: datetime) -> None:
    """Stop a payment until a person has looked and resolved it: something is not as any rule foresees."""
    locked.payment.state = PaymentState.UNKNOWN
    locked.payment.held_because = f"{Held.FROZEN}: {why}"[:64]
    locked.payment.look_at = None
    locked.bill.is_sending = True  # it may have been paid: nobody reverses it meanwhile
    raise_alarm(session, "payment_frozen", subject=locked.payment.id, at=at, attempt=attempt.id, number=attempt.number)


async def settle_attempt(
    session: AsyncSession, locked: Locked, attempt: Attempt, sent: Sent, *, at: datetime, machine_at: datetime
) -> None:
    """Settle: the rail took the money, and our debt ends here (a transfer discharges it)."""
    payment = locked.payment
    today = await program_day(session, payment, at=at)
    end_attempt(attempt, AttemptState.SENT, machine_at=machine_at, rail_id=sent.rail_id)
    if payment.sent_at is not None:
        payment.returned_cents -= attempt.amount_cents  # this attempt sent again what had come back
    payment.delivery = BankLeg.IN_VENDOR_BALANCE
    payment.rail_id, payment.sent_at, payment.expected_on = sent.rail_id, at, expected_day(today)
    if locked.bill.state is BillState.ACCEPTED:
        locked.bill.state = BillState.PAID
    if payment.held_because != f"{Held.FROZEN}: {SENT_LATE}":  # or it would be forgotten that there is another transfer
        payment.state, payment.held_because, payment.look_at = PaymentState.SENT, None, None
        locked.bill.is_sending = False
    journal.record(session, "payment.sent", subject=payment.id, by=None, at=at, attempt=attempt.id, amount_cents=attempt.amount_cents)
    entry = entries.settlement(
        book_id=payment.program_id, attempt_id=attempt.id, amount_cents=attempt.amount_cents, rail=payment.rail, on=today
    )
    await post(session, entry, at=at)


async def _return(
    session: AsyncSession, locked: Locked, attempt: Attempt, rejected: Rejected, *, at: datetime, machine_at: datetime
) -> None:
    """Return what certainly did not leave: the vendor is owed it as before, and the payment waits for what was missing."""
    payment = locked.payment
    end_attempt(attempt, AttemptState.REJECTED, machine_at=machine_at, detail=rejected.reason)
    locked.bill.is_sending = False
    if rejected.retry == "never":
        payment.state, payment.held_because, payment.look_at = PaymentState.REJECTED, rejected.reason[:64], None
        raise_alarm(session, "payment_rejected", subject=payment.id, at=at, attempt=attempt.id)
    else:
        held = Held.FUNDING if rejected.retry == "funding" else Held.VENDOR
        pause = LOOK_AT_HELD_AFTER if held is Held.FUNDING else timedelta(seconds=min(5 * 2**attempt.number, _LONGEST_PAUSE_SECONDS))
        hold_payment(session, payment, held, why=rejected.reason, look_at=machine_at + pause, at=at)
    await post_return(session, locked, attempt, at=at)


async def _wait(session: AsyncSession, locked: Locked, attempt: Attempt, outcome: Outcome, *, at: datetime, machine_at: datetime) -> None:
    """Nothing is certain, or nothing was done: the same attempt goes on later."""
    payment = locked.payment
    attempt.state = AttemptState.UNKNOWN  # no call is open any more
    pause = timedelta(seconds=min(2**attempt.fence - 2, _LONGEST_PAUSE_SECONDS))  # at once after the first try
    match outcome:
        case Unknown():
            payment.state = PaymentState.UNKNOWN
            attempt.is_key_spent = attempt.is_key_spent or outcome.key_is_spent
            attempt.detail = outcome.detail[:_MAX_DETAIL]
            journal.record(session, "payment.unknown", subject=payment.id, by=None, at=at, attempt=attempt.id)
        case Throttled():
            jitter = 1 + secrets.randbelow(500) / 1_000
            await quieten_sender(session, seconds=outcome.retry_after_seconds * jitter, at=at, machine_at=machine_at)
            pause = max(pause, timedelta(seconds=outcome.retry_after_seconds * jitter))
        case RailDown():
            await pause_sender(session, reason="the rail refuses our key", by=None, at=at)
            raise_alarm(session, "rail_down", subject=payment.id, at=at)
        case Busy() | _:
            pause = max(pause, timedelta(seconds=1))
    payment.look_at = machine_at + pause


def expected_day(today: date) -> date:
    """Tell when sent money should be at the vendor's bank: two business days on (a bank holiday may add one)."""
    day, left = today, EXPECTED_BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day


def end_attempt(
    attempt: Attempt, state: AttemptState, *, machine_at: datetime, rail_id: str | None = None, detail: str | None = None
) -> None:
    """Note how an attempt ended."""
    attempt.state, attempt.ended_at, attempt.rail_id = state, machine_at, rail_id
    attempt.detail = detail[:_MAX_DETAIL] if detail else None


async def post_return(session: AsyncSession, locked: Locked, attempt: Attempt, *, at: datetime) -> None:
    """Post that an attempt did not leave: the vendor is owed its amount as before."""
    payment = locked.payment
    entry = entries.disbursement_returned(
        book_id=payment.program_id,
        attempt_id=attempt.id,
        vendor_id=payment.vendor_id,
        amount_cents=attempt.amount_cents,
        rail=payment.rail,
        on=await program_day(session, payment, at=at),
    )
    await post(session, entry, at=at)


async def _the_attempt(session: AsyncSession, claimed: Claimed) -> Attempt:
    query = select(Attempt).where(Attempt.id == claimed.attempt_id)
    return (await session.scalars(query.execution_options(populate_existing=True))).one()
