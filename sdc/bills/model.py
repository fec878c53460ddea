"""A bill: what a vendor asks for, how it was judged, and what it took from the authorisation."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from sdc.auth.principal import Role
from sdc.database import Base

_STANDING = text("state NOT IN ('rejected', 'reversed')")


class BillState(StrEnum):
    """received (waits for delivery), held (waits for a person, a paper, an event), accepted, paid; rejected, reversed."""

    RECEIVED = "received"
    HELD = "held"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PAID = "paid"
    REVERSED = "reversed"


class Bill(Base):
    """One bill for one order; its expenditure entry derives from its id.

    `from_encumbered_cents` and `tolerance_cents` say where the money came from once it is accepted; `released_cents`
    is what a final bill gave back. `visit_says` names which facts of a visit are known; their values are sealed.
    `is_sending` is set while an attempt to pay it is open: it can not be reversed then.
    """

    __tablename__ = "bills"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index("uq_bills_vendor_id_number", "vendor_id", "number", unique=True, postgresql_where=_STANDING, sqlite_where=_STANDING),
        Index("ix_bills_purchase_id_id", "purchase_id", "id"),
        Index("ix_bills_vendor_id_id", "vendor_id", "id"),
        Index("ix_bills_state_id", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    authorization_id: Mapped[UUID] = mapped_column(ForeignKey("authorizations.id"))
    budget_id: Mapped[UUID] = mapped_column(ForeignKey("budgets.id"))
    vendor_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(64))
    billed_on: Mapped[date | None]
    received_on: Mapped[date]
    amount_cents: Mapped[int]
    business: Mapped[str | None] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(String(500))
    is_final: Mapped[bool]
    visit_sealed: Mapped[bytes | None]
    visit_says: Mapped[list[str]]
    state: Mapped[BillState]
    held_because: Mapped[list[dict[str, Any]]]
    from_encumbered_cents: Mapped[int]
    tolerance_cents: Mapped[int]
    released_cents: Mapped[int]
    is_sending: Mapped[bool]
    decision_id: Mapped[UUID | None]
    sent_by: Mapped[UUID]
    received_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]


class BillApproval(Base):
    """A person's yes to a bill that could not be accepted by itself."""

    __tablename__ = "bill_approvals"
    __table_args__ = (Index("ix_bill_approvals_bill_id_id", "bill_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    bill_id: Mapped[UUID] = mapped_column(ForeignKey("bills.id"))
    by: Mapped[UUID]
    role: Mapped[Role]
    employer_id: Mapped[str | None] = mapped_column(String(64))
    relatives: Mapped[list[str]]
    note_sealed: Mapped[bytes | None]
    at: Mapped[datetime]
