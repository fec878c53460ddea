"""What a move and a saving cost: SQL statements counted at the driver, authentication and idempotency included, as of a purchase."""

import pytest

from tests.changes.test_moves import FREE, move
from tests.changes.test_savings import save
from tests.purchases.test_statements import MOST, counted
from tests.purchases.world import a_world


@pytest.mark.parametrize(
    ("act", "changes", "most"),
    [
        pytest.param(move, {"amount_cents": 1}, MOST, id="a free move"),
        pytest.param(move, {"amount_cents": FREE + 1}, MOST, id="a move that waits"),
        pytest.param(move, {"preview": True}, 5, id="a preview of a move"),
        pytest.param(save, {"amount_cents": 1}, MOST, id="a saving"),
        pytest.param(save, {"preview": True}, 4, id="a preview of a saving"),
    ],
)
async def test_a_change_costs_no_more_statements_than_a_purchase(postgresql_url, act, changes, most):
    async with a_world(postgresql_url) as world:
        await save(world, amount_cents=1)  # what a process reads once, it has read

        with counted(world.serving.sessions) as statements:
            response = await act(world, **changes)

        assert response.is_success
        assert len(statements) <= most, "\n\n".join(statements)
        assert len(statements) > most - 2  # the listener hears them
