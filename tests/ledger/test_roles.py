"""On PostgreSQL the application's role posts, seals and reads through the library, and reaches no row and no function by any other way."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

import ledger
from ledger import FaultKind
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    CHART,
    ENCUMBERED,
    NOON,
    OTHER_PERSON,
    PERSON,
    TODAY,
    VENDOR,
    Database,
    a_database,
    a_deposit,
    a_purchase,
    a_transfer,
    an_account,
    an_entry,
)

TABLES = tuple(table.name for table in ledger.metadata.sorted_tables)
DENIED = "42501"


@dataclass(frozen=True)
class Roles:
    """The same books as three roles see them: their owner, the application, and somebody who was granted nothing."""

    owner: Database
    application: Database
    stranger: Database
    schema: str


@pytest.fixture(scope="module")
async def roles(ledger_postgresql_url):
    application, stranger = (f"{name}_{uuid4().hex[:12]}" for name in ("application", "stranger"))
    async with a_database(ledger_postgresql_url) as owner:
        async with owner.begin() as connection:
            schema = (await connection.exec_driver_sql("SELECT current_schema()")).scalar_one()
        await owner.run(*[f"CREATE ROLE {name} LOGIN PASSWORD 'secret'" for name in (application, stranger)])
        await owner.run(*[f"GRANT USAGE ON SCHEMA {schema} TO {name}" for name in (application, stranger)])
        await owner.run(*ledger.grant_statements(application))
        others = [Database(_engine_of(ledger_postgresql_url, name, schema)) for name in (application, stranger)]
        yield Roles(owner, others[0], others[1], schema)
        for other in others:
            await other.engine.dispose()
        await owner.run(*[statement.format(name) for name in (application, stranger) for statement in ("DROP OWNED BY {}", "DROP ROLE {}")])


def _engine_of(url, name, schema):
    as_role = make_url(url).set(username=name, password="secret")
    return create_async_engine(as_role, pool_size=3, connect_args={"server_settings": {"search_path": schema}})


async def refusal_of(database, *statements):
    """Run statements in a transaction that is undone, and give the state that the last one is refused with."""
    async with database.engine.connect() as connection:
        for statement in statements[:-1]:
            await connection.exec_driver_sql(statement)
        with pytest.raises(DBAPIError) as raised:
            await connection.exec_driver_sql(statements[-1])
        await connection.rollback()
    return getattr(raised.value.orig, "sqlstate", None)


async def test_the_application_does_all_its_work_through_the_library(roles, tmp_path):
    keys, spare = ledger.create_keys(tmp_path / "keys", at=NOON), an_account("spare")
    mine = roles.application
    await mine.open(*CHART, spare)
    bill = an_entry(a_transfer(CASH, VENDOR, 70))

    answers = await mine.post(a_deposit(1_000), a_purchase(300), bill, bill.reversal(uuid4(), effective_on=TODAY))
    assert [type(answer) for answer in answers] == [ledger.Posted] * 4
    assert isinstance((await mine.post(a_purchase(1)))[0], ledger.Posted)
    await mine.call(ledger.close_account, spare.id, by=PERSON, at=NOON)
    block = await mine.seal(keys=keys)
    await mine.call(ledger.close_period, BOOK, through=date(2026, 9, 30), by=PERSON, at=NOON)
    await mine.call(ledger.reopen_period, BOOK, closed_through=None, by=PERSON, seconded_by=OTHER_PERSON, at=NOON)

    assert block is not None
    assert await mine.call(ledger.find_unsealed, keys) == [BOOK]
    assert await mine.seal(keys=keys) is not None
    assert await mine.call(ledger.adopt) is False
    assert await mine.balances(AVAILABLE, ENCUMBERED, VENDOR) == [699, 301, 0]
    assert await mine.call(ledger.balance_at, AVAILABLE.id, 1) == 699
    assert len((await mine.call(ledger.entries, BOOK)).entries) == 5
    assert (await mine.call(ledger.make_receipt, bill.id))["head"]["hash"] == block.hash.hex()
    found = await mine.verify(trusted_keys=[keys.newest.public_key], published=[ledger.head_data(block)])
    assert (found.faults, found.blocks, found.transfers) == ((), 2, 5)


@pytest.mark.parametrize("table", TABLES)
async def test_the_application_reads_each_table_and_changes_none(roles, table):
    column = ledger.metadata.tables[table].columns[0].name
    await roles.application.run(f"SELECT * FROM {table}")

    for statement in (
        f"INSERT INTO {table} SELECT * FROM {table}",
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"SELECT * FROM {table} FOR UPDATE",
        f"LOCK TABLE {table} IN EXCLUSIVE MODE",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"ALTER TABLE {table} ADD COLUMN more int",
        f"CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
        f"CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
        f"DROP TABLE {table}",
    ):
        assert await refusal_of(roles.application, "SET ledger.writing = 'on'", statement) == DENIED, statement


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION {schema}.ledger_horizon() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'",
        "CREATE OR REPLACE FUNCTION {schema}.ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE FUNCTION {schema}.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'",
        "CREATE TABLE {schema}.mine (id int)",
        "ALTER FUNCTION ledger_stamp RESET ALL",
        "ALTER FUNCTION ledger_post SECURITY INVOKER",
        "DROP FUNCTION ledger_cluster CASCADE",
        "DROP SCHEMA {schema} CASCADE",
        "SELECT ledger_decide('{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}')",
    ],
)
async def test_the_application_changes_no_function_and_no_rule(roles, statement):
    assert await refusal_of(roles.application, statement.format(schema=roles.schema)) == DENIED


async def test_tables_and_functions_put_before_the_ledgers_own_change_nothing_in_the_real_books(roles):
    await roles.owner.open(*CHART)
    held = await roles.owner.balances(AVAILABLE)
    deposit = a_deposit(40)
    shadows = [f"CREATE TEMP TABLE {table} (LIKE {roles.schema}.{table})" for table in TABLES]
    functions = [
        "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$SELECT ''::bytea$$",
        "CREATE FUNCTION pg_temp.pg_current_xact_id() RETURNS xid8 LANGUAGE sql AS $$SELECT '1'::xid8$$",
        "CREATE FUNCTION pg_temp.ledger_stamp() RETURNS bigint LANGUAGE sql AS $$SELECT 0::bigint$$",
    ]
    path = f"SET LOCAL search_path = pg_temp, pg_catalog, {roles.schema}"
    async with roles.application.engine.connect() as connection:
        for statement in (*shadows, *functions, path, "SET LOCAL ledger.writing = 'off'"):
            await connection.exec_driver_sql(statement)
        answers = await ledger.post(connection, deposit, *[a_purchase(1) for _ in range(9)], at=NOON)
        assert [type(answer) for answer in answers] == [ledger.Posted] * 10
        await connection.commit()
        await connection.invalidate()  # what is left of it goes with it

    assert await roles.owner.balances(AVAILABLE) == [held[0] + 31]
    assert (await roles.owner.call(ledger.find_entry, BOOK, deposit.id)) is not None
    assert (await roles.owner.verify()).ok


async def test_without_grants_nothing_is_read_and_no_function_runs(roles):
    mine = "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace"
    async with roles.stranger.begin() as connection:
        allowed = set((await connection.exec_driver_sql(f"{mine} AND has_function_privilege(p.oid, 'EXECUTE')")).scalars())
    assert allowed == {"ledger_refuse()", "ledger_refuse_by_hand()", "ledger_cluster()"}

    for table in TABLES:
        assert await refusal_of(roles.stranger, f"SELECT * FROM {table}") == DENIED
    for call in ("ledger_stamp()", "ledger_horizon()", "ledger_adopt()", f"ledger_lock_book('{BOOK}')", f"ledger_try_sealing('{BOOK}')"):
        assert await refusal_of(roles.stranger, f"SELECT {call}") == DENIED
    for entries in ([a_deposit(1)], [a_deposit(1), a_deposit(2)]):
        with pytest.raises(DBAPIError, match="permission denied"):
            await roles.stranger.post(*entries)
    with pytest.raises(DBAPIError, match="permission denied"):
        await roles.stranger.open(an_account("mine"))


async def test_grants_are_given_twice_without_harm_and_quote_the_role(roles):
    name = f"With Space {uuid4().hex[:8]}"
    await roles.owner.run(f'CREATE ROLE "{name}"')
    await roles.owner.run(*ledger.grant_statements(name), *ledger.grant_statements(name), f'DROP OWNED BY "{name}"', f'DROP ROLE "{name}"')


# What seals and closes trusts who calls it, since hashes come from outside; the verifier does not.
FORGED = {
    "a leaf that is not the account's": (
        f"SELECT ledger_open_accounts('{{{UUID(int=77)}}}', '{{{BOOK}}}', '{{f}}', '{{asset}}', '{{forged}}', '{{abc}}', 0)",
        FaultKind.ACCOUNT_CHANGED,
    ),
    "a leaf that is not the closing's": (
        f"SELECT ledger_write_closing('{CASH.id}', '{BOOK}', '{PERSON}', 'abc', 0)",
        FaultKind.ACCOUNT_CHANGED,
    ),
    "a leaf that is not the period's": (
        f"SELECT ledger_write_period('{BOOK}', 99, 'close', '2020-01-01', '{PERSON}', NULL, 'abc', 'abc', 0)",
        FaultKind.PERIOD_CHANGED,
    ),
    "sums of a block that is not": (f"SELECT ledger_write_folds('{BOOK}', 99, 0, 9223372036854775807)", FaultKind.FOLD_WRONG),
    "a block that does not follow": (
        f"SELECT ledger_write_block('{BOOK}', 99, 0, 1, 0, 0, 0, '', '', '', '', NULL, NULL, NULL, NULL, '')",
        FaultKind.BLOCK_MISSING,
    ),
}


@pytest.mark.parametrize("what", FORGED)
async def test_what_the_application_could_forge_beside_the_library_is_named(roles, what):
    statement, kind = FORGED[what]
    await roles.owner.open(*CHART)
    await roles.owner.post(a_deposit(5))
    async with roles.application.engine.connect() as connection:
        await connection.exec_driver_sql(statement)
        found = await ledger.verify(connection)
        await connection.rollback()

    assert kind in {fault.kind for fault in found.faults}


async def test_no_block_is_written_above_what_is_committed(roles):
    forged = f"SELECT ledger_write_block('{BOOK}', 99, 0, 9223372036854775807, 0, 0, 0, '', '', '', '', NULL, NULL, NULL, NULL, '')"

    assert await refusal_of(roles.application, forged) == "22023"
