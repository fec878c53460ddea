"""How bytes leave for Stripe: one connection pool, our time limits, and no header that says more than it must."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterable, Mapping
from typing import Any, Final

import httpx
import stripe
from stripe import _util as stripe_logging

from vendors.rails.stripe.settings import StripeSettings

USER_AGENT: Final = f"Stripe/v1 PythonBindings/{stripe.VERSION}"

# Sent as the SDK made them; what it adds about this machine, its tools and its earlier calls is left out.
SENT_HEADERS: Final = frozenset({"authorization", "content-type", "idempotency-key", "stripe-account", "stripe-context", "stripe-version"})

# Connections are let go before any server would close them, so that none is found dead by a payment.
KEEP_ALIVE_SECONDS: Final = 2.0


class Wire(stripe.HTTPClient):
    """The SDK's way out: belongs to the event loop that it is made in."""

    name = "httpx"

    def __init__(self, settings: StripeSettings) -> None:
        super().__init__()
        self._whole_call_seconds = settings.connect_seconds + 2 * settings.read_seconds
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds),
            limits=httpx.Limits(max_connections=64, keepalive_expiry=KEEP_ALIVE_SECONDS),
            trust_env=not settings.is_loopback,  # a proxy of the machine's cannot reach the machine itself
            # Where nothing is encrypted no certificates are read; a context without any trusts nobody.
            verify=True if settings.is_encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            follow_redirects=False,
        )

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request; whatever goes wrong below HTTP is the SDK's connection error, with no word of what was sent."""
        try:
            async with asyncio.timeout(self._whole_call_seconds):
                answer = await self._http.request(method.upper(), url, headers=_bare(headers), content=post_data)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as error:
            raise stripe.APIConnectionError(type(error).__name__) from error  # type: ignore[no-untyped-call]
        answer.headers.pop("stripe-notice", None)  # the SDK would warn of it, and a warning may be an error, after the money moved
        return answer.content, answer.status_code, answer.headers

    async def request_stream_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[AsyncIterable[bytes], int, Any]:
        """Refuse: nothing here streams."""
        raise NotImplementedError(method, url)

    async def close_async(self) -> None:
        """Let the connections go."""
        await self._http.aclose()


def _bare(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in SENT_HEADERS} | {"User-Agent": USER_AGENT}


def keep_quiet() -> None:
    """Stop the SDK from telling Stripe about this machine, and the log about what was sent to Stripe."""
    stripe.enable_telemetry = False
    stripe.log = None
    stripe_logging.STRIPE_LOG = None  # read from the environment at import; "debug" prints bodies to stderr
    logger = logging.getLogger("stripe")
    logger.setLevel(logging.WARNING)
    if _is_no_body not in logger.filters:
        logger.addFilter(_is_no_body)


def _is_no_body(record: logging.LogRecord) -> bool:
    """Hold back INFO and DEBUG even where someone sets the level again: they carry addresses and bodies."""
    return record.levelno >= logging.WARNING
