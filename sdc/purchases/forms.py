"""What requests say of purchases, and what is answered on consents."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.purchases.model import OrderConsent, PaidFrom
from sdc.purchases.request import Asked, Quote
from sdc.web.input import CategoryCode, Cents, CentsOrZero, Day, Input, Name, Output, QuantityThousandths, Reference, Tag, Words

Memo = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
Proof = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
_ONE = 1_000


class QuoteIn(Input):
    """A price that another vendor named."""

    vendor: Name | None = None
    amount_cents: Cents


class OtherPayerIn(Input):
    """Whether a health plan or another program pays for this, and whether its no is on file."""

    covers: bool
    denial_on_file: bool = False


class PurchaseIn(Input):
    """What somebody asks to buy: an offering, or a category and a description."""

    member_id: UUID
    budget_id: UUID
    vendor_id: UUID
    offering_id: UUID | None = None
    category: CategoryCode | None = None
    description: Words | None = None
    quantity: QuantityThousandths = _ONE
    unit_price_cents: Cents | None = None
    tax_cents: CentsOrZero = 0
    delivery_cents: CentsOrZero = 0
    amount_cents: Cents | None = None
    goal_id: Reference | None = None
    paid_from: Annotated[PaidFrom, Field(alias="from")] = PaidFrom.AVAILABLE
    purchase_date: Day | None = None
    service_to: Day | None = None
    beneficiary: Reference | None = None
    payment_method: Literal["vendor_direct", "member_reimbursement"] = "vendor_direct"
    memo_to_vendor: Memo | None = None
    emergency: bool = False
    already_bought: bool = False
    quotes: Annotated[tuple[QuoteIn, ...], Field(max_length=20)] = ()
    sole_source_note: Words | None = None
    quote_reason: Words | None = None
    other_payer: OtherPayerIn | None = None

    def asked(self) -> Asked:
        """Say the same in the verb's own words."""
        other = self.other_payer
        return Asked(
            budget_id=self.budget_id,
            member_id=self.member_id,
            vendor_id=self.vendor_id,
            offering_id=self.offering_id,
            category=self.category,
            description=self.description,
            quantity_thousandths=self.quantity,
            unit_price_cents=self.unit_price_cents,
            tax_cents=self.tax_cents,
            delivery_cents=self.delivery_cents,
            amount_cents=self.amount_cents,
            goal_id=self.goal_id,
            paid_from=self.paid_from,
            purchase_date=self.purchase_date,
            service_to=self.service_to,
            beneficiary=self.beneficiary,
            payment_method=self.payment_method,
            memo_to_vendor=self.memo_to_vendor,
            emergency=self.emergency,
            already_bought=self.already_bought,
            quotes=tuple(Quote(quote.amount_cents, quote.vendor) for quote in self.quotes),
            sole_source_note=self.sole_source_note,
            quote_reason=self.quote_reason,
            other_payer_covers=other is not None and other.covers,
            other_payer_denial_on_file=other is not None and other.denial_on_file,
        )


class ApproveIn(Input):
    """A yes, with a note for colleagues if need be."""

    note: Words | None = None


class DeclineIn(Input):
    """A no, with the reason that the member will read."""

    reason: Words


class AskIn(Input):
    """A question to the member."""

    question: Words


class AnswerIn(Input):
    """The member's answer."""

    answer: Words


class CancelIn(Input):
    """Why it is not wanted any more, if they like to say."""

    reason: Words | None = None


class TagsIn(Input):
    """What a reviewer says this is; none when nothing special is to be said."""

    tags: Annotated[list[Tag], Field(max_length=20)]


class MemoIn(Input):
    """A new note to the store, or none."""

    memo_to_vendor: Memo | None


class DeliverIn(Input):
    """What was delivered: all of the rest unless a quantity is said, today unless a day is; a proof is a reference or `true`."""

    quantity: QuantityThousandths | None = None
    delivered_on: Day | None = None
    proof: Proof | Literal[True] | None = None

    def proof_text(self) -> str | None:
        """Write the proof as it is kept."""
        return "shown" if self.proof is True else self.proof


class ConfirmIn(Input):
    """Which delivery has arrived; all that are claimed when none is named."""

    delivery_id: UUID | None = None


class DisputeIn(Input):
    """Which delivery did not come as ordered, and what is wrong."""

    delivery_id: UUID | None = None
    reason: Words


class ReviewIn(Input):
    """What was found of an emergency after the fact: it is in order, or there is a concern; a note for colleagues if need be."""

    outcome: Literal["in_order", "concern"]
    note: Words | None = None


class ConsentIn(Input):
    """What the store of one order may know: your name, where to come, or both."""

    name: bool = False
    address: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"\S")] | None = None


class ConsentOut(Output):
    """What a store was allowed to know, without the words themselves; `forgotten_at` is when they were deleted."""

    id: UUID
    shows: list[str]
    given_at: datetime
    withdrawn_at: datetime | None
    forgotten_at: datetime | None

    @classmethod
    def of(cls, consent: OrderConsent) -> Self:
        """Show a consent."""
        return cls.model_validate(consent)


class ConsentList(Output):
    """Every consent of a purchase, the oldest first."""

    items: list[ConsentOut]
    next_cursor: None = None
