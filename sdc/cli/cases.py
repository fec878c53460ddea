"""Run cases: purchases that a rulebook decides, and dates of notices; print each difference."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import policy
from sdc.cli.notice_cases import notice_differences
from sdc.cli.plain_facts import plain, told
from sdc.cli.rulebook_files import cases_of, fixtures_of, load_rulebooks, read_document

Outcome = tuple[int, int]
"""How many passed and how many failed."""


def test_cases(files: Sequence[Path], *, fixtures: Path | None, rulebooks: Sequence[Path], as_json: bool) -> Outcome:
    """Decide each case by its program's rulebook, the shipped one or one of `rulebooks`, and print what differs.

    Raises:
        RulebookError: a rulebook or a file of cases can not be read.
        ClickException: a file is not one of cases.

    """
    loaded = load_rulebooks(rulebooks)
    passed = failed = 0
    answers: list[Mapping[str, Any]] = []
    for file in files:
        document = read_document(file, "cases")
        world = fixtures_of(document, fixtures)
        for line, case in cases_of(document):
            answer = _answer(case, world, loaded, place=f"{file}, line {line}")
            passed, failed = (passed + 1, failed) if answer["passed"] else (passed, failed + 1)
            answers.append(answer)
            if not as_json and not answer["passed"]:
                click.echo("\n".join(answer["told"]))
    if as_json:
        cases = [{name: value for name, value in answer.items() if name != "told"} for answer in answers]
        click.echo(json.dumps({"passed": passed, "failed": failed, "cases": cases}, ensure_ascii=False, indent=2))
    return passed, failed


def test_notice_dates(file: Path) -> Outcome:
    """Reckon the dates of each case, and print what differs.

    Raises:
        ClickException: the file is not one of cases.

    """
    passed = failed = 0
    for _, case in cases_of(read_document(file, "cases")):
        differences = notice_differences(case)
        passed, failed = (passed, failed + 1) if differences else (passed + 1, failed)
        title = f"{case.get('id', '?')} {case.get('what', '')}".strip()
        for difference in differences:
            click.echo(f"{title}: {difference}")
    return passed, failed


def _answer(case: Mapping[str, Any], world: Mapping[str, Any], rulebooks: Mapping[str, policy.Rulebook], *, place: str) -> dict[str, Any]:
    """Run one case, and tell how it went in words and as data."""
    try:
        result = policy.run_case(case, world, rulebooks)
    except policy.CaseError as error:
        answer = {"id": error.case_id, "place": place, "passed": False, "error": error.problem}
        return {**answer, "told": [f"{error.case_id} ({place}): {error.problem}"]}
    title = f"{result.case_id} {result.title}".strip()
    rulebook = rulebooks[result.rulebook]
    words = [f"{title} ({place}): {one.what}: expected {one.expected}, got {one.got}" for one in result.differences]
    return {
        "id": result.case_id,
        "title": result.title,
        "place": place,
        "rulebook": result.rulebook,
        "passed": result.passed,
        "differences": [{"what": one.what, "expected": one.expected, "got": one.got} for one in result.differences],
        "decision": result.decision.to_data(),
        "facts": plain(result.facts),
        "told": [*words, *(f"    {line}" for line in _background(case, result, rulebook))],
    }


def _background(case: Mapping[str, Any], result: policy.CaseResult, rulebook: policy.Rulebook) -> Iterator[str]:
    """Tell, for each rule that spoke or did not against what was expected, by which numbers; then all the facts of the question."""
    expected = {rule_id for name in ("deny", "approval", "warn") for rule_id in case["expect"].get(name) or ()}
    spoke = {finding.rule: finding for finding in result.decision.findings}
    for rule_id, finding in spoke.items():
        if rule_id not in expected:
            numbers = ", ".join(f"{name} {plain(value)}" for name, value in finding.facts.items()) or "no numbers"
            yield f"{rule_id} spoke ({finding.severity}): {numbers}"
    for rule_id in sorted(expected - set(spoke)):
        rule = rulebook.rule(rule_id)
        if rule is None:
            yield f"{rule_id} is not in the rulebook {rulebook.name}"
        else:
            yield f"{rule_id} said nothing: {rule.kind} at {' and '.join(rule.stages)}, {told(rule.params) or 'no parameters'}"
    yield f"rulebook {rulebook.name} version {rulebook.version}, stage {result.decision.stage}, as of {result.facts.as_of.isoformat()}"
    for name, part in plain(result.facts).items():
        if name != "as_of" and part not in (None, [], {}, 0):
            yield f"{name}: {told(part)}"
