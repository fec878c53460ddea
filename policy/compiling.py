"""Which rules can say anything at all to a question: worked out once for each situation, so that a decision asks only those.

Most rules are silent for reasons that are seen at a glance: another category, no such tag, no emergency, an amount below the threshold, an
approval that is there. Each kind claims its own (policy/rules/kind.py). A plan reads all of these facts at once; what it reads is the
situation, and the rules that may speak in it are kept. A rule whose parameters leave it nothing to say, and the tags of all rules together,
need nothing of their own: no situation ever calls for them. What the claims do not cover is asked rule by rule, so that a plan never
changes a decision: a kind without claims, facts that no question can have, a category that some rule does not know.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import date
from operator import attrgetter, eq
from typing import Any, Final

from policy.decision import Finding
from policy.facts import Facts, Stage
from policy.rulebook import Bound, Rule, Rulebook
from policy.rules.kind import ALWAYS_ASKED, KINDS, Silence

Rows = tuple[tuple[Callable[[Rule[Any], Facts], Finding | None], Rule[Any]], ...]
"""Rules to ask, in order, each with the judge to call."""

STAGES_OF_REQUESTS: Final = frozenset({"authorize", "pay"})
"""Others have few rules, and facts of their own."""

MOST_SITUATIONS: Final = 4_096
"""So many are kept for a plan, then it begins anew: a rule less to ask is not worth memory without end."""


def plan_of(rulebook: Rulebook, stage: Stage, on: date | None) -> Plan:
    """Return the plan for a stage on a day (of all its rules, without a day), made when it is first needed and kept with the rulebook."""
    time = -1 if on is None else bisect_right(rulebook.turning_days, on)
    plan: Plan | None = rulebook.plans.get((stage, time))
    if plan is None:
        plan = Plan(rulebook, stage, rulebook.by_stage[stage] if on is None else rulebook.at(stage, on))
        rulebook.plans[stage, time] = plan
    return plan


class Plan:
    """The rules of one stage at one time, and those of them that may speak in each situation met so far."""

    __slots__ = ("_amounts", "_bound", "_categories", "_known", "_paths", "_read", "_silent_values", "_stage", "_tags", "everyone")

    def __init__(self, rulebook: Rulebook, stage: Stage, bound: Iterable[Bound]) -> None:
        self._stage = stage
        self._bound = tuple((one, _silence(one)) for one in bound)
        self._categories = frozenset(rulebook.categories).intersection(*(one.rule.categories for one, _ in self._bound))
        self.everyone: Rows = tuple((_asking(one), one.rule) for one, _ in self._bound)
        claims = dict.fromkeys((path, value) for _, silence in self._bound for path, value in silence.when.items())
        self._paths = {claim: number for number, claim in enumerate(claims)}
        self._read = _reader([path for path, _ in claims])
        self._silent_values = tuple(value for _, value in claims)
        self._tags = frozenset[str]().union(*(silence.tags(one.rule) for one, silence in self._bound if silence.tags is not None))
        self._amounts = sorted({silence.up_to(one.rule) for one, silence in self._bound if silence.up_to is not None})
        self._known: dict[tuple[Any, ...], Rows] = {}

    def rows(self, facts: Facts) -> Rows:
        """Return the rules to ask; those left out say nothing to these facts, which have to be whole (policy/possible.py)."""
        request = facts.request
        if request is None or self._stage not in STAGES_OF_REQUESTS:
            return self.everyone
        situation = (
            request.category,
            facts.approved_rank if facts.approvals else 0,
            bisect_left(self._amounts, request.amount_cents),
            request.tags.isdisjoint(self._tags),
            *map(eq, self._read(facts), self._silent_values),
        )
        rows = self._known.get(situation)
        return self._work_out(situation) if rows is None else rows

    def _work_out(self, situation: tuple[Any, ...]) -> Rows:
        category, rank, amount, has_no_tag, *silent = situation
        if category not in self._categories:
            return self.everyone

        def may_speak(one: Bound, silence: Silence) -> bool:
            return not (
                (one.silencing_rank is not None and rank >= one.silencing_rank)
                or (silence.about is not None and category not in silence.about(one.rule))
                or (silence.tags is not None and (has_no_tag or not silence.tags(one.rule)))
                or (silence.up_to is not None and amount <= self._amounts.index(silence.up_to(one.rule)))
                or any(silent[self._paths[claim]] for claim in silence.when.items())
            )

        if len(self._known) >= MOST_SITUATIONS:
            self._known.clear()
        rows = tuple((one.judge, one.rule) for one, silence in self._bound if may_speak(one, silence))
        return self._known.setdefault(situation, rows)


def _silence(bound: Bound) -> Silence:
    kind = KINDS.get(bound.rule.kind)
    return ALWAYS_ASKED if kind is None else kind.silence


def _asking(bound: Bound) -> Callable[[Rule[Any], Facts], Finding | None]:
    return lambda _, facts: bound.ask(facts)


def _reader(paths: list[str]) -> Callable[[Facts], tuple[Any, ...]]:
    """Return what reads facts by their paths, always as a tuple."""
    if len(paths) > 1:
        return attrgetter(*paths)
    read = attrgetter(paths[0]) if paths else None
    return lambda facts: () if read is None else (read(facts),)
