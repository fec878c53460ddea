"""Other payers come first."""

from __future__ import annotations

from policy.decision import Finding
from policy.facts import Facts
from policy.rulebook import NoParams, Rule
from policy.rules.kind import Silence, kind


@kind("other_payer_first", NoParams, silence=Silence({"request.other_payer_covers": False}))
def other_payer_first(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse what someone else pays for, until their refusal is on file."""
    asked = facts.asked
    return rule.finding() if asked.other_payer_covers and not asked.other_payer_denial_on_file else None
