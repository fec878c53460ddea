"""What goes wrong outside loses nothing that was answered, and doubles nothing: crashes, lost answers, full disks, races, clocks."""

import asyncio
import os
import shutil
import signal
import sys
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

import ledger
from ledger.period import hash_of_trial
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    ENCUMBERED,
    FUNDING,
    NOON,
    PERSON,
    TODAY,
    VENDOR,
    a_deposit,
    a_purchase,
    a_transfer,
    an_entry,
    refusals,
)

CLIENT = """
import asyncio, sys
from uuid import UUID
import ledger
from tests.ledger.books import NOON, a_deposit, over

async def run(url, schema):
    async with over(url, schema) as database:
        for number in range(1, 100_000):
            print("trying", number, flush=True)
            await database.post(a_deposit(1, entry_id=UUID(int=number)))
            print("posted", number, flush=True)

asyncio.run(run(*sys.argv[1:]))
"""


async def test_a_client_that_is_killed_while_posting_loses_and_doubles_nothing(database):
    place = (database.engine.url.render_as_string(hide_password=False), database.schema)
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", CLIENT, *place, stdout=asyncio.subprocess.PIPE)
    assert client.stdout is not None
    told = [await asyncio.wait_for(client.stdout.readline(), 30) for _ in range(61)]
    client.send_signal(signal.SIGKILL)
    told += [line async for line in client.stdout]
    await client.wait()

    posted = {int(line.split()[1]) for line in told if line.startswith(b"posted") and line.endswith(b"\n")}
    last = max(int(line.split()[1]) for line in told if line.endswith(b"\n"))
    unknown = [number for number in range(1, last + 1) if number not in posted]
    assert len(posted) >= 30
    assert len(unknown) <= 1
    again = await database.post(*[a_deposit(1, entry_id=UUID(int=number)) for number in range(1, last + 1)])
    kinds = [type(answer) for answer in again]
    assert kinds[: len(posted)] == [ledger.Replayed] * len(posted)
    assert await database.balances(AVAILABLE) == [last]
    assert (await database.verify()).ok


@asynccontextmanager
async def deaf(socket_path):
    """Stand between a client and PostgreSQL, and hang up on the client when a COMMIT was passed on and done."""
    folder = f"/tmp/{uuid4().hex[:12]}"  # noqa: S108 - a socket's path is short
    os.mkdir(folder)  # noqa: PTH102 - the same
    path = f"{folder}/.s.PGSQL.5432"

    async def serve(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_unix_connection(socket_path)
        committed = asyncio.Event()

        async def up():
            while chunk := await reader.read(65_536):
                upstream_writer.write(chunk)
                if b"COMMIT;" in chunk:
                    committed.set()

        async def down():
            while chunk := await upstream_reader.read(65_536):
                if committed.is_set():
                    writer.transport.abort()
                    return
                writer.write(chunk)

        with suppress(ConnectionError, asyncio.CancelledError):
            await asyncio.gather(up(), down())
        upstream_writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield folder
    finally:
        server.close()
        shutil.rmtree(folder)


async def test_an_answer_that_is_lost_after_the_commit_was_sent_is_found_by_the_same_id(postgresql):
    entry = a_deposit(5)
    url = postgresql.engine.url
    async with deaf(f"{url.query['host']}/.s.PGSQL.5432") as folder:
        settings = {"search_path": postgresql.schema}
        driver = await asyncpg.connect(host=folder, port=5432, user=url.username, database=url.database, server_settings=settings)
        transaction = driver.transaction()
        await transaction.start()
        await ledger.post(driver, entry, at=NOON)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
            await transaction.commit()
        driver.terminate()

    (again,) = await postgresql.post(entry)

    assert isinstance(again, ledger.Replayed)
    assert await postgresql.balances(AVAILABLE) == [5]


async def test_a_full_disk_refuses_and_keeps_what_there_is(embedded):
    database = embedded
    await database.post(a_deposit(5))

    async with database.begin() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DBAPIError, match="full"):
            await ledger.post(connection, *[a_deposit(1) for _ in range(2_000)], at=NOON)
        await connection.rollback()
        await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")

    assert await database.balances(AVAILABLE) == [5]
    assert refusals(await database.post(*[a_deposit(1) for _ in range(2_000)])) == [None] * 2_000
    assert (await database.verify()).ok


@pytest.mark.parametrize("amount", [0, -1, 2**63 - 1, 2**63, -(2**63), ledger.MAX_CENTS + 1, True, 1.0, "1", None])
def test_an_amount_beyond_the_edges_is_no_transfer(amount):
    with pytest.raises(ledger.AmountOutOfRangeError):
        ledger.Transfer(CASH.id, VENDOR.id, amount)


