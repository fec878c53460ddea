"""Real servers: `sdc serve` on a free port, which a journey may let die at a named point and start again."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from sdc.clock import machine_now, move_clock
from sdc.database import Sessions
from sdc.outbox.kill_points import ENVIRONMENT_NAME
from tests.builders import NOON
from tests.journeys.nursery import Nursery
from tests.vendors.rails.running import PLAIN

_START_SECONDS = 60
_STOP_SECONDS = 15


@dataclass(slots=True)
class Server:
    """A server as a process of its own."""

    nursery: Nursery
    process: int
    url: str
    log: Path
    exit_code: int | None = None

    def wait_until_ready(self) -> None:
        """Wait until it takes requests."""
        give_up_at = time.monotonic() + _START_SECONDS
        while time.monotonic() < give_up_at and not self._has_ended(0):
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5, verify=PLAIN).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise ChildProcessError(self.log.read_text(errors="replace")[-2_000:])

    def died(self) -> bool:
        """Wait until it has died, as by kill -9."""
        return self._has_ended(_STOP_SECONDS) and self.exit_code == -signal.SIGKILL

    def stop(self) -> None:
        """End it if it still runs."""
        if not self._has_ended(0):
            os.kill(self.process, signal.SIGTERM)
            assert self._has_ended(_STOP_SECONDS)

    def _has_ended(self, seconds: float) -> bool:
        if self.exit_code is None:
            self.exit_code = self.nursery.wait(self.process, seconds)
        return self.exit_code is not None


def start(
    nursery: Nursery, database_url: str, folder: Path, *, sandbox: str, worker: str = "separate", kill_at: str | None = None
) -> Server:
    """Start a server on a database; whoever starts it stops it."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SDC_")}
    environment |= {
        "SDC_DATABASE_URL": database_url,
        "SDC_PORT": str(port),
        "SDC_STRIPE_API_BASE": sandbox,
        "SDC_SANDBOX_PORT": str(_free_port()),  # nobody's: the sandbox is the test's own, and outlives the server
        "SDC_WORKER": worker,
    }
    if kill_at is not None:
        environment[ENVIRONMENT_NAME] = kill_at
    log = folder / f"server-{uuid4().hex[:8]}.log"
    return Server(nursery, nursery.start(environment, log), f"http://127.0.0.1:{port}", log)


@contextmanager
def running(
    nursery: Nursery, database_url: str, folder: Path, *, sandbox: str, count: int = 1, worker: str = "separate"
) -> Iterator[list[Server]]:
    """Run some servers on one database for a while."""
    servers = [start(nursery, database_url, folder, sandbox=sandbox, worker=worker) for _ in range(count)]
    try:
        for server in servers:
            server.wait_until_ready()
        yield servers
    finally:
        for server in servers:
            server.stop()


async def set_clock(database_url: str) -> None:
    """Let every process on this database live in the middle of October, whatever day it is here."""
    sessions = Sessions(database_url)
    try:
        async with sessions.begin() as session:
            await move_clock(session, by=NOON - machine_now())
    finally:
        await sessions.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
