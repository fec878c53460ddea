"""Where somebody wrote what cannot be there at all, verification says so and does not stumble."""

import pytest
from sqlalchemy import text

import ledger
from ledger import FaultKind
from tests import databases
from tests.ledger.books import BOOK, NOON, PERSON, VENDOR, a_database, an_account
from tests.ledger.tampering import History, undone_afterwards, write_history

COLUMNS = [
    (table.name, column.name)
    for table in ledger.metadata.sorted_tables
    for column in table.columns
    if table.name != "ledger_clock" and column.name != "memo"
]
"""What is hashed or summed: the memo is not, and the clock only says where the next rows belong."""


@pytest.fixture(scope="module", params=databases.KINDS)
async def sealed(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unreadable")
    keys = ledger.create_keys(folder / "keys", at=NOON)
    with databases.fresh(request.param, folder, migrated=False) as url:
        async with a_database(url) as database:
            await database.open(an_account("spare"))
            await database.call(ledger.close_account, an_account("spare").id, by=PERSON, at=NOON)
            yield database, keys, await write_history(database, keys)


@pytest.fixture
async def history(sealed):
    database, keys, heads = sealed
    async with undone_afterwards(database) as connection:
        yield History(connection, keys, heads)


@pytest.mark.parametrize("sealed", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("table", "column"), COLUMNS)
async def test_a_value_of_another_type_is_found_in_every_column_of_sqlite(history, table, column):
    await history.run()

    for value in ("'x'", "9e999", "x'00'"):
        await history.connection.exec_driver_sql("SAVEPOINT before")
        one = f"rowid = (SELECT max(rowid) FROM {table})"
        await history.connection.exec_driver_sql(f"UPDATE {table} SET {column} = {value} WHERE {one}")
        found = await history.verify()
        await history.connection.exec_driver_sql("ROLLBACK TO before")
        assert not found.ok, value

    assert (await history.verify()).ok


@pytest.mark.parametrize("change", ["code = ''", "side = 'none'"])
async def test_an_account_that_is_none_is_named_and_so_are_the_sums_it_was_in(history, change):
    if history.connection.dialect.name == "postgresql":
        await history.connection.execute(text("ALTER TABLE ledger_accounts DROP CONSTRAINT ledger_accounts_side"))
    await history.run(f"UPDATE ledger_accounts SET {change} WHERE id = {{vendor}}", vendor=VENDOR.id)

    found = await history.verify()
    assert {(fault.kind, fault.account_id) for fault in found.faults} >= {(FaultKind.ACCOUNT_CHANGED, VENDOR.id)}
    assert (FaultKind.BLOCK_TRIAL_WRONG, BOOK, 1) in {(fault.kind, fault.book_id, fault.block_number) for fault in found.faults}


@pytest.mark.parametrize("sealed", ["sqlite"], indirect=True)
async def test_an_unreadable_block_is_named(history):
    await history.run("UPDATE ledger_blocks SET root = 'x' WHERE book_id = {book} AND number = 2", book=BOOK)

    faults = (await history.verify()).faults
    assert [(fault.kind, fault.book_id, fault.block_number) for fault in faults] == [(FaultKind.BLOCK_CHANGED, BOOK, 2)]
