"""A purchase and what hangs on it: decisions, approvals, questions, the authorisation, deliveries."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sdc.auth.principal import Role
from sdc.database import Base


class PurchaseState(StrEnum):
    """Where a purchase stands; the moves between them are one table in `states.py`."""

    DENIED = "denied"
    PENDING = "pending"
    NEEDS_INFO = "needs_info"
    APPROVED = "approved"
    DELIVERED = "delivered"
    CLOSED = "closed"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"


class PaidFrom(StrEnum):
    """Which account of the budget a purchase is bought from."""

    AVAILABLE = "available"
    SAVED = "saved"


class Purchase(Base):
    """A request to buy, and what became of it.

    `order_id` is the random reference by which the vendor knows it. Free words (what it is, the memo to the vendor,
    notes on quotes) are sealed together as one JSON object. `quantity_thousandths` is the quantity times 1,000. The version
    of the rulebook that judged it first, `rulebook_version_id`, judges it to its end (docs/decisions/0009).
    """

    __tablename__ = "purchases"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("quantity_thousandths > 0", name="quantity"),
        UniqueConstraint("order_id"),
        Index("ix_purchases_member_id_id", "member_id", "id"),
        Index("ix_purchases_program_id_state_id", "program_id", "state", "id"),
        Index("ix_purchases_vendor_id_id", "vendor_id", "id"),
        Index("ix_purchases_state_expires_on", "state", "expires_on"),
        Index("ix_purchases_reask_at", "reask_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    budget_id: Mapped[UUID] = mapped_column(ForeignKey("budgets.id"))
    vendor_id: Mapped[UUID]
    offering_id: Mapped[UUID | None]
    item: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(32))
    quantity_thousandths: Mapped[int]
    unit_price_cents: Mapped[int]
    tax_cents: Mapped[int]
    delivery_cents: Mapped[int]
    amount_cents: Mapped[int]
    goal_id: Mapped[str | None] = mapped_column(String(64))
    paid_from: Mapped[PaidFrom]
    purchase_date: Mapped[date]
    service_to: Mapped[date]
    beneficiary: Mapped[str | None] = mapped_column(String(64))
    payment_method: Mapped[str] = mapped_column(String(32))
    emergency: Mapped[bool]
    already_bought: Mapped[bool]
    other_payer_covers: Mapped[bool]
    other_payer_denial_on_file: Mapped[bool]
    quotes: Mapped[list[Any]]
    words_sealed: Mapped[bytes]
    tags: Mapped[list[str]]
    is_tagged: Mapped[bool]
    state: Mapped[PurchaseState]
    pick_up_code: Mapped[str] = mapped_column(String(8))
    asked_by: Mapped[UUID]
    asked_role: Mapped[Role]
    requested_at: Mapped[datetime]
    decision_id: Mapped[UUID]
    rulebook_version_id: Mapped[UUID]
    authorization_id: Mapped[UUID | None]
    notice_id: Mapped[UUID | None]
    expires_on: Mapped[date]
    reask_at: Mapped[datetime | None]


class DecisionRecord(Base):
    """One answer of the policy, kept whole with the facts it saw, so that it can be replayed (`keeping.py`).

    `words_sealed` are somebody's free words among those facts, as they were then.

    `with_rules_of` is the newer version of the rulebook whose rules for what waits were asked beside the named one's.
    """

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_subject_id_id", "subject_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    stage: Mapped[str] = mapped_column(String(16))
    because: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(16))
    rulebook_name: Mapped[str] = mapped_column(String(64))
    rulebook_version: Mapped[int]
    rulebook_hash: Mapped[str] = mapped_column(String(64))
    with_rules_of: Mapped[int | None]
    decision: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    words_sealed: Mapped[bytes | None]
    remedies: Mapped[list[Any]]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime]


class PurchaseApproval(Base):
    """A yes of a person, with what made them independent (or not) on that day."""

    __tablename__ = "purchase_approvals"
    __table_args__ = (Index("ix_purchase_approvals_purchase_id_id", "purchase_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    by: Mapped[UUID]
    role: Mapped[Role]
    employer_id: Mapped[str | None] = mapped_column(String(64))
    relatives: Mapped[list[str]]
    note_sealed: Mapped[bytes | None]
    at: Mapped[datetime]


class Question(Base):
    """What an approver asked the member, and the answer."""

    __tablename__ = "purchase_questions"
    __table_args__ = (Index("ix_purchase_questions_purchase_id_id", "purchase_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    question_sealed: Mapped[bytes]
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    answer_sealed: Mapped[bytes | None]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]


class EmergencyReview(Base):
    """Who has to look at an emergency after the fact, and by when.

    `role` is the least that counts, `reviewer_id` the person it waits for where that is known. `number` counts the member's
    emergencies of the period, this one included. `outcome` is `approved` or `declined` by who decided on the purchase,
    `in_order` or `concern` by who looked at one that needed no yes.
    """

    __tablename__ = "emergency_reviews"
    __table_args__ = (
        UniqueConstraint("purchase_id"),
        Index("ix_emergency_reviews_member_id_id", "member_id", "id"),
        Index("ix_emergency_reviews_program_id_reviewed_at_due_on", "program_id", "reviewed_at", "due_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    role: Mapped[Role]
    reviewer_id: Mapped[UUID | None]
    due_on: Mapped[date]
    is_over_limits: Mapped[bool]
    number: Mapped[int]
    outcome: Mapped[str | None] = mapped_column(String(16))
    note_sealed: Mapped[bytes | None]
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class OrderConsent(Base):
    """What a member lets the vendor of one order know: their name, an address, or both, and nothing longer than needed.

    `told_sealed` holds the words; it is deleted once the order is delivered or ended, or the consent is taken back. Who gave it, and
    when, stays. The newest of a purchase is the one that counts.
    """

    __tablename__ = "order_consents"
    __table_args__ = (
        Index("ix_order_consents_purchase_id_id", "purchase_id", "id"),
        Index("ix_order_consents_forgotten_at", "forgotten_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    shows: Mapped[list[str]]
    told_sealed: Mapped[bytes | None]
    given_by: Mapped[UUID]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]


class Authorization(Base):
    """Money promised to one purchase: the event its encumbrance derives from.

    authorized = left + spent + released at all times. `left_cents` protects one purchase from another inside the
    budget's one encumbered account; `tolerance_cents` counts what bills took from available beyond what was authorised;
    `waiting_bills` counts the bills that wait for their decision. `refunded_cents` is what the vendor gave back of what was spent
    (of the tolerance too); it makes `spent` smaller for every rule, and leaves the sum above as it is.
    """

    __tablename__ = "authorizations"
    __table_args__ = (
        CheckConstraint("left_cents >= 0", name="left"),
        CheckConstraint("spent_cents >= 0", name="spent"),
        CheckConstraint("tolerance_cents >= 0", name="tolerance"),
        CheckConstraint("waiting_bills >= 0", name="waiting"),
        CheckConstraint("authorized_cents = left_cents + spent_cents + released_cents", name="sum"),
        CheckConstraint("refunded_cents BETWEEN 0 AND spent_cents + tolerance_cents", name="refunded"),
        Index("ix_authorizations_member_id_purchase_date", "member_id", "purchase_date"),
        Index("ix_authorizations_budget_id", "budget_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    member_id: Mapped[UUID]
    budget_id: Mapped[UUID] = mapped_column(ForeignKey("budgets.id"))
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"), index=True)
    vendor_id: Mapped[UUID]
    category: Mapped[str] = mapped_column(String(32))
    paid_from: Mapped[PaidFrom]
    purchase_date: Mapped[date]
    emergency: Mapped[bool]
    authorized_cents: Mapped[int]
    left_cents: Mapped[int]
    spent_cents: Mapped[int]
    released_cents: Mapped[int]
    tolerance_cents: Mapped[int]
    waiting_bills: Mapped[int]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    refunded_cents: Mapped[int] = mapped_column(default=0)


class DeliveryState(StrEnum):
    """A delivery is claimed by the vendor, then confirmed (by a person, or by time after proof) or disputed."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class Delivery(Base):
    """Some of what was bought has arrived, as the vendor says."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("quantity_thousandths > 0", name="quantity"),
        Index("ix_deliveries_purchase_id_id", "purchase_id", "id"),
        Index("ix_deliveries_state_confirm_on", "state", "confirm_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    quantity_thousandths: Mapped[int]
    delivered_on: Mapped[date]
    proof: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[DeliveryState]
    claimed_by: Mapped[UUID]
    claimed_at: Mapped[datetime]
    confirm_on: Mapped[date | None]
    settled_by: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    dispute_sealed: Mapped[bytes | None]
