"""What becomes of money that is not sent in the end: owed and taken by nobody, or paid on to a tax office or a state."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class Dormancy(Base):
    """One time that a payment was owed and taken by nobody: the letter to its owner, then the step to unclaimed, then its end.

    `owed_since` is the program's day from which the law counts, `law` the state whose law it is. It ends by the owner's claim, or
    by what was remitted to the state.
    """

    __tablename__ = "payment_dormancies"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        Index("ix_payment_dormancies_payment_id_id", "payment_id", "id"),
        Index("ix_payment_dormancies_program_id_id", "program_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    vendor_id: Mapped[UUID]
    law: Mapped[str] = mapped_column(String(2))
    amount_cents: Mapped[int]
    owed_since: Mapped[date]
    letter_by: Mapped[UUID]
    letter_on: Mapped[date]
    dormant_by: Mapped[UUID | None]
    dormant_on: Mapped[date | None]
    claimed_by: Mapped[UUID | None]
    claimed_on: Mapped[date | None]
    remittance_id: Mapped[UUID | None]


class RemittanceKind(StrEnum):
    """What was paid on: tax that was withheld, money that nobody took, or what budgets gave back to their payer."""

    TAX = "tax"
    UNCLAIMED = "unclaimed"
    LAPSED = "lapsed"


class Remittance(Base):
    """Money that was paid on from the bank: the event its entry derives from. What lapsed is of one funding source."""

    __tablename__ = "remittances"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"), Index("ix_remittances_program_id_id", "program_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    kind: Mapped[RemittanceKind]
    funding_source_id: Mapped[UUID | None]
    amount_cents: Mapped[int]
    remitted_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(120))
    by: Mapped[UUID]
    at: Mapped[datetime]


class TakeBack(Base):
    """What a payer takes back of what was spent for a member, who turned out not to have been eligible.

    Of what is owed to the payer `paid_cents` were paid; of what is owed to us `recovered_cents` came. Why is sealed.
    """

    __tablename__ = "take_backs"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("paid_cents BETWEEN 0 AND amount_cents", name="paid"),
        CheckConstraint("recovered_cents BETWEEN 0 AND amount_cents", name="recovered"),
        Index("ix_take_backs_member_id_id", "member_id", "id"),
        Index("ix_take_backs_program_id_id", "program_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    funding_source_id: Mapped[UUID] = mapped_column(ForeignKey("funding_sources.id"))
    amount_cents: Mapped[int]
    paid_cents: Mapped[int]
    recovered_cents: Mapped[int]
    taken_on: Mapped[date]
    reason_sealed: Mapped[bytes]
    by: Mapped[UUID]
    at: Mapped[datetime]


class TakeBackStep(StrEnum):
    """What can become of a take-back: it is paid to the payer, it is recovered."""

    PAID = "paid"
    RECOVERED = "recovered"


class TakeBackMove(Base):
    """A part of a take-back, or all of it, that was paid or recovered: the event its entry derives from."""

    __tablename__ = "take_back_moves"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount"), Index("ix_take_back_moves_take_back_id_id", "take_back_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    take_back_id: Mapped[UUID] = mapped_column(ForeignKey("take_backs.id"))
    step: Mapped[TakeBackStep]
    amount_cents: Mapped[int]
    moved_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(120))
    by: Mapped[UUID]
    at: Mapped[datetime]
