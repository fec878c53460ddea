"""Print the rates of purchase requests and of postings, each beside its bare floor: `python -m benchmarks`, under a minute."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import postings, requests
from tests import databases


async def main() -> None:
    """Measure both, on both databases."""
    found = await requests.measure_all()
    print()
    rates: list[dict[str, Any]] = []
    for kind in reversed(databases.KINDS):
        with tempfile.TemporaryDirectory() as directory, databases.fresh(kind, Path(directory), migrated=False) as url:
            async with postings.an_engine(url) as engine:
                rates += await postings.compare(engine, await postings.prepare(engine), [(postings.CLIENTS, 1)])
    print()
    print(json.dumps({"requests": [one.to_data() for one in found], "postings": rates}))


if __name__ == "__main__":
    with postings.a_run():
        asyncio.run(main())
