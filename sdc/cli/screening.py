"""Import exclusion lists, have everybody looked up, and say what is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import func, select

from sdc.cli.failing import step
from sdc.cli.process import open_sessions
from sdc.clock import Clock
from sdc.config import Settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.marketplace.screening.importing import Progress as Told
from sdc.marketplace.screening.importing import Upload, import_list
from sdc.marketplace.screening.recording import LIST_LASTS
from sdc.marketplace.screening.running import go_on, start_run
from vendors import Vendor, VendorState
from vendors.screening import (
    ExclusionList,
    ListState,
    ListVersion,
    MatchState,
    RunState,
    ScreeningMatch,
    ScreeningRun,
    current_versions,
)


async def import_file(settings: Settings, upload: Upload) -> None:
    """Import a file of a list, with a progress bar."""
    async with open_sessions(settings.database_url) as sessions:
        clock = await _clock(sessions)
        with step(f"importing {upload.name}"), _bar("importing") as told:
            imported = await import_list(sessions, upload, id=new_id(), run_id=new_id(), by=None, at=clock.now(), progress=told)
    if not imported.is_new:
        click.echo(f"this file of {upload.name} is there already: {imported.rows:,} rows, nothing written")
        return
    click.echo(f"{upload.name} of {upload.list_date}: {imported.rows:,} rows; the worker looks everybody up now (or `sdc screening run`)")


async def run(settings: Settings) -> None:
    """Look everybody up here and now, with a progress bar."""
    keyring = KeyRing(settings.secret_keys)
    async with open_sessions(settings.database_url) as sessions:
        clock = await _clock(sessions)
        async with sessions.read() as session:
            if not await current_versions(session):
                raise click.ClickException("no exclusion list is there yet: `sdc screening import` brings one")
        async with sessions.begin() as session:
            begun = await start_run(session, id=new_id(), because="asked", by=None, at=clock.now())
        done = 0
        with step("looking everybody up"), _bar("looking up") as told:
            told(0, begun.vendors_total)
            while (run := await _read_run(sessions, begun.id)).state is RunState.RUNNING:
                done += await go_on(sessions, begun.id, keyring, at=clock.now())
                told(done, max(begun.vendors_total, done))
    if run.state is RunState.REPLACED:
        click.echo("another run began meanwhile and goes on in this one's place")
        return
    click.echo(
        f"{run.vendors_done:,} vendors, {run.subjects_done:,} with owners and managers; {run.matches_found:,} new questions for a person"
    )


async def show_status(settings: Settings) -> None:
    """Say which lists are in force and how old they are, who was not looked up, what waits for a person, and how the last run went."""
    async with open_sessions(settings.database_url) as sessions:
        today = (await _clock(sessions)).now().date()
        async with sessions.read() as session:
            versions = await current_versions(session)
            files = (await session.scalars(select(ExclusionList).where(ExclusionList.state == ListState.IMPORTING))).all()
            active = select(func.count()).select_from(Vendor).where(Vendor.state != VendorState.REJECTED)
            vendors, unscreened = await session.scalar(active), await session.scalar(active.where(Vendor.screened_on.is_(None)))
            is_open = ScreeningMatch.state == MatchState.OPEN
            waiting = await session.scalar(select(func.count()).select_from(ScreeningMatch).where(is_open))
            last = await session.scalar(select(ScreeningRun).order_by(ScreeningRun.id.desc()).limit(1))
    for name in ("leie", "sam", *sorted(set(versions) - {"leie", "sam"})):
        click.echo(_told(name, versions.get(name), today))
    for file in files:
        click.echo(f"{file.name} of {file.list_date}: begun and not finished; import the same file again")
    click.echo(f"{vendors:,} vendors, {unscreened:,} not screened; {waiting:,} matches wait for a person")
    if last is not None:
        click.echo(f"last run: {last.state}, {last.vendors_done:,} of {last.vendors_total:,} vendors")


def _told(name: str, version: ListVersion | None, today: date) -> str:
    if version is None:
        return f"{name}: not there"
    files = 1 + len(version.added_ids) + len(version.taken_off_ids)
    age = "" if today - version.list_date <= LIST_LASTS else f"; {(today - version.list_date).days} days old: looks at it do not count"
    return f"{name}: of {version.list_date}, {files} {'file' if files == 1 else 'files'}{age}"


async def _read_run(sessions: Sessions, run_id: UUID) -> ScreeningRun:
    async with sessions.read() as session:
        return await session.get_one(ScreeningRun, run_id)


async def _clock(sessions: Sessions) -> Clock:
    clock = Clock()
    await clock.refresh(sessions)
    return clock


@contextmanager
def _bar(doing: str) -> Iterator[Told]:
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
