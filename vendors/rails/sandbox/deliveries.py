"""Webhooks: events signed as Stripe signs them and brought to every endpoint that wants them, with a few retries."""

import asyncio
import hmac
import ssl
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from vendors.rails.sandbox.refusals import Document, encode

if TYPE_CHECKING:
    import httpx

RETRY_AFTER_SECONDS: Final = (0.2, 1.0, 5.0, 20.0)
AT_ONCE: Final = 8
ANSWER_SECONDS: Final = 10.0


def sign(body: bytes, secret: str, *, at: int) -> str:
    """Return the Stripe-Signature header for a body."""
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, sha256).hexdigest()}"


class Deliveries:
    """Brings events out, beside the answers."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock  # signatures carry the machine's time
        self._under_way: set[asyncio.Task[None]] = set()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._http: httpx.AsyncClient | None = None

    def bring(self, events: Iterable[Document], endpoints: Iterable[Document]) -> None:
        """Start to deliver each event to each endpoint that asked for its type."""
        wanting = list(endpoints)
        for event in events:
            body = encode(event)
            for endpoint in wanting:
                if "*" in endpoint["enabled_events"] or event["type"] in endpoint["enabled_events"]:
                    task = asyncio.create_task(self._deliver(body, endpoint["url"], endpoint["secret"]))
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)

    async def aclose(self) -> None:
        """Give up what is under way: whoever misses an event polls for it."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    async def _deliver(self, body: bytes, url: str, secret: str) -> None:
        for pause in (*RETRY_AFTER_SECONDS, None):
            if await self._arrives(body, url, secret) or pause is None:
                return
            await asyncio.sleep(pause)

    async def _arrives(self, body: bytes, url: str, secret: str) -> bool:
        import httpx  # noqa: PLC0415 - a fifth of the start, and most sandboxes have no endpoint

        if self._http is None:
            nothing_is_encrypted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # so that no certificates are read
            self._http = httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, verify=nothing_is_encrypted)
        headers = {"Content-Type": "application/json", "Stripe-Signature": sign(body, secret, at=int(self._clock()))}
        async with self._at_once:
            try:
                return (await self._http.post(url, content=body, headers=headers)).is_success
            except httpx.HTTPError:
                return False