@pytest.mark.parametrize("count", [0, ledger.MAX_TRANSFERS + 1])
def test_an_entry_of_nothing_or_of_too_much_is_no_entry(count):
    with pytest.raises(ledger.TransferCountError):
        an_entry(*[a_transfer(CASH, VENDOR, 1)] * count)


async def test_a_balance_that_would_leave_its_64_bits_is_refused_with_its_numbers(database):
    await database.post(a_deposit(1))
    by_hand = ["SET LOCAL ledger.writing = 'on'"] if database.engine.dialect.name == "postgresql" else []
    where = f"account_id = '{AVAILABLE.id}'" if by_hand else f"account_id = '{AVAILABLE.id.hex}'"
    await database.run(*by_hand, f"UPDATE ledger_balances SET balance_cents = {ledger.MAX_BALANCE - 5} WHERE {where}")

    one, many = a_deposit(6), an_entry(a_transfer(CASH, AVAILABLE, 3), a_transfer(CASH, AVAILABLE, 4))
    answers = await database.post(one) + await database.post(many) + await database.post(a_deposit(5))

    assert refusals(answers) == [ledger.BalanceOutOfRangeError, ledger.BalanceOutOfRangeError, None]
    assert (answers[0].error.account, answers[0].error.held_cents, answers[0].error.added_cents) == (
        AVAILABLE.id,
        ledger.MAX_BALANCE - 5,
        6,
    )


async def test_a_clock_that_jumps_back_and_forth_breaks_no_chain(database):
    for days in (0, -400, 30, -1, 0):
        at = NOON + timedelta(days=days)
        async with database.begin() as connection:
            await ledger.post(connection, a_deposit(1), at=at)
        assert await database.seal(at=at) is not None

    blocks = await database.call(ledger.book_blocks, BOOK)
    assert [block.number for block in blocks] == [1, 2, 3, 4, 5]
    assert (await database.verify()).ok


async def weather(database, seconds):
    """Let 32 clients move money to and fro and in a circle; any error of the database is an error of the test."""
    circle = (AVAILABLE, ENCUMBERED, FUNDING)
    await database.post(*[a_deposit(1_000_000, account) for account in circle])
    end = asyncio.get_running_loop().time() + seconds

    async def client(turn):
        done = 0
        while asyncio.get_running_loop().time() < end:
            here, there, beyond = (circle[(turn + step) % 3] for step in (0, 1 + turn % 2, 2 - turn % 2))
            legs = [a_transfer(here, there, 3), a_transfer(there, beyond, 2), a_transfer(beyond, here, 1)]
            separate = [an_entry(leg) for leg in legs]
            done += refusals(await database.post(*(separate if turn % 3 else [an_entry(*legs)]))).count(None)
        return done

    done = await asyncio.gather(*[client(turn) for turn in range(32)])
    assert min(done) > 0
    assert sum(await database.balances(*circle)) == 3_000_000
    assert (await database.verify()).ok


async def test_no_weather_deadlocks(postgresql):
    await weather(postgresql, 2)


@pytest.mark.soak
async def test_no_weather_deadlocks_for_half_a_minute(postgresql):
    await weather(postgresql, 30)


async def test_thirty_two_posters_racing_a_close_leave_nothing_behind_it(database):
    through = date(2026, 9, 30)
    closed = asyncio.Event()

    async def poster(number):
        answers: list[ledger.Answer] = []
        while not closed.is_set() and len(answers) < 40:
            answers += await database.post(a_deposit(1, effective_on=through - timedelta(days=number % 3)))
        return answers

    async def close():
        await asyncio.sleep(0.2)
        event = await database.call(ledger.close_period, BOOK, through=through, by=PERSON, at=NOON)
        closed.set()
        return event

    event, *answers = await asyncio.gather(close(), *[poster(number) for number in range(32)])
    late = await database.post(a_deposit(1, effective_on=through), a_deposit(1, effective_on=TODAY))

    posted = sum(refusals(some).count(None) for some in answers)
    assert refusals(late) == [ledger.PeriodClosedError, None]
    trial = await database.call(ledger.trial_balance, BOOK, on=through)
    assert hash_of_trial(trial) == event.trial_hash
    assert next(line for line in trial if line.account.id == AVAILABLE.id).balance_cents == posted
    await database.seal()
    assert hash_of_trial(await database.call(ledger.trial_balance, BOOK, on=through)) == event.trial_hash


async def test_a_purchase_and_its_reversal_in_parallel_callers_add_up(database):
    await database.post(a_deposit(1_000))
    purchases = [a_purchase(10) for _ in range(20)]

    async def both(purchase):
        await database.post(purchase)
        return await database.post(purchase.reversal(uuid4(), effective_on=TODAY))

    answers = await asyncio.gather(*map(both, purchases))

    assert refusals([answer for (answer,) in answers]) == [None] * 20
    assert await database.balances(AVAILABLE, ENCUMBERED) == [1_000, 0]
