"""Conflicts of interest: family, the broker, the member, the broker's employer."""

from __future__ import annotations

from typing import Final

from policy.decision import Finding
from policy.facts import NOBODY, Facts
from policy.rulebook import NoParams, Rule
from policy.rules.kind import Silence, kind

WITHOUT_OWNERS: Final = Silence({"vendor.owners": NOBODY})


@kind("family_vendor", NoParams, silence=WITHOUT_OWNERS)
def family_vendor(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Hold a purchase from the member's family or household."""
    owners, member = facts.seller.owners, facts.member
    return None if owners.isdisjoint(member.relatives) and owners.isdisjoint(member.household) else rule.finding()


@kind("broker_vendor", NoParams, silence=WITHOUT_OWNERS)
def broker_vendor(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse to buy from the member's broker or the broker's family."""
    owners, member = facts.seller.owners, facts.member
    return None if member.broker_id not in owners and owners.isdisjoint(member.broker_relatives) else rule.finding()


@kind("own_vendor", NoParams, silence=WITHOUT_OWNERS)
def own_vendor(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse to pay the member's own business."""
    return rule.finding() if facts.member.id in facts.seller.owners else None


@kind("broker_employer", NoParams)
def broker_employer(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Hold a purchase from the organisation that employs the member's broker."""
    return rule.finding() if facts.seller.id == facts.member.broker_employer else None
