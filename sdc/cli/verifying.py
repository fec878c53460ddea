"""Verify a database's books from the command line."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.audit.agreeing import Disagreement
from sdc.audit.publishing import read_heads
from sdc.audit.sealing import read_signing_keys
from sdc.audit.verifying import Proof, prove
from sdc.cli.failing import step
from sdc.cli.process import open_sessions
from sdc.config import Settings
from sdc.programs.model import Program


async def verify(settings: Settings, database_url: str | None, *, trusted: Sequence[bytes], heads: Path | None) -> bool:
    """Verify all books of a database, print each fault by its row, and say whether there is none.

    Without another word the keys of the settings are trusted, and, of the database of the settings, the heads they name too.
    """
    with step("reading the keys and heads"):
        keys = list(trusted) or _own_keys(settings)
        own_heads = Path(settings.ledger_heads_file) if settings.ledger_heads_file and database_url is None else None
        file = heads or (own_heads if own_heads is not None and own_heads.exists() else None)
        published = _read_heads(file) if file is not None else []
    async with open_sessions(database_url or settings.database_url) as sessions:
        with step("verifying the ledger"):
            async with sessions.read() as session:
                proof = await _prove_with_progress(session, keys, published)
    for fault in proof.faults:
        click.echo(_fault_line(fault))
    for one in proof.disagreements:
        click.echo(_disagreement_line(one))
    checked = f"{proof.transfers:,} transfers, {proof.accounts:,} accounts and {proof.blocks:,} blocks verified"
    click.echo(f"{checked}: nothing was changed" if proof.ok else f"{checked}: {proof.fault_count:,} faults")
    return proof.ok


def _own_keys(settings: Settings) -> list[bytes]:
    keys = read_signing_keys(settings.ledger_key_file)
    return [] if keys is None else [key.public_key for key in keys.keys]


def _read_heads(file: Path) -> list[dict[str, object]]:
    try:
        return read_heads(file)
    except ValueError as error:
        raise click.ClickException(f"{file} holds a line that is no head") from error


async def _prove_with_progress(session: AsyncSession, keys: Sequence[bytes], published: Sequence[dict[str, object]]) -> Proof:
    programs = (await session.scalars(select(Program.id).order_by(Program.id))).all()
    transfers = await session.scalar(select(func.count()).select_from(ledger.metadata.tables["ledger_transfers"]))
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("verifying", total=transfers)
        return await prove(
            session,
            programs,
            is_whole=True,
            progress=lambda done: progress.update(task, completed=done),
            trusted_keys=keys,
            published=published,
        )


def _fault_line(fault: ledger.Fault) -> str:
    where = [
        f"block {fault.block_number}" if fault.block_number is not None else "",
        f"entry {fault.entry_id}" if fault.entry_id else "",
        f"transfer {fault.number}" if fault.number is not None else "",
        f"account {fault.account_id}" if fault.account_id else "",
        f"book {fault.book_id}" if fault.book_id else "",
    ]
    return f"{fault.kind}: {', '.join(part for part in where if part)}{f': {fault.detail}' if fault.detail else ''}"


def _disagreement_line(one: Disagreement) -> str:
    return f"{one.kind}: {one.subject}, program {one.program_id}: {one.detail}"
