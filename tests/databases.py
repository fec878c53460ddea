"""Fresh databases for tests: an SQLite file or a PostgreSQL database, copied from a template that was migrated once per run."""

import asyncio
import fcntl
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests import cluster

Result = TypeVar("Result")
KINDS = ("sqlite", "postgresql")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Marks a test that ends before it comes to what the databases do in ways of their own: who may, what a word or an event is."""

_ROOT = Path(__file__).parents[1]
RUN_FOLDER = "PYTEST_SDC_RUN_FOLDER"  # names the folder that the workers of one run share


def begin_run(config: pytest.Config) -> None:
    """Make the folder that the workers of this run share; nothing is started before a test asks for it."""
    if not hasattr(config, "workerinput"):
        memory = cluster.memory()
        if memory is not None:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)
        folder = Path(tempfile.mkdtemp(prefix="sdc-tests-", dir=memory))
        (folder / "process").write_text(str(os.getpid()))
        os.environ[RUN_FOLDER] = str(folder)


def end_run(config: pytest.Config) -> None:
    """Stop the server and remove what the run made, the templates on a server of somebody else's included."""
    folder = os.environ.get(RUN_FOLDER)
    if hasattr(config, "workerinput") or folder is None:
        return
    server = Path(folder) / "server.json"
    if server.exists():
        state = json.loads(server.read_text())
        if state["keeper"]:
            cluster.Cluster(Path(state["directory"]), state["keeper"]).stop()
        elif state["url"]:
            left = f"SELECT datname FROM pg_database WHERE datname LIKE '{_prefix(Path(folder))}%'"
            for name in _ask(state["url"], left):
                _ask(state["url"], f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(folder, ignore_errors=True)
    del os.environ[RUN_FOLDER]


@contextmanager
def fresh(kind: str, directory: Path, *, migrated: bool = True) -> Iterator[str]:
    """Give the URL of a database of `kind` that nobody else uses: migrated, or empty. It is gone afterwards."""
    if kind == "sqlite":
        path = directory / f"{uuid4().hex}.db"
        if migrated:
            shutil.copyfile(_sqlite_template(), path)
        yield _sqlite_url(path)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return
    server = _postgresql_server()
    template = _postgresql_template(server) if migrated else "template0"
    name = _AHEAD.pop(template, None) or _BESIDE.submit(_create, server, template)
    _AHEAD[template] = _BESIDE.submit(_create, server, template)
    try:
        yield _named(server, name.result())
    finally:
        _BESIDE.submit(_ask, server, f'DROP DATABASE "{name.result()}" WITH (FORCE)')


_BESIDE = ThreadPoolExecutor(max_workers=1)
"""Makes the copy for the next test, and drops those of the tests before, while a test runs."""
_AHEAD: dict[str, Future[str]] = {}


def _create(server: str, template: str) -> str:
    name = f"{_prefix(_run_folder())}{uuid4().hex[:12]}"
    _ask(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return name


@contextmanager
def copied(url: str, directory: Path) -> Iterator[str]:
    """Give the URL of a copy of a database that nobody uses now, by whom a test makes something once for many."""
    source = make_url(url)
    if source.get_backend_name() == "sqlite":
        path = directory / f"{uuid4().hex}.db"
        shutil.copyfile(str(source.database), path)
        yield _sqlite_url(path)
        return
    server, name = _postgresql_server(), f"{_prefix(_run_folder())}{uuid4().hex[:12]}"
    _ask(server, f'CREATE DATABASE "{name}" TEMPLATE "{source.database}"')
    try:
        yield _named(server, name)
    finally:
        _ask(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def describe_postgresql() -> str:
    """Say, at the head of a run, which PostgreSQL its tests use."""
    if os.environ.get("SDC_TEST_PG_URL"):
        return "postgresql: the server of SDC_TEST_PG_URL"
    binaries = cluster.find_binaries()
    if binaries is None:
        return "postgresql: NOT FOUND, half of the suite is skipped"
    return f"postgresql: a temporary server of {binaries.relative_to(_ROOT) if binaries.is_relative_to(_ROOT) else binaries}"


def _sqlite_template() -> Path:
    def make(path: Path) -> None:
        _migrate(_sqlite_url(path))
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    path = _run_folder() / "template.db"
    _once("sqlite-template", lambda: make(path))
    return path


def _postgresql_template(server: str) -> str:
    name = f"{_prefix(_run_folder())}template"

    def make() -> None:
        _ask(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
        _migrate(_named(server, name))

    _once("postgresql-template", make)
    return name


def _postgresql_server() -> str:
    """Find or start the server of this run; without one the test is skipped, or fails where SDC_REQUIRE_PG says so."""
    state = _run_folder() / "server.json"
    _once("postgresql-server", lambda: state.write_text(json.dumps(_start_server())))
    url = json.loads(state.read_text())["url"]
    if url:
        return str(url)
    reason = f"no PostgreSQL {cluster.OLDEST_VERSION} or later: set SDC_TEST_PG_URL, install one, or install the development wheels"
    if os.environ.get("SDC_REQUIRE_PG") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _start_server() -> dict[str, Any]:
    given = os.environ.get("SDC_TEST_PG_URL")
    if given:
        url = make_url(given).set(drivername="postgresql+asyncpg")
        return {"url": url.render_as_string(hide_password=False), "keeper": None, "directory": None}
    binaries = cluster.find_binaries()
    if binaries is None:
        return {"url": None, "keeper": None, "directory": None}
    started = cluster.start(binaries, watched=int((_run_folder() / "process").read_text()))
    return {"url": started.url, "keeper": started.keeper, "directory": str(started.directory)}


def _migrate(url: str) -> None:
    """Bring an empty database up to date as an operator does."""
    from sdc.migrations import upgrade  # noqa: PLC0415 - a library's tests need no application

    _run_apart(upgrade(url))


def _once(name: str, make: Callable[[], object]) -> None:
    """Do `make` in the first worker that comes; the others wait for it."""
    folder = _run_folder()
    done = folder / f"{name}.done"
    if done.exists():
        return
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make()
            done.touch()


def _ask(url: str, statement: str) -> list[Any]:
    """Run one statement on a connection of its own."""

    async def run() -> list[Any]:
        connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
        try:
            return [row[0] for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return _run_apart(run())


def _run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a thread of its own: a test's loop may be running in this one."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(asyncio.run, work).result()


def _run_folder() -> Path:
    return Path(os.environ[RUN_FOLDER])


def _prefix(folder: Path) -> str:
    """Name databases so that two runs on one server do not meet."""
    return f"{folder.name.lower().replace('-', '_')}_"


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
