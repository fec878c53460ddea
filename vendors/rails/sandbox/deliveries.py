"""Webhooks: events signed as Stripe signs them and brought to every endpoint that wants them, with a few retries and planned mishaps."""

import asyncio
import hmac
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox.faults import ON_EVENTS, Fault, Faults
from vendors.rails.sandbox.posting import Poster
from vendors.rails.sandbox.refusals import Document, encode

RETRY_AFTER_SECONDS: Final = (0.2, 1.0, 5.0, 20.0)
AT_ONCE: Final = 8
DELAY_SECONDS: Final = 2
HELD_AT_MOST_SECONDS: Final = 2
STALE_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Letter:
    """An event on its way to one endpoint."""

    body: bytes
    url: str
    secret: str
    off_by_seconds: int = 0
    """How far the time in the signature is from the machine's."""
    is_corrupt: bool = False
    waits_seconds: float = 0

    @property
    def comes_once(self) -> bool:
        """Say whether it is not tried again: what is planned to be refused would otherwise come right in the end."""
        return self.is_corrupt or bool(self.off_by_seconds)


def sign(body: bytes, secret: str, *, at: int) -> str:
    """Return the Stripe-Signature header for a body."""
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, sha256).hexdigest()}"


class Deliveries:
    """Brings events out, beside the answers."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock  # signatures carry the machine's time
        self._under_way: set[asyncio.Task[None]] = set()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._held: list[Letter] = []
        self._poster = Poster()

    def bring(self, events: Iterable[Document], endpoints: Iterable[Document], faults: Faults) -> None:
        """Start to deliver each event to each endpoint that asked for its type."""
        wanting = list(endpoints)
        if not wanting:
            return
        for event in events:
            letters = [Letter(encode(event), one["url"], _secret(event, one)) for one in wanting if _wants(one, event)]
            fault = faults.take(ON_EVENTS, type_=event["type"]) if letters else None
            if fault is not None:
                letters = self._spoilt(letters, fault)
            if not letters:
                continue
            held, self._held = self._held, []
            self._start(self._in_turn(letters, held))

    async def aclose(self) -> None:
        """Give up what is under way: whoever misses an event polls for it."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._poster.aclose()

    def _spoilt(self, letters: list[Letter], fault: Fault) -> list[Letter]:
        """Return the letters that are to leave now, as the fault would have them."""
        if fault.trouble == "drop":
            return []
        if fault.trouble == "reorder":
            self._held.extend(letters)
            self._start(self._release_later(fault.seconds(HELD_AT_MOST_SECONDS)))
            return []
        spoils: dict[str, Callable[[Letter], Letter]] = {
            "delay": lambda one: replace(one, waits_seconds=fault.seconds(DELAY_SECONDS)),
            "corrupt": lambda one: replace(one, is_corrupt=True),
            "stale": lambda one: replace(one, off_by_seconds=-fault.seconds(STALE_SECONDS)),
            "future": lambda one: replace(one, off_by_seconds=fault.seconds(STALE_SECONDS)),
        }
        if fault.trouble in spoils:
            return [spoils[fault.trouble](one) for one in letters]
        return letters * 2

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _in_turn(self, letters: list[Letter], held: list[Letter]) -> None:
        """Deliver one event, and then those that were held back until another had come."""
        await asyncio.gather(*(self._deliver(letter) for letter in letters))
        await asyncio.gather(*(self._deliver(letter) for letter in held))

    async def _release_later(self, seconds: int) -> None:
        """Deliver what is held back although no other event comes."""
        await asyncio.sleep(seconds)
        held, self._held = self._held, []
        await self._in_turn([], held)

    async def _deliver(self, letter: Letter) -> None:
        if letter.waits_seconds:
            await asyncio.sleep(letter.waits_seconds)
        for pause in (*(() if letter.comes_once else RETRY_AFTER_SECONDS), None):
            if await self._arrives(letter) or pause is None:
                return
            await asyncio.sleep(pause)

    async def _arrives(self, letter: Letter) -> bool:
        signed = letter.body + b" " if letter.is_corrupt else letter.body
        signature = sign(signed, letter.secret, at=int(self._clock()) + letter.off_by_seconds)
        async with self._at_once:
            status = await self._poster.post(letter.url, letter.body, {"Content-Type": "application/json", "Stripe-Signature": signature})
        return status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _wants(endpoint: Document, event: Document) -> bool:
    connect = endpoint.get("connect")
    of_connected = "account" in event
    told = connect is None or connect is of_connected
    return told and ("*" in endpoint["enabled_events"] or event["type"] in endpoint["enabled_events"])


def _secret(event: Document, endpoint: Document) -> str:
    is_thin = event["object"] == "v2.core.event"
    return str((is_thin and endpoint.get("thin_secret")) or endpoint["secret"])
