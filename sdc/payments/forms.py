"""What the routes of payments take and answer."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.auth.principal import Role
from sdc.crypto import KeyRing
from sdc.payments.model import BankLeg, Payment, PaymentMove, PaymentState, SenderSwitch
from sdc.payments.moves import REASON_COLUMN
from sdc.payments.states import PaymentMoveName, open_payment_moves
from sdc.payments.telling import expected_day, held_words
from sdc.web.input import Input, Language, Output
from sdc.web.pages import Page


class SwitchIn(Input):
    """Why the sender is stopped or let go: a word for the next person."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")] | None = None


Words = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]


class RetryIn(Input):
    """Why a payment is tried again."""

    reason: Words


class ResolveIn(Input):
    """What the processor's books show of a frozen payment: `sent`, with the transfer's id, or `never_sent`; and how that is known."""

    outcome: Literal["sent", "never_sent"]
    rail_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{1,120}$")] | None = None
    reason: Words


class PaymentMoveOut(Output):
    """What a person did with a payment, and why."""

    id: UUID
    move: str
    by: UUID
    reason: str
    rail_id: str | None
    at: datetime

    @classmethod
    def of(cls, move: PaymentMove, keyring: KeyRing) -> Self:
        """Show a move to somebody who may read its reason."""
        reason = keyring.open(move.reason_sealed, REASON_COLUMN, move.id)
        return cls(id=move.id, move=move.move, by=move.by, reason=reason, rail_id=move.rail_id, at=move.at)


class PaymentMovePage(Page):
    """What people did with a payment, the newest first."""

    items: list[PaymentMoveOut]


class SwitchOut(Output):
    """Whether payments leave."""

    is_paused: bool
    reason: str | None

    @classmethod
    def of(cls, switch: SenderSwitch) -> Self:
        """Show the switch."""
        return cls(is_paused=switch.is_paused, reason=switch.reason)


class HeldOut(Output):
    """Why a payment waits, in words, and exactly what ends that."""

    code: str
    message: str
    way: str


class ProposalOut(Output):
    """What one person says the processor's books show of a frozen payment; a second one confirms it."""

    state: Literal["proposed"] = "proposed"
    outcome: Literal["sent", "never_sent"]
    rail_id: str | None
    by: UUID
    at: datetime

    @classmethod
    def of(cls, payment: Payment) -> Self | None:
        """Show it, where somebody said so."""
        if payment.proposed_by is None or payment.proposed_at is None:
            return None
        outcome: Literal["sent", "never_sent"] = "never_sent" if payment.proposed_rail_id is None else "sent"
        return cls(outcome=outcome, rail_id=payment.proposed_rail_id, by=payment.proposed_by, at=payment.proposed_at)


class PaymentOut(Output):
    """A payment to a vendor for one bill: where it stands, why it is held, and when it should arrive.

    Of `amount_cents`, `withheld_cents` go to the tax office and `offset_cents` settle refunds that the vendor owed; the rest is sent.
    """

    id: UUID
    bill_id: UUID
    vendor_id: UUID
    reference: UUID
    state: PaymentState
    delivery: BankLeg
    amount_cents: int
    withheld_cents: int
    offset_cents: int
    returned_cents: int
    """What came back and is not sent again yet."""
    attempts: int
    held_because: str | None
    held: HeldOut | None = None
    expected_on: date | None
    """When it should be at the vendor's bank, also while it is still open; nothing while nobody knows what it waits for ends."""
    created_at: datetime
    sent_at: datetime | None
    program_id: UUID | None = None
    batch_id: UUID | None = None
    proposal: ProposalOut | None = None
    """What of a frozen payment one person has said, and a second is to confirm: the staff's to know."""
    open_moves: Annotated[list[PaymentMoveName], Field(default_factory=list)]
    """What an administrator can do with it now; a vendor has no moves."""

    @classmethod
    def of(cls, payment: Payment, role: Role, *, today: date | None = None, language: Language = "en") -> Self:
        """Show a payment to a role; the program is the staff's to know. `today` is the program's day, for what is still open."""
        shown = cls.model_validate(payment)
        told = held_words(payment, language=language)
        both: dict[str, HeldOut | date | None] = {"held": None if told is None else HeldOut.model_validate(told)}
        if today is not None:
            both |= {"expected_on": expected_day(payment, today=today)}
        staffs = (
            {"program_id": None, "batch_id": None}
            if role is Role.VENDOR
            else {"open_moves": open_payment_moves(payment), "proposal": ProposalOut.of(payment)}
        )
        return shown.model_copy(update=both | staffs)


class PaymentPage(Page):
    """Payments, the newest first."""

    items: list[PaymentOut]


class ReceivedOut(Output):
    """The event is kept."""

    received: bool
