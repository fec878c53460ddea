"""What the routes of payments take and answer."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import StringConstraints

from sdc.auth.principal import Role
from sdc.payments.model import BankLeg, Payment, PaymentState, SenderSwitch
from sdc.web.input import Input, Output
from sdc.web.pages import Page


class SwitchIn(Input):
    """Why the sender is stopped or let go: a word for the next person."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")] | None = None


class SwitchOut(Output):
    """Whether payments leave."""

    is_paused: bool
    reason: str | None

    @classmethod
    def of(cls, switch: SenderSwitch) -> Self:
        """Show the switch."""
        return cls(is_paused=switch.is_paused, reason=switch.reason)


class PaymentOut(Output):
    """A payment to a vendor for one bill: where it stands, why it is held, and when it should arrive."""

    id: UUID
    bill_id: UUID
    vendor_id: UUID
    reference: UUID
    state: PaymentState
    delivery: BankLeg
    amount_cents: int
    returned_cents: int
    attempts: int
    held_because: str | None
    expected_on: date | None
    created_at: datetime
    sent_at: datetime | None
    program_id: UUID | None = None

    @classmethod
    def of(cls, payment: Payment, role: Role) -> Self:
        """Show a payment to a role; the program is the staff's to know."""
        shown = cls.model_validate(payment)
        return shown.model_copy(update={"program_id": None}) if role is Role.VENDOR else shown


class PaymentPage(Page):
    """Payments, the newest first."""

    items: list[PaymentOut]


class ReceivedOut(Output):
    """The event is kept."""

    received: bool
