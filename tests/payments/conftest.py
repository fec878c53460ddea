"""Resources of payments' tests: the stage."""

import pytest

from tests.payments.stage import a_stage


@pytest.fixture
async def stage(sqlite_url):
    stage = await a_stage(sqlite_url)
    yield stage
    await stage.sessions.close()
