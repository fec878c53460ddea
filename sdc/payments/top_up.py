"""Move money from the bank to the processor: asked for once, looked for by its reference when the answer is lost.

One that is on its way is looked at again and again until it settles or fails; one that settled may still be taken back.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.books import entries
from sdc.books.posting import post
from sdc.clock import local_date
from sdc.errors import BusyError
from sdc.outbox.work import Work
from sdc.payments.alarms import raise_alarm
from sdc.payments.pausing import pause_sender
from sdc.payments.queueing import resume_funded
from sdc.programs.model import Program, TopUp, TopUpState
from vendors.rails import RailDown, Rejected, ToppedUp, TopUpOutcome, TopUpRequest, Unknown

_FAILED = frozenset({"failed", "canceled", "reversed"})
LOOK_AGAIN_AFTER = timedelta(minutes=10)
"""How often a top-up that is on its way is looked at by itself (machine time); the processor's events do it sooner."""
LOOK_AT_WRONG_AFTER = timedelta(days=1)
MOST_AT_ONCE = 20
TRIES_BEFORE_A_NEW_KEY = 3
"""After how many tries, seconds apart, a key is given up for which the rail only repeats a stored fault."""
_MOST_KEYS = 10


async def ask_for_top_up(work: Work, top_up_id: UUID, *, tries: int, at: datetime, machine_at: datetime) -> None:
    """Ask the rail for a top-up, or find the one that was asked for before, and record what is known of it.

    Raises:
        BusyError: nothing is known yet; it is tried again, with a look before anything is asked for a second time.
        RailAnswerError: the rail did not answer.

    """
    async with work.sessions.read() as session:
        top_up = await session.get(TopUp, top_up_id)
    if top_up is None or top_up.state is not TopUpState.PENDING:
        return
    if tries > 1 and await look_at_top_up(work, top_up_id, at=at, machine_at=machine_at):
        return
    match await _ask(work, top_up, keys=_MOST_KEYS if tries > TRIES_BEFORE_A_NEW_KEY else 1):
        case ToppedUp() as outcome:
            await _record(work, top_up_id, outcome, at=at, machine_at=machine_at)
            return
        case Rejected(reason=reason):
            await _fail(work, top_up_id, reason=reason, at=at)
            return
        case RailDown():
            async with work.sessions.begin() as session:
                await pause_sender(session, reason="the rail refuses our key", by=None, at=at)
                raise_alarm(session, "rail_down", subject=top_up_id, at=at)
        case _:
            if await look_at_top_up(work, top_up_id, at=at, machine_at=machine_at):
                return
    raise BusyError("what became of this top-up is not known yet")


async def _ask(work: Work, top_up: TopUp, *, keys: int) -> TopUpOutcome:
    """Ask under the first key that is not spent; every try has the same keys, so that what is under way is not asked for anew."""
    for number in range(1, keys + 1):
        key = f"t:{top_up.id}" if number == 1 else f"t:{top_up.id}:{number}"
        outcome = await work.rail.top_up(TopUpRequest(reference=str(top_up.id), amount_cents=top_up.amount_cents, key=key))
        is_spent = isinstance(outcome, Unknown) and outcome.key_is_spent
        if not is_spent or await work.rail.find_top_up(str(top_up.id)):
            break
    return outcome


async def look_at_top_up(work: Work, top_up_id: UUID, *, at: datetime, machine_at: datetime) -> bool:
    """Look for a top-up at the rail by its reference; says whether it is there."""
    found = await work.rail.find_top_up(str(top_up_id))
    if not found:
        return False
    if len(found) > 1:
        async with work.sessions.begin() as session:
            await pause_sender(session, reason="a top-up stands twice at the rail", by=None, at=at)
            raise_alarm(session, "top_up_twice", subject=top_up_id, at=at)
    await _record(work, top_up_id, found[0], at=at, machine_at=machine_at)
    return True


async def pending_top_ups(session: AsyncSession, *, machine_at: datetime) -> list[UUID]:
    """List top-ups that the rail has taken and not settled, and that nobody has looked at for a while: an event may be lost."""
    is_due = or_(TopUp.look_at.is_(None), TopUp.look_at <= machine_at)
    query = select(TopUp.id).where(TopUp.state == TopUpState.PENDING, TopUp.rail_id.is_not(None), is_due)
    return list(await session.scalars(query.order_by(TopUp.id).limit(MOST_AT_ONCE)))


