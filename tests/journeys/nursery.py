"""A process that has read all the code already: real servers are forked from it, each in a second less than from nothing.

It takes one JSON line a command on its standard input and answers each with one line: `start` gives the process id of a
new `sdc serve`, `wait` how it ended. When its input ends, it ends what still runs.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests import outgoing

ROOT = Path(__file__).parents[2]
READ = ("sdc.cli", "sdc.cli.serving", "vendors.rails.stripe", "alembic.command", "aiosqlite", "asyncpg", "uvloop")
_PAUSE_SECONDS = 0.02


class Nursery:
    """The test's side of it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.nursery"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, environment: dict[str, str], log: Path) -> int:
        """Fork a server that lives in this environment and writes into this file."""
        return int(self._ask(command="start", environment=environment, log=str(log)))

    def wait(self, process: int, seconds: float) -> int | None:
        """Wait for the end of a server; gives its exit code as `subprocess` does, nothing when it still runs."""
        code: int | None = self._ask(command="wait", process=process, seconds=seconds)
        return code

    def close(self) -> None:
        """End it and all that runs."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)

    def _ask(self, **command: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def main() -> None:
    """Read the code, then fork servers until the input ends."""
    for name in (
        "sdc.cli",
        "sdc.cli.serving",
        "sdc.cli.running",
        "vendors.rails.stripe",
        "alembic.command",
        "aiosqlite",
        "asyncpg",
        "uvloop",
    ):
        importlib.import_module(name)
    outgoing.begin(outgoing.folder_of_run())
    running: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["command"] == "start":
            process = _fork(asked["environment"], asked["log"])
            running.add(process)
            answer: int | None = process
        else:
            answer = _wait(asked["process"], asked["seconds"])
            if answer is not None:
                running.discard(asked["process"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for process in running:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _fork(environment: dict[str, str], log: str) -> int:
    process = os.fork()
    if process:
        return process
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(environment)
    importlib.reload(importlib.import_module("sdc.outbox.kill_points"))  # it reads the environment when it is imported
    try:
        importlib.import_module("sdc.cli").main(["serve"])
    finally:
        os._exit(1)


def _wait(process: int, seconds: float) -> int | None:
    give_up_at = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > give_up_at:
            return None
        time.sleep(_PAUSE_SECONDS)


if __name__ == "__main__":
    main()
