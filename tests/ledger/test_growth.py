"""What is done all the time costs the same however long the history is: SQLite counts its own steps."""

import pytest

import ledger
from tests.ledger.books import BOOK, CASH, NOON, TODAY, VENDOR, a_transfer, an_entry

ROWS = 200


async def post_some(database, count):
    for _ in range(count):
        await database.post(*[an_entry(a_transfer(CASH, VENDOR, 1)) for _ in range(ROWS)])


async def steps_of(database, verb, *args, **kwargs):
    """Count the steps of the machine that runs SQLite's statements, in hundreds."""
    steps = 0

    def count():
        nonlocal steps
        steps += 1

    async with database.begin() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.set_progress_handler(count, 100)
        await verb(connection, *args, **kwargs)
        await driver.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize(
    ("verb", "args", "kwargs"),
    [
        (ledger.find_unsealed, (), {}),
        (ledger.balance, (VENDOR.id,), {}),
        (ledger.trial_balance, (BOOK,), {}),
        (ledger.trial_balance, (BOOK, TODAY), {}),
        (ledger.seal, (BOOK,), {"at": NOON}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_long_history_costs_no_more_than_a_short_one(embedded, verb, args, kwargs):
    await post_some(embedded, 1)
    await embedded.seal()
    await post_some(embedded, 1)
    short = await steps_of(embedded, verb, *args, **kwargs)
    await post_some(embedded, 20)
    await embedded.seal()
    await post_some(embedded, 1)

    long = await steps_of(embedded, verb, *args, **kwargs)

    assert long < 2 * short + 10
