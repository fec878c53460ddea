"""What was reconciled: each movement of the processor's balance, and each time that it was held against the books."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class MovementState(StrEnum):
    """A movement waits for its posting, is matched with one, stands in suspense, or is open: nobody knows whose book it is of."""

    WAITING = "waiting"
    MATCHED = "matched"
    SUSPENSE = "suspense"
    OPEN = "open"


class RailMovement(Base):
    """One change of our balance at the processor, kept once, and the one posting that it matches.

    `subject_id` is our attempt or top-up that it is of. `suspense_cents` is what went into suspense for it, by
    `suspense_entry_id`; both stay when it is explained later.
    """

    __tablename__ = "rail_movements"
    __table_args__ = (
        UniqueConstraint("rail_id"),
        Index("ix_rail_movements_state_created_at", "state", "created_at"),
        Index("ix_rail_movements_subject_id_kind", "subject_id", "kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rail_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[str] = mapped_column(String(120))
    reference: Mapped[str | None] = mapped_column(String(120))
    amount_cents: Mapped[int]
    fee_cents: Mapped[int]
    net_cents: Mapped[int]
    created_at: Mapped[datetime]
    available_on: Mapped[date]
    seen_at: Mapped[datetime]
    state: Mapped[MovementState]
    reason: Mapped[str | None] = mapped_column(String(80))
    program_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    matched_entry_id: Mapped[UUID | None]
    fee_entry_id: Mapped[UUID | None]
    suspense_entry_id: Mapped[UUID | None]
    suspense_cents: Mapped[int]


class ReconciliationRecord(Base):
    """One time that the processor was held against the books: opening + net = available + pending, and what does not agree.

    `opening_cents` is what all movements came to that were known before, `net_cents` what the new ones add. `differences`
    are the open ones, by kind; the totals are over all programs.
    """

    __tablename__ = "reconciliations"
    __table_args__ = (Index("ix_reconciliations_at", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    rail: Mapped[str] = mapped_column(String(16))
    opening_cents: Mapped[int]
    net_cents: Mapped[int]
    available_cents: Mapped[int]
    pending_cents: Mapped[int]
    books_cents: Mapped[int]
    topup_cents: Mapped[int]
    transit_cents: Mapped[int]
    waiting_cents: Mapped[int]
    movements: Mapped[int]
    matched: Mapped[int]
    differences: Mapped[list[dict[str, Any]]]
