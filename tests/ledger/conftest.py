"""A ledger of each kind with a small chart of accounts; on PostgreSQL each test has a schema of one shared database."""

import pytest

from tests import databases
from tests.ledger.books import CHART, a_database


@pytest.fixture(scope="session")
def ledger_postgresql_url(tmp_path_factory):
    with databases.fresh("postgresql", tmp_path_factory.mktemp("ledger"), migrated=False) as url:
        yield url


@pytest.fixture
def ledger_sqlite_url(tmp_path):
    with databases.fresh("sqlite", tmp_path, migrated=False) as url:
        yield url


@pytest.fixture(params=databases.KINDS)
async def database(request):
    async with a_database(request.getfixturevalue(f"ledger_{request.param}_url")) as made:
        await made.open(*CHART)
        yield made


@pytest.fixture
async def postgresql(ledger_postgresql_url):
    async with a_database(ledger_postgresql_url) as made:
        await made.open(*CHART)
        yield made


@pytest.fixture
async def embedded(ledger_sqlite_url):
    async with a_database(ledger_sqlite_url) as made:
        await made.open(*CHART)
        yield made
