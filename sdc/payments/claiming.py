"""Claim a payment: in one transaction its attempt, its disbursement and its state are written; only then may it leave."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
import vendors
from sdc import journal
from sdc.books import chart, entries
from sdc.books.posting import post
from sdc.clock import local_date
from sdc.payments.locking import Locked, attempts_of, lock_payment
from sdc.payments.model import Attempt, AttemptState, Payment, PaymentState
from sdc.payments.pausing import may_send, read_switch
from sdc.payments.queueing import cancel_payment, hold_payment
from sdc.payments.states import ON_THE_WAY, Held, is_bill_payable, owed_cents
from sdc.programs.model import Program
from vendors import rails

CALL_LASTS = timedelta(seconds=30)
"""Longer than any call to a rail: an attempt that is open longer has lost whoever made it (machine time)."""
LOOK_AT_HELD_AFTER = timedelta(seconds=60)
KEY_LIVES = timedelta(hours=23)
"""How long a rail certainly remembers a key (Stripe: 24 hours; machine time)."""
CURRENCY = "usd"


@dataclass(frozen=True, slots=True)
class Claimed:
    """An attempt that is ours to make: its frozen call, and the fence that tells our work from a later holder's."""

    attempt_id: UUID
    payment_id: UUID
    vendor_id: UUID
    fence: int
    call: rails.Attempt
    claimed_at: datetime
    lookups: int
    is_key_spent: bool
    may_leave: bool = True
    """Whether its vendor could be paid by it when it was taken up: else the rail is only asked, never sent anything."""
    earlier: frozenset[str] = frozenset()
    """What the rail made of earlier attempts at the same payment: no answer to this one."""

    def may_repeat(self, *, machine_at: datetime) -> bool:
        """Say whether it may still be paid, and the same key with the same body still makes a repetition harmless."""
        return self.may_leave and self.is_key_good(machine_at=machine_at)

    def is_key_good(self, *, machine_at: datetime) -> bool:
        """Say whether the rail still knows the key, and has no useless answer stored for it."""
        return not self.is_key_spent and machine_at - self.claimed_at < KEY_LIVES


async def claim_payment(session: AsyncSession, payment_id: UUID, *, attempt_id: UUID, at: datetime, machine_at: datetime) -> Claimed | None:
    """Claim a queued payment for sending; nothing when it may not leave now, and then its state says why."""
    locked = await lock_payment(session, payment_id)
    payment = locked.payment
    if payment.state is not PaymentState.QUEUED or not await _may_leave(session, locked, at=at, machine_at=machine_at):
        return None
    assert locked.vendor.payee_id is not None, "a payable vendor has a payee"
    attempt = await begin_attempt(session, locked, payee_id=locked.vendor.payee_id, attempt_id=attempt_id, at=at, machine_at=machine_at)
    return _claimed(attempt, payment)


async def begin_attempt(
    session: AsyncSession, locked: Locked, *, payee_id: str, attempt_id: UUID, at: datetime, machine_at: datetime
) -> Attempt:
    """Write the next attempt of a locked payment, for what is still owed, with its disbursement; the payment is sending."""
    payment = locked.payment
    amount_cents = owed_cents(payment)
    payment.attempts += 1
    attempt = Attempt(
        id=attempt_id,
        payment_id=payment.id,
        number=payment.attempts,
        key=f"p:{payment.reference}:{payment.attempts}",
        payee_id=payee_id,
        body=rails.transfer_form(str(payment.reference), payee_id, amount_cents, currency=CURRENCY),
        amount_cents=amount_cents,
        returned_cents=0,
        state=AttemptState.SENDING,
        fence=1,
        lookups=0,
        is_key_spent=False,
        claimed_at=machine_at,
        ended_at=None,
        rail_id=None,
        detail=None,
    )
    session.add(attempt)
    payment.state = PaymentState.SENDING
    payment.look_at = machine_at + CALL_LASTS
    locked.bill.is_sending = True
    journal.record(session, "payment.sending", subject=payment.id, by=None, at=at, attempt=attempt_id, number=attempt.number)
    entry = entries.disbursement(
        book_id=payment.program_id,
        attempt_id=attempt_id,
        vendor_id=payment.vendor_id,
        amount_cents=amount_cents,
        rail=payment.rail,
        on=await program_day(session, payment, at=at),
    )
    await post(session, entry, at=at)
    return attempt


