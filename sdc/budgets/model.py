"""A budget: what was allocated for a period, and how much of it has been released so far."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base
from sdc.programs.model import Release


class Budget(Base):
    """One member's money for one period; its balances stand in the books, not here.

    `periods` is n of floor(A * q / n); `released_periods` is the q that is posted; `next_release_on` is the first day
    of period q + 1, or nothing when all is released.
    """

    __tablename__ = "budgets"
    __table_args__ = (
        CheckConstraint("allocated_cents > 0", name="allocated"),
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
