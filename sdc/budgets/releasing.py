"""Release, in the background, what became due of every budget: a few at a time, so that nobody waits."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.books import posting
from sdc.budgets.model import Budget
from sdc.budgets.release import take_due
from sdc.clock import local_date
from sdc.outbox.work import Work
from sdc.programs.model import Program

_CHUNK = 100


async def release_sweep(work: Work) -> int:
    """Release what is due in each time zone by its local date, and say of how many budgets."""
    at = work.clock.now()
    async with work.sessions.read() as session:
        time_zones = (await session.scalars(select(Program.time_zone).distinct().order_by(Program.time_zone))).all()
    done = 0
    for time_zone in time_zones:
        today = local_date(at, time_zone)
        while count := await _release_some(work, time_zone, today=today, at=at):
            done += count
    return done


async def _release_some(work: Work, time_zone: str, *, today: date, at: datetime) -> int:
    async with work.sessions.read() as session:
        if not await _due(session, time_zone, today=today, is_locked=False):
            return 0
    async with work.sessions.begin() as session:
        budgets = await _due(session, time_zone, today=today, is_locked=True)
        due = [entry for budget in budgets for entry in take_due(session, budget, today=today, at=at)]
        await posting.post(session, *due, at=at)
    return len(budgets)


async def _due(session: AsyncSession, time_zone: str, *, today: date, is_locked: bool) -> list[Budget]:
    """Read a chunk of budgets that are due; those that a request has locked release themselves."""
    query = (
        select(Budget)
        .join(Program, Program.id == Budget.program_id)
        .where(Program.time_zone == time_zone, Budget.next_release_on <= today)
        .order_by(Budget.next_release_on, Budget.id)
        .limit(_CHUNK)
    )
    if is_locked:
        query = query.with_for_update(of=Budget, skip_locked=True)
    return list(await session.scalars(query))
