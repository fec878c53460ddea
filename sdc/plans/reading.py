"""Find plans, as far as the caller may see them, and what was moved between their lines."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal
from sdc.budgets.model import ChangeState
from sdc.errors import NotFoundError
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.plans.lines import Moved
from sdc.plans.model import LineMove, Plan


def plans_of(member: Member) -> Select[Plan]:
    """Select every version of a member's plan."""
    return select(Plan).where(Plan.member_id == member.id)


async def find_plan(session: AsyncSession, plan_id: UUID, *, who: Principal, is_locked: bool = False, at: datetime) -> Plan:
    """Find a plan of a member who is the caller's to see; when asked for, lock first the member, then the plan.

    Raises:
        NotFoundError: there is none, or it is not theirs.

    """
    query = select(Plan).join(Member, Member.id == Plan.member_id).where(Plan.id == plan_id, member_scope(who, at=at))
    plan = await session.scalar(query)
    if plan is None:
        raise NotFoundError("plan", plan_id)
    if is_locked:
        await session.execute(select(Member.id).where(Member.id == plan.member_id).with_for_update(key_share=True))
        await session.refresh(plan, with_for_update={"key_share": True})
    return plan


async def moves_of(session: AsyncSession, plans: Sequence[Plan]) -> dict[UUID, list[Moved]]:
    """Read what was moved between the lines of some plans, by plan: only what counts."""
    found: dict[UUID, list[Moved]] = {plan.id: [] for plan in plans}
    query = select(LineMove.plan_id, LineMove.from_category, LineMove.to_category, LineMove.amount_cents)
    rows = await session.execute(query.where(LineMove.plan_id.in_(found), LineMove.state == ChangeState.APPROVED).order_by(LineMove.id))
    for plan_id, from_category, to_category, cents in rows:
        found[plan_id].append((from_category, to_category, cents))
    return found
