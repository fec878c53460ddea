"""Vendors hear what they need, and nothing of a member's health."""

from __future__ import annotations

from policy.decision import Finding
from policy.facts import Facts
from policy.rulebook import Params, Rule
from policy.rules.kind import Names, Silence, kind


class MemoParams(Params):
    """Words that a note to a vendor may not hold."""

    words: Names


@kind("memo_words", MemoParams, gives=("words",), silence=Silence({"request.memo_to_vendor": ""}))
def memo_words(rule: Rule[MemoParams], facts: Facts) -> Finding | None:
    """Hold a note that names health, anywhere in it and in any case."""
    memo = facts.asked.memo_to_vendor.casefold()
    if not memo:
        return None
    found = tuple(word for word in rule.params.words if word.casefold() in memo)
    return rule.finding(words=found) if found else None
