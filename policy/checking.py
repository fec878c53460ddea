"""Look a rulebook over before it goes live: what contradicts itself, what was forgotten, and what its cases do not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policy.cases import CaseResult, run_case
from policy.errors import CaseError, Problem
from policy.rulebook import Rulebook

Data = Mapping[str, Any]


def check(rulebook: Rulebook, cases: Sequence[Any] = (), fixtures: Data | None = None) -> list[Problem]:
    """Return everything that is wrong with a rulebook, and what should be looked at twice, in the order in which it is written.

    `cases` are those of its program, as `read_cases` reads them, over `fixtures`; cases of other programs are passed over. A problem of
    severity error must be mended before the rulebook goes live; a warning may be meant.
    """
    _, failed = _run(rulebook, cases, fixtures or {})
    return failed


def _run(rulebook: Rulebook, cases: Sequence[Any], fixtures: Data) -> tuple[list[CaseResult], list[Problem]]:
    """Run the cases of the rulebook's program; tell those that do not hold."""
    results: list[CaseResult] = []
    failed: list[Problem] = []
    members = fixtures.get("members") or {}
    for case in cases:
        member = members.get(case.get("member")) if isinstance(case, Mapping) else None
        if isinstance(member, Mapping) and member.get("program") != rulebook.name:
            continue
        try:
            result = run_case(case, fixtures, {rulebook.name: rulebook})
        except CaseError as error:
            failed.append(Problem(str(error), source=rulebook.name))
            continue
        results.append(result)
        failed += [
            Problem(f"case {result.case_id}: {one.what} is {one.got}", expected=one.expected, source=rulebook.name)
            for one in result.differences
        ]
    return results, failed
