"""SQLite, every commit on disk: one caller and 64, each with a transaction of its own and sharing one."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

import ledger
from benchmarks.figures import Figures
from benchmarks.ledger.world import TODAY

_CALLERS = (1, 64)
_ROUNDS = 3
_SECONDS = 2.0


async def measure(figures: Figures) -> None:
    """Print the rates, in turn."""
    print(f"SQLite, synchronous=FULL: transfers a second, medians of {_ROUNDS} rounds of {_SECONDS} s in turn")
    with tempfile.TemporaryDirectory() as directory:
        async with _an_engine(Path(directory) / "bench.db") as engine:
            entry = await _open_book(engine)
            for callers in _CALLERS:
                own, shared = await _rates(engine, entry, callers)
                print(f"  {callers:>2} callers: each its own {own:>8,.0f}  sharing {shared:>8,.0f}")
                bar = {"at_least": 3.0} if callers == max(_CALLERS) else {}
                figures.add(f"sqlite_{callers}_shared_of_own", shared / own, "times their own transactions", **bar)


async def _rates(engine: AsyncEngine, entry: Callable[[], ledger.Entry], callers: int) -> tuple[float, float]:
    own: list[float] = []
    shared: list[float] = []
    for _ in range(_ROUNDS):
        own.append(await _rate(callers, lambda: _post_alone(engine, entry())))
        async with ledger.Grouping(lambda: _begin(engine), lambda: datetime.now(UTC)) as grouping:
            shared.append(await _rate(callers, lambda: grouping.post(entry())))
    return statistics.median(own), statistics.median(shared)


async def _rate(callers: int, act: Callable[[], Any]) -> float:
    start = time.perf_counter()

    async def caller() -> int:
        done = 0
        while time.perf_counter() - start < _SECONDS:
            (answer,) = await act()
            assert isinstance(answer, ledger.Posted)
            done += 1
        return done

    return sum(await asyncio.gather(*[caller() for _ in range(callers)])) / (time.perf_counter() - start)


async def _post_alone(engine: AsyncEngine, entry: ledger.Entry) -> list[ledger.Answer]:
    async with _begin(engine) as connection:
        return await ledger.post(connection, entry, at=datetime.now(UTC))


@asynccontextmanager
async def _begin(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        yield connection


async def _open_book(engine: AsyncEngine) -> Callable[[], ledger.Entry]:
    book_id = uuid4()
    vendor = ledger.Account(uuid4(), book_id, "payable", ledger.Side.CLAIM, guarded=False)
    cash = ledger.Account(uuid4(), book_id, "cash", ledger.Side.ASSET, guarded=False)
    budget = ledger.Account(uuid4(), book_id, "encumbered", ledger.Side.CLAIM, guarded=True)
    async with _begin(engine) as connection:
        for statement in ledger.create_statements("sqlite"):
            await connection.exec_driver_sql(statement)
        await ledger.open_accounts(connection, [vendor, cash, budget], at=datetime.now(UTC))
        funding = ledger.Entry(uuid4(), book_id, "deposit", uuid4(), TODAY, (ledger.Transfer(cash.id, budget.id, 10**9),))
        await ledger.post(connection, funding, at=datetime.now(UTC))
    return lambda: ledger.Entry(uuid4(), book_id, "expenditure", uuid4(), TODAY, (ledger.Transfer(budget.id, vendor.id, 1, "gym"),))


@asynccontextmanager
async def _an_engine(file: Path) -> AsyncIterator[AsyncEngine]:
    """Make an engine with the application's settings: one writer, begun at once."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}", pool_size=1, max_overflow=0, connect_args={"isolation_level": None})

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own connection
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin_at_once(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own connection
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        yield engine
    finally:
        await engine.dispose()
