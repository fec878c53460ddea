"""Print the rates of purchase requests and of postings, each beside its bare floor: `python -m benchmarks`, under a minute."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import ledger, requests
from tests import databases


async def main() -> None:
    """Measure both, on both databases."""
    found = await requests.measure_all()
    print()
    postings: list[dict[str, Any]] = []
    for kind in reversed(databases.KINDS):
        with tempfile.TemporaryDirectory() as directory, databases.fresh(kind, Path(directory), migrated=False) as url:
            async with ledger.an_engine(url) as engine:
                postings += await ledger.compare(engine, await ledger.prepare(engine), [(ledger.CLIENTS, 1)])
    print()
    print(json.dumps({"requests": [one.to_data() for one in found], "postings": postings}))


if __name__ == "__main__":
    with ledger.a_run():
        asyncio.run(main())
