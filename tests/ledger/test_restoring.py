"""Seals skip nothing: not what is committed late, not what two seal at once, not what outlived a crash or came to another cluster."""

import asyncio
import os
import shutil
import signal
import subprocess
from uuid import uuid4

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

import ledger
from tests import cluster
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    CHART,
    NOON,
    VENDOR,
    a_database,
    a_deposit,
    a_purchase,
    a_transfer,
    an_entry,
    over,
    refusals,
)

BURNT_IDS = """DO $burn$ BEGIN
    FOR turn IN 1 .. 5000 LOOP
        PERFORM pg_current_xact_id();
        COMMIT;
    END LOOP;
END $burn$"""


async def test_a_late_commit_falls_into_a_later_block(postgresql):
    await postgresql.seal()
    async with postgresql.begin() as slow:
        await ledger.post(slow, a_deposit(1), at=NOON)
        await postgresql.post(an_open_entry(), an_open_entry())
        async with postgresql.begin() as connection:
            nothing = await ledger.seal(connection, BOOK, at=NOON)

    await postgresql.outlast_other_databases()
    block = await postgresql.seal()

    assert nothing is None
    assert block is not None
    assert (block.number, block.leaf_count) == (2, 3)
    assert (await postgresql.verify()).ok


async def test_what_was_committed_before_a_late_one_began_does_not_wait_for_it(postgresql):
    await postgresql.seal()
    await postgresql.post(a_deposit(1))
    await postgresql.outlast_other_databases()
    async with postgresql.begin() as slow:
        await ledger.post(slow, a_deposit(2), at=NOON)
        async with postgresql.begin() as connection:
            first = await ledger.seal(connection, BOOK, at=NOON)
    second = await postgresql.seal()

    assert [block.leaf_count for block in (first, second) if block] == [1, 1]
    assert (await postgresql.verify()).ok


async def test_of_two_who_seal_at_once_one_has_nothing_to_do(postgresql):
    await postgresql.post(a_deposit(1))
    await postgresql.outlast_other_databases()

    async with postgresql.begin() as one, postgresql.begin() as other:
        block = await ledger.seal(one, BOOK, at=NOON)
        nothing = await ledger.seal(other, BOOK, at=NOON)

    assert block is not None
    assert nothing is None


def an_open_entry():
    """Make an entry that waits for no account that another one holds."""
    return an_entry(a_transfer(CASH, VENDOR, 1))


@pytest.fixture
def elsewhere():
    """Start another cluster."""
    binaries = cluster.find_binaries()
    if binaries is None or not (binaries / "pg_dump").exists() or shutil.which("psql") is None:
        pytest.skip("this PostgreSQL comes without pg_dump and psql")
    server = cluster.start(binaries, watched=os.getpid())
    yield server
    server.stop()


def restore(source, target, schema):
    """Dump a schema here and restore it there, with PostgreSQL's own tools."""
    tools = cluster.find_binaries()
    assert tools is not None

    def place(url):
        url = make_url(url)
        return ["--host", url.query["host"], "--username", url.username, "--dbname", url.database]

    dumped = subprocess.run([tools / "pg_dump", *place(source), "--schema", schema], check=True, capture_output=True)
    command = ["psql", *place(target), "--quiet", "--set", "ON_ERROR_STOP=1"]
    subprocess.run(command, input=dumped.stdout, check=True, capture_output=True)


async def test_a_ledger_restored_into_another_cluster_goes_on_when_it_is_adopted(postgresql, elsewhere):
    async with postgresql.engine.connect() as connection:
        await (await connection.get_raw_connection()).driver_connection.execute(BURNT_IDS)
    await postgresql.post(a_deposit(100))
    sealed = await postgresql.seal()
    tail = a_purchase(30)
    await postgresql.post(tail)
    published = [ledger.head_data(sealed)]
    restore(postgresql.engine.url, elsewhere.url, postgresql.schema)

    async with over(elsewhere.url, postgresql.schema) as restored:
        with pytest.raises(DBAPIError, match="adopted first") as refused:
            await restored.post(a_purchase(1))
        with pytest.raises(ledger.RestoredElsewhereError):
            await restored.seal()
        adopted = [await restored.call(ledger.adopt), await restored.call(ledger.adopt)]
        answers = await restored.post(tail, a_purchase(1), a_purchase(70))
        await restored.open(ledger.Account(uuid4(), BOOK, "later", ledger.Side.CLAIM, guarded=True))
        block = await restored.seal()
        verification = await restored.verify(published=published)

        assert getattr(refused.value.orig, "sqlstate", None) == "LG002"
        assert adopted == [True, False]
        assert [type(answer) for answer in answers] == [ledger.Replayed, ledger.Posted, ledger.Refused]
        assert refusals(answers)[2] is ledger.InsufficientFundsError
        assert block is not None
        assert (block.number, block.leaf_count, block.event_count) == (2, 2, 1)
        assert verification.ok, verification.faults
        assert await restored.balances(AVAILABLE) == [69]
        assert len(await restored.call(ledger.find_accounts, [account.id for account in CHART])) == len(CHART)


async def test_a_ledger_at_home_is_not_adopted(database):
    assert await database.call(ledger.adopt) is False


@pytest.fixture
async def durable():
    """Start a cluster that keeps what it acknowledged, with a ledger of its own."""
    binaries = cluster.find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL")
    server = cluster.start(binaries, watched=os.getpid(), durable=True)
    try:
        async with a_database(server.url) as made:
            await made.open(*CHART)
            yield made
    finally:
        server.stop()


async def test_a_database_that_is_killed_keeps_what_it_acknowledged_and_is_sealed_on(durable):
    acknowledged, unknown = [], []
    under_way = asyncio.Event()
    seals = 0

    async def client(turn):
        nonlocal seals
        for number in range(1_000):
            entry = a_deposit(1)
            try:
                await durable.post(entry)
                if number % 10 == turn:
                    async with durable.begin() as connection:
                        seals += await ledger.seal(connection, BOOK, at=NOON) is not None
            except (DBAPIError, OSError):
                unknown.append(entry)
                return
            acknowledged.append(entry)
            if len(acknowledged) == 100:
                under_way.set()

    async def killer():
        await under_way.wait()
        async with durable.engine.connect() as connection:
            pid = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
            os.kill(pid, signal.SIGKILL)
            await connection.invalidate()

    await asyncio.gather(killer(), *[client(turn) for turn in range(4)])
    await durable.engine.dispose()
    for _ in range(200):
        try:
            again = [(await durable.post(entry))[0] for entry in (*acknowledged, *unknown)]
            break
        except (DBAPIError, OSError):
            await asyncio.sleep(0.05)  # it recovers

    assert [type(answer) for answer in again[: len(acknowledged)]] == [ledger.Replayed] * len(acknowledged)
    assert await durable.balances(AVAILABLE) == [len(acknowledged) + len(unknown)]
    await durable.seal()
    assert len(await durable.call(ledger.book_blocks, BOOK)) >= seals
    verification = await durable.verify()
    assert verification.ok, verification.faults
