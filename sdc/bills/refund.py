"""What a vendor gives back of a bill that was paid: what is asked, and what of it came."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class RefundWay(StrEnum):
    """How a refund comes: as cash at the bank, as an offset against the vendor's next payments, or it is claimed and nothing came yet."""

    CASH = "cash"
    OFFSET = "offset"
    CLAIM = "claim"


class RefundState(StrEnum):
    """A refund is due until all of it that is still asked has come; one of which nothing is asked any more was waived."""

    DUE = "due"
    COLLECTED = "collected"
    WAIVED = "waived"


class RefundTo(StrEnum):
    """Who has the money: the member to spend, the member's savings, or, after the end of the budget's period, the payer."""

    AVAILABLE = "available"
    SAVED = "saved"
    LAPSED = "lapsed"


class Refund(Base):
    """What is asked back of one paid bill: due = amount - collected - waived.

    Cash that came needs no claim before it: such a refund is collected from the start, and `is_claimed` is false. What is claimed
    stands in the books as owed by the vendor until it comes. Its vendor's next payments are set off against it only with the
    vendor's consent: `consented_by` is who gave it or recorded it, on which day.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("collected_cents >= 0 AND waived_cents >= 0 AND collected_cents + waived_cents <= amount_cents", name="sum"),
        Index("ix_refunds_bill_id_id", "bill_id", "id"),
        Index("ix_refunds_vendor_id_state_id", "vendor_id", "state", "id"),
        Index("ix_refunds_program_id_id", "program_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    bill_id: Mapped[UUID] = mapped_column(ForeignKey("bills.id"))
    vendor_id: Mapped[UUID]
    way: Mapped[RefundWay]
    state: Mapped[RefundState]
    is_claimed: Mapped[bool]
    amount_cents: Mapped[int]
    collected_cents: Mapped[int]
    waived_cents: Mapped[int]
    reason_sealed: Mapped[bytes]
    waiver_sealed: Mapped[bytes | None]
    consented_by: Mapped[UUID | None]
    consented_on: Mapped[date | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]

    @property
    def due_cents(self) -> int:
        """What is still asked."""
        return self.amount_cents - self.collected_cents - self.waived_cents


class RefundReceipt(Base):
    """What came of a refund at one time, and who has it now: the event its entry derives from.

    `payment_id` is the payment it was set off against; nothing when it came as cash. `reference` is what the bank calls it.
    """

    __tablename__ = "refund_receipts"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index("ix_refund_receipts_refund_id_id", "refund_id", "id"),
        Index("ix_refund_receipts_vendor_id_received_on", "vendor_id", "received_on"),
        Index("ix_refund_receipts_payment_id", "payment_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"))
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    vendor_id: Mapped[UUID]
    payment_id: Mapped[UUID | None]
    amount_cents: Mapped[int]
    to: Mapped[RefundTo]
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(120))
    by: Mapped[UUID | None]
    at: Mapped[datetime]
