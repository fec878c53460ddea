"""The service as a process: the API on its address, and the worker beside it."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import click
import uvicorn

from sdc.app import create_app
from sdc.cli.demo.processes import CLOCK_START
from sdc.cli.failing import step
from sdc.cli.logs import configure_logs
from sdc.cli.preparing import be_ready
from sdc.cli.process import open_work
from sdc.cli.sandboxing import sandbox_beside
from sdc.cli.welcoming import welcome
from sdc.config import Settings
from sdc.errors import ConfigurationError
from sdc.outbox.work import Work

_BACKLOG = 2_048
_GRACEFUL_SECONDS = 10


def run(settings: Settings, *, demo_data: bool) -> None:
    """Serve until told to stop.

    Raises:
        ConfigurationError: the demo's data is asked for in production.

    """
    if demo_data and settings.is_production:
        raise ConfigurationError("--demo-data is refused in production")
    if demo_data and settings.clock_start is None:
        settings = replace(settings, clock_start=datetime.fromisoformat(CLOCK_START))
    configure_logs()
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(_serve(settings, demo_data=demo_data))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


async def _serve(settings: Settings, *, demo_data: bool) -> None:
    await be_ready(settings)
    with step(f"listening on {settings.host} port {settings.port}"):
        listener = _listen(settings)
    async with sandbox_beside(settings), open_work(settings) as work:
        server = _server(work)
        _let_the_server_stop_gracefully()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            if await server.comes_up(serving):
                await _greet(work, demo_data=demo_data)
        finally:
            server.should_exit = server.should_exit or sys.exception() is not None
            await serving


def _listen(settings: Settings) -> socket.socket:
    """Take the address before anything else is started, so that a taken one is known at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)


class _Server(uvicorn.Server):
    """uvicorn's server, which tells when it has come up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does."""
        await super().startup(sockets)
        self._is_up.set()

    async def comes_up(self, serving: asyncio.Task[None]) -> bool:
        """Wait until it takes requests; False when it stopped before."""
        up = asyncio.create_task(self._is_up.wait())
        await asyncio.wait({up, serving}, return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        return self.started and not serving.done()


def _server(work: Work) -> _Server:
    settings = work.settings
    app = create_app(settings, sessions=work.sessions, clock=work.clock, rail=work.rail, run_worker=settings.worker == "inline")
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    return _Server(config)


def _let_the_server_stop_gracefully() -> None:
    """Keep the signals that stop us from ending the process behind the server's back: it raises them again when it is done."""
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: None)


async def _greet(work: Work, *, demo_data: bool) -> None:
    address = f"http://{'127.0.0.1' if work.settings.host == '0.0.0.0' else work.settings.host}:{work.settings.port}"  # noqa: S104 - compared
    if demo_data:
        with step("loading the demo's data"):
            await welcome(work, address)
    docs = f"; the API is explained at {address}/docs" if work.settings.docs else ""
    click.echo(f"serving at {address}{docs}")
