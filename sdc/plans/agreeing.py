"""Come to an agreement on a plan: it is submitted, the member signs, the broker approves; a reached goal is closed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.errors import NotFoundError, WrongStateError
from sdc.plans.drafting import ACTIVE, CLOSED
from sdc.plans.model import Plan, PlanState
from sdc.plans.states import Move, require_open


async def submit_plan(session: AsyncSession, plan: Plan, *, by: UUID, at: datetime) -> None:
    """Hand in a draft. The caller has locked the plan.

    Raises:
        WrongStateError: it is not a draft.

    """
    require_open(plan, Move.SUBMIT)
    plan.state, plan.submitted_at = PlanState.SUBMITTED, at
    journal.record(session, "plan.submitted", subject=plan.id, by=by, at=at)


async def sign_plan(session: AsyncSession, plan: Plan, *, by: UUID, at: datetime) -> None:
    """Say yes to a plan as the member, or for them. The caller has locked the plan.

    Raises:
        WrongStateError: it is not submitted.

    """
    require_open(plan, Move.SIGN)
    plan.state, plan.signed_by, plan.signed_at = PlanState.SIGNED, by, at
    journal.record(session, "plan.signed", subject=plan.id, by=by, at=at)


async def approve_plan(session: AsyncSession, plan: Plan, *, by: UUID, at: datetime) -> None:
    """Put a signed plan in force; approved plans of the same days are superseded.

    The caller has locked the member and the plan.

    Raises:
        WrongStateError: it is not signed.

    """
    require_open(plan, Move.APPROVE)
    before = await session.scalars(
        select(Plan).where(
            Plan.member_id == plan.member_id,
            Plan.state == PlanState.APPROVED,
            Plan.starts_on <= plan.ends_on,
            Plan.ends_on >= plan.starts_on,
        )
    )
    for older in before:
        older.state = PlanState.SUPERSEDED
        journal.record(session, "plan.superseded", subject=older.id, by=by, at=at, successor=plan.id)
    plan.state, plan.approved_by, plan.approved_at = PlanState.APPROVED, by, at
    journal.record(session, "plan.approved", subject=plan.id, by=by, at=at)


async def close_goal(session: AsyncSession, plan: Plan, goal_id: str, *, by: UUID, at: datetime) -> None:
    """Close a goal that is reached or given up: nothing is bought for it any more. The caller has locked the plan.

    Raises:
        NotFoundError: the plan has no such goal.
        WrongStateError: the plan is superseded, or the goal is closed.

    """
    goal = next((goal for goal in plan.goals if goal["id"] == goal_id), None)
    if goal is None:
        raise NotFoundError("goal")
    require_open(plan, Move.CLOSE_GOAL)
    if goal["status"] != ACTIVE:
        raise WrongStateError("goal", plan.id, state=goal["status"], move=Move.CLOSE_GOAL, open_moves=())
    plan.goals = [{**one, "status": CLOSED} if one is goal else one for one in plan.goals]
    journal.record(session, "plan.goal_closed", subject=plan.id, by=by, at=at, goal=goal_id)
