"""Ask the evaluator about changed facts, and count: a search that has spent what it may ends."""

from __future__ import annotations

from policy.decision import Decision
from policy.evaluation import evaluate
from policy.facts import Facts, Stage
from policy.rulebook import Rulebook


class SearchSpentError(Exception):
    """Nothing is left to spend; it never leaves this package."""


class Asker:
    """Asks the evaluator, or one rule of it, within what may be spent."""

    def __init__(self, rulebook: Rulebook, stage: Stage, at_most: int) -> None:
        self.rulebook, self.stage, self.at_most = rulebook, stage, at_most
        self._whole = 0
        self._single = 0  # single rules asked: as many as a stage has are one evaluation
        self._rules = max(1, len(rulebook.by_stage[stage]))

    @property
    def evaluations(self) -> int:
        """What was spent so far: whole evaluations, and single rules by their share of one, rounded up."""
        return self._whole + -(-self._single // self._rules)

    def ask(self, facts: Facts, stage: Stage | None = None) -> Decision:
        """Return the decision on changed facts.

        Raises:
            SearchSpentError: nothing is left to spend.

        """
        if self.evaluations >= self.at_most:
            raise SearchSpentError
        self._whole += 1
        return evaluate(self.rulebook, facts, stage or self.stage)

    def speaks(self, rule_id: str, facts: Facts) -> bool:
        """Tell whether one rule speaks; one that can not be computed does.

        Raises:
            SearchSpentError: nothing is left to spend.

        """
        if self.evaluations >= self.at_most:
            raise SearchSpentError
        self._single += 1
        try:
            return self.rulebook.rules[rule_id].ask(facts) is not None
        except Exception:  # noqa: BLE001 - as in an evaluation
            return True
