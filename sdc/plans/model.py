"""A plan version: goals and budget lines for a span of days, and who signed and approved it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
