"""The money of a case: what its budget has released by the day of the question, and what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from policy.facts import BudgetFacts, ClosedMonth
from policy.history import Spend
from policy.rulebook import Rulebook
from policy.rules.budget import earned_cents
from policy.rules.kind import WHOLE

PARTS_A_YEAR: Final[Mapping[str, int]] = {"quarterly": 4, "monthly": 12}
MONTHS_A_YEAR: Final = 12
BUDGET_KEYS: Final = frozenset({
    "from", "to", "allocated_cents", "reserved_cents", "available_cents", "baseline_monthly_cents", "closed_months",
})  # fmt: skip


def budget_facts(data: Mapping[str, Any], history: tuple[Spend, ...], today: date, rulebook: Rulebook) -> BudgetFacts:
    """Return the budget of a case. What is available is what was released, less what is spent, set aside or saved, unless it is given."""
    starts_on, ends_on = _day(data, "from"), _day(data, "to")
    saved = data.get("reserved_cents") or 0
    months = tuple(ClosedMonth(str(month)[:7], actual) for month, actual in (data.get("closed_months") or {}).items())
    whole = BudgetFacts(
        starts_on=starts_on,
        ends_on=ends_on,
        allocated_cents=data.get("allocated_cents") or 0,
        available_cents=0,
        saved_cents=saved,
        baseline_monthly_cents=data.get("baseline_monthly_cents"),
        closed_months=months,
    )
    released = _released(whole, today, rulebook)
    spent = sum(one.cents for one in history if starts_on <= one.on <= ends_on)
    return BudgetFacts(
        starts_on=starts_on,
        ends_on=ends_on,
        allocated_cents=released if data.get("allocated_cents") is None else data["allocated_cents"],
        available_cents=released - spent - saved if data.get("available_cents") is None else data["available_cents"],
        saved_cents=saved,
        baseline_monthly_cents=whole.baseline_monthly_cents,
        closed_months=months,
    )


def released_cents(allocated_cents: int, parts: int, starts_on: date, today: date) -> int:
    """Return what a case's budget has released by today: each quarter or month opens its part, rounded down in total."""
    months = (today.year - starts_on.year) * MONTHS_A_YEAR + today.month - starts_on.month
    opened = min(parts, 1 + months // (MONTHS_A_YEAR // parts))
    return allocated_cents * max(0, opened) // parts


def _released(budget: BudgetFacts, today: date, rulebook: Rulebook) -> int:
    if rulebook.release == "annual":
        return budget.allocated_cents  # all at once, with no part that a date could open
    if rulebook.release != "earned":
        return released_cents(budget.allocated_cents, PARTS_A_YEAR[rulebook.release], budget.starts_on, today)
    if budget.baseline_monthly_cents is None:
        return 0  # nothing is known to be earned: the rule that counts it refers to a person
    shares = [
        bound.rule.params.share for bound in rulebook.rules.values() if bound.rule.kind == "earned_funds" and bound.rule.is_effective(today)
    ]
    return earned_cents(budget, shares[0] if shares else WHOLE)


def _day(data: Mapping[str, Any], key: str) -> date:
    value = data.get(key)
    if value is None:
        raise ValueError(f"the budget has no {key}")
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))
