"""Payers, programs, funding sources, what was received, and the staff."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sdc.auth.principal import Role
from sdc.database import Base


class Release(StrEnum):
    """How a budget's money becomes available: at once, a share each quarter or month, or as closed months earn it."""

    ANNUAL = "annual"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"
    EARNED = "earned"


class NoticeProfile(StrEnum):
    """Which federal clocks a program's notices run by."""

    FEE_FOR_SERVICE = "fee_for_service"
    MANAGED_CARE = "managed_care"


class Payer(Base):
    """A county, Medicaid agency or managed care organisation that funds programs."""

    __tablename__ = "payers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Program(Base):
    """A self-directed care program: one book, one currency, one rulebook."""

    __tablename__ = "programs"
    __table_args__ = (CheckConstraint("period_starts_on <= period_ends_on", name="period"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("payers.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    rulebook: Mapped[str] = mapped_column(String(64))
    time_zone: Mapped[str] = mapped_column(String(64))
    period_starts_on: Mapped[date]
    period_ends_on: Mapped[date]
    release: Mapped[Release]
    notice_profile: Mapped[NoticeProfile]
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime]


class FundingSource(Base):
    """Money of one payer for one purpose, from which budgets are allocated."""

    __tablename__ = "funding_sources"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"), index=True)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("payers.id"))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Deposit(Base):
    """A payer's money that arrived at the bank: the event its entry derives from."""

    __tablename__ = "deposits"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"), index=True)
    funding_source_id: Mapped[UUID] = mapped_column(ForeignKey("funding_sources.id"))
    amount_cents: Mapped[int]
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(120))
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class TopUpState(StrEnum):
    """A top-up is asked of the processor by a job; an answer that is lost is asked for again with the same key.

    Settled is not the end: the bank may take the money back (reversed), days later.
    """

    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"
    REVERSED = "reversed"


class TopUp(Base):
    """Money moved from the bank to the processor, from which vendors are paid.

    `look_at` is when one that is on its way is looked at again, by the machine's own time.
    """

    __tablename__ = "top_ups"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"), index=True)
    amount_cents: Mapped[int]
    state: Mapped[TopUpState]
    rail_id: Mapped[str | None] = mapped_column(String(120))
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]


class Staff(Base):
    """A broker, director, auditor, administrator or a payer's officer. `relatives` are opaque references."""

    __tablename__ = "staff"
    __table_args__ = (Index("ix_staff_employer_id", "employer_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[Role]
    name: Mapped[str] = mapped_column(String(200))
    payer_id: Mapped[UUID | None] = mapped_column(ForeignKey("payers.id"))
    employer_id: Mapped[str | None] = mapped_column(String(64))
    relatives: Mapped[list[str]]
    created_at: Mapped[datetime]


class StaffProgram(Base):
    """Which programs a broker, director or auditor works for."""

    __tablename__ = "staff_programs"
    __table_args__ = (Index("ix_staff_programs_program_id", "program_id"),)

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"), primary_key=True)
