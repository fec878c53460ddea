"""Commands that check: the books, the policy, the notices, the processor's balance."""

import asyncio
import sys
from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group
def books() -> None:
    """Check how the program keeps its books."""


@books.command("test")
@click.argument("flows", type=_FILE)
def test_books(flows: Path) -> None:
    """Run each flow of FLOWS through the program itself, on an empty database, and compare the balances."""
    from sdc.cli.flows import test_flows

    _conclude(asyncio.run(test_flows(flows)))


@click.group
def policy() -> None:
    """Check what the rulebooks decide."""


@policy.command("test")
@click.option("--fixtures", type=_FILE, help="The world that the cases start from; else the file that each of them names.")
@click.argument("cases", type=_FILE, nargs=-1, required=True)
def test_policy(fixtures: Path | None, cases: tuple[Path, ...]) -> None:
    """Decide each case of CASES by its program's rulebook, and compare with what it expects."""
    from sdc.cli.cases import test_cases

    _conclude(test_cases(cases, fixtures=fixtures))


@click.group
def notices() -> None:
    """Check the dates of notices."""


@notices.command("test")
@click.argument("cases", type=_FILE)
def test_notices(cases: Path) -> None:
    """Reckon the dates of each case of CASES, and compare with what it expects."""
    from sdc.cli.cases import test_notice_dates

    _conclude(test_notice_dates(cases))


@click.command
def reconcile() -> None:
    """Compare the processor's balance with the books, and say what does not agree."""
    from sdc.cli.process import settings_here
    from sdc.cli.verifying import compare_with_processor

    sys.exit(0 if asyncio.run(compare_with_processor(settings_here())) else 1)


def _conclude(outcome: tuple[int, int]) -> None:
    """Close a run of cases: how many held and how many did not; the exit code says the same."""
    passed, failed = outcome
    click.echo(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


COMMANDS = (books, policy, notices, reconcile)
