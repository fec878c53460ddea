"""Find baselines and closed months, as far as the caller may see them, and lock what a month earns for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal
from sdc.budgets.model import Baseline, Budget, MonthClose
from sdc.errors import NotFoundError
from sdc.members.model import Member
from sdc.members.reading import find_member
from sdc.members.scope import member_scope


def baselines_of(member: Member) -> Select[Baseline]:
    """Select the baselines of a member."""
    return select(Baseline).where(Baseline.member_id == member.id)


def months_of(member: Member) -> Select[MonthClose]:
    """Select the closed months of a member, corrected ones among them."""
    return select(MonthClose).where(MonthClose.member_id == member.id)


async def lock_member_with_budgets(session: AsyncSession, member_id: UUID, *, who: Principal, at: datetime) -> Member:
    """Lock the budgets that a member earns, then the member: in the order that a request for a purchase takes.

    Raises:
        NotFoundError: no such member, or not the caller's.

    """
    await find_member(session, member_id, who=who, at=at)
    earned = select(Baseline.budget_id).where(Baseline.member_id == member_id)
    budgets = select(Budget).where(Budget.id.in_(earned)).order_by(Budget.id).with_for_update(key_share=True)
    await session.execute(budgets.execution_options(populate_existing=True))
    return await find_member(session, member_id, who=who, is_locked=True, at=at)


async def find_baseline_by_id(session: AsyncSession, baseline_id: UUID, *, who: Principal, at: datetime) -> Baseline:
    """Find a baseline of a member who is the caller's to see.

    Raises:
        NotFoundError: there is none, or it is not theirs.

    """
    query = select(Baseline).join(Member, Member.id == Baseline.member_id).where(Baseline.id == baseline_id, member_scope(who, at=at))
    baseline = await session.scalar(query)
    if baseline is None:
        raise NotFoundError("baseline", baseline_id)
    return baseline


async def find_month(session: AsyncSession, close_id: UUID, *, who: Principal, at: datetime) -> MonthClose:
    """Find a closed month of a member who is the caller's to see.

    Raises:
        NotFoundError: there is none, or it is not theirs.

    """
    query = select(MonthClose).join(Member, Member.id == MonthClose.member_id).where(MonthClose.id == close_id, member_scope(who, at=at))
    close = await session.scalar(query.execution_options(populate_existing=True))
    if close is None:
        raise NotFoundError("month", close_id)
    return close
