"""Resources that every test may ask for: a fresh database of each kind, and the event loop."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import compiled, databases, outgoing

LEAKS = pytest.StashKey[list[outgoing.Leak]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one worker more than there are processors: tests wait for servers, databases and processes a quarter of their time."""
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return processors + 1


def pytest_configure(config: pytest.Config) -> None:
    """Start a run."""
    compiled.share()
    databases.begin_run(config)
    outgoing.begin(outgoing.folder_of_run())


def pytest_unconfigure(config: pytest.Config) -> None:
    """End a run; nothing stays behind."""
    databases.end_run(config)


def pytest_report_header() -> str:
    """Say which PostgreSQL is used."""
    return databases.describe_postgresql()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run where a byte that left for a rail told of a member or a program."""
    if hasattr(session.config, "workerinput"):
        return
    session.config.stash[LEAKS] = found = outgoing.leaks(outgoing.folder_of_run())
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what left that should not have."""
    found = config.stash.get(LEAKS, [])
    if found:
        terminalreporter.section("left for a rail, and must not", red=True)
        for leak in found[:20]:
            terminalreporter.line(str(leak))
        terminalreporter.line(f"{len(found)} in all")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run asynchronous tests on asyncio and the loop that the server runs on."""
    return "asyncio", {"use_uvloop": sys.platform != "win32"}


@pytest.fixture(params=databases.KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a migrated database of each kind: the test runs on both."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=databases.KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give an empty database of each kind, for what brings its own tables."""
    with databases.fresh(request.param, tmp_path, migrated=False) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """Give a migrated SQLite database."""
    with databases.fresh("sqlite", tmp_path) as url:
        yield url


@pytest.fixture
def postgresql_url(tmp_path: Path) -> Iterator[str]:
    """Give a migrated PostgreSQL database."""
    with databases.fresh("postgresql", tmp_path) as url:
        yield url
