"""A payment to a vendor, its attempts, the processor's events, and the switch that stops the sender."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class PaymentState(StrEnum):
    """Ours: queued, sending, sent; on the side held, unknown, rejected, canceled, reversed; dormant, when nobody took it for years."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    CANCELED = "canceled"
    REVERSED = "reversed"
    DORMANT = "dormant"


class BankLeg(StrEnum):
    """The vendor's bank: nothing yet, in the vendor's balance, on its way, arrived (not for good until five business days), failed."""

    NONE = "none"
    IN_VENDOR_BALANCE = "in_vendor_balance"
    PAYING_OUT = "paying_out"
    DELIVERED = "delivered"
    FAILED = "failed"


class Payment(Base):
    """What one accepted bill owes its vendor, sent in attempts until one discharges it.

    `returned_cents` is what came back after it was sent and is not sent again yet: it is owed, and a retry sends it.
    `withheld_cents` is tax that is kept back of it, `offset_cents` what its vendor owed us and is settled with it: neither
    is sent, both are paid.

    `reference` is random: it is all that a rail is told. `look_at` is when the sweep takes it up again, by the machine's
    own time; nothing when it waits for a person, or for nothing. One that `is_outstanding` was sent on a rail that
    discharges it no sooner than the vendor's bank takes the money: `cleared_at`. Of a frozen one, `proposed_by` is who said
    first what the processor's books show: the transfer `proposed_rail_id`, or none; a second person says the same, or
    nothing follows.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("returned_cents BETWEEN 0 AND amount_cents", name="returned"),
        CheckConstraint("withheld_cents >= 0", name="withheld"),
        CheckConstraint("offset_cents >= 0 AND withheld_cents + offset_cents <= amount_cents", name="offset"),
        UniqueConstraint("bill_id"),
        Index("ix_payments_vendor_id_id", "vendor_id", "id"),
        Index("ix_payments_program_id_id", "program_id", "id"),
        UniqueConstraint("reference"),
        Index("ix_payments_state_look_at", "state", "look_at"),
        Index("ix_payments_rail_id", "rail_id"),
        Index("ix_payments_batch_id", "batch_id"),
        Index("ix_payments_delivery_vendor_id", "delivery", "vendor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    bill_id: Mapped[UUID] = mapped_column(ForeignKey("bills.id"))
    vendor_id: Mapped[UUID]
    reference: Mapped[UUID]
    rail: Mapped[str] = mapped_column(String(16))
    amount_cents: Mapped[int]
    returned_cents: Mapped[int]
    state: Mapped[PaymentState]
    delivery: Mapped[BankLeg]
    held_because: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int]
    look_at: Mapped[datetime | None]
    rail_id: Mapped[str | None] = mapped_column(String(120))
    expected_on: Mapped[date | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    withheld_cents: Mapped[int] = mapped_column(default=0)
    offset_cents: Mapped[int] = mapped_column(default=0)
    batch_id: Mapped[UUID | None]
    is_outstanding: Mapped[bool] = mapped_column(default=False)
    cleared_at: Mapped[datetime | None]
    proposed_by: Mapped[UUID | None]
    proposed_rail_id: Mapped[str | None] = mapped_column(String(120))
    proposed_at: Mapped[datetime | None]


class AttemptState(StrEnum):
    """One call to a rail: open until its answer is known."""

    SENDING = "sending"
    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    ABANDONED = "abandoned"


class Attempt(Base):
    """One attempt: its number, its key and the frozen body; the disbursement entry derives from its id.

    `amount_cents` is what was still to be sent when it began, `withheld_cents` the tax kept back beside it;
    `returned_cents` is all that ever came back of it. `settled_on` is the program's day on which it was sent.

    `claimed_at` is the machine's own time: the processor forgets keys by its clock, not by the program's. One that
    `is_outstanding` goes by a rail that discharges on clearance, and has neither cleared nor come back.
    """

    __tablename__ = "payment_attempts"
    __table_args__ = (
        UniqueConstraint("payment_id", "number"),
        Index("ix_payment_attempts_state", "state"),
        Index("ix_payment_attempts_rail_id", "rail_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(String(120))
    payee_id: Mapped[str] = mapped_column(String(120))
    body: Mapped[dict[str, Any]]
    amount_cents: Mapped[int]
    returned_cents: Mapped[int]
    state: Mapped[AttemptState]
    fence: Mapped[int]
    lookups: Mapped[int]
    is_key_spent: Mapped[bool]
    claimed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    rail_id: Mapped[str | None] = mapped_column(String(120))
    detail: Mapped[str | None] = mapped_column(String(200))
    is_outstanding: Mapped[bool] = mapped_column(default=False)
    withheld_cents: Mapped[int] = mapped_column(default=0)
    settled_on: Mapped[date | None]


class PaymentMove(Base):
    """What a person did with a payment that could not go on by itself, and why, in words that are kept sealed."""

    __tablename__ = "payment_moves"
    __table_args__ = (Index("ix_payment_moves_payment_id_id", "payment_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    move: Mapped[str] = mapped_column(String(16))
    by: Mapped[UUID]
    reason_sealed: Mapped[bytes]
    rail_id: Mapped[str | None] = mapped_column(String(120))
    at: Mapped[datetime]


class EventState(StrEnum):
    """An event waits until it is applied; one that cannot be is dead until a person has it tried again."""

    WAITING = "waiting"
    APPLIED = "applied"
    DEAD = "dead"


class RailEvent(Base):
    """A processor's event: a hint that is kept once, then the object itself is read again.

    `about` is what kind of object that is, `account_id` the payee whose it is, `created_at` when the rail says it happened.
    `look_at` is when a waiting one is taken up (machine time); `error` is the kind of what stopped the last of `tries`.
    """

    __tablename__ = "rail_events"
    __table_args__ = (Index("ix_rail_events_state_look_at", "state", "look_at"),)

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    rail: Mapped[str] = mapped_column(String(16))
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str | None] = mapped_column(String(120))
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    about: Mapped[str] = mapped_column(String(16), default="other")
    account_id: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime | None]
    state: Mapped[EventState] = mapped_column(default=EventState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    look_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))


class SenderSwitch(Base):
    """Whether payments leave at all: one row, turned by an administrator or by an alarm.

    `quiet_until` is the machine's own time: until then the whole sender rests, because the processor asked it to.
    """

    __tablename__ = "sender_switch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_paused: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(120))
    quiet_until: Mapped[datetime | None]
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]


class SenderBucket(Base):
    """How fast payments leave, over all workers: one row. `free_at` is the next moment at which one may (machine time)."""

    __tablename__ = "sender_bucket"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    free_at: Mapped[datetime]


class ProgramSwitch(Base):
    """How a program's payments leave: by themselves or only in a released batch, and whether a person has stopped them."""

    __tablename__ = "program_switches"

    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    pays_in_batches: Mapped[bool]
    is_paused: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(120))
    changed_by: Mapped[UUID]
    changed_at: Mapped[datetime]


class BatchState(StrEnum):
    """Built by one person, released by a second or canceled."""

    BUILT = "built"
    RELEASED = "released"
    CANCELED = "canceled"


class PaymentBatch(Base):
    """A view of payments that leave together: how far they are is counted, never kept.

    `payments` and `amount_cents` are what it was built of. With `hold_until_released` none of them leaves before.
    """

    __tablename__ = "payment_batches"
    __table_args__ = (Index("ix_payment_batches_program_id_id", "program_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    state: Mapped[BatchState]
    hold_until_released: Mapped[bool]
    payments: Mapped[int]
    amount_cents: Mapped[int]
    built_by: Mapped[UUID]
    built_at: Mapped[datetime]
    ended_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
