"""Members and those who may act for them; names are sealed, relations are opaque references."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class MemberStatus(StrEnum):
    """Whether a member is in the program now."""

    ACTIVE = "active"
    LEFT = "left"


class Member(Base):
    """A person who controls an individual recovery budget."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("eligible_from <= eligible_to", name="eligible"),
        Index("ix_members_program_id_id", "program_id", "id"),
        Index("ix_members_broker_id_id", "broker_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    name_sealed: Mapped[bytes]
    language: Mapped[str] = mapped_column(String(8))
    funding: Mapped[str] = mapped_column(String(32))
    status: Mapped[MemberStatus]
    eligible_from: Mapped[date]
    eligible_to: Mapped[date]
    relatives: Mapped[list[str]]
    household: Mapped[list[str]]
    broker_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]


class Representative(Base):
    """Someone who may make some moves for a member, from a day to a day, both included.

    `acts_from` and `acts_until` are the same term as instants of the program's time zone, for queries that do not know
    the program yet. An empty `may` stands for every move.
    """

    __tablename__ = "representatives"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="term"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    name_sealed: Mapped[bytes]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    acts_from: Mapped[datetime]
    acts_until: Mapped[datetime]
    may: Mapped[list[str]]
    created_at: Mapped[datetime]
