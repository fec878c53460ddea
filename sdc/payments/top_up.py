"""Move money from the bank to the processor: asked for once, looked for by its reference when the answer is lost."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

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


async def _record(work: Work, top_up_id: UUID, topped_up: ToppedUp, *, at: datetime, machine_at: datetime) -> None:
    """Record what the rail has of a top-up; one that is on its way is told of by an event, and looked at by the sweep."""
    if topped_up.state in _FAILED:
        await _fail(work, top_up_id, reason=topped_up.state, at=at)
        return
    async with work.sessions.begin() as session:
        top_up = (await session.scalars(select(TopUp).where(TopUp.id == top_up_id).with_for_update())).one()
        if top_up.state is not TopUpState.PENDING:
            return
        top_up.rail_id = topped_up.rail_id
        if not topped_up.settled:
            return
        top_up.state, top_up.settled_at = TopUpState.SETTLED, at
        journal.record(session, "top_up.settled", subject=top_up.id, by=None, at=at, amount_cents=top_up.amount_cents)
        await resume_funded(session, at=at, machine_at=machine_at)
        program = await session.get_one(Program, top_up.program_id)
        on = local_date(at, program.time_zone)
        entry = entries.top_up_settled(book_id=program.id, top_up_id=top_up.id, amount_cents=top_up.amount_cents, on=on)
        await post(session, entry, at=at)


async def _fail(work: Work, top_up_id: UUID, *, reason: str, at: datetime) -> None:
    async with work.sessions.begin() as session:
        top_up = (await session.scalars(select(TopUp).where(TopUp.id == top_up_id).with_for_update())).one()
        if top_up.state is not TopUpState.PENDING:
            return
        top_up.state = TopUpState.FAILED
        raise_alarm(session, "top_up_failed", subject=top_up.id, at=at, reason=reason)
        program = await session.get_one(Program, top_up.program_id)
        on = local_date(at, program.time_zone)
        entry = entries.top_up_failed(book_id=program.id, top_up_id=top_up.id, amount_cents=top_up.amount_cents, on=on)
        await post(session, entry, at=at)
