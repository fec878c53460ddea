"""Run a draft over the past, from the database or from a file of facts, and make stored decisions again."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

import policy
from sdc.audit.rejudging import count_decisions, rejudge_decisions
from sdc.bills.replaying import bill_lines
from sdc.changes.replaying import change_lines
from sdc.cli.failing import step
from sdc.cli.process import open_sessions
from sdc.cli.replay_units import DryRunOf, Notes, Piece, judge_pieces, past_in, pieces_of
from sdc.config import Settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.money import dollars
from sdc.purchases.replaying import count_members, purchase_lines, read_pasts
from sdc.rulebooks.publishing import SHIPPED

MEMBERS_AT_ONCE = 50
SOURCES = (purchase_lines, bill_lines, change_lines)
HIDDEN = "hidden"
_TITLES = {
    "by_change": "what the answer was, and what it would be",
    "by_rule": "by the rules that make the difference",
    "by_category": "by category",
    "by_program": "by program",
    "by_stage": "by stage",
}


def replay_policy(
    draft: Path,
    *,
    facts: Path | None,
    days: tuple[date, date],
    checkpoint: Path | None,
    processes: int,
    as_json: bool,
    settings: Callable[[], Settings],
    database_url: str | None,
) -> None:
    """Judge the past again under a draft, and print what would have been decided otherwise.

    Raises:
        RulebookError: the draft can not be used.
        ClickException: a line of the file of facts can not be read, or another run is noted.

    """
    if days[0] > days[1]:
        message = "--from is after --to"
        raise click.UsageError(message)
    written, rulebook = _written(draft)
    run = DryRunOf(written, *days)
    file = checkpoint or draft.with_name(f"{draft.name}.replay")
    try:
        if facts is not None:
            tally = asyncio.run(_over_file(run, facts, file, processes=processes))
        else:
            tally = asyncio.run(_over_database(run, settings(), database_url, file, processes=processes))
    except KeyboardInterrupt as error:
        message = f"interrupted; what is done is noted in {file}: the same command goes on from there"
        raise click.ClickException(message) from error
    report = {"draft": {"name": rulebook.name, "version": rulebook.version, "hash": rulebook.hash}, **tally.report()}
    click.echo(json.dumps(report, indent=2, ensure_ascii=False) if as_json else "\n".join(_report_lines(report)))


def _written(draft: Path) -> tuple[policy.Written, policy.Rulebook]:
    """Read a draft with what it may inherit from, and refuse one that can not be used before anything is run."""
    text = draft.read_text(encoding="utf-8")
    bases = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.yaml"))}
    loaded = policy.load(text, bases=bases, source=str(draft))
    return policy.Written(text, bases, str(draft), loaded.version), loaded


async def _over_file(run: DryRunOf, facts: Path, file: Path, *, processes: int) -> policy.Tally:
    pieces = pieces_of(facts)
    with Notes(file, run.key(past_in(facts))) as notes, _progress() as progress:
        task = progress.add_task("judging again", total=sum(piece.weight for piece in pieces))
        return await judge_pieces(
            _each(pieces), run, notes, processes=processes, file=facts, advance=lambda weight: progress.advance(task, weight)
        )


async def _over_database(run: DryRunOf, settings: Settings, database_url: str | None, file: Path, *, processes: int) -> policy.Tally:
    rulebook = policy.rulebook_name(run.draft.text, source=run.draft.source)
    async with open_sessions(database_url or settings.database_url) as sessions:
        with step("reading the members"):
            async with sessions.read() as session:
                members = await count_members(session, rulebook)
        if members == 0:
            message = f"no program decides by rulebook {rulebook!r}: the draft has to be named after the one that it would follow"
            raise click.ClickException(message)
        with Notes(file, run.key("the database")) as notes, _progress() as progress:
            task = progress.add_task("judging again", total=members)
            pieces = _stored_pieces(sessions, rulebook, KeyRing(settings.secret_keys))
            return await judge_pieces(
                pieces, run, notes, processes=processes, file=None, advance=lambda weight: progress.advance(task, weight)
            )


async def _stored_pieces(sessions: Sessions, rulebook: str, keyring: KeyRing) -> AsyncIterator[Piece]:
    """Read the past of some members at a time."""
    after: UUID | None = None
    while True:
        with step("reading the past"):
            async with sessions.read() as session:
                last, lines = await read_pasts(session, rulebook, after=after, at_most=MEMBERS_AT_ONCE, sources=SOURCES, keyring=keyring)
        if last is None:
            return
        yield Piece(f"members after {after}", MEMBERS_AT_ONCE, lines=lines)
        after = last


async def _each(pieces: list[Piece]) -> AsyncIterator[Piece]:
    for piece in pieces:
        yield piece


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


# ---- telling --------------------------------------------------------------------------------------


def _report_lines(report: dict[str, Any]) -> list[str]:
    """Write a report for a terminal."""
    changed = report["changed"]
    judged, others, members = _number(report["decisions"]), _number(changed["decisions"]), _number(changed["members"])
    draft = f"{report['draft']['name']} {report['draft']['version']}"
    lines = [
        f"{judged} decisions judged again by {draft}: {others} would be others, of {members} members",
        f"no longer approved: {_dollars(changed['no_longer_cents'])}; newly approved: {_dollars(changed['newly_cents'])}",
        f"the same answer for other reasons: {_number(report['other_reasons']['decisions'])}",
        f"waiting for a yes that is taken to come as it did: {_number(report['granted']['decisions'])}",
    ]
    for name, title in _TITLES.items():
        if report[name]:
            lines += ["", title, *_table(report[name])]
    if report["examples"]:
        lines += ["", "examples"]
        lines += [
            f"  {one['category'] or one['stage']}, about {dollars(one['about_cents'])}: {one['was']} -> {one['now']}"
            f" ({', '.join(one['rules']) or 'no rule'})"
            for one in report["examples"]
        ]
    hidden = f"A number with fewer than {policy.FEWEST} members behind it is hidden, and so is what would betray it."
    return [*lines, "", hidden]


def _table(cells: dict[str, dict[str, int | None]]) -> list[str]:
    width = max(len(name) for name in cells)
    head = f"  {'':{width}}  {'decisions':>10}  {'members':>8}  {'no longer':>14}  {'newly':>14}"
    return [
        head,
        *(
            f"  {name:{width}}  {_number(cell['decisions']):>10}  {_number(cell['members']):>8}"
            f"  {_dollars(cell['no_longer_cents']):>14}  {_dollars(cell['newly_cents']):>14}"
            for name, cell in cells.items()
        ),
    ]


def _number(value: int | None) -> str:
    return HIDDEN if value is None else f"{value:,}"


def _dollars(cents: int | None) -> str:
    return HIDDEN if cents is None else dollars(cents)


# ---- decisions ------------------------------------------------------------------------------------


async def verify_decisions(settings: Settings, database_url: str | None) -> bool:
    """Make every stored decision again, name each that its facts and its rulebook do not give, and say whether there is none."""
    async with open_sessions(database_url or settings.database_url) as sessions:
        with step("making the decisions again"), _progress() as progress:
            async with sessions.read() as session:
                task = progress.add_task("making the decisions again", total=await count_decisions(session))
                found = await rejudge_decisions(
                    session, keyring=KeyRing(settings.secret_keys), progress=lambda done: progress.update(task, completed=done)
                )
    for doubt in found.doubts:
        click.echo(f"decision {doubt.decision_id}, {doubt.stage} of {doubt.subject_id}: {doubt.problem}")
    if found.unkept:
        click.echo(f"{found.unkept:,} decisions are older than version 0.3 and hold no words: they can not be made again")
    made = found.decisions - found.unkept
    click.echo(f"{made:,} decisions made again: {'each is the same' if found.ok else f'{len(found.doubts):,} are not what stands'}")
    return found.ok
