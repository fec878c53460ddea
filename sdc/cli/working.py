"""The worker as a process of its own."""

import asyncio
import signal

import click

from sdc.cli.failing import step
from sdc.cli.logs import configure_logs
from sdc.cli.preparing import be_ready
from sdc.cli.process import open_work
from sdc.cli.sandboxing import sandbox_beside
from sdc.config import Settings
from sdc.jobs import drain, run_forever


def run(settings: Settings, *, drain: bool) -> None:
    """Run until told to stop, or with `drain` until nothing is due."""
    configure_logs()
    asyncio.run(_drain(settings) if drain else _work(settings))


async def _drain(settings: Settings) -> None:
    await be_ready(settings)
    async with sandbox_beside(settings), open_work(settings) as work:
        with step("doing what is due"):
            done = await drain(work)
    click.echo(f"nothing is due any more; {done} done")


async def _work(settings: Settings) -> None:
    await be_ready(settings)
    stop = asyncio.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    async with sandbox_beside(settings), open_work(settings) as work:
        click.echo("the worker runs")
        await run_forever(work, stop)
