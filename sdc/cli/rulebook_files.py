"""Rulebooks, cases and fixtures as files: the shipped ones, and those that a person names."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import policy
from sdc.rulebooks.publishing import SHIPPED

SHIPPED_CASES = SHIPPED.parent / "cases"
FIXTURES = "fixtures.yaml"


def load_rulebooks(files: Sequence[Path] = ()) -> dict[str, policy.Rulebook]:
    """Load the shipped rulebooks by their names, and in their place or beside them those of the files.

    A file may inherit from a shipped one or from another of the files. One that takes the place of a shipped rulebook is also what the
    others then inherit from.

    Raises:
        RulebookError: one of them can not be used; all its mistakes are named.

    """
    texts = {path.stem: (f"{path.stem}.yaml", path.read_bytes()) for path in sorted(SHIPPED.glob("*.yaml"))}
    problems: list[policy.Problem] = []
    for file in files:
        try:
            text = file.read_bytes()
            texts[policy.rulebook_name(text, source=str(file))] = (str(file), text)
        except policy.RulebookError as error:
            problems += error.problems
    bases = {name: text for name, (_, text) in texts.items()}
    loaded: dict[str, policy.Rulebook] = {}
    for name, (source, text) in texts.items():
        try:
            loaded[name] = policy.load(text, bases=bases, source=source)
        except policy.RulebookError as error:
            problems += error.problems
    if problems:
        raise policy.RulebookError.of(list(dict.fromkeys(problems)))
    return loaded


def read_document(file: Path, key: str) -> policy.Document:
    """Read a YAML file that has to hold `key`.

    Raises:
        RulebookError: it is not the plain YAML that is read here.
        ClickException: it does not hold the key.

    """
    document = policy.read_cases(file.read_bytes(), source=str(file))
    if not isinstance(document.data, dict) or key not in document.data:
        message = f"{file} holds no {key!r}"
        raise click.ClickException(message)
    return document


def cases_of(document: policy.Document) -> Iterator[tuple[int | None, Mapping[str, Any]]]:
    """Go through the cases of a document, each with its line."""
    cases = document.data["cases"]
    if not isinstance(cases, list):
        message = f"{document.source}: 'cases' is no list"
        raise click.ClickException(message)
    for index, case in enumerate(cases):
        yield document.line(("cases", index)), case


def fixtures_of(document: policy.Document, named: Path | None) -> Mapping[str, Any]:
    """Read the world that the cases of a document start from: the file that is named, else the one that it names itself."""
    beside = Path(document.source).parent / str(document.data.get("fixtures", FIXTURES))
    data: Mapping[str, Any] = read_document(named or beside, "members").data
    return data


def shipped_case_files() -> list[Path]:
    """Name the files of cases that come with the service."""
    return [path for path in sorted(SHIPPED_CASES.glob("*.yaml")) if path.name != FIXTURES]
