"""The database itself refuses what the ledger never does."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

import ledger
from tests.ledger.books import AVAILABLE, a_deposit


@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_entries", "ledger_transfers"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET book_id = book_id",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    ],
)
async def test_what_is_written_is_never_changed(database, table, statement):
    postgresql = database.engine.dialect.name == "postgresql"
    if statement.startswith("TRUNCATE" if not postgresql else "INSERT"):
        return
    await database.post(a_deposit(5))
    column = "tag" if table == "ledger_transfers" else "book_id"

    with pytest.raises(DBAPIError, match=f"{table} is never changed"):
        await database.run(statement.format(table=table).replace("book_id", column))

    assert (await database.verify()).ok


async def test_balance_rows_do_not_go(database):
    with pytest.raises(DBAPIError, match="ledger_balances is never changed"):
        await database.run("DELETE FROM ledger_balances")


async def test_no_balance_falls_below_zero_by_any_hand(database):
    with pytest.raises(DBAPIError, match="ledger_balances_never_negative"):
        await database.run("UPDATE ledger_balances SET balance_cents = -1")

    assert await database.balances(AVAILABLE) == [0]


async def test_migrations_find_no_difference_between_the_tables_and_their_description(database):
    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, ledger.metadata)

    async with database.begin() as connection:
        assert await connection.run_sync(differences) == []
