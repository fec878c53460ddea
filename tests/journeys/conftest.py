"""Resources of journeys: the sandbox as a process of its own, a town that is built once, and a copy of it for each journey."""

import asyncio
import pickle
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from sdc.config import read_settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.jobs import drain
from sdc.outbox.work import Work
from sdc.programs.model import TopUp, TopUpState
from tests import databases
from tests.journeys.nursery import Nursery
from tests.journeys.town import Town, a_town
from tests.journeys.walking import Walk
from tests.serving import StandingClock, serving
from tests.vendors.rails.running import a_rail, fund, running

PLENTY_CENTS = 100_000_000


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """Give a processor with plenty of money, which all journeys of this process share."""
    with running(tmp_path_factory.mktemp("sandbox") / "sandbox.db") as base:
        yield base


@pytest.fixture
async def rail(sandbox):
    rail = a_rail(sandbox, read_seconds=10.0)
    await rail.open()
    yield rail
    await rail.aclose()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


class Towns:
    """Builds a town once for each kind of database, its vendors payees at the sandbox, and hands out copies."""

    def __init__(self, directory, sandbox: str) -> None:
        self.directory = directory
        self.sandbox = sandbox
        self.built: dict[str, tuple[str, Town]] = {}
        self.open: list[Any] = []

    @contextmanager
    def copy(self, kind: str, directory) -> Iterator[tuple[str, Town]]:
        """Give the address of a copy, and who lives there."""
        if kind not in self.built:
            context = databases.fresh(kind, self.directory)
            url = context.__enter__()
            self.open.append(context)
            with ThreadPoolExecutor(max_workers=1) as threads:
                town = threads.submit(asyncio.run, self._build(url)).result()
            if kind == "sqlite":
                with sqlite3.connect(url.partition(":///")[2]) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.close()
            self.built[kind] = (url, town)
        url, town = self.built[kind]
        with databases.copied(url, directory) as copied:
            yield copied, pickle.loads(pickle.dumps(town))  # noqa: S301 - our own, of a moment ago

    async def _build(self, url: str) -> Town:
        sessions, rail = Sessions(url), a_rail(self.sandbox, read_seconds=10.0)
        await rail.open()
        await fund(rail, PLENTY_CENTS)
        try:
            town = await a_town(sessions, rail=rail)
            settings = read_settings({"SDC_DATABASE_URL": url})
            work = Work(sessions=sessions, clock=StandingClock(), keyring=KeyRing(settings.secret_keys), settings=settings, rail=rail)
            await drain(work)
            async with sessions.read() as session:
                top_up = await session.get(TopUp, town.ids["top-up"])
            assert top_up is not None
            assert top_up.state is TopUpState.SETTLED
            return town
        finally:
            await rail.aclose()
            await sessions.close()

    def close(self) -> None:
        """Let the databases go."""
        for context in self.open:
            context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def towns(tmp_path_factory, sandbox):
    built = Towns(tmp_path_factory.mktemp("towns"), sandbox)
    yield built
    built.close()


@pytest.fixture(params=databases.KINDS)
def place(request, towns, tmp_path) -> Iterator[tuple[str, Town]]:
    """Give a copy of the town on each kind of database: its address, and who lives there."""
    with towns.copy(request.param, tmp_path) as copied:
        yield copied


@pytest.fixture
def sqlite_place(towns, tmp_path) -> Iterator[tuple[str, Town]]:
    with towns.copy("sqlite", tmp_path) as copied:
        yield copied


@pytest.fixture
def postgresql_place(towns, tmp_path) -> Iterator[tuple[str, Town]]:
    with towns.copy("postgresql", tmp_path) as copied:
        yield copied


@pytest.fixture
async def walk(place, rail):
    """Give the town at an application in this process; money has arrived at the processor."""
    url, town = place
    async with serving(url, rail=rail, raise_faults=True) as served:
        yield await Walk(served.http, town, served).begins()


@pytest.fixture
async def sqlite_walk(sqlite_place, rail):
    url, town = sqlite_place
    async with serving(url, rail=rail) as served:
        yield await Walk(served.http, town, served).begins()
