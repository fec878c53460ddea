"""Apply what waits in the inbox: many events of one object by one reading of it.

A batch is leased by the machine's clock, so that two workers do not read the same; should they after all, nothing is posted
twice, for what a reading asks for is written under locks and only once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.errors import BusyError, ConflictError, NotFoundError
from sdc.outbox.work import Work
from sdc.payments.alarms import raise_alarm
from sdc.payments.model import EventState, RailEvent
from sdc.payments.rereading import BANK, Hint, look_at_object
from vendors import RailAnswerError

BATCH = 50
"""Few at once: beside the worker webhooks are answered."""
PARALLEL = 4
LEASE = timedelta(seconds=60)
MOST_TRIES = 12
"""How often an event is tried of which the reading fails for a reason that waiting does not mend; then it is dead."""
MOST_WAITS = 400
"""How often one that came early, or that the rail did not answer for, is tried: every ten minutes, for nearly three days."""
_LONGEST_PAUSE_SECONDS = 600
_log = structlog.get_logger("sdc.worker")


async def apply_events(work: Work, *, at: datetime, machine_at: datetime, ids: Collection[str] = ()) -> int:
    """Apply one batch of what waits, or those of `ids` that do; says how many events were applied."""
    async with work.sessions.begin() as session:
        events = await _lease(session, ids, machine_at=machine_at)
    if not events:
        return 0
    by_hint = _by_hint(events)
    limit = asyncio.Semaphore(PARALLEL)

    async def look(hint: Hint) -> Exception | None:
        async with limit:
            try:
                await look_at_object(work, hint, at=at, machine_at=machine_at)
            except Exception as error:  # noqa: BLE001 - events of other objects go on; this one's are tried again
                return error
            return None

    errors = await asyncio.gather(*(look(hint) for hint in by_hint))
    seen = {event.id for hint in by_hint for event in by_hint[hint]}
    applied = [event for event in events if event.id not in seen]
    async with work.sessions.begin() as session:
        for hint, error in zip(by_hint, errors, strict=True):
            if error is None:
                applied += by_hint[hint]
            else:
                await _postpone(session, by_hint[hint], error, at=at, machine_at=machine_at)
        await _finish(session, applied, at=at)
    return len(applied)


async def apply_event(work: Work, event_id: str, *, at: datetime, machine_at: datetime) -> None:
    """Apply one event now, if it waits.

    Raises:
        BusyError: it could not be applied yet; it is tried again.

    """
    await apply_events(work, ids=[event_id], at=at, machine_at=machine_at)
    async with work.sessions.read() as session:
        event = await session.get(RailEvent, event_id)
    if event is not None and event.state is EventState.WAITING:
        raise BusyError("this event cannot be applied yet")


async def revive_event(session: AsyncSession, event_id: str, *, by: UUID, at: datetime) -> RailEvent:
    """Let a dead event be tried again, from the first try on.

    Raises:
        NotFoundError: no such event.
        ConflictError: it is not dead.

    """
    event = await session.scalar(select(RailEvent).where(RailEvent.id == event_id).with_for_update())
    if event is None:
        raise NotFoundError("event", event_id)
    if event.state is not EventState.DEAD:
        raise ConflictError(f"this event is {event.state}: only one that is dead can be tried again")
    event.state, event.tries, event.look_at, event.error = EventState.WAITING, 0, None, None
    journal.record(session, "rail_event.revived", subject=None, by=by, at=at, event=event_id)
    return event


async def _lease(session: AsyncSession, ids: Collection[str], *, machine_at: datetime) -> Sequence[RailEvent]:
    is_due = or_(RailEvent.look_at.is_(None), RailEvent.look_at <= machine_at)
    waiting = select(RailEvent.id).where(RailEvent.state == EventState.WAITING, RailEvent.id.in_(ids) if ids else is_due)
    query = waiting.order_by(RailEvent.received_at, RailEvent.id).limit(BATCH).with_for_update(skip_locked=True)
    due = (await session.scalars(query)).all()
    if not due:
        return []
    lease = update(RailEvent).where(RailEvent.id.in_(due)).values(tries=RailEvent.tries + 1, look_at=machine_at + LEASE)
    leased = await session.scalars(lease.returning(RailEvent).execution_options(synchronize_session=False))
    return sorted(leased.all(), key=lambda event: due.index(event.id))


def _by_hint(events: Sequence[RailEvent]) -> dict[Hint, list[RailEvent]]:
    """Put together the events of one object. An event about a payee's bank is one about the payee, and says so in its type."""
    together: dict[tuple[str, str, str | None], list[RailEvent]] = defaultdict(list)
    for event in events:
        if event.object_id is not None:
            about = "payee" if event.about == "payee_bank" else event.about
            together[about, event.object_id, event.account_id if about == "payout" else None].append(event)
    return {
        Hint(*place, types=frozenset(f"{BANK}{one.type}" if one.about == "payee_bank" else one.type for one in found)): found
        for place, found in together.items()
    }


async def _finish(session: AsyncSession, events: Sequence[RailEvent], *, at: datetime) -> None:
    """Mark events applied, those whose lease went to somebody else meanwhile too: they were."""
    if not events:
        return
    done = await session.scalars(
        update(RailEvent)
        .where(RailEvent.id.in_([event.id for event in events]), RailEvent.state != EventState.APPLIED)
        .values(state=EventState.APPLIED, applied_at=at, look_at=None, error=None)
        .returning(RailEvent.id)
        .execution_options(synchronize_session=False)
    )
    newly = set(done)
    for event in events:
        if event.id in newly:
            journal.record(session, "rail_event.applied", subject=None, by=None, at=at, event=event.id, type=event.type)


async def _postpone(session: AsyncSession, events: Sequence[RailEvent], error: Exception, *, at: datetime, machine_at: datetime) -> None:
    """Have events tried again after a pause that doubles; those that were tried too often are dead, and a person is called."""
    most = MOST_WAITS if isinstance(error, BusyError | RailAnswerError) else MOST_TRIES
    kind = type(error).__name__
    _log.warning("event_postponed", events=len(events), event_id=events[0].id, tries=events[0].tries, error=kind)
    for seen in events:
        event = await session.scalar(select(RailEvent).where(RailEvent.id == seen.id).with_for_update())
        if event is None or event.state is not EventState.WAITING:
            continue
        event.error = kind[:80]
        if event.tries >= most:
            event.state, event.look_at = EventState.DEAD, None
            raise_alarm(session, "event_dead", subject=None, at=at, rail_event=event.id, type=event.type, error=kind)
        else:
            event.look_at = machine_at + timedelta(seconds=min(2.0 ** (event.tries - 1), _LONGEST_PAUSE_SECONDS))
