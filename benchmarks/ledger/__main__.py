"""Print the figures of the ledger beside their bars: `python -m benchmarks.ledger [--quick] [--json FILE]`.

Without `--quick` the book grows to 0.5 and then to 5 million transfers, which takes some minutes. Ratios travel, rates do not.
"""

import argparse
import asyncio
from pathlib import Path

from benchmarks.figures import Figures
from benchmarks.ledger import embedded, posting, reading
from benchmarks.ledger.world import World, a_world

SIZES = {"half_a_million": 500_000, "five_million": 5_000_000}


async def main(*, quick: bool) -> Figures:
    """Measure both databases."""
    figures = Figures()
    async with a_world() as world:
        print("PostgreSQL with its default durability; the library on a connection of the driver")
        await posting.measure(world, figures)
        for label, transfers in list(SIZES.items())[: 1 if quick else None]:
            await measure_at(world, figures, label, transfers)
        print("the delay of a seal, with purchases running")
        await reading.measure_seal_delay(world, figures)
    await embedded.measure(figures)
    return figures


async def measure_at(world: World, figures: Figures, label: str, transfers: int) -> None:
    """Measure what depends on the size of the book."""
    print(f"at {transfers:,} transfers, nearly all of them into one account")
    await reading.fill(world, transfers)
    await reading.measure_balances(world, figures, label)
    await posting.measure_backdating(world, figures, label)
    await reading.measure_size(world, figures, label)
    await reading.measure_verification(world, figures, label)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="stop at half a million transfers")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    told = asyncio.run(main(quick=given.quick)).to_json()
    print(told)
    if given.json is not None:
        given.json.write_text(told + "\n", encoding="utf-8")