async def look_again(work: Work, top_up_id: UUID, *, at: datetime, machine_at: datetime) -> bool:
    """Take a pending top-up's turn and look at it; says whether it is pending no more.

    Raises:
        RailAnswerError: the rail did not answer; its next turn comes.

    """
    async with work.sessions.begin() as session:
        top_up = await _locked(session, top_up_id)
        is_ours = top_up.state is TopUpState.PENDING and (top_up.look_at is None or top_up.look_at <= machine_at)
        if is_ours:
            top_up.look_at = machine_at + LOOK_AGAIN_AFTER
    if not is_ours:
        return False
    await look_at_top_up(work, top_up_id, at=at, machine_at=machine_at)
    async with work.sessions.read() as session:
        return (await session.get_one(TopUp, top_up_id)).state is not TopUpState.PENDING


async def _record(work: Work, top_up_id: UUID, topped_up: ToppedUp, *, at: datetime, machine_at: datetime) -> None:
    """Record what the rail has of a top-up; one that is on its way is told of by an event, and looked at by the sweep.

    What the rail says now is the truth, whatever came before: one that had settled may have been taken back since.
    """
    if topped_up.state in _FAILED:
        await _fail(work, top_up_id, reason=topped_up.state, at=at)
        return
    async with work.sessions.begin() as session:
        top_up = await _locked(session, top_up_id)
        if top_up.state is not TopUpState.PENDING:
            return
        top_up.rail_id = topped_up.rail_id
        if topped_up.amount_cents != top_up.amount_cents:
            await _stop_over_amount(session, top_up, topped_up, at=at, machine_at=machine_at)
            return
        if not topped_up.settled:
            top_up.look_at = machine_at + LOOK_AGAIN_AFTER
            return
        top_up.state, top_up.settled_at, top_up.look_at = TopUpState.SETTLED, at, None
        journal.record(session, "top_up.settled", subject=top_up.id, by=None, at=at, amount_cents=top_up.amount_cents)
        await resume_funded(session, at=at, machine_at=machine_at)
        await _post(session, top_up, entries.top_up_settled, at=at)


async def _stop_over_amount(session: AsyncSession, top_up: TopUp, topped_up: ToppedUp, *, at: datetime, machine_at: datetime) -> None:
    """Leave a top-up open of which the rail has another amount than ours, and stop the sender: only a person can tell which is right."""
    top_up.look_at = machine_at + LOOK_AT_WRONG_AFTER
    await pause_sender(session, reason="a top-up has another amount at the rail", by=None, at=at)
    cents = {"amount_cents": top_up.amount_cents, "rail_cents": topped_up.amount_cents}
    raise_alarm(session, "top_up_amount_differs", subject=top_up.id, at=at, **cents)


async def _fail(work: Work, top_up_id: UUID, *, reason: str, at: datetime) -> None:
    """Record that a top-up never arrived, or, when it had settled, that its money was taken back: then the sender stops."""
    async with work.sessions.begin() as session:
        top_up = await _locked(session, top_up_id)
        if top_up.state is TopUpState.PENDING:
            top_up.state, top_up.look_at = TopUpState.FAILED, None
            raise_alarm(session, "top_up_failed", subject=top_up.id, at=at, reason=reason)
            await _post(session, top_up, entries.top_up_failed, at=at)
        elif top_up.state is TopUpState.SETTLED:
            top_up.state = TopUpState.REVERSED
            await pause_sender(session, reason="a top-up was reversed", by=None, at=at)
            raise_alarm(session, "top_up_reversed", subject=top_up.id, at=at, reason=reason, amount_cents=top_up.amount_cents)
            await _post(session, top_up, entries.top_up_reversed, at=at)


async def _locked(session: AsyncSession, top_up_id: UUID) -> TopUp:
    return (await session.scalars(select(TopUp).where(TopUp.id == top_up_id).with_for_update())).one()


async def _post(session: AsyncSession, top_up: TopUp, entry_of: Callable[..., ledger.Entry], *, at: datetime) -> None:
    """Post the entry that the change of a top-up makes, on the program's day."""
    program = await session.get_one(Program, top_up.program_id)
    on = local_date(at, program.time_zone)
    await post(session, entry_of(book_id=program.id, top_up_id=top_up.id, amount_cents=top_up.amount_cents, on=on), at=at)
