"""What the routes of take-backs take and answer."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self
from uuid import UUID

from sdc.crypto import KeyRing
from sdc.payments.afterwards_forms import BankReference
from sdc.payments.afterwards_model import TakeBack, TakeBackMove, TakeBackStep
from sdc.payments.forms import Words
from sdc.payments.remitting import Paid
from sdc.payments.taking_back import REASON_COLUMN, AskedTakeBack
from sdc.web.input import Cents, Day, Input, Output
from sdc.web.pages import Page


class TakeBackIn(Input):
    """What a payer takes back, on which day, and why; of which source, where the member has budgets of several."""

    amount_cents: Cents
    taken_on: Day
    reason: Words
    funding_source_id: UUID | None = None

    def asked(self) -> AskedTakeBack:
        """Hand on what is asked."""
        return AskedTakeBack(self.amount_cents, self.taken_on, self.reason, self.funding_source_id)


class TakeBackMoveIn(Input):
    """What was paid to the payer, or came back, at the bank."""

    amount_cents: Cents
    moved_on: Day
    reference: BankReference

    def moved(self) -> Paid:
        """Hand on what was moved."""
        return Paid(self.amount_cents, self.moved_on, self.reference)


class TakeBackMoveOut(Output):
    """A part that was paid or recovered."""

    id: UUID
    step: TakeBackStep
    amount_cents: int
    moved_on: date
    reference: str
    by: UUID
    at: datetime


class TakeBackOut(Output):
    """A take-back, and what became of it so far."""

    id: UUID
    program_id: UUID
    member_id: UUID
    funding_source_id: UUID
    amount_cents: int
    paid_cents: int
    recovered_cents: int
    taken_on: date
    reason: str
    by: UUID
    at: datetime
    moves: list[TakeBackMoveOut]

    @classmethod
    def of(cls, taken: TakeBack, moves: Sequence[TakeBackMove], *, keyring: KeyRing) -> Self:
        """Show a take-back with its parts, the oldest first."""
        return cls(
            id=taken.id,
            program_id=taken.program_id,
            member_id=taken.member_id,
            funding_source_id=taken.funding_source_id,
            amount_cents=taken.amount_cents,
            paid_cents=taken.paid_cents,
            recovered_cents=taken.recovered_cents,
            taken_on=taken.taken_on,
            reason=keyring.open(taken.reason_sealed, REASON_COLUMN, taken.id),
            by=taken.by,
            at=taken.at,
            moves=[TakeBackMoveOut.model_validate(one) for one in moves],
        )


class TakeBackPage(Page):
    """Take-backs of a member, the newest first."""

    items: list[TakeBackOut]
