"""Workers and a server as processes of their own, and what processor time they took."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from benchmarks.payouts.scene import Scene
from tests.vendors.rails.running import KEY, PLAIN

WEBHOOK_SECRET = "whsec_of_the_benchmark"  # noqa: S105 - worth nothing outside it
_START_SECONDS = 60


def environment(scene: Scene, folder: Path, **settings: str) -> dict[str, str]:
    """Say how a process of the service is set up on a scene: the sender is not throttled."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SDC_")}
    return plain | {
        "SDC_DATABASE_URL": scene.url.replace("+asyncpg", "").replace("+aiosqlite", ""),
        "SDC_STRIPE_API_BASE": scene.sandbox,
        "SDC_STRIPE_API_KEY": KEY,
        "SDC_STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "SDC_SENDER_RATE": "0",
        "SDC_LEDGER_KEY_FILE": str(folder / "ledger.keys"),
        **settings,
    }


async def drain(scene: Scene, folder: Path, *, workers: int) -> float:
    """Let so many workers do all that is due, at once; gives the seconds of processor time that they took together."""
    command = [sys.executable, "-m", "sdc.cli", "worker", "--drain"]
    started = [
        subprocess.Popen(command, env=environment(scene, folder), stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - our own command
        for _ in range(workers)
    ]
    ended = [await asyncio.to_thread(os.wait4, one.pid, 0) for one in started]
    assert all(status == 0 for _, status, _ in ended), "a worker failed"
    return sum(used.ru_utime + used.ru_stime for _, _, used in ended)


@asynccontextmanager
async def serving(scene: Scene, folder: Path) -> AsyncIterator[str]:
    """Run the service with its worker for a while; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sdc.cli", "serve"]
    process = subprocess.Popen(  # noqa: ASYNC220 - our own command
        command, env=environment(scene, folder, SDC_PORT=str(port)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _wait_until_ready(url)
        yield url
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


async def _wait_until_ready(url: str) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    async with httpx.AsyncClient(verify=PLAIN, trust_env=False) as http:
        while time.monotonic() < give_up_at:
            try:
                if (await http.get(f"{url}/readyz")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise ChildProcessError(url)
