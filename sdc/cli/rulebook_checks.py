"""Check rulebooks before they go live, and print everything that was found."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import policy
from sdc.cli.rulebook_files import cases_of, fixtures_of, load_rulebooks, read_document, shipped_case_files


def check_rulebooks(rulebooks: Sequence[Path], *, cases: Sequence[Path], fixtures: Path | None, as_json: bool) -> bool:
    """Check the rulebooks of the files, or the shipped ones where none is named, with their cases; tell whether they may go live.

    Raises:
        ClickException: a file of cases is none.

    """
    problems = _problems(rulebooks, cases, fixtures)
    errors = sum(one.severity == "error" for one in problems)
    warnings = len(problems) - errors
    if as_json:
        told = {"errors": errors, "warnings": warnings, "problems": [one.to_data() for one in problems]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return errors == 0
    for one in problems:
        click.echo(f"{one.severity}: {one}")
    click.echo(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}")
    return errors == 0


def _problems(rulebooks: Sequence[Path], cases: Sequence[Path], fixtures: Path | None) -> list[policy.Problem]:
    try:
        loaded = load_rulebooks(rulebooks)
        worlds = [_world(file, fixtures) for file in cases or shipped_case_files()]
    except policy.RulebookError as error:
        return list(error.problems)
    named = {policy.rulebook_name(file.read_bytes(), source=str(file)) for file in rulebooks} or set(loaded)
    found: list[policy.Problem] = []
    for name in sorted(named):
        found += policy.check(loaded[name], more=worlds)
    return list(dict.fromkeys(found))  # what several inherit is told once


def _world(file: Path, fixtures: Path | None) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    """Read a file of cases, and the fixtures that they start from."""
    document = read_document(file, "cases")
    return [case for _, case in cases_of(document)], fixtures_of(document, fixtures)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
