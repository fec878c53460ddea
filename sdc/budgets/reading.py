"""Read budgets, and what the books say of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.books import chart
from sdc.budgets.model import Budget
from sdc.members.model import Member


@dataclass(frozen=True, slots=True)
class BudgetWithBalances:
    """A budget and its four accounts."""

    budget: Budget
    unreleased_cents: int
    available_cents: int
    encumbered_cents: int
    saved_cents: int


def budgets_of(member: Member) -> Select[Budget]:
    """Select the budgets of a member."""
    return select(Budget).where(Budget.member_id == member.id)


async def with_balances(session: AsyncSession, budgets: Sequence[Budget]) -> list[BudgetWithBalances]:
    """Read what the accounts of these budgets hold."""
    accounts = [chart.budget_account_ids(budget.program_id, budget.id) for budget in budgets]
    held = await ledger.balances(session, [account_id for one in accounts for account_id in one.values()])
    return [
        BudgetWithBalances(
            budget,
            unreleased_cents=held[ids["unreleased"]],
            available_cents=held[ids["available"]],
            encumbered_cents=held[ids["encumbered"]],
            saved_cents=held[ids["saved"]],
        )
        for budget, ids in zip(budgets, accounts, strict=True)
    ]
