"""A budget: what was allocated for a period, how much of it has been released so far, and what of it is saved."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from sdc.auth.principal import Role
from sdc.database import Base
from sdc.programs.model import Release

_COUNTS = text("replaced_at IS NULL")


class Budget(Base):
    """One member's money for one period; its balances stand in the books, not here.

    `periods` is n of floor(A * q / n); `released_periods` is the q that is posted; `next_release_on` is the first day
    of period q + 1, or nothing when all is released. A budget that closed months earn begins with nothing, and grows.
    """

    __tablename__ = "budgets"
    __table_args__ = (
        CheckConstraint("allocated_cents >= 0", name="allocated"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("released_periods BETWEEN 0 AND periods", name="released"),
        Index("ix_budgets_member_id_id", "member_id", "id"),
        Index("ix_budgets_next_release_on", "next_release_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    funding_source_id: Mapped[UUID] = mapped_column(ForeignKey("funding_sources.id"))
    allocated_cents: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    release: Mapped[Release]
    periods: Mapped[int]
    released_periods: Mapped[int]
    next_release_on: Mapped[date | None]
    allocated_on: Mapped[date]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class BudgetClosing(Base):
    """What a budget gave back to its payer after its end: the event its entry derives from.

    A budget may be closed again when an order that was still open gave something back later. `kept_cents` stayed saved.
    """

    __tablename__ = "budget_closings"
    __table_args__ = (Index("ix_budget_closings_budget_id_id", "budget_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    budget_id: Mapped[UUID] = mapped_column(ForeignKey("budgets.id"))
    unreleased_cents: Mapped[int]
    available_cents: Mapped[int]
    saved_cents: Mapped[int]
    kept_cents: Mapped[int]
    closed_by: Mapped[UUID]
    closed_at: Mapped[datetime]


class ChangeState(StrEnum):
    """A change that buys nothing (a saving, a move between lines): it waits, it is done, or it came to nothing."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"


class Saving(Base):
    """Money of a budget that a member asked to put aside for something bigger.

    What it is for is a person's own words and kept sealed. `saved_on` is the local day on which the books took it.
    """

    __tablename__ = "savings"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index("ix_savings_budget_id_id", "budget_id", "id"),
        Index("ix_savings_member_id_state", "member_id", "state"),
        Index("ix_savings_program_id_state_id", "program_id", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    budget_id: Mapped[UUID] = mapped_column(ForeignKey("budgets.id"))
    goal_id: Mapped[str | None] = mapped_column(String(64))
    amount_cents: Mapped[int]
    purpose_sealed: Mapped[bytes | None]
    state: Mapped[ChangeState]
    asked_by: Mapped[UUID]
    asked_role: Mapped[Role]
    asked_at: Mapped[datetime]
    decision_id: Mapped[UUID]
    notice_id: Mapped[UUID | None]
    saved_on: Mapped[date | None]


class SavingRelease(Base):
    """Saved money that a member made available again: the event its entry derives from."""

    __tablename__ = "saving_releases"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"), Index("ix_saving_releases_budget_id_id", "budget_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    budget_id: Mapped[UUID] = mapped_column(ForeignKey("budgets.id"))
    amount_cents: Mapped[int]
    released_by: Mapped[UUID]
    released_at: Mapped[datetime]


class Baseline(Base):
    """What a member's plan services used to cost a month, for some years: what a closed month stays below it is earned.

    `budget_id` is the budget that grows by it, in a program that releases what is earned; elsewhere the months are facts for
    the rules alone, and no money moves.
    """

    __tablename__ = "baselines"
    __table_args__ = (
        CheckConstraint("monthly_cents >= 0", name="monthly"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        Index("ix_baselines_member_id_starts_on", "member_id", "starts_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    budget_id: Mapped[UUID | None] = mapped_column(ForeignKey("budgets.id"))
    monthly_cents: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class MonthClose(Base):
    """What plan services of a member cost in a month, for good; a correction is another row that replaces it.

    `earned_cents` is what the books gave the budget for it in all, this correction included.
    """

    __tablename__ = "month_closes"
    __table_args__ = (
        CheckConstraint("actual_cents >= 0", name="actual"),
        CheckConstraint("earned_cents >= 0", name="earned"),
        Index("ix_month_closes_member_id_month", "member_id", "month"),
        Index("uq_month_closes_baseline_id_month", "baseline_id", "month", unique=True, postgresql_where=_COUNTS, sqlite_where=_COUNTS),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    baseline_id: Mapped[UUID] = mapped_column(ForeignKey("baselines.id"))
    month: Mapped[date]
    actual_cents: Mapped[int]
    earned_cents: Mapped[int]
    replaces_id: Mapped[UUID | None]
    replaced_at: Mapped[datetime | None]
    closed_by: Mapped[UUID]
    closed_at: Mapped[datetime]
