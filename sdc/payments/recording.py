"""Record what a rail answered: settle, return and hold, or leave it unknown; each in one transaction, each only once."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
import vendors
from sdc import journal
from sdc.bills.model import BillState
from sdc.books import entries
from sdc.books.posting import post
from sdc.payments.alarms import raise_alarm
from sdc.payments.business_days import EXPECTED_BUSINESS_DAYS, business_days_after
from sdc.payments.claiming import LOOK_AT_HELD_AFTER, Claimed, program_day
from sdc.payments.holding import own_cause
from sdc.payments.locking import Locked, lock_payment, lock_payments
from sdc.payments.model import Attempt, AttemptState, BankLeg, PaymentState
from sdc.payments.pausing import pause_sender, quieten_sender, read_switch
from sdc.payments.queueing import cancel_payment, hold_payment
from sdc.payments.splitting import collect_later, stop_withholding
from sdc.payments.states import Held, is_bill_payable
from vendors.rails import Busy, Conflicting, Outcome, RailDown, Rejected, Sent, Throttled, Unknown

LOOK_AT_OUTSTANDING_AFTER = timedelta(minutes=10)
"""How often a payment that has not cleared is looked at by itself (machine time); the rail's events do it sooner."""
SENT_LATE = "sent after it was given up"
OPEN_ATTEMPT = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN})
_LONGEST_PAUSE_SECONDS = 300
_LONGEST_DOUBT_SECONDS = 30
"""How long a payment that may or may not have left waits at most for the next look: its vendor's other payments wait behind it."""
_MAX_DETAIL = 200


async def record_outcome(session: AsyncSession, claimed: Claimed, outcome: Outcome, *, at: datetime, machine_at: datetime) -> None:
    """Record an answer of the rail to an attempt; see `record_outcomes`."""
    await record_outcomes(session, [(claimed, outcome)], at=at, machine_at=machine_at)


async def record_outcomes(
    session: AsyncSession, answered: Sequence[tuple[Claimed, Outcome]], *, at: datetime, machine_at: datetime
) -> None:
    """Record answers of the rail to attempts, all or none. An answer to an attempt that has ended changes nothing.

    What is definitive (sent, rejected) holds whoever brings it, for the key makes it one; what is not, only when nobody
    has taken the attempt over meanwhile.
    """
    group = {one.payment.id: one for one in await lock_payments(session, [claimed.payment_id for claimed, _ in answered])}
    attempts = await _the_attempts(session, [claimed for claimed, _ in answered])
    posted: list[ledger.Entry] = []
    for claimed, outcome in answered:
        locked, attempt = group[claimed.payment_id], attempts[claimed.attempt_id]
        if attempt.state in OPEN_ATTEMPT:
            posted += await _record(session, locked, attempt, claimed, outcome, at=at, machine_at=machine_at)
        elif isinstance(outcome, Sent) and attempt.state is not AttemptState.SENT:
            freeze(session, locked, attempt, why=SENT_LATE, at=at)
    await post(session, *posted, at=at)


async def _record(
    session: AsyncSession, locked: Locked, attempt: Attempt, claimed: Claimed, outcome: Outcome, *, at: datetime, machine_at: datetime
) -> list[ledger.Entry]:
    """Record one answer to an open attempt, and say what is posted for it."""
    match outcome:
        case Sent():
            return await settle_attempt(session, locked, attempt, outcome, at=at, machine_at=machine_at)
        case Rejected():
            return await _return(session, locked, attempt, outcome, at=at, machine_at=machine_at)
        case Conflicting():
            freeze(session, locked, attempt, why="the processor has another call under this key", at=at)
            attempt.detail = outcome.detail[:_MAX_DETAIL]
        case _ if attempt.fence == claimed.fence:
            await _wait(session, locked, attempt, outcome, at=at, machine_at=machine_at)
    return []


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
    elif (why := vendors.why_not_payable(locked.vendor, at=at)) is not None:
        hold_payment(session, locked.payment, Held.VENDOR, why=why, look_at=machine_at, at=at)
    await post(session, *await return_entries(session, locked, attempt, at=at), at=at)
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
    locked.payment.proposed_by = locked.payment.proposed_rail_id = locked.payment.proposed_at = None  # of what was known before
    locked.bill.is_sending = True  # it may have been paid: nobody reverses it meanwhile
    raise_alarm(session, "payment_frozen", subject=locked.payment.id, at=at, attempt=attempt.id, number=attempt.number)


