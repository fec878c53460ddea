"""The facts that a rulebook judges: plain frozen values that a caller fills and no rule can change.

`Facts` is one question. Stage by stage it needs:

| stage     | always                      | also                                                |
|-----------|-----------------------------|-----------------------------------------------------|
| authorize | member, plan, budget, as_of | request, vendor, history, approvals, emergencies    |
| pay       | member, plan, budget, as_of | request, vendor, pay, approvals                     |
| transfer  | member, plan, budget, as_of | transfer, history, approvals                        |
| reserve   | member, plan, budget, as_of | reserve, approvals                                  |

Ids are text of the caller's choice, money is whole cents, dates are the program's local dates. `as_of` and `submitted_at` are
instants of the program's local clock: both with a time zone, or both without. A part that is missing is never guessed: each rule
that needs it refers to a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final, Literal

from policy.errors import FactsMissingError
from policy.history import Past, Spend, Totals, past_of, totals_of

Stage = Literal["authorize", "pay", "transfer", "reserve"]

ROLE_RANKS: Final[Mapping[str, int]] = MappingProxyType({"broker": 1, "director": 2, "payer": 3})
"""Who may stand in for whom: an approval by a higher role covers a lower one."""

NOBODY: Final[frozenset[str]] = frozenset()


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
    quantity: Decimal = Decimal(1)  # up to three decimals
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
        exact = self.quantity * self.unit_price
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Approval:
    """Someone said yes. Whether it counts is judged here: see `Facts.counted_approvals`."""

    by: str
    role: str
    relatives: frozenset[str] = NOBODY
    employer: str | None = None


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


class _Derived:
    """Room beside the fields of `Facts` for what several rules derive from them."""

    __slots__ = ("_counted", "_past", "_rank", "_totals")

    _counted: tuple[Approval, ...] | None
    _past: Past | None
    _rank: int | None
    _totals: Totals | None


@dataclass(frozen=True, slots=True)
class Facts(_Derived):
    """Everything one question is judged by."""

    as_of: datetime
    member: MemberFacts
    plan: PlanFacts
    budget: BudgetFacts
    vendor: VendorFacts | None = None
    request: RequestFacts | None = None
    history: tuple[Spend, ...] = ()  # at least the budget's period, and as far back as the rulebook's frequency windows reach
    approvals: tuple[Approval, ...] = ()
    emergencies_this_period: int = 0  # earlier ones, this request not counted
    transfer: TransferFacts | None = None
    reserve: ReserveFacts | None = None
    pay: PayFacts | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_counted", None)
        object.__setattr__(self, "_past", None)
        object.__setattr__(self, "_rank", None)
        object.__setattr__(self, "_totals", None)

    # ---- parts that a stage cannot do without -----------------------------------------------------
    @property
    def asked(self) -> RequestFacts:
        """The request, which must be there."""
        if self.request is None:
            raise FactsMissingError("request")
        return self.request

    @property
    def seller(self) -> VendorFacts:
        """The vendor, who must be there."""
        if self.vendor is None:
            raise FactsMissingError("vendor")
        return self.vendor

    @property
    def billed(self) -> PayFacts:
        """The facts of stage pay, which must be there."""
        if self.pay is None:
            raise FactsMissingError("pay")
        return self.pay

    @property
    def moved(self) -> TransferFacts:
        """The move between lines, which must be there."""
        if self.transfer is None:
            raise FactsMissingError("transfer")
        return self.transfer

    @property
    def saved(self) -> ReserveFacts:
        """The saving, which must be there."""
        if self.reserve is None:
            raise FactsMissingError("reserve")
        return self.reserve

    # ---- what several rules need ------------------------------------------------------------------
    @property
    def today(self) -> date:
        """The local date of the question."""
        return self.as_of.date()

    @property
    def requester(self) -> str | None:
        """Who asked, whatever the stage."""
        for part in (self.request, self.transfer, self.reserve):
            if part is not None:
                return part.submitted_by
        return None

    @property
    def totals(self) -> Totals:
        """What was spent or set aside in the budget's period."""
        if self._totals is None:
            object.__setattr__(self, "_totals", totals_of(self.history, self.budget.starts_on, self.budget.ends_on))
        return self._totals  # type: ignore[return-value]  # set in the line above

    @property
    def past(self) -> Past:
        """The whole history, sorted."""
        if self._past is None:
            object.__setattr__(self, "_past", past_of(self.history))
        return self._past  # type: ignore[return-value]  # set in the line above

    def remembering(self, totals: Totals, past: Past) -> Facts:
        """Return these facts with the history summed and sorted by a caller who keeps both from one question to the next.

        They have to be what `totals_of` and `past_of` say of this history and this budget's period; nothing is compared here.
        """
        object.__setattr__(self, "_totals", totals)
        object.__setattr__(self, "_past", past)
        return self

    def asking(self, request: RequestFacts, vendor: VendorFacts | None = None) -> Facts:
        """Return the same facts about another request, of another vendor if one is given; what was derived from the rest stays.

        Like `dataclasses.replace`, for a search that asks hundreds of requests: the history is summed once for all of them.
        """
        other = replace(self, request=request, vendor=self.vendor if vendor is None else vendor)
        is_same = vendor is None and self.request is not None and self.request.submitted_by == request.submitted_by
        for name in ("_totals", "_past", *(("_counted", "_rank") if is_same else ())):
            object.__setattr__(other, name, getattr(self, name))
        return other

    @property
    def counted_approvals(self) -> tuple[Approval, ...]:
        """The approvals that count: of a known role, by someone who neither asked nor is paid nor is related to who is paid."""
        if self._counted is None:
            counted = tuple(one for one in self.approvals if one.role in ROLE_RANKS and self.is_independent(one))
            object.__setattr__(self, "_counted", counted)
        return self._counted  # type: ignore[return-value]  # set in the line above

    @property
    def approved_rank(self) -> int:
        """The rank of the highest role that said yes, in a way that counts; 0 for none."""
        if self._rank is None:
            object.__setattr__(self, "_rank", max((ROLE_RANKS[one.role] for one in self.counted_approvals), default=0))
        return self._rank  # type: ignore[return-value]  # set in the line above

    def is_independent(self, approval: Approval) -> bool:
        """Tell whether the person who said yes has no part in the request."""
        if approval.by == self.requester:
            return False
        vendor = self.vendor
        if vendor is None:
            return True
        is_broker = approval.by == self.member.broker_id
        relatives = approval.relatives | self.member.broker_relatives if is_broker else approval.relatives
        employers = {approval.employer, self.member.broker_employer if is_broker else None}
        return not (
            approval.by == vendor.id
            or approval.by in vendor.owners
            or approval.by in vendor.people
            or vendor.id in employers
            or not relatives.isdisjoint(vendor.owners)
        )

    def is_approved(self, role: str) -> bool:
        """Tell whether someone of this role or a higher one said yes, in a way that counts."""
        return self.approved_rank >= ROLE_RANKS[role]

    def is_approved_by_another(self, role: str) -> bool:
        """Tell the same, by a person other than the one broker approver."""
        if not self.approvals:
            return False
        least = ROLE_RANKS[role]
        brokers = {one.by for one in self.counted_approvals if one.role == "broker"}
        return any(ROLE_RANKS[one.role] >= least and brokers != {one.by} for one in self.counted_approvals)

    def spent_in(self, belongs: Callable[[str], bool]) -> int:
        """Sum the period's categories that `belongs` accepts."""
        return sum(cents for category, cents in self.totals.by_category.items() if belongs(category))
