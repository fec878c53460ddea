"""Ask, and pick from the answer what would let a rule pass."""

from http import HTTPStatus
from typing import Any

from tests.purchases.world import World


async def denied(world: World, **changes: Any) -> dict[str, Any]:
    """Ask for something that is denied."""
    return await asked(world, "denied", **changes)


async def asked(world: World, state: str, **changes: Any) -> dict[str, Any]:
    """Ask, and return what was answered in this state."""
    response = await world.ask(**changes)
    assert response.status_code == HTTPStatus.CREATED, response.text
    shown: dict[str, Any] = response.json()
    assert shown["state"] == state, shown["decision"]
    return shown


def remedies(shown: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    """Return the remedies of one rule's finding."""
    (finding,) = [one for one in shown["decision"]["findings"] if one["rule"] == rule]
    found: list[dict[str, Any]] = finding["remedies"]
    return found


def the(shown: dict[str, Any], rule: str, kind: str) -> dict[str, Any]:
    """Return the first remedy of a kind for one rule."""
    return next(one for one in remedies(shown, rule) if one["kind"] == kind)
