"""The same thing again: replacements, repeated requests and bills, one purchase split into several."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from policy.decision import Finding
from policy.errors import FactsMissingError
from policy.facts import Facts
from policy.history import Spend
from policy.rulebook import NoParams, Params, Rule
from policy.rules.approval import threshold_of
from policy.rules.kind import CategoryCode, Count, RuleId, Silence, kind

MONTHS_A_YEAR = 12
LAST_DAY_OF_ANY_MONTH = 28


class Frequency(Params):
    """How many in how many months."""

    max: Count
    window_months: Count


class FrequencyParams(Params):
    """Limits by category."""

    limits: dict[CategoryCode, Frequency] = Field(default_factory=dict)


class WindowParams(Params):
    """How many days count as close together."""

    window_days: Count


class SplitParams(Params):
    """How many days count as close together, and which approval rules must not be slipped under."""

    window_days: Count
    thresholds: Annotated[tuple[RuleId, ...], Field(strict=False)]


@kind("frequency", FrequencyParams, gives=("category", "count", "window_months"), silence=Silence(about=lambda rule: rule.params.limits))
def frequency(rule: Rule[FrequencyParams], facts: Facts) -> Finding | None:
    """Hold one more of what was bought often enough in the last months."""
    asked = facts.asked
    limit = rule.params.limits.get(asked.category)
    if limit is None:
        return None
    after = months_before(asked.purchase_date, limit.window_months)
    count = len(purchases([one for one in facts.past.by_category.get(asked.category, ()) if one.on > after]))
    if count < limit.max:
        return None
    return rule.finding(category=asked.category, count=count, window_months=limit.window_months)


@kind("repeated_bill", NoParams, stages=("pay",), gives=("number",))
def repeated_bill(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse a bill whose number this vendor has used before."""
    paid, bill, vendor_id = facts.billed.paid_bills, facts.billed.bill, facts.seller.id
    if bill is None:
        return None
    if bill.number is None:
        if any(vendor == vendor_id for vendor, _ in paid):
            raise FactsMissingError("bill.number")
        return None
    return rule.finding(number=bill.number) if (vendor_id, bill.number) in paid else None


@kind("repeated_request", WindowParams, gives=("window_days", "earlier_on"), silence=Silence({"history": ()}))
def repeated_request(rule: Rule[WindowParams], facts: Facts) -> Finding | None:
    """Ask whether the same amount for the same thing at the same vendor is a new purchase."""
    asked, window = facts.asked, timedelta(days=rule.params.window_days)
    first, last = asked.purchase_date - window, asked.purchase_date + window
    past = facts.past.by_vendor.get(facts.seller.id, ())
    close = [one for one in past if first <= one.on <= last and one.category == asked.category]
    for spends in purchases(close):
        if sum(one.cents for one in spends) == asked.amount_cents:
            return rule.finding(window_days=rule.params.window_days, earlier_on=spends[0].on)
    return None


@kind(
    "split_purchase",
    SplitParams,
    gives=("sum_cents", "over_cents", "approver", "most_cents"),
    judges_approval=True,
    closes="role",
    silence=Silence({"history": ()}),
)
def split_purchase(rule: Rule[SplitParams], facts: Facts) -> Finding | None:
    """Hold a purchase that stays under a threshold only because it was split over a few days."""
    asked = facts.asked
    first, last = asked.purchase_date - timedelta(days=rule.params.window_days - 1), asked.purchase_date
    near = sum([one.cents for one in facts.past.by_vendor.get(facts.seller.id, ()) if first <= one.on <= last])
    if not near:
        return None
    for rule_id in rule.params.thresholds:
        threshold = threshold_of(rule, rule_id, facts)
        if threshold is None or not asked.amount_cents <= threshold.over_cents < asked.amount_cents + near or threshold.is_met:
            continue
        return rule.finding(
            sum_cents=asked.amount_cents + near,
            over_cents=threshold.over_cents,
            approver=threshold.approver,
            most_cents=max(0, threshold.over_cents - near),
        )
    return None


def months_before(on: date, months: int) -> date:
    """Return the day that many months earlier, its number cut to 28 so that every month has it."""
    total = on.year * MONTHS_A_YEAR + on.month - 1 - months
    return date(total // MONTHS_A_YEAR, total % MONTHS_A_YEAR + 1, min(on.day, LAST_DAY_OF_ANY_MONTH))


def purchases(spends: Iterable[Spend]) -> list[list[Spend]]:
    """Gather what belongs to one purchase; a spend that names none stands alone."""
    gathered: dict[object, list[Spend]] = {}
    for number, spend in enumerate(spends):
        gathered.setdefault(spend.purchase_id or number, []).append(spend)
    return list(gathered.values())
