"""What the money is never for, whoever agrees."""

from __future__ import annotations

from policy.decision import Finding
from policy.facts import Facts
from policy.rulebook import NoParams, Params, Rule
from policy.rules.kind import Categories, Cents, Silence, Tags, kind


class TagParams(Params):
    """Tags that a thing may not carry."""

    tags: Tags


class CategoryParams(Params):
    """Categories that the program does not pay for."""

    categories: Categories = frozenset()


class ReimbursementParams(Params):
    """Whether a member may be paid back, and up to how much."""

    reimbursement_allowed: bool = False
    reimbursement_max_cents: Cents = 0


@kind("prohibited_tags", TagParams, gives=("tags",), silence=Silence(tags=lambda rule: rule.params.tags))
def prohibited_tags(rule: Rule[TagParams], facts: Facts) -> Finding | None:
    """Refuse what carries one of the tags."""
    tags = facts.asked.tags
    if not tags or tags.isdisjoint(rule.params.tags):
        return None
    return rule.finding(tags=tags & rule.params.tags)


@kind("prohibited_categories", CategoryParams, gives=("category",), silence=Silence(about=lambda rule: rule.params.categories))
def prohibited_categories(rule: Rule[CategoryParams], facts: Facts) -> Finding | None:
    """Refuse whole categories."""
    category = facts.asked.category
    return rule.finding(category=category) if category in rule.params.categories else None


@kind("reimbursement", ReimbursementParams, gives=("most_cents",), silence=Silence({"request.payment_method": "vendor_direct"}))
def reimbursement(rule: Rule[ReimbursementParams], facts: Facts) -> Finding | None:
    """Refuse to pay the member back, beyond what the program allows."""
    asked, params = facts.asked, rule.params
    if asked.payment_method != "member_reimbursement":
        return None
    if not params.reimbursement_allowed:
        return rule.finding(most_cents=0)
    return rule.finding(most_cents=params.reimbursement_max_cents) if asked.amount_cents > params.reimbursement_max_cents else None


@kind("own_use", NoParams, gives=("beneficiary",), silence=Silence({"request.beneficiary": "member"}))
def own_use(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse what is for somebody else."""
    beneficiary = facts.asked.beneficiary
    return None if beneficiary in {"member", facts.member.id} else rule.finding(beneficiary=beneficiary)


@kind("untagged", NoParams, silence=Silence({"request.tagged": True}))
def untagged(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Hold what nobody has looked at: prohibited things cannot be judged unseen."""
    return None if facts.asked.tagged else rule.finding()
