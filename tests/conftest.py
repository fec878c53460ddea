"""Resources that every test may ask for: a fresh database of each kind, and the event loop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases


def pytest_configure(config: pytest.Config) -> None:
    """Start a run."""
    databases.begin_run(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End a run; nothing stays behind."""
    databases.end_run(config)


def pytest_report_header() -> str:
    """Say which PostgreSQL is used."""
    return databases.describe_postgresql()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the server does."""
    return "asyncio"


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
