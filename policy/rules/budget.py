"""The money there is: the account, caps and shares, the pace, the plan's lines, savings, earned funds.

`most_cents` in a finding is the largest amount that this rule would let pass as things are.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from policy.decision import Finding
from policy.errors import FactsMissingError
from policy.facts import BudgetFacts, Facts
from policy.rulebook import NoParams, Params, Rule
from policy.rules.kind import WHOLE, CategoryCode, Cents, Share, ShareOfWhole, Silence, floor_share, kind


class CapParams(Params):
    """The most a category may take in a period."""

    caps: dict[CategoryCode, Cents] = Field(default_factory=dict)


class ClinicalShareParams(Params):
    """The share kept for clinical care, and whose funding it binds."""

    min_clinical_share: ShareOfWhole
    applies_to_funding: Annotated[tuple[str, ...], Field(strict=False)]


class PaceParams(Params):
    """How much faster than the calendar money may go, once some of the period has passed."""

    max_pace: Share
    min_elapsed_share: ShareOfWhole


class FreeMoveParams(Params):
    """The share of a line that a member moves freely."""

    max_free_share: ShareOfWhole


class SavingsParams(Params):
    """The most that may be saved."""

    max_reserve_cents: Cents


class EarnedParams(Params):
    """The member's share of what was not used."""

    share: ShareOfWhole


class VendorShareParams(Params):
    """The share of a budget that one vendor may get, and the amount below which nobody looks."""

    max_vendor_share: ShareOfWhole
    min_cents: Cents


class ToleranceParams(Params):
    """How far past its line a category may go."""

    tolerance_share: Share


def _recovery_support(rule: Rule[Any]) -> list[str]:
    return [code for code, category in rule.categories.items() if category.group == "recovery_support"]


