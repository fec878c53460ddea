"""What the routes of bills take and answer."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import StringConstraints

from sdc.auth.principal import Principal, Role
from sdc.bills.model import Bill, BillState
from sdc.bills.telling import BillDecisionOut, reasons_for
from sdc.documents.forms import DocumentOut
from sdc.purchases.model import DecisionRecord
from sdc.web.input import Cents, Day, Input, Language, Output
from sdc.web.pages import Page

Number = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
Business = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Description = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]


class BillIn(Input):
    """A vendor's bill for an order. `final` says that no other bill will come for it."""

    order_id: UUID
    number: Number
    billed_on: Day | None = None
    amount_cents: Cents
    business: Business | None = None
    description: Description | None = None
    final: bool = True


class NoteIn(Input):
    """A word beside a yes."""

    note: Reason | None = None


class ReasonIn(Input):
    """Why: the vendor reads it."""

    reason: Reason


class BillReason(Output):
    """One thing that a bill waits for, or that it was rejected for: the rule, its words, and who or what closes it."""

    rule: str
    message: str
    citation: str | None = None
    closed_by: dict[str, str] | None = None


class BillOut(Output):
    """A bill. Staff sees the purchase behind it; its vendor does not."""

    id: UUID
    order_id: UUID
    number: str
    state: BillState
    amount_cents: int
    billed_on: date | None
    received_on: date
    business: str | None
    description: str | None
    final: bool
    held_because: list[BillReason]
    visit_says: list[str]
    decision: BillDecisionOut | None
    accepted_at: datetime | None
    purchase_id: UUID | None = None
    decision_id: UUID | None = None
    tolerance_cents: int | None = None
    released_cents: int | None = None

    @classmethod
    def of(cls, bill: Bill, order_id: UUID, decision: DecisionRecord | None, *, who: Principal, language: Language) -> Self:
        """Show a bill with its last decision to whoever asks."""
        shown = cls(
            id=bill.id,
            order_id=order_id,
            number=bill.number,
            state=bill.state,
            amount_cents=bill.amount_cents,
            billed_on=bill.billed_on,
            received_on=bill.received_on,
            business=bill.business,
            description=bill.description,
            final=bill.is_final,
            held_because=[BillReason(**reason) for reason in reasons_for(bill, who=who, language=language)],
            visit_says=bill.visit_says,
            decision=None if decision is None else BillDecisionOut.of(decision, who=who, language=language),
            accepted_at=bill.accepted_at,
        )
        if who.role is Role.VENDOR:
            return shown
        return shown.model_copy(
            update={
                "purchase_id": bill.purchase_id,
                "decision_id": bill.decision_id,
                "tolerance_cents": bill.tolerance_cents,
                "released_cents": bill.released_cents,
            }
        )


class BillPage(Page):
    """Bills, the newest first."""

    items: list[BillOut]


class BillDocumentOut(Output):
    """A paper that was added, and the bill as it stands with it."""

    document: DocumentOut
    bill: BillOut
