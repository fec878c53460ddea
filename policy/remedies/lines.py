"""Money between the lines of the plan: what a member moves freely, so that a purchase fits its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from policy.decision import Finding
from policy.facts import Facts, TransferFacts
from policy.remedies.trial import Search, Trial, most_cents
from policy.remedies.way import Step

LINE_KINDS: Final = frozenset({"planned_line", "line_overspend"})
MOST_LINES: Final = 8
"""So many lines are asked, the fullest first."""

MOST_MOVES: Final = 3
"""So many moves are suggested together at most."""


def moved_lines(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Move as little as lets the purchase fit its line, from one line if one can give it, else from a few.

    Each move is asked of the evaluator at stage transfer, as a move by the one who asks, and has to pass there with nobody's yes.
    """
    choices, category = search.choices, trial.facts.asked.category
    if not choices.may_move or not (choices.may_add_lines or category in trial.facts.plan.lines):
        return
    short = _short_cents(search, trial.facts)
    if short is None:
        return
    gives = _free(search, trial.facts, short)
    whole = next((line for line, cents in gives.items() if cents == short), None)
    chosen: dict[str, int] = {whole: short} if whole is not None else {}
    left = short - sum(chosen.values())
    for line, cents in sorted(gives.items(), key=lambda one: -one[1]):
        if left and len(chosen) < MOST_MOVES:
            chosen[line] = min(cents, left)
            left -= chosen[line]
    if not left:
        for line, cents in chosen.items():
            trial = _moved(search, trial, line, cents)
        yield trial


def other_line(search: Search, trial: Trial, _finding: Finding) -> Iterator[Trial]:
    """Take a move from another line that can give all of it."""
    move = trial.facts.moved
    for line in _fullest(trial.facts, move.to_line):
        if line != move.from_line:
            other = _transfer(search, line, move.to_line, move.amount_cents, move.submitted_by)
            step = Step("other_line", search.words("other_line", line=line), {"from_category": line})
            yield trial.then(step, transfer=other)


def _short_cents(search: Search, facts: Facts) -> int | None:
    """Return the fewest cents that the line lacks for the purchase to fit: asked of the rules about lines alone."""
    asked = facts.asked
    rules = [one.rule.id for one in search.rulebook.at("authorize", facts.today) if one.rule.kind in LINE_KINDS]

    def is_short(cents: int) -> bool:
        more = _with_lines(facts, {asked.category: facts.plan.lines.get(asked.category, 0) + cents})
        return any(search.asker.speaks(rule_id, more) for rule_id in rules)

    low, high = 0, asked.amount_cents + facts.totals.by_category.get(asked.category, 0)
    if high < 1 or is_short(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_short(middle) else (low, middle)
    return high


def _free(search: Search, facts: Facts, short: int) -> dict[str, int]:
    """Return how much of what is short each line can give freely; none after the first that can give it all."""
    asked, gives = facts.asked, dict[str, int]()
    for line in _fullest(facts, asked.category)[:MOST_LINES]:
        cents = short
        for _ in range(3):  # each rule of a move may lower it once
            move = _transfer(search, line, asked.category, cents, asked.submitted_by)
            decision = search.asker.ask(facts.varied(request=None, vendor=None, approvals=(), transfer=move), "transfer")
            if decision.outcome == "approve":
                gives[line] = cents
                break
            limits = [most_cents(one) for one in decision.findings if one.severity != "warn"]
            cents = min((most or 0 for most in limits), default=0)
            if cents < 1:
                break
        if gives.get(line) == short:
            break
    return gives


def _transfer(search: Search, from_line: str, to_line: str, cents: int, by: str) -> TransferFacts:
    return TransferFacts(
        from_line=from_line,
        to_line=to_line,
        amount_cents=cents,
        submitted_by=by,
        moved_cents=search.choices.moved_cents.get(from_line, 0),
        planned_cents=search.choices.planned_cents.get(from_line),
    )


def _fullest(facts: Facts, to_line: str) -> list[str]:
    """List the other lines, the one with the most cents first."""
    return sorted((line for line in facts.plan.lines if line != to_line), key=lambda line: (-facts.plan.lines[line], line))


def _moved(search: Search, trial: Trial, line: str, cents: int) -> Trial:
    lines, to_line = trial.facts.plan.lines, trial.facts.asked.category
    step = Step(
        "move_line",
        search.words("move_line", amount_cents=cents, category=to_line, line=line),
        {"from_category": line, "to_category": to_line, "amount_cents": cents},
    )
    plan = _with_lines(trial.facts, {line: lines[line] - cents, to_line: lines.get(to_line, 0) + cents}).plan
    return trial.then(step, plan=plan)


def _with_lines(facts: Facts, lines: Mapping[str, int]) -> Facts:
    return facts.varied(plan=replace(facts.plan, lines={**facts.plan.lines, **lines}))
