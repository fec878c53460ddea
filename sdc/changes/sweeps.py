"""What the worker looks for again and again: changes that waited too long, or for what is not there any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.budgets.model import Budget, ChangeState, Saving
from sdc.changes.ground import find_budget_ground, find_plan_ground
from sdc.changes.judging import kind_of
from sdc.changes.reading import ChangeT
from sdc.clock import local_date
from sdc.outbox.sweeping import each
from sdc.outbox.work import Work
from sdc.plans.model import LineMove, Plan, PlanState

PENDING_DAYS = 30
"""How long a change may wait before it expires, as a purchase does."""
_AT_ONCE = 100
_EARLIEST_ZONE = timedelta(hours=14)
"""A day begins this much earlier somewhere than in UTC: the query finds a little too much, the verb looks closely."""


async def expire_changes_sweep(work: Work) -> int:
    """End moves and savings that waited too long, or whose plan or budget is over; answer how many."""
    at = work.clock.now()
    asked_before, today = at - timedelta(days=PENDING_DAYS - 1), (at + _EARLIEST_ZONE).date()
    is_gone = (Plan.state != PlanState.APPROVED) | (Plan.ends_on < today) | (LineMove.asked_at < asked_before)
    moves = select(LineMove.id).join(Plan, Plan.id == LineMove.plan_id).where(LineMove.state == ChangeState.PENDING, is_gone)
    is_over = (Budget.ends_on < today) | (Saving.asked_at < asked_before)
    savings = select(Saving.id).join(Budget, Budget.id == Saving.budget_id).where(Saving.state == ChangeState.PENDING, is_over)
    async with work.sessions.read() as session:
        move_ids = (await session.scalars(moves.order_by(LineMove.id).limit(_AT_ONCE))).all()
        saving_ids = (await session.scalars(savings.order_by(Saving.id).limit(_AT_ONCE))).all()
    return await _each(work, LineMove, move_ids, at=at) + await _each(work, Saving, saving_ids, at=at)


async def expire_change(session: AsyncSession, model: type[ChangeT], change_id: UUID, *, at: datetime) -> bool:
    """End a change that waits and can not be done any more, or that nobody decided in time; say whether it was so."""
    seen = await session.get_one(model, change_id)
    if isinstance(seen, Saving):
        ground = await find_budget_ground(session, seen.budget_id, scope=true(), at=at)
        is_over = ground.budget is None or ground.budget.ends_on < ground.today
    else:
        ground = await find_plan_ground(session, seen.plan_id, scope=true(), at=at)
        is_over = ground.plan is None or ground.plan.state is not PlanState.APPROVED or ground.plan.ends_on < ground.today
    locked = select(model).where(model.id == change_id).with_for_update().execution_options(populate_existing=True)
    change = (await session.scalars(locked)).one()
    last_day = local_date(change.asked_at, ground.program.time_zone) + timedelta(days=PENDING_DAYS)
    if change.state is not ChangeState.PENDING or not (is_over or ground.today > last_day):
        return False
    change.state = ChangeState.EXPIRED
    journal.record(session, f"{kind_of(change)}.expired", subject=change.id, by=None, at=at)
    return True


async def _each(work: Work, model: type[Any], ids: Sequence[UUID], *, at: datetime) -> int:
    """End each of some changes that is due, in a transaction of its own."""

    async def one(change_id: UUID) -> bool:
        async with work.sessions.begin() as session:
            return await expire_change(session, model, change_id, at=at)

    return await each(ids, one, sweep="expire_change", subject=str)
