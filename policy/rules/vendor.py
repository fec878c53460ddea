"""A vendor who may be paid: on the list, screened, licensed, set up, and not the member's employee."""

from __future__ import annotations

from pydantic import Field

from policy.decision import Finding
from policy.facts import NOBODY, Facts
from policy.rulebook import NoParams, Params, Rule
from policy.rules.kind import CategoryCode, Count, Silence, kind


class ScreeningParams(Params):
    """How old a screening may be."""

    max_age_days: Count


class CredentialParams(Params):
    """Which credential a category asks for."""

    required: dict[CategoryCode, str] = Field(default_factory=dict)


@kind("active_vendor", NoParams, gives=("status",), silence=Silence({"vendor.status": "active"}))
def active_vendor(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse a vendor who is not active."""
    status = facts.seller.status
    return None if status == "active" else rule.finding(status=status)


@kind("tax_form", NoParams, stages=("pay",), gives=("has_tax_form", "tin_matches"))
def tax_form(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Hold payment until the tax form is there and its number fits the name."""
    vendor = facts.seller
    if vendor.has_tax_form and vendor.tin_matches:
        return None
    return rule.finding(has_tax_form=vendor.has_tax_form, tin_matches=vendor.tin_matches)


@kind("exclusion_list", NoParams, stages=("authorize", "pay"), gives=("lists",), silence=Silence({"vendor.excluded_on": NOBODY}))
def exclusion_list(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse a vendor whom a federal or state list excludes."""
    lists = facts.seller.excluded_on
    return rule.finding(lists=lists) if lists else None


@kind("recent_screening", ScreeningParams, stages=("pay",), gives=("screened", "max_age_days"))
def recent_screening(rule: Rule[ScreeningParams], facts: Facts) -> Finding | None:
    """Hold payment to a vendor screened too long ago, or never."""
    screened_on = facts.seller.screened_on
    if screened_on is not None and (facts.today - screened_on).days <= rule.params.max_age_days:
        return None
    return rule.finding(screened="" if screened_on is None else screened_on.isoformat(), max_age_days=rule.params.max_age_days)


@kind(
    "credential", CredentialParams, gives=("category", "credential", "needed_on"), silence=Silence(about=lambda rule: rule.params.required)
)
def credential(rule: Rule[CredentialParams], facts: Facts) -> Finding | None:
    """Refuse care by someone whose license or certificate does not cover the last day of the service."""
    asked = facts.asked
    required = rule.params.required.get(asked.category)
    if required is None:
        return None
    on = asked.served_until
    if any(one.type == required and (one.expires_on is None or one.expires_on >= on) for one in facts.seller.credentials):
        return None
    return rule.finding(category=asked.category, credential=required, needed_on=on)


@kind("vendor_scope", NoParams, gives=("category",))
def vendor_scope(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Hold a purchase of something the vendor is not set up to sell."""
    category = facts.asked.category
    return None if category in facts.seller.categories else rule.finding(category=category)


@kind("payouts_ready", NoParams, stages=("pay",))
def payouts_ready(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Hold payment until the vendor can be paid."""
    return None if facts.seller.payouts_enabled else rule.finding()


@kind("payroll_worker", NoParams, gives=("rail",), silence=Silence({"vendor.is_directed_worker": False}))
def payroll_worker(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse to pay the member's own worker other than by payroll."""
    rail = facts.asked.rail
    return rule.finding(rail=rail) if facts.seller.is_directed_worker and rail != "payroll" else None
