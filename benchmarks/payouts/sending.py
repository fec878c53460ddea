"""How fast payments leave, and that each leaves once."""

from collections import Counter
from pathlib import Path

import httpx

from benchmarks.figures import Figures
from benchmarks.payouts import running
from benchmarks.payouts.scene import Scene, a_scene
from tests import databases
from tests.vendors.rails.running import PLAIN

VENDORS = 200
TOGETHER = 200
QUEUED = 10_000
QUICK = 1_000
EACH_SECOND = 150


async def measure(figures: Figures, folder: Path, *, quick: bool) -> None:
    """Measure both databases; the bar is PostgreSQL's."""
    queued = QUICK if quick else QUEUED
    for kind in reversed(databases.KINDS):
        place = folder / kind
        place.mkdir()
        with databases.fresh(kind, place) as url:
            async with a_scene(url, place, vendors=VENDORS, payments=TOGETHER + queued) as scene:
                if kind == "postgresql":
                    await two_workers(figures, scene, place)
                await many(figures, scene, place, queued=queued, kind=kind)


async def two_workers(figures: Figures, scene: Scene, folder: Path) -> None:
    """Let two workers send the same payments, and count at the sandbox."""
    before = await at_sandbox(scene)
    await scene.queue(TOGETHER)
    await running.drain(scene, folder, workers=2)
    groups = await at_sandbox(scene) - before
    figures.add(f"transfers of {TOGETHER} payments by two workers", groups.total(), "transfers", at_least=TOGETHER, at_most=TOGETHER)
    figures.add("payments sent twice", sum(times > 1 for times in groups.values()), "payments", at_most=0)
    figures.add("attempts beside", await scene.attempts() - len(await at_sandbox(scene)), "attempts", at_most=0)


async def many(figures: Figures, scene: Scene, folder: Path, *, queued: int, kind: str) -> None:
    """Let workers send all that is queued, as fast as they can."""
    idle = await running.drain(scene, folder, workers=1)
    workers = 2 if kind == "postgresql" else 1
    await scene.queue(queued)
    used = await running.drain(scene, folder, workers=workers)
    sent, seconds = await scene.span(last=queued)
    assert (await scene.left(), sent) == (0, queued)
    bar = EACH_SECOND if kind == "postgresql" else None
    figures.add(f"{queued:,} queued payments, {workers} worker(s), {kind}", queued / seconds, "payments/s", at_least=bar)
    figures.add(f"our processor time for one payment, {kind}", 1_000 * (used - workers * idle) / queued, "ms")


async def at_sandbox(scene: Scene) -> Counter[str]:
    """Count the transfers of each payment at the sandbox."""
    async with httpx.AsyncClient(verify=PLAIN, trust_env=False, timeout=60) as http:
        state = (await http.get(f"{scene.sandbox}/_sandbox/state")).json()
    return Counter(transfer["transfer_group"] for transfer in state["transfers"])
