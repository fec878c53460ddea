"""A budget with all its cents: what the books hold, what was spent, and what waits for a decision."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal
from sdc.budgets.forms import BudgetOut
from sdc.budgets.model import Budget
from sdc.budgets.reading import BudgetWithBalances, with_balances
from sdc.errors import NotFoundError
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.purchases.model import Authorization, Purchase
from sdc.purchases.states import WAITING


class WholeBudgetOut(BudgetOut):
    """A budget: allocated, and where that money is now; `waiting_cents` is asked for and holds no money."""

    spent_cents: int
    waiting_cents: int

    @classmethod
    def of_whole(cls, one: BudgetWithBalances, *, spent_cents: int, waiting_cents: int) -> Self:
        """Show a budget with what purchases say of it."""
        shown = BudgetOut.of(one).model_dump()
        return cls(**shown, spent_cents=spent_cents, waiting_cents=waiting_cents)


async def view_budget(session: AsyncSession, budget_id: UUID, *, who: Principal, at: datetime) -> WholeBudgetOut:
    """Read a budget that is the caller's to see, in one consistent picture.

    Raises:
        NotFoundError: no such budget, or not the caller's.

    """
    query = select(Budget).join(Member, Member.id == Budget.member_id).where(Budget.id == budget_id, member_scope(who, at=at))
    budget = await session.scalar(query)
    if budget is None:
        raise NotFoundError("budget", budget_id)
    (balances,) = await with_balances(session, [budget])
    taken = Authorization.spent_cents + Authorization.tolerance_cents - Authorization.refunded_cents
    spent = select(cast(func.coalesce(func.sum(taken), 0), BigInteger)).where(Authorization.budget_id == budget_id)
    asked = func.coalesce(func.sum(Purchase.amount_cents), 0)
    its_own = (Purchase.member_id == budget.member_id, Purchase.budget_id == budget_id)
    waiting = select(cast(asked, BigInteger)).where(*its_own, Purchase.state.in_(WAITING))
    spent_cents, waiting_cents = (await session.execute(select(spent.scalar_subquery(), waiting.scalar_subquery()))).one()
    return WholeBudgetOut.of_whole(balances, spent_cents=spent_cents, waiting_cents=waiting_cents)
