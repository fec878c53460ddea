"""Whose turn it is: a row keeps how far something of the rail's was read, and when it is looked at next (machine time)."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.outbox.work import Work
from sdc.payments.bank_model import RailCursor


async def take_turn(work: Work, name: str, *, every: timedelta, machine_at: datetime, begins: datetime | None = None) -> RailCursor | None:
    """Take the next turn at `name`, when it has come; of several workers one has it.

    The first turn comes `every` after the row was made, and reads from `begins` on: a process that just started reads nothing twice.
    """
    async with work.sessions.read() as session:
        seen = await session.get(RailCursor, name)
    if seen is not None and seen.look_at is not None and seen.look_at > machine_at:
        return None
    async with work.sessions.begin() as session:
        if seen is None:
            await make_cursor(session, name, position=begins, look_at=machine_at + every)
            return None
        cursor = await _locked(session, name)
        if cursor is None or (cursor.look_at is not None and cursor.look_at > machine_at):
            return None
        cursor.look_at = machine_at + every
        return cursor


async def make_cursor(session: AsyncSession, name: str, *, position: datetime | None, look_at: datetime) -> None:
    """Make a row; one that stands is left as it is."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    await session.execute(insert(RailCursor).values(name=name, position=position, look_at=look_at).on_conflict_do_nothing())


async def advance(session: AsyncSession, name: str, *, to: datetime) -> None:
    """Note how far `name` was read: never back."""
    cursor = await _locked(session, name)
    if cursor is not None and (cursor.position is None or cursor.position < to):
        cursor.position = to


async def look_again_at(session: AsyncSession, name: str, *, look_at: datetime) -> None:
    """Note when `name` is looked at next."""
    cursor = await _locked(session, name)
    if cursor is not None:
        cursor.look_at = look_at


async def _locked(session: AsyncSession, name: str) -> RailCursor | None:
    query = select(RailCursor).where(RailCursor.name == name).with_for_update()
    return await session.scalar(query, execution_options={"populate_existing": True})
