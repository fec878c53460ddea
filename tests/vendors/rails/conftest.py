"""Resources of the rails' tests: one sandbox process, emptied for each test, and a rail to it that Stripe's document judges."""

import httpx
import pytest

from tests.vendors.rails.judging import judged
from tests.vendors.rails.running import KEY, PLAIN, a_rail, running


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory):
    with running(tmp_path_factory.mktemp("sandbox") / "sandbox.db") as base:
        yield base


@pytest.fixture
def sandbox(sandbox_process):
    httpx.post(f"{sandbox_process}/_sandbox/reset", verify=PLAIN).raise_for_status()
    return sandbox_process


@pytest.fixture
async def client(sandbox):
    """Give a plain client with a sandbox key, for what the rail never sends."""
    async with httpx.AsyncClient(base_url=sandbox, headers={"Authorization": f"Bearer {KEY}"}, timeout=5, verify=PLAIN) as opened:
        yield opened


@pytest.fixture
async def rail(sandbox):
    async with judged(a_rail(sandbox)) as opened:
        yield opened
