"""Ask the rail for events that no webhook brought: the endpoint was away, the network dropped, a secret was rotated too early."""

from datetime import datetime, timedelta

from sdc.outbox.work import Work
from sdc.payments.bank_model import RailCursor
from sdc.payments.cursors import advance, look_again_at, take_turn
from sdc.payments.webhook import receive_events
from vendors.rails import Event

EVENTS = "events"
EVERY = timedelta(minutes=3)
OVERLAP = timedelta(minutes=10)
"""How far back each poll begins before the end of the last: a rail may show an event some time after those that follow it."""
FIRST_REACH = timedelta(days=7)
"""How far back the first poll of a database reads."""
MOST_AT_ONCE = 5_000
_CHUNK = 200


async def poll_events(work: Work, *, at: datetime, machine_at: datetime) -> int:
    """Put what the rail tells and the inbox does not have there; says how many that were.

    Raises:
        RailAnswerError: the rail did not answer; what came before that is kept, and the next turn goes on from there.

    """
    cursor = await take_turn(work, EVENTS, every=EVERY, machine_at=machine_at, begins=machine_at - FIRST_REACH)
    if cursor is None:
        return 0
    return await _read_on(work, cursor, at=at, machine_at=machine_at)


async def _read_on(work: Work, cursor: RailCursor, *, at: datetime, machine_at: datetime) -> int:
    new, chunk = 0, list[Event]()
    async for event in work.rail.events(since=(cursor.position or machine_at - FIRST_REACH) - OVERLAP):
        chunk.append(event)
        if len(chunk) == _CHUNK:
            new += await _keep(work, chunk, at=at, machine_at=machine_at)
            chunk = []
        if new >= MOST_AT_ONCE:  # the worker has other work: go on at once, from here
            async with work.sessions.begin() as session:
                await look_again_at(session, EVENTS, look_at=machine_at)
            break
    return new + await _keep(work, chunk, at=at, machine_at=machine_at)


async def _keep(work: Work, chunk: list[Event], *, at: datetime, machine_at: datetime) -> int:
    """Keep a chunk and how far it reaches. An event that claims to be from the future moves nothing beyond now."""
    if not chunk:
        return 0
    async with work.sessions.begin() as session:
        new = await receive_events(session, chunk, rail=work.rail.name, at=at)
        await advance(session, EVENTS, to=min(max(event.created_at for event in chunk), machine_at))
    return new
