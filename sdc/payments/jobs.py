"""What the worker does for payments: pay an accepted bill, top up, apply what the processor tells, take up what stopped."""

from datetime import timedelta
from uuid import UUID

from sdc.clock import machine_now
from sdc.ids import new_id, new_reference
from sdc.outbox.relay import Leased
from sdc.outbox.sweeping import each
from sdc.outbox.work import Work
from sdc.payments.applying import apply_event
from sdc.payments.clearing import look_at_outstanding, outstanding_payments
from sdc.payments.pausing import may_send, read_switch
from sdc.payments.polling import poll_events
from sdc.payments.queueing import queue_payment
from sdc.payments.recovering import recover_payment
from sdc.payments.sending import send_queued
from sdc.payments.sweeps import apply_waiting, look_at_vendors
from sdc.payments.top_up import ask_for_top_up, look_again, pending_top_ups
from sdc.payments.waiting import MOST_AT_ONCE, Due, due_payments, held_payments, release_held, unpaid_bills, wake_held
from vendors import RailAnswerError

SWEEP_LASTS = timedelta(seconds=20)
"""How long a sweep goes on to take payments up: a rail that is slow does not keep the worker's other work waiting (machine time)."""
_STARTED_AT = machine_now()
"""When this process began: an attempt that was open before has lost whoever made it."""


async def pay_bill(work: Work, job: Leased) -> None:
    """Queue the payment of a bill, which the sender takes up; a reversed bill's payment is canceled."""
    at, machine_at = work.clock.now(), machine_now()
    async with work.sessions.begin() as session:
        await queue_payment(
            session, job.subject_id, id=new_id(), reference=new_reference(), rail=work.rail.name, at=at, machine_at=machine_at
        )


async def wake_vendor_payments(work: Work, job: Leased) -> None:
    """Look again at what is held for a vendor that can be paid now."""
    async with work.sessions.begin() as session:
        await wake_held(session, job.subject_id, machine_at=machine_now())


async def send_payment(work: Work, job: Leased) -> None:
    """Do nothing: what an earlier release had sent by a job of its own is queued, and the sender takes it up."""
    del work, job


async def send_sweep(work: Work) -> int:
    """Send what is queued, by all programs, as fast as it may leave."""
    return await send_queued(work, tell_time=machine_now, make_id=new_id)


async def send_top_up(work: Work, job: Leased) -> None:
    """Ask the processor for a top-up; nothing known is a reason to try again, with a look first."""
    at, machine_at = work.clock.now(), machine_now()
    await ask_for_top_up(work, job.subject_id, tries=job.tries, at=at, machine_at=machine_at)


async def apply_rail_event(work: Work, job: Leased) -> None:
    """Read again what an event of the processor hints at."""
    await apply_event(work, job.data["event_id"], at=work.clock.now(), machine_at=machine_now())


async def recover_sweep(work: Work) -> int:
    """Take up whatever stopped: bills without a payment, attempts without an answer, held payments."""
    at, machine_at = work.clock.now(), machine_now()
    async with work.sessions.read() as session:
        is_open = may_send(await read_switch(session), machine_at=machine_at)
        bills = await unpaid_bills(session)
        due = await due_payments(session, rail=work.rail.name, started_at=_STARTED_AT, machine_at=machine_at) if is_open else []
        held = await held_payments(session, at=at, machine_at=machine_at) if is_open else []

    async def queue(bill_id: UUID) -> bool:
        async with work.sessions.begin() as session:
            await queue_payment(session, bill_id, id=new_id(), reference=new_reference(), rail=work.rail.name, at=at, machine_at=machine_at)
        return True

    async def take_up(one: Due) -> bool:
        now = machine_now()  # each call may have taken a while
        return now - machine_at <= SWEEP_LASTS and await recover_payment(work, one.id, seen_look_at=one.look_at, at=at, machine_at=now)

    async def release(payment_id: UUID) -> bool:
        async with work.sessions.begin() as session:
            return await release_held(session, payment_id, rail_cents=rail_cents, at=at, machine_at=machine_at)

    done = await each(bills, queue, sweep="queue_payment", subject=str)
    done += await each(due, take_up, sweep="take_up_payment", subject=lambda one: one.id)
    rail_cents = await _rail_cents(work) if held else None
    return done + await each(held, release, sweep="release_payment", subject=str)


async def apply_sweep(work: Work) -> int:
    """Apply the processor's events that wait."""
    return await apply_waiting(work, at=work.clock.now(), machine_at=machine_now())


async def poll_sweep(work: Work) -> int:
    """Ask the processor for events that no webhook brought."""
    return await poll_events(work, at=work.clock.now(), machine_at=machine_now())


async def payout_sweep(work: Work) -> int:
    """Look at the bank leg of vendors whose turn has come."""
    return await look_at_vendors(work, at=work.clock.now(), machine_at=machine_now())


async def top_up_sweep(work: Work) -> int:
    """Look again at top-ups that are on their way to the processor; says how many are so no more."""
    at, machine_at = work.clock.now(), machine_now()
    async with work.sessions.read() as session:
        pending = await pending_top_ups(session, machine_at=machine_at)

    async def look(top_up_id: UUID) -> bool:
        now = machine_now()
        return now - machine_at <= SWEEP_LASTS and await look_again(work, top_up_id, at=at, machine_at=now)

    return await each(pending, look, sweep="look_at_top_up", subject=str)


async def clearance_sweep(work: Work) -> int:
    """Look at what was sent and has not cleared, on a rail that discharges a payment no sooner."""
    at, machine_at = work.clock.now(), machine_now()
    async with work.sessions.read() as session:
        outstanding = await outstanding_payments(session, rail=work.rail.name, machine_at=machine_at, most=MOST_AT_ONCE)

    async def look(payment_id: UUID) -> bool:
        now = machine_now()
        return now - machine_at <= SWEEP_LASTS and await look_at_outstanding(work, payment_id, at=at, machine_at=now)

    return await each(outstanding, look, sweep="look_at_outstanding", subject=str)


async def _rail_cents(work: Work) -> int | None:
    try:
        return (await work.rail.funding()).available_cents
    except RailAnswerError:
        return None
