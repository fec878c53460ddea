"""Resources of bills' tests: the desk, on each database."""

import pytest

from tests.bills.desk import a_desk
from tests.rejudging import rejudge
from tests.scripted_rail import ScriptedRail
from tests.serving import serving


@pytest.fixture
async def desk(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        yield await a_desk(served)
        await rejudge(served.sessions, served.keyring)


@pytest.fixture
async def desk_on_each(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        yield await a_desk(served)
        await rejudge(served.sessions, served.keyring)
