"""Tell the story: open a house with fresh data, run the seven steps, clean up, and say plainly when a step failed."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import httpx

from sdc.cli.demo.client import TIMEOUT_SECONDS
from sdc.cli.demo.processes import House, open_house
from sdc.cli.demo.story import RACERS, Story
from sdc.errors import SdcError


def tell_story() -> int:
    """Run `sdc demo`: 0 when the whole story came out as told, else 1 with the step that failed and why."""
    started = time.monotonic()
    _say("Starting a server, a worker and a payment processor in miniature, with fresh data ...")
    try:
        with tempfile.TemporaryDirectory(prefix="sdc-demo-", ignore_cleanup_errors=True) as folder, open_house(Path(folder)) as house:
            asyncio.run(_tell(house))
    except SdcError as error:
        sys.stderr.write(f"The demo stopped: {error}\n")
        return 1
    seconds = time.monotonic() - started
    _say(f"All seven steps came out as told, in {seconds:.0f} seconds. `make serve` starts the same service to try yourself.")
    return 0


async def _tell(house: House) -> None:
    limits = httpx.Limits(max_connections=RACERS)
    async with httpx.AsyncClient(base_url=house.url, timeout=TIMEOUT_SECONDS, limits=limits) as http:
        await Story(house, http, _say).run()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
