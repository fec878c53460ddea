"""The rate of postings beside bare inserts, through the application's own layers, in one run. Ratios travel, rates do not.

A bare insert is one row of what a transfer is (two accounts and an amount), by itself: no id to look up, no balance, no hash.
PostgreSQL is that of the tests, or that of SDC_TEST_PG_URL; its `fsync` is said, for it decides what a commit costs.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Uuid, event, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateTable

import ledger
from tests import databases

SECONDS = 1.5
ROUNDS = 3
CLIENTS = 8
BUDGETS = 500

NOON = datetime(2026, 10, 15, 12, tzinfo=UTC)
TODAY = date(2026, 10, 15)
BOOK = uuid4()
BARE = Table("bare", MetaData(), Column("debit_id", Uuid), Column("credit_id", Uuid), Column("amount_cents", BigInteger))

VENDOR = ledger.Account(uuid4(), BOOK, "payable", ledger.Side.CLAIM, guarded=False)
CASH = ledger.Account(uuid4(), BOOK, "cash", ledger.Side.ASSET, guarded=False)
ENCUMBERED = [ledger.Account(uuid4(), BOOK, f"encumbered {number}", ledger.Side.CLAIM, guarded=True) for number in range(BUDGETS)]

Act = Callable[[AsyncConnection, int], Awaitable[object]]


async def prepare(engine: AsyncEngine) -> str:
    """Make the tables and accounts, with money to post; tell whether a commit is on disk when it is answered."""
    name = engine.dialect.name
    async with transaction(engine) as connection:
        durable = str((await connection.execute(text("SHOW fsync"))).scalar()) if name == "postgresql" else "on"
        await connection.execute(CreateTable(BARE))
        for statement in ledger.create_statements(name):
            await connection.exec_driver_sql(statement)
        await ledger.open_accounts(connection, [VENDOR, CASH, *ENCUMBERED], at=NOON)
        funding = [an_entry(CASH.id, account.id, 10**9) for account in ENCUMBERED]
        assert all(isinstance(answer, ledger.Posted) for answer in await ledger.post(connection, *funding, at=NOON))
    return durable


async def compare(engine: AsyncEngine, durable: str, ways: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Print and give the rates of bare inserts and of postings beside them, by numbers of clients and of transfers a commit."""
    name = engine.dialect.name
    print(f"{name}, fsync {durable}: transfers a second, medians of {ROUNDS} rounds of {SECONDS} s, all into one vendor account")
    figures = []
    for clients, batch in ways:
        floor, posting = await beside(engine, bare, post, clients, batch)
        print(f"  {clients} client(s), {batch:>4} a commit: bare {floor:>9,.0f}  posted {posting:>9,.0f}  ratio {posting / floor:.2f}")
        figures.append({"database": name, "clients": clients, "a_commit": batch, "bare": round(floor), "posted": round(posting)})
    return figures


async def beside(engine: AsyncEngine, floor: Act, act: Act, clients: int, batch: int) -> tuple[float, float]:
    """Measure two ways in turn, so that both see the same machine; give the median rate of each."""
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for way, found in zip((floor, act), rates, strict=True):
            found.append(await rate(engine, way, clients, batch))
    return statistics.median(rates[0]), statistics.median(rates[1])


async def rate(engine: AsyncEngine, act: Act, clients: int, batch: int) -> float:
    """Count how many transfers a second are committed."""
    start = time.perf_counter()

    async def client() -> int:
        done = 0
        async with engine.connect() as connection:
            while time.perf_counter() - start < SECONDS:
                await begin(connection)
                await act(connection, batch)
                await connection.commit()
                done += batch
        return done

    return sum(await asyncio.gather(*[client() for _ in range(clients)])) / (time.perf_counter() - start)


async def bare(connection: AsyncConnection, batch: int) -> None:
    """Insert rows."""
    row = {"debit_id": CASH.id, "credit_id": VENDOR.id, "amount_cents": 1}
    await connection.execute(insert(BARE), [row] * batch)


async def post(connection: AsyncConnection, batch: int) -> None:
    """Post entries of one transfer, each out of a guarded account."""
    drawn = [uuid4() for _ in range(batch)]
    entries = [an_entry(ENCUMBERED[drawn_id.int % BUDGETS].id, VENDOR.id, 1, drawn_id) for drawn_id in drawn]
    answers = await ledger.post(connection, *entries, at=datetime.now(UTC))
    assert isinstance(answers[-1], ledger.Posted)


def an_entry(debit: UUID, credit: UUID, cents: int, entry_id: UUID | None = None) -> ledger.Entry:
    """Make an entry of one transfer, whose subject is its own, as that of a purchase."""
    return ledger.Entry(entry_id or uuid4(), BOOK, "expenditure", uuid4(), TODAY, (ledger.Transfer(debit, credit, cents, tag="fitness"),))


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a write transaction and commit it."""
    async with engine.connect() as connection:
        await begin(connection)
        yield connection
        await connection.commit()


async def begin(connection: AsyncConnection) -> None:
    """Begin as the application does."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("BEGIN IMMEDIATE")


@asynccontextmanager
async def an_engine(url: str) -> AsyncIterator[AsyncEngine]:
    """Make an engine with the application's settings."""
    sqlite = url.startswith("sqlite")
    engine = create_async_engine(url, pool_size=CLIENTS, connect_args={"isolation_level": None, "timeout": 30} if sqlite else {})
    if sqlite:
        event.listen(engine.sync_engine, "connect", prepare_sqlite)
    try:
        yield engine
    finally:
        await engine.dispose()


def prepare_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own connection
    """Make it keep what it acknowledged."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def a_run() -> Iterator[None]:
    """Borrow the databases of the tests."""
    config = cast("pytest.Config", SimpleNamespace())
    databases.begin_run(config)
    try:
        yield
    finally:
        databases.end_run(config)
