"""Every setting, command and kind of problem is explained, and what the README tells a newcomer to type exists."""

import re
import subprocess
from collections.abc import Iterator

import click
import pytest

from sdc import cli, problems
from tests.architecture.tree import ROOT, python_files

OPERATIONS = ROOT / "docs" / "operations.md"
PROBLEMS = ROOT / "docs" / "problems.md"
A_SETTING = re.compile(r"\bSDC_[A-Z][A-Z_]*[A-Z]\b")


def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Go through a command and all below it, each with the words that a person types."""
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from walk(below, (*path, name))


def the_command() -> click.Group:
    return next(value for value in vars(cli).values() if isinstance(value, click.Group))


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_setting_is_documented():
    settings = {name for path in python_files("sdc", "vendors") for name in A_SETTING.findall(path.read_text(encoding="utf-8"))}

    assert settings > {"SDC_DATABASE_URL", "SDC_CLOCK_START"}
    assert settings - set(A_SETTING.findall(OPERATIONS.read_text(encoding="utf-8"))) == set()


def test_no_setting_is_documented_that_does_not_exist():
    everywhere = {name for path in python_files() for name in A_SETTING.findall(path.read_text(encoding="utf-8"))}

    assert set(A_SETTING.findall(OPERATIONS.read_text(encoding="utf-8"))) - everywhere == set()


def test_every_command_is_documented():
    text = OPERATIONS.read_text(encoding="utf-8")
    commands = [" ".join(path) for path, command in walk(the_command(), ("sdc",)) if not isinstance(command, click.Group)]

    assert [command for command in commands if command not in text] == []


def test_every_command_says_what_it_does():
    silent = [" ".join(path) for path, command in walk(the_command(), ("sdc",)) if not (command.help or command.short_help)]

    assert silent == []


@pytest.mark.parametrize("kind", problems.ALL_TYPES, ids=lambda kind: kind.name)
def test_every_kind_of_problem_is_documented(kind):
    heading = re.compile(rf"^#+ .*`?{re.escape(kind.name)}\b", re.MULTILINE)

    assert heading.search(PROBLEMS.read_text(encoding="utf-8")), f"docs/problems.md has no heading for {kind.name}"


@pytest.mark.parametrize("document", sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")]), ids=lambda path: path.name)
def test_every_make_command_of_the_documents_exists(document):
    told = set(re.findall(r"(?:^|`|\$ )make ([a-z][a-z-]*)", document.read_text(encoding="utf-8"), re.MULTILINE))

    assert told - make_targets() == set()


def test_every_link_between_the_documents_leads_somewhere():
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")]
    links = [(document, target) for document in documents for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))]
    broken = [f"{document.name}: {target}" for document, target in links if ":" not in target and not (document.parent / target).exists()]

    assert broken == []


def test_make_help_lists_the_commands_of_a_newcomer():
    listed = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {"setup", "demo", "serve", "test", "check", "bench", "soak", "help"} <= set(re.findall(r"make ([a-z-]+)", listed))
