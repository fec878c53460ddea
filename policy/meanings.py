"""What each field of a rulebook means, for editors and for the pages that list them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MEANINGS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "RulebookForm": {
            "rulebook": "Its name: small letters, digits and _. Programs and cases refer to it.",
            "version": "A whole number from 1. A published version never changes: a change is the next version.",
            "title": "Its name for people.",
            "inherits": "The rulebook whose categories, tags and rules it starts from.",
            "abstract": "true: only for others to inherit from; no program decides by it.",
            "notes": "For whoever reads the file; nothing is decided by it.",
            "budget": "How the program's money becomes available.",
            "categories": "Kinds of things to buy, by code, beside the inherited ones.",
            "tags": "Tags that its rules may name, beside the inherited ones.",
            "disabled": "Inherited rules that are off.",
            "only": "The rules that are on: all others are off.",
            "rules": "Rules by id: whole ones, and what changes in inherited ones.",
        },
        "RuleForm": {
            "kind": "What it asks: one of the kinds.",
            "severity": "deny, needs_approval or warn.",
            "stage": "When it is asked: authorize, pay, transfer, reserve, or a list of them.",
            "approver": "Whose yes closes the need (or that of someone higher): broker, director, payer.",
            "closed_by": "The event that closes the need when no person does.",
            "effective_from": "The first day on which it is in force; without it, always before.",
            "effective_to": "The last day on which it is in force; without it, always after.",
            "origin": "documented: the limit or ban is in the source; adapted: the idea is; illustrative: it is the program's own.",
            "source": "The law, guideline or practice it rests on: the decision cites it.",
            "message": "The member's words in both languages.",
            "params": "The limits, as the kind takes them.",
            "params_origin": "Where the program's own numbers come from: documented, adapted or illustrative.",
            "params_source": "The source of the program's own numbers.",
            "applies_to_waiting": "true: it is also asked of what an older version judged and that still waits.",
        },
        "WordsForm": {"en": "In English: short and plain.", "es": "In Spanish: short and plain."},
        "CategoryForm": {
            "group": "clinical or recovery_support.",
            "domains": "Domains of the goals it naturally serves; any: all of them.",
            "name": "Its plain name in both languages.",
        },
        "ClosedByForm": {"event": "What has to happen."},
        "BudgetForm": {
            "release": "annual, quarterly or monthly parts of the budget, or earned month by month.",
            "period": "The first and the last day of the budget's year.",
            "rollover": "What becomes of money that is left; nothing is decided by it.",
        },
    }
)
