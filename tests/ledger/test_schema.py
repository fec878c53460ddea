"""The database itself refuses what the ledger never does."""

from datetime import date

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

import ledger
from tests.ledger.books import AVAILABLE, BOOK, NOON, PERSON, a_deposit, an_account

GROWING = {
    "ledger_accounts": "code",
    "ledger_closings": "closed_by",
    "ledger_transfers": "tag",
    "ledger_periods": "by_id",
    "ledger_blocks": "hash",
    "ledger_folds": "debit_cents",
}


@pytest.fixture
async def filled(database):
    """Give a book with a row in each table."""
    spare = an_account("spare")
    await database.open(spare)
    await database.post(a_deposit(5))
    async with database.begin() as connection:
        await ledger.close_account(connection, spare.id, by=PERSON, at=NOON)
        await ledger.close_period(connection, BOOK, through=date(2026, 9, 30), by=PERSON, at=NOON)
    await database.seal()
    return database


@pytest.mark.parametrize("table", GROWING)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table}"])
async def test_what_is_written_is_never_changed(filled, table, statement):
    if statement.startswith("TRUNCATE") and filled.engine.dialect.name == "sqlite":
        return

    with pytest.raises(DBAPIError, match=f"{table} is never changed"):
        await filled.run(statement.format(table=table, column=GROWING[table]))

    assert (await filled.verify()).ok


@pytest.mark.parametrize("table", GROWING)
async def test_a_row_is_not_replaced(filled, table):
    if filled.engine.dialect.name == "sqlite":
        with pytest.raises(DBAPIError, match=f"{table} is never changed"):
            await filled.run(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.parametrize("table", [*GROWING, "ledger_balances", "ledger_days", "ledger_clock"])
async def test_on_postgresql_nothing_is_written_by_hand(filled, table):
    if filled.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match=f"{table} is written by the functions of the ledger only"):
            await filled.run(f"INSERT INTO {table} SELECT * FROM {table}")


async def test_balance_rows_do_not_go(database):
    with pytest.raises(DBAPIError, match=r"ledger_balances is (never changed|written by the functions of the ledger only)"):
        await database.run("DELETE FROM ledger_balances")


async def test_no_balance_falls_below_zero_by_any_hand(database):
    by_hand = ["SET LOCAL ledger.writing = 'on'"] if database.engine.dialect.name == "postgresql" else []

    with pytest.raises(DBAPIError, match="ledger_balances_never_negative"):
        await database.run(*by_hand, "UPDATE ledger_balances SET balance_cents = -1")

    assert await database.balances(AVAILABLE) == [0]


async def test_migrations_find_no_difference_between_the_tables_and_their_description(database):
    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, ledger.metadata)

    async with database.begin() as connection:
        assert await connection.run_sync(differences) == []