async def settle_attempt(
    session: AsyncSession, locked: Locked, attempt: Attempt, sent: Sent, *, at: datetime, machine_at: datetime
) -> list[ledger.Entry]:
    """Note that the rail took the money, and say what is posted for it: our debt ends here, or once the vendor's bank has it."""
    payment = locked.payment
    today = await program_day(session, payment, at=at)
    end_attempt(attempt, AttemptState.SENT, machine_at=machine_at, rail_id=sent.rail_id)
    if payment.sent_at is not None:
        payment.returned_cents -= attempt.amount_cents  # this attempt sent again what had come back
    else:
        collect_later(session, payment, at=at)
    attempt.settled_on = today
    payment.delivery = BankLeg.PAYING_OUT if attempt.is_outstanding else BankLeg.IN_VENDOR_BALANCE
    payment.rail_id, payment.sent_at, payment.expected_on = sent.rail_id, at, business_days_after(today, EXPECTED_BUSINESS_DAYS)
    payment.is_outstanding = attempt.is_outstanding
    if locked.bill.state is BillState.ACCEPTED and not attempt.is_outstanding:
        locked.bill.state = BillState.PAID
    if payment.held_because != f"{Held.FROZEN}: {SENT_LATE}":  # or it would be forgotten that there is another transfer
        payment.state, payment.held_because = PaymentState.SENT, None
        payment.look_at = machine_at + LOOK_AT_OUTSTANDING_AFTER if attempt.is_outstanding else None
        locked.bill.is_sending = attempt.is_outstanding
    journal.record(session, "payment.sent", subject=payment.id, by=None, at=at, attempt=attempt.id, amount_cents=attempt.amount_cents)
    return [] if attempt.is_outstanding else [settlement_of(locked, attempt, on=today)]


def settlement_of(locked: Locked, attempt: Attempt, *, on: date) -> ledger.Entry:
    """Say that what an attempt had in transit has left our cash."""
    payment = locked.payment
    return entries.settlement(
        book_id=payment.program_id, attempt_id=attempt.id, amount_cents=attempt.amount_cents, rail=payment.rail, on=on
    )


async def _return(
    session: AsyncSession, locked: Locked, attempt: Attempt, rejected: Rejected, *, at: datetime, machine_at: datetime
) -> list[ledger.Entry]:
    """Return what certainly did not leave: the vendor is owed it as before, and the payment waits for what was missing."""
    payment = locked.payment
    end_attempt(attempt, AttemptState.REJECTED, machine_at=machine_at, detail=rejected.reason)
    locked.bill.is_sending = False
    why = own_cause(rejected)
    if rejected.retry == "never":
        payment.state, payment.held_because, payment.look_at = PaymentState.REJECTED, why, None
        raise_alarm(session, "payment_rejected", subject=payment.id, at=at, attempt=attempt.id)
    else:
        held = Held.FUNDING if rejected.retry == "funding" else Held.VENDOR
        pause = LOOK_AT_HELD_AFTER if held is Held.FUNDING else timedelta(seconds=min(5 * 2**attempt.number, _LONGEST_PAUSE_SECONDS))
        hold_payment(session, payment, held, why=why, look_at=machine_at + pause, at=at)
    return await return_entries(session, locked, attempt, at=at)


async def _wait(session: AsyncSession, locked: Locked, attempt: Attempt, outcome: Outcome, *, at: datetime, machine_at: datetime) -> None:
    """Nothing is certain, or nothing was done: the same attempt goes on later."""
    payment = locked.payment
    attempt.state = AttemptState.UNKNOWN  # no call is open any more
    pause = timedelta(seconds=min(2**attempt.fence - 2, _LONGEST_DOUBT_SECONDS))  # at once after the first try
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
            if (switch := await read_switch(session)) is None or not switch.is_paused:  # many answers say it at once
                await pause_sender(session, reason="the rail refuses our key", by=None, at=at)
                raise_alarm(session, "rail_down", subject=payment.id, at=at)
        case Busy() | _:
            pause = max(pause, timedelta(seconds=1))
    payment.look_at = machine_at + pause


def end_attempt(
    attempt: Attempt, state: AttemptState, *, machine_at: datetime, rail_id: str | None = None, detail: str | None = None
) -> None:
    """Note how an attempt ended."""
    attempt.state, attempt.ended_at, attempt.rail_id = state, machine_at, rail_id
    attempt.is_outstanding = attempt.is_outstanding and state is AttemptState.SENT
    attempt.detail = detail[:_MAX_DETAIL] if detail else None


async def return_entries(session: AsyncSession, locked: Locked, attempt: Attempt, *, at: datetime) -> list[ledger.Entry]:
    """Say what is posted when an attempt did not leave, or was voided before it arrived: the vendor is owed its amount as before."""
    payment, today = locked.payment, await program_day(session, locked.payment, at=at)
    entry = entries.disbursement_returned(
        book_id=payment.program_id,
        attempt_id=attempt.id,
        vendor_id=payment.vendor_id,
        amount_cents=attempt.amount_cents,
        rail=payment.rail,
        on=today,
    )
    undone = stop_withholding(payment, attempt, on=today) if payment.sent_at is None else []  # else it was paid once: the tax stays
    return [entry, *undone]


async def _the_attempt(session: AsyncSession, claimed: Claimed) -> Attempt:
    return (await _the_attempts(session, [claimed]))[claimed.attempt_id]


async def _the_attempts(session: AsyncSession, claimed: Sequence[Claimed]) -> dict[UUID, Attempt]:
    query = select(Attempt).where(Attempt.id.in_([one.attempt_id for one in claimed]))
    return {one.id: one for one in await session.scalars(query.execution_options(populate_existing=True))}
