"""Claim payments: in one transaction their attempts, their disbursements and their states are written; only then may they leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
import vendors
from sdc import journal
from sdc.books import chart, entries
from sdc.books.posting import open_accounts, post
from sdc.clock import local_date
from sdc.payments.leaving import due_to_leave, is_on_its_way, may_leave, program_lets_leave
from sdc.payments.locking import Locked, attempts_of, lock_payment, lock_payments
from sdc.payments.model import Attempt, AttemptState, Payment, PaymentState
from sdc.payments.pacing import take_turns, turns_left
from sdc.payments.pausing import may_send, read_switch
from sdc.payments.queueing import cancel_payment, hold_payment, pay_without_sending
from sdc.payments.splitting import collect_later, split_payments, withhold
from sdc.payments.states import ON_THE_WAY, Held, cents_to_send, is_bill_payable
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


@dataclass(frozen=True, slots=True)
class Terms:
    """On what a claim is made: the rail that will carry it, how many payments leave a second, and the two clocks."""

    rail: str
    discharges_on: rails.DischargesOn
    rate: int
    at: datetime
    machine_at: datetime


async def claim_payments(session: AsyncSession, attempt_ids: Sequence[UUID], terms: Terms) -> list[Claimed] | None:
    """Claim up to as many queued payments as there are ids, each of another vendor.

    None of them leaves before its turn (`claimed_at`).
    Nothing (None) when some could leave and there is no turn for them yet. What may not leave now says why in its state.
    """
    most = await turns_left(session, len(attempt_ids), rate=terms.rate, machine_at=terms.machine_at)
    chosen = await due_to_leave(session, most or 1, rail=terms.rail, machine_at=terms.machine_at)
    if not most:
        return None if chosen else []
    return await claim_these(session, chosen, attempt_ids, terms)


async def claim_these(session: AsyncSession, chosen: Sequence[UUID], attempt_ids: Sequence[UUID], terms: Terms) -> list[Claimed] | None:
    """Claim those of the chosen payments that nobody else holds and that may leave now; see `claim_payments`."""
    locked = await lock_payments(session, chosen, is_claiming=True)
    ready = await _ready(session, await _alone(session, locked), at=terms.at, machine_at=terms.machine_at)
    turns = await take_turns(session, len(ready), rate=terms.rate, machine_at=terms.machine_at)
    begun = [
        (one, await begin_attempt(session, one, attempt_id=attempt_id, discharges_on=terms.discharges_on, at=terms.at, machine_at=turn))
        for one, attempt_id, turn in zip(ready, attempt_ids, turns, strict=False)
    ]
    await post(
        session, *[entry for one, attempt in begun for entry in await leaving_entries(session, one, attempt, at=terms.at)], at=terms.at
    )
    claimed = [_claimed(attempt, one.payment) for one, attempt in begun]
    return claimed if claimed or not ready else None


async def claim_payment(
    session: AsyncSession,
    payment_id: UUID,
    *,
    attempt_id: UUID,
    at: datetime,
    machine_at: datetime,
    discharges_on: rails.DischargesOn = "transfer",
) -> Claimed | None:
    """Claim one queued payment out of its turn, whatever else goes to its vendor; nothing when it may not leave now."""
    ready = await _ready(session, [await lock_payment(session, payment_id)], at=at, machine_at=machine_at)
    if not ready:
        return None
    attempt = await begin_attempt(session, ready[0], attempt_id=attempt_id, discharges_on=discharges_on, at=at, machine_at=machine_at)
    await post(session, *await leaving_entries(session, ready[0], attempt, at=at), at=at)
    return _claimed(attempt, ready[0].payment)


async def begin_attempt(
    session: AsyncSession,
    locked: Locked,
    *,
    attempt_id: UUID,
    at: datetime,
    machine_at: datetime,
    discharges_on: rails.DischargesOn = "transfer",
    payee_id: str | None = None,
) -> Attempt:
    """Write the next attempt of a locked payment, for what is to be sent; the payment is sending. The caller posts `leaving_entries`."""
    payment = locked.payment
    payee_id = payee_id or locked.vendor.payee_id
    assert payee_id is not None, "a payable vendor has a payee"
    amount_cents = cents_to_send(payment)
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
        is_outstanding=discharges_on == "clearance",
    )
    session.add(attempt)
    payment.state = PaymentState.SENDING
    payment.look_at = machine_at + CALL_LASTS
    locked.bill.is_sending = True
    journal.record(session, "payment.sending", subject=payment.id, by=None, at=at, attempt=attempt_id, number=attempt.number)
    return attempt


async def leaving_entries(session: AsyncSession, locked: Locked, attempt: Attempt, *, at: datetime) -> list[ledger.Entry]:
    """Say what is posted when an attempt begins: what it sends is in transit from here on, what it keeps back is owed as tax."""
    payment, today = locked.payment, await program_day(session, locked.payment, at=at)
    disbursement = entries.disbursement(
        book_id=payment.program_id,
        attempt_id=attempt.id,
        vendor_id=payment.vendor_id,
        amount_cents=attempt.amount_cents,
        rail=payment.rail,
        on=today,
    )
    return [disbursement, *withhold(payment, attempt, on=today)]


async def take_over(
    session: AsyncSession, payment_id: UUID, *, seen_look_at: datetime, at: datetime, machine_at: datetime
) -> Claimed | None:
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
    if await session.scalar(select(Payment.id).where(Payment.id == payment_id, program_lets_leave())) is None:
        return None
    attempt = attempts[-1]
    attempt.fence += 1
    attempt.state = AttemptState.SENDING
    payment.look_at = machine_at + CALL_LASTS
    earlier = frozenset(one.rail_id for one in attempts if one.rail_id is not None)
    return _claimed(attempt, payment, may_leave=why_not_again(locked, attempt, at=at) is None, earlier=earlier)


def why_not_again(locked: Locked, attempt: Attempt, *, at: datetime) -> str | None:
    """Say why an open attempt may not be sent a second time; nothing when it may. What kept the first back later keeps this one."""
    if not is_bill_payable(locked.bill, locked.payment):
        return "bill not payable"
    why = vendors.why_not_payable(locked.vendor, at=at)
    return why if why is not None or locked.vendor.payee_id == attempt.payee_id else "payout account replaced"


async def program_day(session: AsyncSession, payment: Payment, *, at: datetime) -> date:
    """Tell which day it is in a payment's program."""
    program = await session.get(Program, payment.program_id)
    assert program is not None, "a payment has its program"
    return local_date(at, program.time_zone)