@kind("enough_money", NoParams, gives=("amount_cents", "most_cents"))
def enough_money(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse more than the account holds today: available money, or savings when bought from them."""
    asked, budget = facts.asked, facts.budget
    left = budget.saved_cents if asked.source == "saved" else budget.available_cents
    return rule.finding(amount_cents=asked.amount_cents, most_cents=left) if asked.amount_cents > left else None


@kind(
    "category_cap",
    CapParams,
    gives=("category", "cap_cents", "spent_cents", "most_cents"),
    silence=Silence(about=lambda rule: rule.params.caps),
)
def category_cap(rule: Rule[CapParams], facts: Facts) -> Finding | None:
    """Refuse to pass the cap of a category in the period."""
    asked = facts.asked
    cap = rule.params.caps.get(asked.category)
    if cap is None:
        return None
    spent = facts.totals.by_category.get(asked.category, 0)
    if spent + asked.amount_cents <= cap:
        return None
    return rule.finding(category=asked.category, cap_cents=cap, spent_cents=spent, most_cents=max(0, cap - spent))


@kind("clinical_share", ClinicalShareParams, gives=("limit_cents", "spent_cents", "most_cents"), silence=Silence(about=_recovery_support))
def clinical_share(rule: Rule[ClinicalShareParams], facts: Facts) -> Finding | None:
    """Refuse recovery support that would use the share kept for clinical care."""
    asked, params = facts.asked, rule.params
    if facts.member.funding not in params.applies_to_funding or rule.category(asked.category).group != "recovery_support":
        return None
    limit = floor_share(facts.budget.allocated_cents, WHOLE - params.min_clinical_share)
    known, by_category = rule.categories, facts.totals.by_category
    spent = sum([cents for code, cents in by_category.items() if known[code].group == "recovery_support"])
    if spent + asked.amount_cents <= limit:
        return None
    return rule.finding(limit_cents=limit, spent_cents=spent, most_cents=max(0, limit - spent))


@kind("pacing", PaceParams, gives=("spent_cents", "allocated_cents", "days", "days_in_period"))
def pacing(rule: Rule[PaceParams], facts: Facts) -> Finding | None:
    """Point at money that goes much faster than the period does. Whole numbers only: both sides are multiplied out."""
    budget, params = facts.budget, rule.params
    days = (facts.today - budget.starts_on).days + 1
    days_in_period = (budget.ends_on - budget.starts_on).days + 1
    if days * WHOLE < params.min_elapsed_share * days_in_period:
        return None
    spent = facts.totals.spent_cents + facts.asked.amount_cents
    if spent * days_in_period * WHOLE <= params.max_pace * days * budget.allocated_cents:
        return None
    return rule.finding(spent_cents=spent, allocated_cents=budget.allocated_cents, days=days, days_in_period=days_in_period)


@kind("free_moves", FreeMoveParams, stages=("transfer",), gives=("line", "free_share_bp", "moved_cents", "most_cents"))
def free_moves(rule: Rule[FreeMoveParams], facts: Facts) -> Finding | None:
    """Hold a move that takes more out of a line than the member moves freely in a period."""
    move, share = facts.moved, rule.params.max_free_share
    planned = facts.plan.lines.get(move.from_line, 0) if move.planned_cents is None else move.planned_cents
    free = floor_share(planned, share)
    if move.moved_cents + move.amount_cents <= free:
        return None
    most = max(0, free - move.moved_cents)
    return rule.finding(line=move.from_line, free_share_bp=share, moved_cents=move.moved_cents, most_cents=most)


@kind("savings_cap", SavingsParams, stages=("reserve",), gives=("max_reserve_cents", "saved_cents", "most_cents"))
def savings_cap(rule: Rule[SavingsParams], facts: Facts) -> Finding | None:
    """Hold a saving past the cap."""
    cap, saved = rule.params.max_reserve_cents, facts.budget.saved_cents
    if saved + facts.saved.amount_cents <= cap:
        return None
    return rule.finding(max_reserve_cents=cap, saved_cents=saved, most_cents=max(0, cap - saved))


@kind("savings_purpose", NoParams, stages=("reserve",), gives=("goal",))
def savings_purpose(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse a saving without a purpose, or for no active goal of the plan."""
    saving = facts.saved
    goal = None if saving.goal_id is None else facts.plan.goals.get(saving.goal_id)
    if saving.purpose.strip() and goal is not None and goal.status == "active":
        return None
    return rule.finding(goal=saving.goal_id or "")


@kind("enough_to_save", NoParams, stages=("reserve",), gives=("amount_cents", "most_cents"))
def enough_to_save(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse to save more than is available today."""
    amount, available = facts.saved.amount_cents, facts.budget.available_cents
    return rule.finding(amount_cents=amount, most_cents=available) if amount > available else None


@kind("line_left", NoParams, stages=("transfer",), gives=("line", "line_cents", "spent_cents", "most_cents"))
def line_left(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse to move what a line has used already."""
    move = facts.moved
    line = facts.plan.lines.get(move.from_line, 0)
    spent = facts.totals.by_category.get(move.from_line, 0)
    if move.amount_cents <= line - spent:
        return None
    return rule.finding(line=move.from_line, line_cents=line, spent_cents=spent, most_cents=max(0, line - spent))


@kind("earned_funds", EarnedParams, gives=("amount_cents", "earned_cents", "spent_cents", "most_cents"))
def earned_funds(rule: Rule[EarnedParams], facts: Facts) -> Finding | None:
    """Refuse more than the closed months have earned and nothing has used."""
    asked, budget = facts.asked, facts.budget
    earned = earned_cents(budget, rule.params.share)
    spent = facts.totals.spent_cents
    left = budget.saved_cents if asked.source == "saved" else earned - spent - budget.saved_cents
    if asked.amount_cents <= left:
        return None
    return rule.finding(amount_cents=asked.amount_cents, earned_cents=earned, spent_cents=spent, most_cents=max(0, left))


@kind("vendor_share", VendorShareParams, gives=("limit_cents", "spent_cents", "most_cents"))
def vendor_share(rule: Rule[VendorShareParams], facts: Facts) -> Finding | None:
    """Ask for a second look when much of a budget goes to one vendor."""
    params = rule.params
    limit = max(params.min_cents, floor_share(facts.budget.allocated_cents, params.max_vendor_share))
    spent = facts.totals.by_vendor.get(facts.seller.id, 0)
    if spent + facts.asked.amount_cents <= limit:
        return None
    return rule.finding(limit_cents=limit, spent_cents=spent, most_cents=max(0, limit - spent))


@kind("line_overspend", ToleranceParams, gives=("category", "line_cents", "spent_cents", "most_cents"))
def line_overspend(rule: Rule[ToleranceParams], facts: Facts) -> Finding | None:
    """Hold what goes past the plan's line by more than the tolerance."""
    asked = facts.asked
    line = facts.plan.lines.get(asked.category)
    if line is None:
        return None
    limit = floor_share(line, WHOLE + rule.params.tolerance_share)
    spent = facts.totals.by_category.get(asked.category, 0)
    if spent + asked.amount_cents <= limit:
        return None
    return rule.finding(category=asked.category, line_cents=line, spent_cents=spent, most_cents=max(0, limit - spent))


def earned_cents(budget: BudgetFacts, share: int) -> int:
    """Sum what the closed months stayed below the baseline, each month's share rounded down, none below zero."""
    if budget.baseline_monthly_cents is None:
        raise FactsMissingError("budget.baseline_monthly_cents")
    baseline = budget.baseline_monthly_cents
    return sum(floor_share(max(0, baseline - month.actual_cents), share) for month in budget.closed_months)
