"""The facts that an expression rule may name: each with its type, the stages that have it, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from policy.errors import FactsMissingError
from policy.facts import BillFacts, Facts, Stage, VendorFacts
from policy.rulebook import Rule

FactType = Literal["whole number", "text", "yes or no", "day", "texts", "numbers by name", "texts by name", "purchases"]

TRANSFER: Final[frozenset[Stage]] = frozenset({"transfer"})
EVERY: Final[frozenset[Stage]] = frozenset({"authorize", "pay", "transfer", "reserve"})
OF_A_PURCHASE: Final[frozenset[Stage]] = frozenset({"authorize", "pay"})
WITH_HISTORY: Final[frozenset[Stage]] = frozenset({"authorize", "transfer"})
THOUSANDTHS: Final = 1000

HISTORY_FIELDS: Final[Mapping[str, str]] = {
    "category": "text",
    "cents": "whole number",
    "days_ago": "whole number",
    "vendor": "text",
    "is_set_aside": "yes or no",
}
"""What each purchase of `history` says."""


@dataclass(frozen=True, slots=True)
class FactName:
    """One name that an expression may use."""

    name: str
    type: FactType
    stages: frozenset[Stage]
    read: Callable[[Facts, Rule[Any]], Any]
    meaning: str
    is_told: bool = True  # the finding keeps its value, and a message may print it

    @property
    def place(self) -> str:
        """The name under which a finding keeps it and a message prints it: `request.amount_cents` as {amount_cents}."""
        return self.name.removeprefix("request.").replace(".", "_")


def known(value: Any, name: str) -> Any:  # noqa: ANN401 - facts are of any type
    """Return a fact that may be missing; what is not known is never guessed."""
    if value is None:
        raise FactsMissingError(name)
    return value


def _bill(facts: Facts) -> BillFacts:
    bill: BillFacts = known(facts.billed.bill, "pay.bill")
    return bill


def _group(facts: Facts, rule: Rule[Any]) -> str:
    return rule.category(facts.asked.category).group


def _goal_domain(facts: Facts) -> str:
    goal = None if facts.asked.goal_id is None else facts.plan.goals.get(facts.asked.goal_id)
    return "" if goal is None or goal.status != "active" else goal.domain


def _thousandths(facts: Facts) -> int:
    exact = Decimal(facts.asked.quantity) * THOUSANDTHS
    if exact != exact.to_integral_value():
        raise FactsMissingError("request.quantity")
    return int(exact)


def _history(facts: Facts) -> list[dict[str, Any]]:
    return [
        {
            "category": one.category,
            "cents": one.cents,
            "days_ago": (facts.today - one.on).days,
            "vendor": one.vendor_id or "",
            "is_set_aside": one.kind == "hold",
        }
        for one in facts.history
    ]


def _fact(
    name: str, fact_type: FactType, read: Callable[..., Any], meaning: str, stages: frozenset[Stage] = EVERY, *, is_told: bool = True
) -> FactName:
    takes_rule = read.__code__.co_argcount > 1
    return FactName(name, fact_type, stages, read if takes_rule else lambda facts, _: read(facts), meaning, is_told)


def _asked(name: str, fact_type: FactType, read: Callable[[Any], Any], meaning: str, *, is_told: bool = True) -> FactName:
    return _fact(f"request.{name}", fact_type, lambda facts: read(facts.asked), meaning, OF_A_PURCHASE, is_told=is_told)


def _sold(name: str, fact_type: FactType, read: Callable[[VendorFacts], Any], meaning: str) -> FactName:
    return _fact(f"vendor.{name}", fact_type, lambda facts: read(facts.seller), meaning, OF_A_PURCHASE)


def _optional_day(owner: str, name: str, read: Callable[[Facts], date | None], meaning: str, stages: frozenset[Stage]) -> list[FactName]:
    """Return a day that may not be known, and the fact that says whether it is."""
    full = f"{owner}.{name}"
    return [
        _fact(f"{full}_is_known", "yes or no", lambda facts: read(facts) is not None, f"whether `{full}` is known", stages),
        _fact(full, "day", lambda facts: known(read(facts), full), f"{meaning}; ask `{full}_is_known` first", stages),
    ]


NAMES: Final[tuple[FactName, ...]] = (
    _fact("today", "day", lambda facts: facts.today, "the program's local date"),
    _fact("approvals", "texts", lambda facts: sorted({one.role for one in facts.counted_approvals}), "roles whose yes is there and counts"),
    _fact("emergencies_this_period", "whole number", lambda facts: facts.emergencies_this_period, "earlier ones", frozenset({"authorize"})),
    _fact("member.status", "text", lambda facts: facts.member.status, "active, or why not"),
    _fact("member.funding", "text", lambda facts: facts.member.funding, "who pays for the member's care"),
    _fact("member.eligible_from_on", "day", lambda facts: facts.member.eligible_from, "the first day in the program"),
    *_optional_day("member", "eligible_to_on", lambda facts: facts.member.eligible_to, "the last day in the program", EVERY),
    _fact("member.overdue_receipts", "whole number", lambda facts: facts.member.overdue_receipts, "slips still owed"),
    _fact("plan.status", "text", lambda facts: facts.plan.status, "approved, or not yet"),
    _fact("plan.starts_on", "day", lambda facts: facts.plan.starts_on, "its first day"),
    _fact("plan.ends_on", "day", lambda facts: facts.plan.ends_on, "its last day"),
    _fact("plan.lines", "numbers by name", lambda facts: dict(facts.plan.lines), "cents by category", is_told=False),
    _fact(
        "plan.goals",
        "texts by name",
        lambda facts: {name: goal.domain for name, goal in facts.plan.goals.items() if goal.status == "active"},
        "the domain of each open goal, by its id",
        is_told=False,
    ),
    _fact("budget.starts_on", "day", lambda facts: facts.budget.starts_on, "its first day"),
    _fact("budget.ends_on", "day", lambda facts: facts.budget.ends_on, "its last day"),
    _fact("budget.allocated_cents", "whole number", lambda facts: facts.budget.allocated_cents, "the whole budget"),
    _fact("budget.available_cents", "whole number", lambda facts: facts.budget.available_cents, "left to use today"),
    _fact("budget.saved_cents", "whole number", lambda facts: facts.budget.saved_cents, "in savings today"),
    _fact("spent.total_cents", "whole number", lambda facts: facts.totals.spent_cents, "spent and set aside in the period", WITH_HISTORY),
    _fact(
        "spent.by_category",
        "numbers by name",
        lambda facts: dict(facts.totals.by_category),
        "cents by category, in the period",
        WITH_HISTORY,
        is_told=False,
    ),
    _fact(
        "spent.by_vendor",
        "numbers by name",
        lambda facts: {name: cents for name, cents in facts.totals.by_vendor.items() if name is not None},
        "cents by the vendor's id, in the period",
        WITH_HISTORY,
        is_told=False,
    ),
    _fact("history", "purchases", _history, "each earlier purchase, as far back as the rulebook looks", WITH_HISTORY, is_told=False),
    _asked("category", "text", lambda asked: asked.category, "its code"),
    _fact("request.category_group", "text", _group, "clinical or recovery_support", OF_A_PURCHASE),
    _asked("amount_cents", "whole number", lambda asked: asked.amount_cents, "all of it: goods, tax, delivery"),
    _fact("request.quantity_thousandths", "whole number", _thousandths, "2.5 pieces are 2500", OF_A_PURCHASE),
    _asked("unit_price_cents", "whole number", lambda asked: asked.unit_price, "the price of one"),
    _asked("tax_cents", "whole number", lambda asked: asked.tax_cents, "tax in the amount"),
    _asked("delivery_cents", "whole number", lambda asked: asked.delivery_cents, "delivery in the amount"),
    _asked("submitted_on", "day", lambda asked: asked.submitted_at.date(), "the day it was asked"),
    _asked("purchase_on", "day", lambda asked: asked.purchase_date, "the day of the purchase"),
    _asked("service_ends_on", "day", lambda asked: asked.served_until, "the last day of the service"),
    _asked("tags", "texts", lambda asked: sorted(asked.tags), "what the thing is tagged with"),
    _asked("is_tagged", "yes or no", lambda asked: asked.tagged, "whether someone looked"),
    _fact("request.goal_domain", "text", _goal_domain, "of its open goal; empty without one", OF_A_PURCHASE),
    _fact(
        "request.is_for_member",
        "yes or no",
        lambda facts: facts.asked.beneficiary in {"member", facts.member.id},
        "whether the member will use it",
        OF_A_PURCHASE,
    ),
    _fact(
        "request.is_by_member",
        "yes or no",
        lambda facts: facts.asked.submitted_by == facts.member.id,
        "whether the member asked",
        OF_A_PURCHASE,
    ),
    _asked("source", "text", lambda asked: asked.source, "available or saved"),
    _asked("payment_method", "text", lambda asked: asked.payment_method, "vendor_direct or member_reimbursement"),
    _asked("rail", "text", lambda asked: asked.rail, "vendor_payout or payroll"),
    _asked("quotes", "whole number", lambda asked: asked.quotes, "how many prices were found"),
    _asked("has_lowest_quote", "yes or no", lambda asked: asked.lowest_quote_cents is not None, "`request.lowest_quote_cents` is known"),
    _asked(
        "lowest_quote_cents",
        "whole number",
        lambda asked: known(asked.lowest_quote_cents, "request.lowest_quote_cents"),
        "ask `request.has_lowest_quote` first",
    ),
    _asked("has_quote_reason", "yes or no", lambda asked: bool(asked.quote_reason.strip()), "why not the lowest was said"),
    _asked("has_sole_source_note", "yes or no", lambda asked: bool(asked.sole_source_note.strip()), "why only one place was said"),
    _asked("has_memo_to_vendor", "yes or no", lambda asked: bool(asked.memo_to_vendor.strip()), "there is a note to the vendor"),
    _asked("other_payer_covers", "yes or no", lambda asked: asked.other_payer_covers, "someone else may pay"),
    _asked("other_payer_denial_on_file", "yes or no", lambda asked: asked.other_payer_denial_on_file, "they said no"),
    _asked("already_bought", "yes or no", lambda asked: asked.already_bought, "bought before asking"),
    _asked("emergency", "yes or no", lambda asked: asked.emergency, "asked as an emergency"),
    _sold("id", "text", lambda vendor: vendor.id, "its id"),
    _sold("status", "text", lambda vendor: vendor.status, "active, or why not"),
    _sold("categories", "texts", lambda vendor: sorted(vendor.categories), "what it is set up to sell"),
    _sold("credentials", "texts", lambda vendor: sorted(one.type for one in vendor.credentials), "types of its licenses"),
    _sold("lists", "texts", lambda vendor: sorted(vendor.excluded_on), "exclusion lists that name it"),
    _sold("is_directed_worker", "yes or no", lambda vendor: vendor.is_directed_worker, "a person employed by the member"),
    _sold("has_tax_form", "yes or no", lambda vendor: vendor.has_tax_form, "its tax form is there"),
    _sold("payouts_enabled", "yes or no", lambda vendor: vendor.payouts_enabled, "its bank is ready"),
    *_optional_day(
        "vendor", "screened_on", lambda facts: facts.seller.screened_on, "when it was last checked against the lists", OF_A_PURCHASE
    ),
    _fact("pay.authorized_cents", "whole number", lambda facts: facts.billed.authorized_cents, "left of the yes", frozenset({"pay"})),
    _fact("pay.has_bill", "yes or no", lambda facts: facts.billed.bill is not None, "a bill or slip is attached", frozenset({"pay"})),
    _fact(
        "pay.bill_cents",
        "whole number",
        lambda facts: known(_bill(facts).amount_cents, "pay.bill.amount_cents"),
        "what the bill asks; ask `pay.has_bill` first",
        frozenset({"pay"}),
    ),
    *_optional_day("pay", "received_on", lambda facts: _bill(facts).received_on, "when the bill came", frozenset({"pay"})),
    _fact("transfer.from_line", "text", lambda facts: facts.moved.from_line, "the category that gives", TRANSFER),
    _fact("transfer.to_line", "text", lambda facts: facts.moved.to_line, "the category that gets", TRANSFER),
    _fact("transfer.amount_cents", "whole number", lambda facts: facts.moved.amount_cents, "what moves", TRANSFER),
    _fact("transfer.moved_cents", "whole number", lambda facts: facts.moved.moved_cents, "moved before in the period", TRANSFER),
    _fact("reserve.amount_cents", "whole number", lambda facts: facts.saved.amount_cents, "what is saved", frozenset({"reserve"})),
    _fact("reserve.has_purpose", "yes or no", lambda facts: bool(facts.saved.purpose.strip()), "it says what for", frozenset({"reserve"})),
)  # fmt: skip

BY_NAME: Final[Mapping[str, FactName]] = {one.name: one for one in NAMES}
PLACES: Final[Mapping[str, FactName]] = {one.place: one for one in NAMES if one.is_told and one.type != "texts"}
"""What a message of an expression rule may print, by the name of the place."""
