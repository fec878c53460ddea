"""Check a draft: what the policy finds wrong with it, and whether it answers each of its cases as expected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc import journal
from sdc.rulebooks.drafting import be_alone
from sdc.rulebooks.model import DraftState, RulebookDraft
from sdc.rulebooks.reading import find_draft, load_written, refused
from sdc.rulebooks.states import DraftMove, check_draft_move

SHIPPED_CASES = Path(__file__).parents[1] / "shipped" / "cases"
FIXTURES = "fixtures.yaml"
NO_CASE = "no case asks this rulebook"


@dataclass(frozen=True, slots=True)
class Case:
    """Cases of one file, and the world that they start from."""

    cases: Sequence[Mapping[str, Any]]
    fixtures: Mapping[str, Any]


def examine(draft: policy.Written, published: Sequence[policy.Written], *, cases: str | None, fixtures: str | None) -> dict[str, Any]:
    """Look a draft over and run its cases, as `policy.check` does: the report that is kept with it. Takes a second; touches nothing.

    Without cases of its own, those that come with the service count, as far as they are about members of this program. A draft that lends
    rules to what waits must be able to lend them to every published version.

    Raises:
        RulebookRefusedError: the cases or fixtures are not plain YAML of that form, or this release does not read the text any more.

    """
    rulebook = load_written(draft)
    if rulebook.is_abstract:  # what it lacks, those that inherit from it say
        return {"passed": True, "cases": 0, "problems": []}
    given = _read_cases(rulebook.name, cases, fixtures)
    asked = sum(_program(case, given.fixtures) == rulebook.name for case in given.cases)
    problems = [one.to_data() for one in policy.check(rulebook, given.cases, given.fixtures)]
    if not asked:
        problems.append(_problem(rulebook, NO_CASE, "cases of members of this program: give them with the draft"))
    problems += _lending_problems(rulebook, draft, published)
    is_passed = not any(one["severity"] == "error" for one in problems)
    return {"passed": is_passed, "cases": asked, "problems": problems}


async def keep_report(session: AsyncSession, name: str, version: int, report: dict[str, Any], *, by: UUID, at: datetime) -> RulebookDraft:
    """Keep what the check of a draft found; when nothing has to be mended, it can be proposed.

    Raises:
        NotFoundError: no such draft.
        WrongStateError: it is proposed or published.

    """
    await be_alone(session, name)
    draft = await find_draft(session, name, version)
    check_draft_move(draft, DraftMove.CHECK)
    draft.state = DraftState.CHECKED if report["passed"] else DraftState.DRAFT
    draft.report = report
    draft.checked_by = by
    draft.checked_at = at
    errors = sum(one["severity"] == "error" for one in report["problems"])
    journal.record(session, "rulebook.checked", subject=draft.id, by=by, at=at, name=name, version=version, errors=errors)
    await session.flush()
    return draft


def read_documents(name: str, cases: str | None, fixtures: str | None) -> None:
    """Refuse cases or fixtures that can not be read, before they are kept.

    Raises:
        RulebookRefusedError: they are not plain YAML of that form.

    """
    if cases is not None or fixtures is not None:
        _read_cases(name, cases, fixtures)


def _read_cases(name: str, cases: str | None, fixtures: str | None) -> Case:
    case_file, fixture_file = f"{name}.cases.yaml", f"{name}.fixtures.yaml"
    texts = [(cases, case_file)] if cases is not None else [(path.read_text(encoding="utf-8"), path.name) for path in _shipped_case_files()]
    world = (SHIPPED_CASES / FIXTURES).read_text(encoding="utf-8") if fixtures is None else fixtures
    found: list[Mapping[str, Any]] = []
    try:
        for text, file in texts:
            found += _part(policy.read_cases(text, source=file), "cases", list)
        document = policy.read_cases(world, source=fixture_file)
        _part(document, "members", dict)
    except policy.RulebookError as error:
        raise refused(error) from error
    return Case(found, document.data)


def _part(document: policy.Document, key: str, kind: type) -> Any:  # noqa: ANN401 - a list or a mapping of whatever YAML holds
    found = document.data.get(key) if isinstance(document.data, dict) else None
    if not isinstance(found, kind):
        expected = f"{key}: and {'a list' if kind is list else 'names with their values'}"
        raise policy.RulebookError(f"there are no {key}", expected=expected, line=document.line((key,)), source=document.source)
    return found


def _shipped_case_files() -> list[Path]:
    return [path for path in sorted(SHIPPED_CASES.glob("*.yaml")) if path.name != FIXTURES]


def _program(case: Any, fixtures: Mapping[str, Any]) -> str | None:  # noqa: ANN401 - whatever a list of cases holds
    """Tell which program's member a case is about."""
    members = fixtures["members"]
    member = members.get(case.get("member")) if isinstance(case, Mapping) else None
    return member.get("program") if isinstance(member, Mapping) else None


def _lending_problems(rulebook: policy.Rulebook, draft: policy.Written, published: Sequence[policy.Written]) -> list[dict[str, Any]]:
    """Try each published version together with the rules that the draft lends to what waits."""
    if not any(bound.rule.applies_to_waiting for bound in rulebook.rules.values()):
        return []
    found = []
    for older in published:
        try:
            policy.load_between(older, draft)
        except policy.RulebookError as error:
            expected = f"rules that can be asked beside version {older.version}, or none that applies_to_waiting"
            found += [_problem(rulebook, one.problem, expected, line=one.line) for one in error.problems]
    return found


def _problem(rulebook: policy.Rulebook, problem: str, expected: str, *, line: int | None = None) -> dict[str, Any]:
    return policy.Problem(problem, expected, line, f"{rulebook.name}.yaml").to_data()
