"""A plan version: goals and budget lines for a span of days, who signed and approved it, and what was moved between its lines since."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sdc.auth.principal import Role
from sdc.budgets.model import ChangeState
from sdc.database import Base


class PlanState(StrEnum):
    """A plan is drafted, submitted, signed by the member, approved by the broker, and superseded by the next."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


class Plan(Base):
    """One version of a member's plan.

    `goals` is a list of {id, domain, status}, `lines` of {category, amount_cents, goal_id}; the goals' titles are a
    person's own words and are kept sealed, as a JSON object from goal id to title.
    """

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="span"),
        UniqueConstraint("member_id", "version"),
        Index("ix_plans_member_id_state", "member_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    version: Mapped[int]
    state: Mapped[PlanState]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    goals: Mapped[list[dict[str, Any]]]
    lines: Mapped[list[dict[str, Any]]]
    titles_sealed: Mapped[bytes]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    signed_by: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]


class LineMove(Base):
    """Money that a member asked to move from one line of a plan to another; the plan stays as it was signed.

    `moved_on` is the local day on which the move began to count.
    """

    __tablename__ = "line_moves"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("from_category <> to_category", name="lines"),
        Index("ix_line_moves_plan_id_id", "plan_id", "id"),
        Index("ix_line_moves_member_id_state", "member_id", "state"),
        Index("ix_line_moves_program_id_state_id", "program_id", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    from_category: Mapped[str] = mapped_column(String(32))
    to_category: Mapped[str] = mapped_column(String(32))
    amount_cents: Mapped[int]
    state: Mapped[ChangeState]
    asked_by: Mapped[UUID]
    asked_role: Mapped[Role]
    asked_at: Mapped[datetime]
    decision_id: Mapped[UUID]
    notice_id: Mapped[UUID | None]
    moved_on: Mapped[date | None]
