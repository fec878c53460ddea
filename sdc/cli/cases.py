"""Run cases: purchases that a rulebook decides, and dates of notices; print each difference."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

import policy
from sdc.cli.notice_cases import notice_differences
from sdc.rulebooks.publishing import SHIPPED

Outcome = tuple[int, int]
"""How many passed and how many failed."""


def test_cases(files: Sequence[Path], *, fixtures: Path | None) -> Outcome:
    """Decide each case by the shipped rulebook of its member's program, and print what differs.

    Raises:
        ClickException: a file is not one of cases.

    """
    rulebooks = load_shipped()
    passed = failed = 0
    for file in files:
        document = read_document(file, "cases")
        world = read_document(fixtures or file.parent / str(document.get("fixtures", "fixtures.yaml")), "members")
        for case in document["cases"]:
            differences = _case_differences(case, world, rulebooks)
            passed, failed = (passed, failed + 1) if differences else (passed + 1, failed)
            _tell(case, differences)
    return passed, failed


def test_notice_dates(file: Path) -> Outcome:
    """Reckon the dates of each case, and print what differs.

    Raises:
        ClickException: the file is not one of cases.

    """
    passed = failed = 0
    for case in read_document(file, "cases")["cases"]:
        differences = notice_differences(case)
        passed, failed = (passed, failed + 1) if differences else (passed + 1, failed)
        _tell(case, differences)
    return passed, failed


def load_shipped() -> dict[str, policy.Rulebook]:
    """Load the shipped rulebooks, by their names."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.yaml"))}
    return {name: policy.load(text, bases=texts, source=name) for name, text in texts.items()}


def _case_differences(case: Mapping[str, Any], world: Mapping[str, Any], rulebooks: Mapping[str, policy.Rulebook]) -> list[str]:
    try:
        result = policy.run_case(case, world, rulebooks)
    except policy.CaseError as error:
        return [str(error)]
    unknown = [f"{key} is not known here" for key in result.ignored]
    return [*(f"{one.what}: expected {one.expected}, got {one.got}" for one in result.differences), *unknown]


def _tell(case: Mapping[str, Any], differences: Sequence[str]) -> None:
    title = f"{case.get('id', '?')} {case.get('title', case.get('what', ''))}".strip()
    for difference in differences:
        click.echo(f"{title}: {difference}")


def read_document(file: Path, key: str) -> dict[str, Any]:
    """Read a YAML file that has to hold `key`."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        message = f"{file} is not YAML: {error}"
        raise click.ClickException(message) from error
    if not isinstance(document, dict) or key not in document:
        message = f"{file} holds no {key!r}"
        raise click.ClickException(message)
    return document
