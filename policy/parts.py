"""The parts of the facts: the member, the plan, the money, the vendor, and what is asked for, moved, saved or billed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

NOBODY: Final[frozenset[str]] = frozenset()
ONE_PIECE: Final = Decimal(1)


class _Part:
    """Room beside the fields of a part for whether it may be so at all: `possible.py` looks at it once, however often it is judged."""

    __slots__ = ("may_be",)

    may_be: bool


@dataclass(frozen=True, slots=True)
class MemberFacts(_Part):
    """Whose budget it is, and the people near them (ids of persons, as vendors' owners name them)."""

    id: str
    status: str  # only "active" may buy
    eligible_from: date
    eligible_to: date | None = None  # inclusive; None: no end is known
    funding: str = ""  # as the rulebook's `applies_to_funding` names it, e.g. "uninsured"
    relatives: frozenset[str] = NOBODY
    household: frozenset[str] = NOBODY
    broker_id: str | None = None
    broker_relatives: frozenset[str] = NOBODY
    broker_employer: str | None = None  # a vendor id, when the broker works for a vendor
    overdue_receipts: int = 0


@dataclass(frozen=True, slots=True)
class GoalFacts:
    """A goal of the plan; only an "active" one counts."""

    domain: str
    status: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class PlanFacts(_Part):
    """The plan in force on the day of the question: `lines` are cents a category."""

    status: str  # only "approved" is in force
    starts_on: date
    ends_on: date  # inclusive
    goals: Mapping[str, GoalFacts] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def none(cls) -> PlanFacts:
        """Return the plan of a member who has none: nothing can be bought with it."""
        return cls(status="none", starts_on=date.min, ends_on=date.max)


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month whose plan services are counted for good (earned funds)."""

    month: str  # 2026-01
    actual_cents: int


@dataclass(frozen=True, slots=True)
class BudgetFacts(_Part):
    """The budget's money. `available_cents` and `saved_cents` are the accounts today, before this question."""

    starts_on: date
    ends_on: date  # inclusive
    allocated_cents: int
    available_cents: int
    saved_cents: int = 0
    baseline_monthly_cents: int | None = None  # earned funds: what plan services used to cost a month
    closed_months: tuple[ClosedMonth, ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """A verified license or certificate."""

    type: str
    expires_on: date | None = None  # inclusive; None: it does not expire


@dataclass(frozen=True, slots=True)
class VendorFacts(_Part):
    """Who would be paid. What is not said counts as not done (no tax form, no screening)."""

    id: str
    status: str  # only "active" may be paid
    categories: frozenset[str] = NOBODY
    owners: frozenset[str] = NOBODY  # ids of persons
    people: frozenset[str] = NOBODY  # ids of persons who act for the vendor
    credentials: tuple[CredentialFacts, ...] = ()
    is_directed_worker: bool = False  # a person employed by the member
    excluded_on: frozenset[str] = NOBODY  # lists that name the vendor: leie, sam, state
    has_tax_form: bool = False
    tin_matches: bool = False
    payouts_enabled: bool = False
    screened_on: date | None = None


@dataclass(frozen=True, slots=True)
class RequestFacts(_Part):
    """What is asked for; the names are those of `POST /v1/purchases`."""

    category: str
    amount_cents: int  # all of it: goods, tax, delivery
    submitted_by: str
    submitted_at: datetime
    purchase_date: date
    service_to: date | None = None  # None: the purchase date
    goal_id: str | None = None
    quantity: Decimal = ONE_PIECE  # up to three decimals
    unit_price_cents: int | None = None  # None: the amount
    tax_cents: int = 0
    delivery_cents: int = 0
    tags: frozenset[str] = NOBODY
    tagged: bool = False  # by the offering, or by someone who looked
    beneficiary: str = "member"  # "member", or the id of the person it is for
    source: Literal["available", "saved"] = "available"  # `from` of the API
    payment_method: str = "vendor_direct"  # or member_reimbursement
    rail: str = "vendor_payout"  # or payroll
    memo_to_vendor: str = ""
    quotes: int = 0
    lowest_quote_cents: int | None = None
    quote_reason: str = ""
    sole_source_note: str = ""
    other_payer_covers: bool = False
    other_payer_denial_on_file: bool = False
    already_bought: bool = False
    emergency: bool = False

    @property
    def unit_price(self) -> int:
        """The price of one, in cents."""
        return self.amount_cents if self.unit_price_cents is None else self.unit_price_cents

    @property
    def served_until(self) -> date:
        """The last day of the service, the purchase date when none is given."""
        return self.purchase_date if self.service_to is None else self.service_to

    def goods_cents(self) -> int:
        """Return quantity times price, half a cent rounded up."""
        if self.quantity == 1 and type(self.unit_price) is int:
            return self.unit_price  # most things are one, and decimals are slow
        exact = self.quantity * self.unit_price
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class TransferFacts(_Part):
    """A move of money between two lines of the plan."""

    from_line: str
    to_line: str
    amount_cents: int
    submitted_by: str
    moved_cents: int = 0  # already moved out of the line this period
    planned_cents: int | None = None  # the line as the plan was signed, when `plan.lines` has changed by moves since


@dataclass(frozen=True, slots=True)
class ReserveFacts(_Part):
    """Money to put into savings."""

    amount_cents: int
    submitted_by: str
    purpose: str = ""
    goal_id: str | None = None


@dataclass(frozen=True, slots=True)
class BillFacts:
    """A vendor's bill as it came; None is what it does not say."""

    number: str | None = None
    received_on: date | None = None
    amount_cents: int | None = None
    business: str | None = None
    billed_on: date | None = None  # the date on the bill
    description: str | None = None


@dataclass(frozen=True, slots=True)
class PayFacts(_Part):
    """What stage `pay` knows beside the purchase."""

    authorized_cents: int  # what is left of the authorisation
    bill: BillFacts | None = None  # None: no bill or slip is attached
    paid_bills: frozenset[tuple[str, str]] = frozenset()  # (vendor id, number) of bills accepted or paid before
    tolerance_used_cents: int = 0  # by earlier bills of the same purchase
    visit_record: Mapping[str, str] = field(default_factory=dict)  # service_type, member, date, location, worker, begin_end
