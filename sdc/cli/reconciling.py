"""Reconcile from the command line: what the processor has, what the books say, and each thing that does not agree."""

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select

from sdc.audit.model import MovementState, RailMovement, ReconciliationRecord
from sdc.audit.reconciling import reconcile_with_rail
from sdc.cli.failing import step
from sdc.cli.process import open_work
from sdc.cli.sandboxing import sandbox_beside
from sdc.clock import machine_now
from sdc.config import Settings
from sdc.ids import new_id
from sdc.money import dollars
from sdc.outbox.work import Work


async def compare_with_processor(settings: Settings) -> bool:
    """Reconcile, print what was found, and say whether all agrees."""
    async with sandbox_beside(settings), open_work(settings) as work:
        with step("reconciling with the processor"):
            record = await _reconcile_with_progress(work)
    for line in report(record):
        click.echo(line)
    return not record.differences


async def _reconcile_with_progress(work: Work) -> ReconciliationRecord:
    columns = (TextColumn("{task.description:>18}"), BarColumn(), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        async with work.sessions.read() as session:
            query = select(func.count()).select_from(RailMovement).where(RailMovement.state != MovementState.MATCHED)
            unmatched = await session.scalar(query) or 0
        tasks = {name: progress.add_task(name, total=None) for name in ("movements read", "movements matched")}
        read = 0

        def tell(name: str, done: int) -> None:
            nonlocal read
            read = done if name == "movements read" else read
            progress.update(tasks[name], completed=done, total=None if name == "movements read" else unmatched + read)

        return await reconcile_with_rail(work, id=new_id(), at=work.clock.now(), machine_at=machine_now(), tell=tell)


def report(record: ReconciliationRecord) -> list[str]:
    """Write a reconciliation as lines: the sums first, then each difference with its cause."""
    lines = [
        f"opening                {dollars(record.opening_cents):>16}",
        f"net of {record.movements:,} movements".ljust(23) + f"{dollars(record.net_cents):>16}",
        f"at the processor       {dollars(record.available_cents + record.pending_cents):>16}, pending {dollars(record.pending_cents)}",
        f"in the books           {dollars(record.books_cents):>16}",
        f"not in them (yet)      {dollars(record.waiting_cents):>16}",
        f"in transit to vendors  {dollars(record.transit_cents):>16}, from the bank {dollars(record.topup_cents)}",
    ]
    if not record.differences:
        return [*lines, "no differences"]
    lines += ["", f"{'difference':<13} {'amount':>14}  {'since':<10}  what"]
    for one in record.differences:
        since = (one["since"] or "")[:10]
        where = f", program {one['program_id']}" if one["program_id"] else ""
        lines.append(f"{one['kind']:<13} {dollars(one['cents']):>14}  {since:<10}  {one['subject']} {one['cause']}{where}".rstrip())
    return [*lines, f"{len(record.differences):,} differences"]
