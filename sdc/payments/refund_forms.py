"""What the routes of refunds take and answer."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import StringConstraints

from sdc.auth.principal import Principal, Role
from sdc.bills.refund import Refund, RefundReceipt, RefundState, RefundTo, RefundWay
from sdc.crypto import KeyRing
from sdc.payments.forms import Words
from sdc.payments.refunding import REASON_COLUMN, WAIVER_COLUMN, AskedRefund, Came, open_refund_moves
from sdc.web.input import Cents, Day, Input, Output
from sdc.web.pages import Page

BankReference = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")]


class RefundIn(Input):
    """A refund of a paid bill: `cash` that came, an `offset` that the vendor has agreed to, or a `claim` of which nothing came yet.

    `received_on` is the day on which the cash came, or on which the vendor agreed; a claim has none.
    """

    way: RefundWay
    amount_cents: Cents
    received_on: Day | None = None
    reference: BankReference
    reason: Words

    def asked(self) -> AskedRefund:
        """Hand on what is asked."""
        return AskedRefund(self.way, self.amount_cents, self.received_on, self.reference, self.reason)


class ReceiptIn(Input):
    """Cash that came of a refund that was claimed."""

    amount_cents: Cents
    received_on: Day
    reference: BankReference

    def came(self) -> Came:
        """Hand on what came."""
        return Came(self.amount_cents, self.received_on, self.reference)


class ConsentIn(Input):
    """On which day a vendor agreed to an offset; the vendor itself leaves it out."""

    received_on: Day | None = None


class WaiveIn(Input):
    """Why the rest of a refund is asked for no more."""

    reason: Words


class ReceiptOut(Output):
    """What came of a refund, and whose it is now; the payment it was set off against, or what the bank calls the cash."""

    id: UUID
    amount_cents: int
    received_on: date
    payment_id: UUID | None
    reference: str
    to: RefundTo | None
    """Where the money went; the vendor is not told whose it is."""

    @classmethod
    def of(cls, receipt: RefundReceipt, who: Principal) -> Self:
        """Show what came."""
        shown = cls.model_validate(receipt)
        return shown.model_copy(update={"to": None}) if who.role is Role.VENDOR else shown


class RefundOut(Output):
    """A refund: what was asked, what came, and what is still due. The reason is for the staff."""

    id: UUID
    bill_id: UUID
    vendor_id: UUID
    way: RefundWay
    state: RefundState
    amount_cents: int
    collected_cents: int
    waived_cents: int
    due_cents: int
    consented_on: date | None
    reason: str | None
    waived_because: str | None
    created_at: datetime
    receipts: list[ReceiptOut]
    open_moves: list[str]

    @classmethod
    def of(cls, refund: Refund, receipts: list[RefundReceipt], *, who: Principal, keyring: KeyRing) -> Self:
        """Show a refund to somebody who may see it."""
        is_vendor = who.role is Role.VENDOR
        moves = open_refund_moves(refund)
        return cls(
            id=refund.id,
            bill_id=refund.bill_id,
            vendor_id=refund.vendor_id,
            way=refund.way,
            state=refund.state,
            amount_cents=refund.amount_cents,
            collected_cents=refund.collected_cents,
            waived_cents=refund.waived_cents,
            due_cents=refund.due_cents,
            consented_on=refund.consented_on,
            reason=None if is_vendor else keyring.open(refund.reason_sealed, REASON_COLUMN, refund.id),
            waived_because=None
            if is_vendor or refund.waiver_sealed is None
            else keyring.open(refund.waiver_sealed, WAIVER_COLUMN, refund.id),
            created_at=refund.created_at,
            receipts=[ReceiptOut.of(receipt, who) for receipt in receipts],
            open_moves=[move for move in moves if not is_vendor or move == "consent"],
        )


class RefundPage(Page):
    """Refunds, the newest first."""

    items: list[RefundOut]
