"""Write the books in the form of other accounting programs, piece by piece, with a progress bar."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import func, select

import ledger
from sdc.cli.failing import step
from sdc.cli.process import open_sessions
from sdc.programs.model import Program


async def export(database_url: str, program_ids: Sequence[UUID], output: Path | None) -> None:
    """Write the journal of these programs, or of all, to a file or the terminal.

    Raises:
        ClickException: there is no such program.

    """
    async with open_sessions(database_url) as sessions, sessions.read() as session:
        with step("reading the books"):
            known = list(await session.scalars(select(Program.id).order_by(Program.id)))
            unknown = [str(program_id) for program_id in program_ids if program_id not in known]
            if unknown:
                raise click.ClickException(f"there is no program {', '.join(unknown)}")
            transfers = ledger.metadata.tables["ledger_transfers"]
            total = await session.scalar(select(func.count()).select_from(transfers).where(transfers.c.book_id.in_(program_ids or known)))
            columns = (TextColumn("exporting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            target = nullcontext(sys.stdout) if output is None else output.open("w", encoding="utf-8")
            with target as file, Progress(*columns, console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("exporting", total=total)
                pieces = ledger.journal(session, list(program_ids) or known, progress=lambda done: bar.update(task, completed=done))
                async for piece in pieces:
                    file.write(piece)
