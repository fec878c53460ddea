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

    def __init__(self, rulebook: Rulebook, stage: Stage, at_most: int, *, keeps_books: bool = False) -> None:
        self.rulebook, self.stage, self.at_most = rulebook, stage, at_most
        self._keeps_books = keeps_books  # the books refused what the rulebook let pass: here too, more than there is is refused
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
        return evaluate(self.rulebook, self.booked(facts), stage or self.stage)

    def booked(self, facts: Facts) -> Facts:
        """Return facts with what the books would say to their amount, where the books have to be asked too."""
        if not self._keeps_books:
            return facts
        amount = facts.asked.amount_cents if self.stage == "authorize" else facts.saved.amount_cents
        return facts.varied(refused_by_books=amount > account_cents(facts))

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


def account_cents(facts: Facts) -> int:
    """Return what the account holds that a request or a saving would be paid from."""
    is_saved = facts.request is not None and facts.request.source == "saved"
    return facts.budget.saved_cents if is_saved else facts.budget.available_cents
