"""Reading, sealing and proving a large book: balances, the delay of a seal under load, verification speed, bytes a transfer."""

import asyncio
import statistics
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import Progress

import ledger
from benchmarks.figures import Figures
from benchmarks.ledger.posting import posted
from benchmarks.ledger.world import World

_LOADERS = 2
_BATCH = 2_000
_READS = 500
_LOAD_SECONDS = 15.0
_BUYERS = 8
_PAUSE_SECONDS = 0.01
_SEAL_EVERY_SECONDS = 0.25
_TABLES = ("ledger_transfers", "ledger_blocks", "ledger_folds", "ledger_days", "ledger_balances", "ledger_accounts")


async def fill(world: World, transfers: int) -> None:
    """Post until the book holds so many transfers, and seal them."""
    there = await world.transfers()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"posting up to {transfers:,}", total=max(transfers - there, 0))

        async def load(count: int) -> None:
            async with world.connection() as driver:
                for _ in range(0, count, _BATCH):
                    await posted.act(driver, posted.prepare(world, _BATCH))
                    bar.advance(task, _BATCH)

        start = time.perf_counter()
        await asyncio.gather(*[load((transfers - there) // _LOADERS) for _ in range(_LOADERS)])
        posting = time.perf_counter() - start
        task = bar.add_task("sealing", total=None)
        start = time.perf_counter()
        while await seal(world) is not None:
            bar.advance(task)
    sealing = time.perf_counter() - start
    now = await world.transfers()
    print(f"  posted {(now - there) / posting:,.0f} a second, sealed {(now - there) / max(sealing, 0.001):,.0f} a second")
    async with world.connection() as driver:
        await driver.execute("VACUUM ANALYZE")


async def seal(world: World) -> ledger.Block | None:
    """Seal once."""
    async with world.engine.begin() as connection:
        return await ledger.seal(connection, world.book_id, at=datetime.now(UTC))


async def measure_balances(world: World, figures: Figures, label: str) -> None:
    """Print how long a balance takes to read; the vendor's is that of every transfer."""
    async with world.connection() as driver:
        for kind, account, bar in (("guarded", world.budgets[0], 0.2), ("open", world.vendor, 0.5)):
            taken = []
            for _ in range(_READS):
                start = time.perf_counter()
                await ledger.balance(driver, account.id)
                taken.append((time.perf_counter() - start) * 1_000)
            figures.add(f"balance_{kind}_{label}", statistics.median(taken), "ms", at_most=bar)


async def measure_verification(world: World, figures: Figures, label: str) -> None:
    """Print how fast everything is recomputed."""
    async with world.engine.connect() as connection:
        start = time.perf_counter()
        found = await ledger.verify(connection)
        seconds = time.perf_counter() - start
    assert found.ok, found.faults
    figures.add(f"verification_{label}", found.transfers / seconds, "leaves a second", at_least=200_000)


async def measure_size(world: World, figures: Figures, label: str) -> None:
    """Print what a transfer of an entry of its own takes on disk: rows, indexes, blocks and sums."""
    count = await world.transfers()
    async with world.connection() as driver:
        sizes = [await driver.fetchval(f"SELECT pg_total_relation_size('{name}')") for name in _TABLES]
    figures.add(f"bytes_{label}", sum(sizes) / count, "bytes a transfer", at_most=400)


async def measure_seal_delay(world: World, figures: Figures) -> None:
    """Print how long what is committed waits for its block while others buy, and whether any was left out."""
    committed: dict[int, list[float]] = {}
    delays: list[float] = []
    stop = asyncio.Event()

    async def buy() -> None:
        async with world.connection() as driver:
            while not stop.is_set():
                async with driver.transaction():
                    await ledger.post(driver, world.entry(), at=datetime.now(UTC))
                    written_in = await driver.fetchval("SELECT pg_current_xact_id()::text::bigint")
                committed.setdefault(written_in, []).append(time.perf_counter())
                await asyncio.sleep(_PAUSE_SECONDS)

    async def sealer() -> None:
        while True:
            async with world.engine.begin() as connection:
                block = await ledger.seal(connection, world.book_id, at=datetime.now(UTC))
            if block is not None:
                now, before = time.perf_counter(), await _end_of(world, block.number)
                for written_in in [one for one in committed if one < before]:
                    delays.extend(now - at for at in committed.pop(written_in))
            elif stop.is_set():
                return
            await asyncio.sleep(_SEAL_EVERY_SECONDS)

    running = [asyncio.create_task(buy()) for _ in range(_BUYERS)]
    sealing = asyncio.create_task(sealer())
    await asyncio.sleep(_LOAD_SECONDS)
    stop.set()
    await asyncio.gather(*running, sealing)
    delays.sort()
    print(f"  {len(delays):,} postings by {_BUYERS} buyers in {_LOAD_SECONDS:.0f} s, a seal every {_SEAL_EVERY_SECONDS} s")
    figures.add("seal_delay_p50", statistics.median(delays), "s")
    figures.add("seal_delay_p99", delays[len(delays) * 99 // 100], "s", at_most=1)
    async with world.connection() as driver:
        sealed = await driver.fetchval("SELECT sum(leaf_count) FROM ledger_blocks")
    figures.add("seal_gaps", await world.transfers() - int(sealed), "transfers in no block", at_most=0)


async def _end_of(world: World, number: int) -> int:
    async with world.connection() as driver:
        return int(await driver.fetchval("SELECT written_before FROM ledger_blocks WHERE number = $1", number))
