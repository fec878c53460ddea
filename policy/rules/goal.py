"""A purchase serves a goal of the plan in force."""

from __future__ import annotations

from policy.decision import Finding
from policy.facts import Facts
from policy.rulebook import NoParams, Rule
from policy.rules.kind import kind


@kind("active_goal", NoParams, gives=("goal",))
def active_goal(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Ask for a goal that the plan has and that is not closed."""
    goal_id = facts.asked.goal_id
    goal = None if goal_id is None else facts.plan.goals.get(goal_id)
    return None if goal is not None and goal.status == "active" else rule.finding(goal=goal_id or "")


@kind("plan_in_force", NoParams, gives=("plan",))
def plan_in_force(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Ask for an approved plan that covers the day of the purchase."""
    plan = facts.plan
    if plan.status == "approved" and plan.starts_on <= facts.asked.purchase_date <= plan.ends_on:
        return None
    return rule.finding(plan=plan.status)


@kind("planned_line", NoParams, gives=("category",))
def planned_line(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Ask someone when the plan has no line for the category."""
    category = facts.asked.category
    return None if category in facts.plan.lines else rule.finding(category=category)


@kind("goal_serves_category", NoParams, gives=("category", "domain"))
def goal_serves_category(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Point at a goal that this category does not usually help; without a goal there is nothing to compare."""
    asked = facts.asked
    goal = None if asked.goal_id is None else facts.plan.goals.get(asked.goal_id)
    if goal is None or rule.category(asked.category).serves(goal.domain):
        return None
    return rule.finding(category=asked.category, domain=goal.domain)
