"""Commands that check: the books, the policy, the notices, the processor's balance."""

import asyncio
import sys
from datetime import date, datetime
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
@click.option("--rulebook", "rulebooks", type=_FILE, multiple=True, help="A rulebook to ask in place of the shipped one, or beside them.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON: every case with its decision and its facts.")
@click.argument("cases", type=_FILE, nargs=-1, required=True)
def test_policy(fixtures: Path | None, rulebooks: tuple[Path, ...], *, as_json: bool, cases: tuple[Path, ...]) -> None:
    """Decide each case of CASES by its program's rulebook, and compare with what it expects."""
    from sdc.cli.cases import test_cases

    outcome = test_cases(cases, fixtures=fixtures, rulebooks=rulebooks, as_json=as_json)
    if as_json:
        sys.exit(1 if outcome[1] else 0)
    _conclude(outcome)


@policy.command("schema")
@click.option("--rulebook", "rulebooks", type=_FILE, multiple=True, help="A rulebook of your own that others inherit from.")
def print_schema(rulebooks: tuple[Path, ...]) -> None:
    """Print the JSON Schema of a rulebook, by which an editor checks one as it is typed."""
    import json

    from policy import rulebook_schema
    from sdc.cli.rulebook_files import load_rulebooks

    click.echo(json.dumps(rulebook_schema(load_rulebooks(rulebooks)), ensure_ascii=False, indent=2))


@policy.command("check")
@click.option("--rulebook", "rulebooks", type=_FILE, multiple=True, help="A rulebook to check; else all that come with the service.")
@click.option("--cases", type=_FILE, multiple=True, help="Cases that show what its rules do; else those that come with the service.")
@click.option("--fixtures", type=_FILE, help="The world that the cases start from; else the file that each of them names.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def check_policy(rulebooks: tuple[Path, ...], *, cases: tuple[Path, ...], fixtures: Path | None, as_json: bool) -> None:
    """Find mistakes in a rulebook before it goes live; exit with 1 when one of them must be mended."""
    from sdc.cli.rulebook_checks import check_rulebooks

    sys.exit(0 if check_rulebooks(rulebooks, cases=cases, fixtures=fixtures, as_json=as_json) else 1)


@policy.command("diff")
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True, help="The language of the words.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON, in both languages.")
@click.argument("old")
@click.argument("new")
def diff_policy(old: str, new: str, *, language: str, as_json: bool) -> None:
    """Tell in words what changed from OLD to NEW: each a file, NAME (the shipped rulebook) or NAME@VERSION (in the database)."""
    from sdc.cli.comparing import compare_rulebooks

    compare_rulebooks(old, new, language="es" if language == "es" else "en", as_json=as_json)


@policy.command("replay")
@click.option("--draft", type=_FILE, required=True, help="The rulebook that might come: judge the past by it.")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="The first day that is judged again; days before it stand.")
@click.option("--to", "last_day", type=click.DateTime(["%Y-%m-%d"]), help="The last day that is judged again.")
@click.option("--facts", type=_FILE, help="A file of facts (docs/dry-run.md); else what the database holds.")
@click.option("--checkpoint", type=click.Path(dir_okay=False, path_type=Path), help="Where to note what is done; else beside the draft.")
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="How many processes judge.")
@click.option("--database-url", help="Another database than the one of SDC_DATABASE_URL.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def replay_policy(
    draft: Path,
    first_day: datetime | None,
    last_day: datetime | None,
    facts: Path | None,
    checkpoint: Path | None,
    processes: int,
    database_url: str | None,
    *,
    as_json: bool,
) -> None:
    """Judge every past request again under a draft, in order, and say what would have been decided otherwise."""
    from sdc.cli.process import settings_here
    from sdc.cli.replaying import replay_policy

    replay_policy(
        draft,
        facts=facts,
        days=(first_day.date() if first_day else date.min, last_day.date() if last_day else date.max),
        checkpoint=checkpoint,
        processes=processes,
        as_json=as_json,
        settings=settings_here,
        database_url=database_url,
    )


@policy.command("verify-decisions")
@click.option("--database-url", help="Another database than the one of SDC_DATABASE_URL.")
def verify_decisions(database_url: str | None) -> None:
    """Make every stored decision again from its own facts and rulebook, and name each that is not the same to the byte."""
    from sdc.cli.process import settings_here
    from sdc.cli.replaying import verify_decisions

    sys.exit(0 if asyncio.run(verify_decisions(settings_here(), database_url)) else 1)


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
    """Match every movement of the processor's balance with its posting, and say what does not agree; exit code 1 then."""
    from sdc.cli.process import settings_here
    from sdc.cli.reconciling import compare_with_processor

    sys.exit(0 if asyncio.run(compare_with_processor(settings_here())) else 1)


def _conclude(outcome: tuple[int, int]) -> None:
    """Close a run of cases: how many held and how many did not; the exit code says the same."""
    passed, failed = outcome
    click.echo(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


COMMANDS = (books, policy, notices, reconcile)
