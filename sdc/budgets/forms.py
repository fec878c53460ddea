"""What requests say of budgets, and what answers show."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.budgets.allocating import AllocationLine
from sdc.budgets.model import Baseline, MonthClose
from sdc.budgets.reading import BudgetWithBalances
from sdc.programs.model import Release
from sdc.web.input import CategoryCode, Cents, CentsOrZero, Day, Input, Output
from sdc.web.pages import Page


class BudgetLineIn(Input):
    """A category that a budget is meant for, and its weight beside the others."""

    category: CategoryCode
    weight: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class BudgetIn(Input):
    """Money of a funding source for a member, from a day to a day; split over lines, where there are any."""

    funding_source_id: UUID
    amount_cents: Cents
    starts_on: Day
    ends_on: Day
    lines: Annotated[tuple[BudgetLineIn, ...], Field(max_length=100, strict=False)] = ()

    def split(self) -> list[AllocationLine]:
        """Hand on the lines."""
        return [AllocationLine(line.category, line.weight) for line in self.lines]


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


class BudgetCloseIn(Input):
    """How much of what is saved stays saved; nothing, unless said."""

    keep_saved_cents: CentsOrZero = 0


class BudgetClosingOut(Output):
    """What a budget gave back to its payer after its end, and what stayed saved."""

    id: UUID
    budget_id: UUID
    unreleased_cents: int
    available_cents: int
    saved_cents: int
    kept_cents: int
    closed_at: datetime


class BudgetPage(Page):
    """Budgets of a member, the newest first."""

    items: list[BudgetOut]


class BaselineIn(Input):
    """What plan services used to cost a month, from a day to a day; the source, where what is earned is released from one."""

    monthly_cents: CentsOrZero
    starts_on: Day
    ends_on: Day
    funding_source_id: UUID | None = None


class CorrectBaselineIn(Input):
    """The baseline as it should have been."""

    monthly_cents: CentsOrZero


class BaselineOut(Output):
    """A baseline, and the budget that it earns, where there is one."""

    id: UUID
    member_id: UUID
    budget_id: UUID | None
    monthly_cents: int
    starts_on: date
    ends_on: date
    created_by: UUID
    created_at: datetime

    @classmethod
    def of(cls, baseline: Baseline) -> Self:
        """Show a baseline."""
        return cls.model_validate(baseline)


class BaselinePage(Page):
    """Baselines of a member, the newest first."""

    items: list[BaselineOut]


class MonthIn(Input):
    """A month, such as 2026-01, and what plan services cost in it."""

    month: Annotated[str, StringConstraints(pattern=r"^2[01][0-9]{2}-(0[1-9]|1[0-2])$")]
    actual_cents: CentsOrZero

    def first_day(self) -> date:
        """Name the month by its first day."""
        return date.fromisoformat(f"{self.month}-01")


class CorrectMonthIn(Input):
    """What plan services cost in the month after all."""

    actual_cents: CentsOrZero


class MonthOut(Output):
    """A closed month: what it cost, what it earned, what it replaces, and when it was replaced itself."""

    id: UUID
    member_id: UUID
    baseline_id: UUID
    month: str
    actual_cents: int
    earned_cents: int
    replaces_id: UUID | None
    replaced_at: datetime | None
    closed_by: UUID
    closed_at: datetime

    @classmethod
    def of(cls, close: MonthClose) -> Self:
        """Show a closed month."""
        return cls(
            id=close.id,
            member_id=close.member_id,
            baseline_id=close.baseline_id,
            month=close.month.strftime("%Y-%m"),
            actual_cents=close.actual_cents,
            earned_cents=close.earned_cents,
            replaces_id=close.replaces_id,
            replaced_at=close.replaced_at,
            closed_by=close.closed_by,
            closed_at=close.closed_at,
        )


class MonthPage(Page):
    """Closed months of a member, the last recorded first."""

    items: list[MonthOut]