async def _alone(session: AsyncSession, group: Sequence[Locked]) -> list[Locked]:
    """Keep one payment of each vendor to which nothing is on its way, and only what its program and batch let leave."""
    if not group:
        return []
    to = {one.vendor.id for one in group}
    let = set(await session.scalars(select(Payment.id).where(Payment.id.in_([one.payment.id for one in group]), may_leave())))
    taken = set(await session.scalars(select(Payment.vendor_id).where(Payment.vendor_id.in_(to), is_on_its_way())))
    alone: list[Locked] = []
    for one in group:
        if one.payment.id in let and one.vendor.id not in taken:
            taken.add(one.vendor.id)
            alone.append(one)
    return alone


async def _ready(session: AsyncSession, group: Sequence[Locked], *, at: datetime, machine_at: datetime) -> list[Locked]:
    """Look once more, under the locks, at all that may keep a payment back; what does is said in its state."""
    if not may_send(await read_switch(session), machine_at=machine_at):
        return []
    await split_payments(session, group, at=at)
    payable: dict[tuple[UUID, str], list[Locked]] = {}
    for one in group:
        payment = one.payment
        if payment.state is not PaymentState.QUEUED:
            continue
        if not is_bill_payable(one.bill, payment):
            cancel_payment(session, payment, by=None, at=at)
        elif (why := vendors.why_not_payable(one.vendor, at=at)) is not None:
            hold_payment(session, payment, Held.VENDOR, why=why, look_at=machine_at, at=at)
        elif cents_to_send(payment) == 0:
            pay_without_sending(session, payment, one.bill, at=at)
            collect_later(session, payment, at=at)
        else:
            payable.setdefault((payment.program_id, payment.rail), []).append(one)
    if not payable:
        return []
    # Two claims of one program look one after the other, or both would count on the same money.
    programs = select(Program.id).where(Program.id.in_({program_id for program_id, _ in payable})).order_by(Program.id)
    await session.execute(programs.with_for_update(key_share=True))
    return [ready for of_one in payable.values() for ready in await _funded(session, of_one, at=at, machine_at=machine_at)]


async def _funded(session: AsyncSession, group: Sequence[Locked], *, at: datetime, machine_at: datetime) -> list[Locked]:
    """Keep those payments of one program that its money covers, the first ones first; the others wait for more."""
    first = group[0].payment
    if first.rail != chart.TRANSFER_RAIL:  # a book opens with that of the first rail only
        await open_accounts(session, [chart.account(first.program_id, chart.transit(first.rail))], at=at)
    left_cents = await processor_cents(session, first)
    funded: list[Locked] = []
    for one in group:
        if cents_to_send(one.payment) <= left_cents:
            left_cents -= cents_to_send(one.payment)
            funded.append(one)
        else:
            hold_payment(
                session, one.payment, Held.FUNDING, why="not enough at the processor", look_at=machine_at + LOOK_AT_HELD_AFTER, at=at
            )
    return funded


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