async def take_over(session: AsyncSession, payment_id: UUID, *, seen_look_at: datetime, machine_at: datetime) -> Claimed | None:
    """Take up an open attempt that its maker has lost: what became of it is unknown until the rail is asked.

    Of two who saw it waiting, the first to lock it has it.
    """
    locked = await lock_payment(session, payment_id)
    payment = locked.payment
    attempts = await attempts_of(session, payment)
    if payment.state not in ON_THE_WAY or not attempts or payment.look_at != seen_look_at:
        return None
    if not may_send(await read_switch(session), machine_at=machine_at):
        return None
    attempt = attempts[-1]
    attempt.fence += 1
    attempt.state = AttemptState.SENDING
    payment.look_at = machine_at + CALL_LASTS
    earlier = frozenset(one.rail_id for one in attempts if one.rail_id is not None)
    return _claimed(attempt, payment, may_leave=why_not_again(locked, attempt) is None, earlier=earlier)


def why_not_again(locked: Locked, attempt: Attempt) -> str | None:
    """Say why an open attempt may not be sent a second time; nothing when it may. What kept the first back later keeps this one."""
    if not is_bill_payable(locked.bill, locked.payment):
        return "bill not payable"
    why = vendors.why_not_payable(locked.vendor)
    return why if why is not None or locked.vendor.payee_id == attempt.payee_id else "payout account replaced"


async def program_day(session: AsyncSession, payment: Payment, *, at: datetime) -> date:
    """Tell which day it is in a payment's program."""
    program = await session.get(Program, payment.program_id)
    assert program is not None, "a payment has its program"
    return local_date(at, program.time_zone)


async def _may_leave(session: AsyncSession, locked: Locked, *, at: datetime, machine_at: datetime) -> bool:
    """Look once more, under the locks, at all that may keep a payment back."""
    payment = locked.payment
    if not is_bill_payable(locked.bill, payment):
        cancel_payment(session, payment, by=None, at=at)
        return False
    switch = await read_switch(session)
    if not may_send(switch, machine_at=machine_at):
        payment.look_at = switch.quiet_until if switch and not switch.is_paused else machine_at
        return False
    why = vendors.why_not_payable(locked.vendor)
    if why is not None:
        hold_payment(session, payment, Held.VENDOR, why=why, look_at=machine_at, at=at)
        return False
    # Two payments of one program look one after the other, or both would count on the same money.
    await session.execute(select(Program.id).where(Program.id == payment.program_id).with_for_update(key_share=True))
    if await processor_cents(session, payment) < owed_cents(payment):
        hold_payment(session, payment, Held.FUNDING, why="not enough at the processor", look_at=machine_at + LOOK_AT_HELD_AFTER, at=at)
        return False
    return True


async def processor_cents(session: AsyncSession, payment: Payment) -> int:
    """Tell what a program has at the processor that is not on its way to a vendor: no program pays with another's money."""
    cash = chart.account_id(payment.program_id, chart.CASH_PROCESSOR)
    transit = chart.account_id(payment.program_id, chart.transit(payment.rail))
    held = await ledger.balances(session, [cash, transit])
    return held[cash] - held[transit]


def _claimed(attempt: Attempt, payment: Payment, *, may_leave: bool = True, earlier: frozenset[str] = frozenset()) -> Claimed:
    body = attempt.body
    # Attempts from before the whole form was kept lack what every call said beside.
    form = body if "metadata" in body else body | {"metadata": {"pid": body["transfer_group"]}}
    call = rails.Attempt(
        payment_reference=body["transfer_group"],
        payee_id=body["destination"],
        amount_cents=body["amount"],
        key=attempt.key,
        number=attempt.number,
        currency=body["currency"],
        form=form,
    )
    return Claimed(
        attempt_id=attempt.id,
        payment_id=payment.id,
        vendor_id=payment.vendor_id,
        fence=attempt.fence,
        call=call,
        claimed_at=attempt.claimed_at,
        lookups=attempt.lookups,
        is_key_spent=attempt.is_key_spent,
        may_leave=may_leave,
        earlier=earlier,
    )
