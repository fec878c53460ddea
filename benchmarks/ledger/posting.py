"""Posting beside the limit and the plain ledger: single ones by 1, 8 and 16 clients into one hot vendor, and batches."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg

import ledger
from benchmarks.figures import Figures
from benchmarks.ledger.world import LONG_AGO, World

if TYPE_CHECKING:
    Driver = asyncpg.Connection[asyncpg.Record]
else:
    Driver = asyncpg.Connection
Row = tuple[UUID, UUID, int]
CLIENTS = (1, 8, 16)
BATCHES = (100, 1_000)
_ROUNDS = 5
_SECONDS = 1.5
_BARE = "INSERT INTO bare SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])"
_PLAIN = "SELECT plain_transfer(t.id, t.debit, $3, 1) FROM unnest($1::uuid[], $2::uuid[]) AS t (id, debit)"


@dataclass(frozen=True)
class Way:
    """A way to move money: what is made ready before the clock runs, and what is timed."""

    name: str
    prepare: Callable[[World, int], Any]
    act: Callable[[Driver, Any], Awaitable[object]]


def _rows(world: World, size: int) -> list[Row]:
    return [(world.budgets[uuid4().int % len(world.budgets)].id, world.vendor.id, 1) for _ in range(size)]


def _columns(world: World, size: int) -> tuple[list[Any], ...]:
    debits, credits_, cents = zip(*_rows(world, size), strict=True)
    return list(debits), list(credits_), list(cents)


async def _insert_rows(driver: Driver, rows: list[Row]) -> None:
    async with driver.transaction():
        await driver.executemany("INSERT INTO bare VALUES ($1, $2, $3)", rows)


def _moves(world: World, size: int) -> tuple[list[UUID], list[UUID], UUID]:
    return [uuid4() for _ in range(size)], [debit for debit, _, _ in _rows(world, size)], world.vendor.id


async def _post(driver: Driver, entries: list[ledger.Entry]) -> None:
    answers = await ledger.post(driver, *entries, at=datetime.now(UTC))  # one statement, and so its own transaction
    assert isinstance(answers[-1], ledger.Posted)


bare = Way("bare", _columns, lambda driver, columns: driver.execute(_BARE, *columns))
"""Rows of two accounts and an amount, in one statement: no id, no check, no index."""
bare_rows = Way("bare_rows", _rows, _insert_rows)
"""The same rows, a statement each, in one transaction: what `executemany` does."""
plain = Way("plain", _moves, lambda driver, moves: driver.execute(_PLAIN, *moves))
"""Money moved in the plain ledger."""
posted = Way("posted", lambda world, size: [world.entry() for _ in range(size)], _post)
"""Entries posted, all guarantees on."""
backdated = Way("backdated", lambda world, size: [world.entry(on=LONG_AGO) for _ in range(size)], _post)
"""Entries that count from long ago."""


async def measure(world: World, figures: Figures) -> None:
    """Print what a posting costs, as ratios of medians of rounds in turn."""
    print(f"single transfers a second into one hot vendor, medians of {_ROUNDS} rounds of {_SECONDS} s in turn")
    by_clients = {}
    for clients in CLIENTS:
        rates = await in_turn(world, (bare, plain, posted), clients)
        by_clients[clients] = rates[posted]
        print(f"  {clients:>2} clients: bare {rates[bare]:>8,.0f}  plain {rates[plain]:>8,.0f}  posted {rates[posted]:>8,.0f}")
        figures.add(f"single_{clients}_of_bare", rates[posted] / rates[bare], "of bare inserts")
        figures.add(f"single_{clients}_of_plain", rates[posted] / rates[plain], "times the plain ledger")
    figures.add("clients_16_of_1", by_clients[16] / by_clients[1], "times one client, with 16", at_least=3)

    print("batches, milliseconds a call of one client, medians in turn")
    for size in BATCHES:
        taken = await timed(world, (bare, bare_rows, plain, posted), size)
        told = "  ".join(f"{way.name} {milliseconds:.1f}" for way, milliseconds in taken.items())
        print(f"  {size:>5} transfers: {told}")
        bar = {"at_least": 0.33} if size == max(BATCHES) else {}
        figures.add(f"batch_{size}_of_bare", taken[bare] / taken[posted], "of bare rows in one statement", **bar)
        figures.add(f"batch_{size}_of_bare_rows", taken[bare_rows] / taken[posted], "of bare rows, a statement each", **bar)
        figures.add(f"batch_{size}_of_plain", taken[plain] / taken[posted], "times the plain ledger")


async def measure_backdating(world: World, figures: Figures, label: str) -> None:
    """Print what backdating costs beside posting today."""
    taken = await timed(world, (posted, backdated), 1, runs=300)
    figures.add(f"backdated_{label}", taken[backdated] / taken[posted], "times a posting of today", at_most=2)


async def in_turn(world: World, ways: Sequence[Way], clients: int) -> dict[Way, float]:
    """Measure the rates of several ways in turn, so that all see the same machine."""
    rates: dict[Way, list[float]] = {way: [] for way in ways}
    drivers = [await asyncpg.connect(world.dsn) for _ in range(clients)]
    try:
        for _ in range(_ROUNDS):
            for way in ways:
                rates[way].append(await _rate(world, drivers, way))
    finally:
        for driver in drivers:
            await driver.close()
    return {way: statistics.median(found) for way, found in rates.items()}


async def _rate(world: World, drivers: Sequence[Driver], way: Way) -> float:
    start = time.perf_counter()

    async def client(driver: Driver) -> int:
        done = 0
        while time.perf_counter() - start < _SECONDS:
            await way.act(driver, way.prepare(world, 1))
            done += 1
        return done

    return sum(await asyncio.gather(*map(client, drivers))) / (time.perf_counter() - start)


async def timed(world: World, ways: Sequence[Way], size: int, runs: int = 30) -> dict[Way, float]:
    """Measure how many milliseconds a call takes, each way in turn; give the medians."""
    taken: dict[Way, list[float]] = {way: [] for way in ways}
    async with world.connection() as driver:
        for _ in range(runs):
            for way in ways:
                ready = way.prepare(world, size)
                start = time.perf_counter()
                await way.act(driver, ready)
                taken[way].append((time.perf_counter() - start) * 1_000)
    return {way: statistics.median(found) for way, found in taken.items()}
