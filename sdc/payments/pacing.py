"""How fast payments leave, over all workers: turns are handed out one after the other, so many to a second."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.payments.model import SenderBucket

AHEAD = timedelta(seconds=1)
"""How far ahead turns are handed out: what is claimed leaves within this, or waits unclaimed (machine time)."""
_THE_ROW = 1
_SECOND = timedelta(seconds=1)


async def turns_left(session: AsyncSession, most: int, *, rate: int, machine_at: datetime) -> int:
    """Tell how many turns could be had now, up to `most`; nobody is given one."""
    if rate == 0:
        return most
    free_at = await session.scalar(select(SenderBucket.free_at).where(SenderBucket.id == _THE_ROW))
    return min(most, _turns_from(free_at or machine_at, rate=rate, machine_at=machine_at))


async def take_turns(session: AsyncSession, most: int, *, rate: int, machine_at: datetime) -> list[datetime]:
    """Take up to `most` turns and tell when each is: none when others have taken those of the next second.

    A rate of 0 lets everything leave at once. Taken after the payments' locks, so that nobody waits for a turn with one.
    """
    if rate == 0 or most == 0:
        return [machine_at] * most
    bucket = await _the_bucket(session, machine_at=machine_at)
    first = max(bucket.free_at, machine_at)
    taken = [first + number * _SECOND / rate for number in range(min(most, _turns_from(first, rate=rate, machine_at=machine_at)))]
    bucket.free_at = first + len(taken) * _SECOND / rate
    return taken


async def take_next_turn(session: AsyncSession, *, rate: int, machine_at: datetime) -> datetime:
    """Take the next turn, however far away it is: what was claimed before goes on."""
    if rate == 0:
        return machine_at
    bucket = await _the_bucket(session, machine_at=machine_at)
    turn = max(bucket.free_at, machine_at)
    bucket.free_at = turn + _SECOND / rate
    return turn


def _turns_from(first: datetime, *, rate: int, machine_at: datetime) -> int:
    left = machine_at + AHEAD - max(first, machine_at)
    return max(0, -(-left * rate // _SECOND))


async def _the_bucket(session: AsyncSession, *, machine_at: datetime) -> SenderBucket:
    query = select(SenderBucket).where(SenderBucket.id == _THE_ROW).with_for_update()
    bucket = await session.scalar(query, execution_options={"populate_existing": True})
    if bucket is not None:
        return bucket
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    await session.execute(insert(SenderBucket).values(id=_THE_ROW, free_at=machine_at).on_conflict_do_nothing())
    return (await session.scalars(query, execution_options={"populate_existing": True})).one()
