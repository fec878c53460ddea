"""Read the processor's statement: every movement of our balance is kept once, from where the last reading ended."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid5

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.audit.model import MovementState, RailMovement
from sdc.ids import NAMESPACE
from sdc.outbox.work import Work
from sdc.payments.bank_model import RailCursor
from sdc.payments.cursors import advance, make_cursor
from vendors.rails import Movement

STATEMENT = "statement"
OVERLAP = timedelta(hours=1)
"""How far back a reading begins before the end of the last: some movements are shown late."""
BEGINNING = datetime(2011, 1, 1, tzinfo=UTC)
CHUNK = 200

Tell = Callable[[int], None]


async def read_statement(work: Work, *, machine_at: datetime, tell: Tell) -> int:
    """Keep the movements that are new, chunk by chunk, so that a reading which is stopped goes on where it was; says how many.

    Raises:
        RailAnswerError: the rail did not answer; what was read before that is kept.

    """
    async with work.sessions.begin() as session:
        await make_cursor(session, STATEMENT, position=None, look_at=machine_at)
    async with work.sessions.read() as session:
        position = (await session.get_one(RailCursor, STATEMENT)).position
    new, chunk = 0, list[Movement]()
    async for movement in work.rail.statement(since=position - OVERLAP if position else BEGINNING):
        chunk.append(movement)
        if len(chunk) == CHUNK:
            new += await _keep(work, chunk, machine_at=machine_at)
            chunk = []
            tell(new)
    new += await _keep(work, chunk, machine_at=machine_at)
    tell(new)
    return new


async def moved_cents(session: AsyncSession) -> int:
    """Add up all movements: what the processor holds for us, if it told all."""
    return int(await session.scalar(select(func.sum(RailMovement.net_cents))) or 0)


async def _keep(work: Work, chunk: list[Movement], *, machine_at: datetime) -> int:
    if not chunk:
        return 0
    async with work.sessions.begin() as session:
        insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        rows = {movement.rail_id: _row(movement, machine_at=machine_at) for movement in chunk}
        kept = await session.execute(insert(RailMovement).values(list(rows.values())).on_conflict_do_nothing().returning(RailMovement.id))
        await advance(session, STATEMENT, to=min(max(movement.created_at for movement in chunk), machine_at))
        return len(kept.all())


def _row(movement: Movement, *, machine_at: datetime) -> dict[str, object]:
    return {
        "id": uuid5(NAMESPACE, f"movement {movement.rail_id}"),
        "rail_id": movement.rail_id,
        "kind": movement.kind,
        "source_id": movement.source_id[:120],
        "reference": movement.reference[:120] if movement.reference else None,
        "amount_cents": movement.amount_cents,
        "fee_cents": movement.fee_cents,
        "net_cents": movement.net_cents,
        "created_at": movement.created_at,
        "available_on": movement.available_on,
        "seen_at": machine_at,
        "state": MovementState.WAITING,
        "reason": None,
        "program_id": None,
        "subject_id": None,
        "matched_entry_id": None,
        "fee_entry_id": None,
        "suspense_entry_id": None,
        "suspense_cents": 0,
    }
