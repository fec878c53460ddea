"""A question tried otherwise, the search that tries it, and what stands in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from policy.decision import Decision, Finding
from policy.facts import Facts, Stage
from policy.remedies.asking import Asker
from policy.remedies.choices import Choices
from policy.remedies.way import Step
from policy.remedies.words import Words
from policy.rulebook import Rulebook

SPEAKING = frozenset({"deny", "needs_approval"})


@dataclass(frozen=True, slots=True)
class Trial:
    """Changed facts, and the steps that make them so."""

    facts: Facts
    steps: tuple[Step, ...]
    least_unit_price_cents: int  # for how much its vendor sells it
    offering_id: str | None = None  # another offering than the one asked for

    def then(self, step: Step, **changes: Any) -> Trial:  # noqa: ANN401 - fields of Facts
        """Return the trial after one more step."""
        return replace(self, facts=self.facts.varied(**changes), steps=(*self.steps, step))

    def asking(self, step: Step, **changes: Any) -> Trial:  # noqa: ANN401 - fields of RequestFacts
        """Return the trial after one more step that changes the request alone."""
        return self.then(step, request=replace(self.facts.asked, **changes))


@dataclass(frozen=True, slots=True)
class Search:
    """One search: what was asked and answered, what may be chosen from, and who is asked again."""

    asker: Asker
    facts: Facts
    stage: Stage
    decision: Decision
    choices: Choices
    words: Words

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook that decided."""
        return self.asker.rulebook

    def start(self) -> Trial:
        """Return the trial that changes nothing."""
        return Trial(self.facts, (), self.choices.least_unit_price_cents)

    def in_the_way(self, finding: Finding, decision: Decision) -> list[Finding]:
        """List what keeps a decision from being better than the first by this finding: itself, or what did not speak before.

        To end a denial, only new denials are in the way; to close a need, new needs are too.
        """
        before = {one.rule for one in self.decision.findings if one.severity in SPEAKING}
        grave = {"deny"} if finding.severity == "deny" else SPEAKING
        return [one for one in decision.findings if one.severity in grave and (one.rule == finding.rule or one.rule not in before)]


Cure = Callable[[Search, Trial, Finding], Iterator[Trial]]
"""What may let one finding pass: trials, the best first; none of them is asked yet."""


def denials(decision: Decision) -> list[Finding]:
    """List the findings that deny."""
    return [one for one in decision.findings if one.severity == "deny"]


def most_cents(finding: Finding) -> int | None:
    """Return the largest amount that the finding's rule says would pass as things are, or None when it names none."""
    most = finding.facts.get("most_cents")
    if finding.kind == "emergency_limits" and finding.facts["emergencies"] < finding.facts["max_per_period"]:  # type: ignore[operator]  # counts
        most = finding.facts["max_cents"]
    return most if isinstance(most, int) and not isinstance(most, bool) else None
