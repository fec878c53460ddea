"""The way to yes: what lets each finding pass, and one request that passes them all, found by asking the same evaluator again."""

from __future__ import annotations

from typing import Final

from policy.decision import Decision, Finding
from policy.errors import FactsMissingError
from policy.facts import Facts, Stage
from policy.remedies.asking import Asker, SearchSpentError
from policy.remedies.choices import Choices
from policy.remedies.combining import combined
from policy.remedies.curing import remedies_of
from policy.remedies.trial import SPEAKING, Search
from policy.remedies.way import NoRequest, Remedy, Suggestion, WayToYes
from policy.remedies.words import Words
from policy.rulebook import Rulebook

MOST_EVALUATIONS: Final = 200
"""So many evaluations are spent on one search, all remedies together."""

SHARE_OF_THE_REQUEST: Final = 5
"""Of eight parts of what may be spent, so many are for the request that passes everything; the findings share what it leaves."""

_SPENT_IN_EIGHTHS: Final = 8
_NO_FACTS: Final = (ArithmeticError, AttributeError, FactsMissingError, LookupError, TypeError, ValueError)
"""What facts that no request can have may raise where a search counts with them."""


def suggest(
    rulebook: Rulebook,
    facts: Facts,
    decision: Decision,
    *,
    stage: Stage = "authorize",
    choices: Choices | None = None,
    at_most: int = MOST_EVALUATIONS,
) -> WayToYes:
    """Return what would let each denial and need of a decision pass, and one request that passes them all.

    `decision` is what the rulebook says to the facts at the stage. Whatever is suggested was asked of the evaluator: a remedy's `facts`
    give its `decision`, a suggestion's `facts` its `decision`, and no rule is guessed at. At most `at_most` evaluations are spent; a
    single rule that is asked alone counts by its share. Nothing is raised: facts that can not be counted with have no way to yes.
    """
    if decision.outcome == "approve":
        return WayToYes((), None, 0)
    asker = Asker(rulebook, stage, at_most, keeps_books=facts.refused_by_books and stage in {"authorize", "reserve"})
    search = Search(asker, facts, stage, decision, choices or Choices(), Words(rulebook))
    asker.at_most = at_most * SHARE_OF_THE_REQUEST // _SPENT_IN_EIGHTHS
    request = _request(search)
    asker.at_most = at_most
    findings = [one for one in decision.findings if one.severity in SPEAKING]
    remedies = [remedy for finding in findings for remedy in _remedies(search, finding)]
    return WayToYes(tuple(remedies), request, asker.evaluations)


def _request(search: Search) -> Suggestion | NoRequest:
    try:
        return combined(search)
    except SearchSpentError:
        return NoRequest("search_spent", search.words("no_bill" if search.stage == "pay" else "search_spent"))
    except _NO_FACTS:
        return NoRequest("none_exists", search.words("no_bill" if search.stage == "pay" else "none_exists"))


def _remedies(search: Search, finding: Finding) -> list[Remedy]:
    """Gather the remedies of one finding as far as the search gets."""
    found: list[Remedy] = []
    try:
        for remedy in remedies_of(search, finding):
            found.append(remedy)  # noqa: PERF402 - what was found before the search is spent is kept
    except (SearchSpentError, *_NO_FACTS):
        return found
    return found
