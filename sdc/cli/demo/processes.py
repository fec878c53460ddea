"""The processes of the story: a server on loopback with fresh data, and the commands an operator would type."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from sdc.errors import SdcError

START_SECONDS = 30
CLOCK_START = "2026-10-15T12:00:00-04:00"


class StepFailedError(SdcError):
    """A process or a command of the story did not do its part."""


@dataclass(frozen=True, slots=True)
class House:
    """One running server with its data."""

    folder: Path
    environment: dict[str, str]
    url: str
    sandbox_url: str
    admin_token: str = field(repr=False)

    @property
    def database(self) -> Path:
        """The database file."""
        return self.folder / "sdc.db"


def run_sdc(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Type one command and wait for it."""
    command = [sys.executable, "-m", "sdc.cli", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own command


def must_sdc(environment: dict[str, str], *words: str) -> str:
    """Type one command that must succeed, and give back what it printed.

    Raises:
        StepFailedError: it did not; says what it printed.

    """
    done = run_sdc(environment, *words)
    if done.returncode:
        raise StepFailedError(f"`sdc {' '.join(words)}` failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout.strip()


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Start a server, its sandbox and its worker on free ports with fresh data; stop them at the end."""
    port, sandbox_port = _free_port(), _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SDC_")}
    environment |= {
        "SDC_DATABASE_URL": f"sqlite:///{folder / 'sdc.db'}",
        "SDC_PORT": str(port),
        "SDC_SANDBOX_PORT": str(sandbox_port),
        "SDC_SANDBOX_FILE": str(folder / "sandbox.db"),
        "SDC_CLOCK_START": CLOCK_START,
        "PYTHONUNBUFFERED": "1",
    }
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "sdc.cli", "serve"], env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            # Two may prepare one empty database at once: the server starts while the first administrator is made.
            admin_token = must_sdc(environment, "token", "issue", "--role", "admin").split()[-1]
            house = House(folder, environment, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}", admin_token)
            _wait_until_ready(house, server)
            yield house
        finally:
            _stop(server)


def _wait_until_ready(house: House, server: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        if server.poll() is not None:
            break
        try:
            if httpx.get(f"{house.url}/readyz", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    tail = (house.folder / "server.log").read_text(errors="replace")[-800:]
    raise StepFailedError(f"the server did not start: {tail}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and what it started (they share a process group): its data goes with its folder."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
