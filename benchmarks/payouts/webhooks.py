"""How soon the processor is answered, and that each of its events is applied once."""

import asyncio
import json
import statistics
import time
from pathlib import Path

import httpx
from sqlalchemy import func, select

from benchmarks.figures import Figures
from benchmarks.payouts import running
from benchmarks.payouts.scene import Scene, a_scene
from sdc.journal import Event
from sdc.payments.model import RailEvent
from tests import databases
from tests.vendors.rails.running import PLAIN
from vendors.rails.sandbox.deliveries import sign

EVENTS = 1_000
SECONDS = 10.0
ANSWERED_MS = 100.0
CALLERS = 8
PAYMENTS = 100
APPLIED_SECONDS = 60


async def measure(figures: Figures, folder: Path) -> None:
    """Tell a server of 1,000 events in 10 s, each of a transfer that it has made, while its worker applies them."""
    with databases.fresh("postgresql", folder) as url:
        async with a_scene(url, folder, vendors=50, payments=PAYMENTS) as scene:
            await scene.queue(PAYMENTS)
            await running.drain(scene, folder, workers=1)
            async with running.serving(scene, folder) as address:
                began = time.monotonic()
                answered = await tell(address, await scene.transfers())
                told = time.monotonic() - began
                applied = await applied_after(scene, began)
    figures.add(f"{EVENTS:,} events told in", told, "s", at_most=SECONDS + 1)
    figures.add("answer to an event, median", statistics.median(answered), "ms")
    figures.add("answer to an event, 99th percentile", statistics.quantiles(answered, n=100)[98], "ms", at_most=ANSWERED_MS)
    figures.add("events applied once", applied[0], "events", at_least=EVENTS, at_most=EVENTS)
    figures.add("the last of them applied after", applied[1], "s")


async def tell(address: str, transfers: list[str]) -> list[float]:
    """Post events evenly over ten seconds; gives the milliseconds of each answer."""
    took: list[float] = []
    waiting = iter(range(EVENTS))
    began = time.monotonic()

    async def caller(http: httpx.AsyncClient) -> None:
        for number in waiting:
            await asyncio.sleep(max(0.0, began + number * SECONDS / EVENTS - time.monotonic()))
            raw = an_event(number, transfers[number % len(transfers)])
            header = sign(raw, running.WEBHOOK_SECRET, at=int(time.time()))
            started = time.perf_counter()
            answer = await http.post("/v1/webhooks/stripe", content=raw, headers={"Stripe-Signature": header})
            took.append(1_000 * (time.perf_counter() - started))
            assert answer.is_success, answer.text

    async with httpx.AsyncClient(base_url=address, verify=PLAIN, trust_env=False) as http:
        await asyncio.gather(*(caller(http) for _ in range(CALLERS)))
    return took


def an_event(number: int, transfer: str) -> bytes:
    """Write an event as the processor does."""
    event = {"id": f"evt_bench{number}", "object": "event", "type": "transfer.updated", "created": int(time.time()), "livemode": False}
    return json.dumps(event | {"data": {"object": {"id": transfer, "object": "transfer"}}}).encode()


async def applied_after(scene: Scene, began: float) -> tuple[int, float]:
    """Wait until all are applied; gives how many the journal has, each once, and the seconds since `began`."""
    ours = select(func.count()).select_from(RailEvent).where(RailEvent.id.startswith("evt_bench"), RailEvent.applied_at.is_not(None))
    while time.monotonic() - began < APPLIED_SECONDS:
        async with scene.stage.sessions.read() as session:
            if await session.scalar(ours) == EVENTS:
                break
        await asyncio.sleep(0.1)
    took = time.monotonic() - began
    async with scene.stage.sessions.read() as session:
        kept = list(await session.scalars(select(Event.data).where(Event.kind == "rail_event.applied")))
    names = [data["event"] for data in kept if str(data["event"]).startswith("evt_bench")]
    return (len(names) if len(names) == len(set(names)) else 0), took
