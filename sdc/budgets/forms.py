"""What requests say of budgets, and what answers show."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from sdc.budgets.reading import BudgetWithBalances
from sdc.programs.model import Release
from sdc.web.input import Cents, Day, Input, Output
from sdc.web.pages import Page


class BudgetIn(Input):
    """Money of a funding source for a member, from a day to a day."""

    funding_source_id: UUID
    amount_cents: Cents
    starts_on: Day
    ends_on: Day


class BudgetOut(Output):
    """A budget: what was allocated, and where that money is now."""

    id: UUID
    member_id: UUID
    program_id: UUID
    funding_source_id: UUID
    starts_on: date
    ends_on: date
    release: Release
    next_release_on: date | None
    allocated_cents: int
    unreleased_cents: int
    available_cents: int
    encumbered_cents: int
    saved_cents: int
    created_at: datetime

    @classmethod
    def of(cls, one: BudgetWithBalances) -> Self:
        """Show a budget."""
        budget = one.budget
        return cls(
            id=budget.id,
            member_id=budget.member_id,
            program_id=budget.program_id,
            funding_source_id=budget.funding_source_id,
            starts_on=budget.starts_on,
            ends_on=budget.ends_on,
            release=budget.release,
            next_release_on=budget.next_release_on,
            allocated_cents=budget.allocated_cents,
            unreleased_cents=one.unreleased_cents,
            available_cents=one.available_cents,
            encumbered_cents=one.encumbered_cents,
            saved_cents=one.saved_cents,
            created_at=budget.created_at,
        )


class NewBudgetOut(BudgetOut):
    """A budget that was allocated just now: nothing is spent, nothing waits."""

    spent_cents: int = 0
    waiting_cents: int = 0


class BudgetPage(Page):
    """Budgets of a member, the newest first."""

    items: list[BudgetOut]
