"""Rails put side by side: each bench is a rail and what a test does to the world behind it."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tests.vendors.rails.clearing_rail import ClearingRail
from vendors.rails import Event, Rail
from vendors.rails.sandbox.deliveries import sign
from vendors.rails.stripe import StripeRail

SECRET = "whsec_of_the_bench"


@dataclass(frozen=True, slots=True)
class Bench:
    """A rail, and how the world behind it moves."""

    rail: Rail
    clears: Callable[[str], None]
    """Have the payee's bank take what was sent, where that is a step of its own."""
    outstanding_cents: Callable[[], int]
    told: Callable[[Event], Awaitable[tuple[bytes, dict[str, str]]]]
    """Write an event as the rail itself would tell of it."""
    stranger: str = "acct_of_somebody_else"


def stripe_bench(rail: StripeRail, client: httpx.AsyncClient) -> Bench:
    """Set up Stripe over the sandbox: what is sent is at the payee's at once."""

    async def told(event: Event) -> tuple[bytes, dict[str, str]]:
        kept: dict[str, Any] = (await client.get(f"/v1/events/{event.id}")).json()
        raw = json.dumps(kept).encode()
        return raw, {"Stripe-Signature": sign(raw, SECRET, at=int(time.time()))}

    return Bench(rail, clears=lambda _: None, outstanding_cents=lambda: 0, told=told)


def check_bench(clock: Callable[[], datetime]) -> Bench:
    """Set up the register of checks."""
    rail = ClearingRail(clock)

    def clears(rail_id: str) -> None:
        rail.clears(rail_id)

    async def told(event: Event) -> tuple[bytes, dict[str, str]]:
        return rail.letter(event)

    return Bench(rail, clears=clears, outstanding_cents=lambda: rail.outstanding_cents, told=told)
