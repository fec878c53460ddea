"""Take up what stopped on its way: ask the rail what became of it, and never send blindly.

| the rail has            | what follows                                                                                  |
|-------------------------|-----------------------------------------------------------------------------------------------|
| exactly this payment    | it is adopted: the attempt was sent                                                           |
| more, or another amount | frozen, alarm                                                                                 |
| nothing, key is good    | the same key and body again: harmless, whatever became of the first call                      |
| nothing, key is spent   | asked a second time after a while; then the attempt is given up, and the next has a new key   |
| nothing, not payable    | never sent again, whatever the key: asked a second time, then given up, and held with its why |
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sdc.outbox.work import Work
from sdc.payments.claiming import CALL_LASTS, Claimed, take_over
from sdc.payments.clearing import follow_outstanding
from sdc.payments.locking import last_attempt, lock_payment
from sdc.payments.pacing import take_next_turn
from sdc.payments.pausing import pause_sender, quieten_sender
from sdc.payments.recording import count_lookup, freeze, give_up_attempt, postpone_attempt, record_outcome
from sdc.payments.returning import return_payment
from sdc.payments.sending import call_rail
from vendors import RailAnswerError, RailClosedError, RailThrottledError
from vendors.rails import Found, Sent

GRACE = timedelta(seconds=5)
"""How long after the first look a second one may prove that nothing was sent (machine time); as long as a call while its key is good."""
LOOKS_BEFORE_GIVING_UP = 2


async def recover_payment(work: Work, payment_id: UUID, *, seen_look_at: datetime, at: datetime, machine_at: datetime) -> bool:
    """Find out what became of an open attempt and go on from there; says whether it was ours to take up."""
    async with work.sessions.begin() as session:
        claimed = await take_over(session, payment_id, seen_look_at=seen_look_at, at=at, machine_at=machine_at)
    if claimed is None:
        return False
    try:
        found = [one for one in await work.rail.find(claimed.call.payment_reference) if one.rail_id not in claimed.earlier]
    except RailAnswerError as error:
        await _ask_later(work, claimed, error, at=at, machine_at=machine_at)
        return True
    if found:
        await _adopt(work, claimed, found, at=at, machine_at=machine_at)
    elif claimed.may_repeat(machine_at=machine_at):
        await _await_turn(work, machine_at=machine_at)
        await call_rail(work, claimed, at=at, machine_at=machine_at)
    else:
        await _give_up_or_wait(work, claimed, at=at, machine_at=machine_at)
    return True


async def _adopt(work: Work, claimed: Claimed, found: Sequence[Found], *, at: datetime, machine_at: datetime) -> None:
    call = claimed.call
    async with work.sessions.begin() as session:
        if len(found) == 1 and (found[0].amount_cents, found[0].payee_id) == (call.amount_cents, call.payee_id):
            await record_outcome(session, claimed, Sent(found[0].rail_id), at=at, machine_at=machine_at)
            if await follow_outstanding(session, claimed.payment_id, found[0], at=at) and not found[0].cleared_at:
                return
            await return_payment(session, claimed.payment_id, rail_id=found[0].rail_id, reversed_cents=found[0].reversed_cents, at=at)
            return
        locked = await lock_payment(session, claimed.payment_id)
        attempt = await last_attempt(session, locked.payment)
        assert attempt is not None, "it was claimed"
        freeze(session, locked, attempt, why=f"the rail has {len(found)} transfers that do not match", at=at)


async def _await_turn(work: Work, *, machine_at: datetime) -> None:
    """Let a call that is made again take its turn among all that leave."""
    async with work.sessions.begin() as session:
        turn_at = await take_next_turn(session, rate=work.settings.sender_rate, machine_at=machine_at)
    await asyncio.sleep(max(0.0, (turn_at - machine_at).total_seconds()))


async def _give_up_or_wait(work: Work, claimed: Claimed, *, at: datetime, machine_at: datetime) -> None:
    async with work.sessions.begin() as session:
        if claimed.lookups + 1 < LOOKS_BEFORE_GIVING_UP:
            grace = CALL_LASTS if claimed.is_key_good(machine_at=machine_at) else GRACE
            await count_lookup(session, claimed, look_at=machine_at + grace)
        else:
            await give_up_attempt(session, claimed, at=at, machine_at=machine_at)


async def _ask_later(work: Work, claimed: Claimed, error: RailAnswerError, *, at: datetime, machine_at: datetime) -> None:
    """Wait on: the rail did not answer the question, so nothing is known yet, and nothing is sent."""
    async with work.sessions.begin() as session:
        await postpone_attempt(session, claimed, look_at=machine_at + GRACE)
        if isinstance(error, RailThrottledError):
            await quieten_sender(session, seconds=error.retry_after_seconds, at=at, machine_at=machine_at)
        if isinstance(error, RailClosedError):
            await pause_sender(session, reason="the rail refuses our key", by=None, at=at)
