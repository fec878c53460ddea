"""The vendor's bank leg: what left a vendor's balance at the processor for its bank, and which payments that carries."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class PayoutState(StrEnum):
    """As the rail names it; `paid` may become `failed` within five business days."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


class VendorPayout(Base):
    """One payout of a vendor's balance to its bank; `is_final` once no bank sends it back any more."""

    __tablename__ = "vendor_payouts"
    __table_args__ = (
        UniqueConstraint("rail_id"),
        Index("ix_vendor_payouts_vendor_id_created_at", "vendor_id", "created_at"),
        Index("ix_vendor_payouts_is_final_vendor_id", "is_final", "vendor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rail_id: Mapped[str] = mapped_column(String(120))
    vendor_id: Mapped[UUID]
    payee_id: Mapped[str] = mapped_column(String(120))
    amount_cents: Mapped[int]
    state: Mapped[PayoutState]
    arrives_on: Mapped[date | None]
    failure_code: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    is_final: Mapped[bool]


class PayoutPart(Base):
    """What of one attempt a payout carries. It stays when the payout fails; a later payout then carries the same again."""

    __tablename__ = "payout_parts"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index("ix_payout_parts_payment_id", "payment_id"),
        Index("ix_payout_parts_attempt_id", "attempt_id"),
    )

    payout_id: Mapped[UUID] = mapped_column(ForeignKey("vendor_payouts.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempts.id"), primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    amount_cents: Mapped[int]


class RailCursor(Base):
    """How far something of the rail's was read, and when it is looked at next (machine time).

    `position` is the rail's own time: `events`, `statement`; one row `payouts:<vendor>` for each vendor whose bank leg is open.
    """

    __tablename__ = "rail_cursors"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[datetime | None]
    look_at: Mapped[datetime | None]


class WebhookRefusal(Base):
    """How many webhooks of one kind were refused on a day (UTC, by the machine's clock). Nothing that was in one is kept."""

    __tablename__ = "webhook_refusals"

    counted_on: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    refused: Mapped[int]
