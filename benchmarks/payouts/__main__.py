"""Print the figures of payouts beside their bars: `python -m benchmarks.payouts [--quick] [--json FILE]`.

Processes of their own pay over a sandbox of its own, by the real SDK and real loopback HTTP. Ratios travel, rates do not:
all of it shares the cores of this machine.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.figures import Figures
from benchmarks.payouts import sending, webhooks
from benchmarks.postings import a_run


async def main(*, quick: bool) -> Figures:
    """Measure how fast payments leave, and how soon events are answered."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as directory:
        await sending.measure(figures, Path(directory), quick=quick)
        await webhooks.measure(figures, Path(directory))
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 queued payments, not 10,000")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    with a_run():
        told = asyncio.run(main(quick=given.quick)).to_json()
    print(told)
    if given.json is not None:
        given.json.write_text(told + "\n", encoding="utf-8")
