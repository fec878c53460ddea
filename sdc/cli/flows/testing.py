"""Run the flows of a file, each on an empty database, and print every difference."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from structlog.testing import capture_logs

from sdc.cli.cases import Outcome
from sdc.cli.flows.balances import broken_invariants, read_balances, read_lines
from sdc.cli.flows.moves import MOVES
from sdc.cli.flows.refusals import NotBuiltError, UnexpectedError
from sdc.cli.flows.scene import Scene, empty_scene
from sdc.cli.flows.steps import UnreadableStepError, read_step
from sdc.cli.rulebook_files import read_document
from sdc.errors import BusyError, SdcError
from sdc.programs.model import Release


async def test_flows(file: Path) -> Outcome:
    """Run each flow of a file, print what differs, and count.

    Raises:
        ClickException: the file is not one of flows.

    """
    passed = failed = 0
    for flow in read_document(file, "scenarios").data["scenarios"]:
        with capture_logs():  # what the program would log of a flow is nobody's alarm
            differences = await run_flow(flow)
        passed, failed = (passed, failed + 1) if differences else (passed + 1, failed)
        title = f"{flow.get('id', '?')} {flow.get('title', '')}".strip()
        for difference in differences:
            click.echo(f"{title}: {difference}")
    return passed, failed


async def run_flow(flow: Mapping[str, Any]) -> list[str]:
    """Run one flow, and tell what does not come out as it says."""
    try:
        steps = [read_step(written) for written in flow.get("steps", [])]
        unbuilt = sorted({step.name for step in steps if step.name not in MOVES})
        if unbuilt:
            return [f"not built: {', '.join(unbuilt)}"]
        async with empty_scene(Release.EARNED if any(step.name == "close_month" for step in steps) else Release.ANNUAL) as scene:
            for number, step in enumerate(steps, 1):
                try:
                    await MOVES[step.name](scene, step)
                except BusyError as error:
                    return [f"step {number} ({step}) was not done: {error}"]  # no refusal: the balances would tell nothing
                except SdcError:
                    continue  # a refused step posts nothing, and the balances tell
                except (NotBuiltError, UnexpectedError) as error:
                    return [f"step {number} ({step}): {error}"]
            return [*await _differences(scene, flow.get("balances", {})), *await broken_invariants(scene)]
    except UnreadableStepError as error:
        return [str(error)]


async def _differences(scene: Scene, expected: Mapping[str, int | list[int]]) -> list[str]:
    balances: dict[str, int | list[int]] = {**await read_balances(scene), "lines": await read_lines(scene)}
    return [
        f"{name}: expected {cents}, got {balances.get(name, 'no such account')}"
        for name, cents in expected.items()
        if balances.get(name) != cents
    ]
