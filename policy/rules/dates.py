"""The right day: enrolment, the budget's year, asking first, billing in time, not paying far ahead."""

from __future__ import annotations

from policy.decision import Finding
from policy.errors import FactsMissingError
from policy.facts import Facts
from policy.rulebook import NoParams, Params, Rule
from policy.rules.kind import Categories, Count, Silence, kind


class DeadlineParams(Params):
    """How many days after the service a bill may come."""

    max_days: Count


class PrepaymentParams(Params):
    """How far ahead a service may be paid, and what may be paid further ahead."""

    max_prepay_days: Count
    exempt_categories: Categories = frozenset()


@kind("enrolled", NoParams, gives=("status", "purchase_on"))
def enrolled(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse a day on which the member is not in the program."""
    member, on = facts.member, facts.asked.purchase_date
    if member.status == "active" and member.eligible_from <= on and (member.eligible_to is None or on <= member.eligible_to):
        return None
    return rule.finding(status=member.status, purchase_on=on)


@kind("budget_period", NoParams, gives=("purchase_on", "starts_on", "ends_on"))
def budget_period(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse a day outside the budget's period."""
    budget, on = facts.budget, facts.asked.purchase_date
    if budget.starts_on <= on <= budget.ends_on:
        return None
    return rule.finding(purchase_on=on, starts_on=budget.starts_on, ends_on=budget.ends_on)


@kind("bill_deadline", DeadlineParams, stages=("pay",), gives=("days", "max_days"))
def bill_deadline(rule: Rule[DeadlineParams], facts: Facts) -> Finding | None:
    """Refuse a bill that came too long after the service."""
    bill = facts.billed.bill
    if bill is None:
        return None
    if bill.received_on is None:
        raise FactsMissingError("bill.received_on")
    days = (bill.received_on - facts.asked.served_until).days
    return rule.finding(days=days, max_days=rule.params.max_days) if days > rule.params.max_days else None


@kind("asked_first", NoParams, silence=Silence({"request.already_bought": False}))
def asked_first(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse what was bought before asking; an emergency is judged by its own limits."""
    asked = facts.asked
    return rule.finding() if asked.already_bought and not asked.emergency else None


@kind("prepayment", PrepaymentParams, gives=("days", "max_prepay_days"), silence=Silence({"request.service_to": None}))
def prepayment(rule: Rule[PrepaymentParams], facts: Facts) -> Finding | None:
    """Hold what would be paid far ahead of its last day."""
    asked, params = facts.asked, rule.params
    if asked.service_to is None:
        return None
    days = (asked.service_to - asked.purchase_date).days
    if days <= params.max_prepay_days or asked.category in params.exempt_categories:
        return None
    return rule.finding(days=days, max_prepay_days=params.max_prepay_days)
