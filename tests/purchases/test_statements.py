"""What a purchase request costs: SQL statements counted at the driver, authentication and idempotency included."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import pytest
from sqlalchemy import event

from sdc.database import Sessions
from tests.purchases.world import a_world

MOST = 10
"""The house allows 12; this is its aim."""


@contextmanager
def counted(sessions: Sessions) -> Iterator[list[str]]:
    """Collect every statement that reaches the driver, of readers and writers; BEGIN and COMMIT are no statements there."""
    statements: list[str] = []

    def before(*heard):
        statements.append(heard[2])

    engines = {sessions.engine.sync_engine, sessions._reader.sync_engine}
    bases = {getattr(engine, "_proxied", engine) for engine in engines}
    for engine in bases:
        event.listen(engine, "before_cursor_execute", before)
    try:
        yield statements
    finally:
        for engine in bases:
            event.remove(engine, "before_cursor_execute", before)


@pytest.mark.parametrize(
    ("changes", "state", "most"),
    [
        pytest.param({}, "approved", MOST, id="approved"),
        pytest.param({"unit_price_cents": 9_000}, "pending", MOST - 2, id="pending"),
        pytest.param({"unit_price_cents": 900_000}, "denied", MOST - 1, id="denied"),
    ],
)
async def test_a_request_costs_at_most_ten_statements(postgresql_url, changes, state, most):
    async with a_world(postgresql_url) as world:
        await world.approved(unit_price_cents=100)  # what a process reads once, it has read

        with counted(world.serving.sessions) as statements:
            response = await world.ask(world.bus, **changes)

        assert response.status_code == HTTPStatus.CREATED
        assert response.json()["state"] == state
        assert len(statements) <= most, "\n\n".join(statements)
        assert len(statements) > most - 2  # the listener hears them


async def test_a_preview_costs_less_than_a_request(postgresql_url):
    async with a_world(postgresql_url) as world:
        await world.approved(unit_price_cents=100)

        with counted(world.serving.sessions) as statements:
            response = await world.serving.post("/v1/purchases/preview", world.body(world.bus), world.member)

        assert response.json()["decision"]["outcome"] == "approve"
        assert len(statements) == 3, "\n\n".join(statements)  # who asks, what stands, the picture
