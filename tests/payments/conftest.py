"""Resources of payments' tests: the stage, on each database."""

import pytest

from tests.payments.stage import a_stage


@pytest.fixture
async def stage(database_url):
    stage = await a_stage(database_url)
    yield stage
    await stage.sessions.close()
