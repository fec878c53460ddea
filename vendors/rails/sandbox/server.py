"""The sandbox as a process: uvicorn on loopback, with the one thing more that a fault needs, cutting a connection."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from vendors.rails.sandbox.control import WEBHOOK_SHAPE
from vendors.rails.sandbox.deliveries import Deliveries
from vendors.rails.sandbox.events import register
from vendors.rails.sandbox.parameters import check
from vendors.rails.sandbox.shell import DROP, Sandbox
from vendors.rails.sandbox.store import Store
from vendors.rails.sandbox.world import World

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Protocol
else:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as Protocol

HOST: Final = "127.0.0.1"
ANY_ADDRESS: Final = frozenset({"0.0.0.0", ""})  # noqa: S104 - compared, not bound
BACKLOG: Final = 256
KEEP_ALIVE_SECONDS: Final = 75
TICK_SECONDS: Final = 0.5


class CuttingProtocol(Protocol):
    """uvicorn's own protocol, which tells the application how to cut its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wrap the application for this one connection."""
        super().connection_made(transport)
        app = self.app

        async def cuttable(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
            await app({**scope, "extensions": {DROP: transport.abort}}, receive, send)

        self.app = cuttable


async def serve(
    *,
    port: int,
    file: Path | None,
    host: str = HOST,
    webhooks: Iterable[tuple[str, str]] = (),
    started: Callable[[int], None] | None = None,
) -> None:
    """Run until told to stop. Port 0 takes any free one; `started` is told which, once calls are accepted.

    Another `host` than loopback is for a network of one's own, such as one of containers: whoever reaches it may do everything here.

    `webhooks` are pairs of an http address on this machine and the secret with which events to it are signed.

    Raises:
        OSError: the port is taken.
        sqlite3.OperationalError: another process has the file.

    """
    with _listening(host, port) as listener:
        store = Store(file)
        deliveries = Deliveries()
        try:
            world = World(clock=time.time, new_id=_new_id)
            sandbox = Sandbox(world, store, deliveries, host="*" if host in ANY_ADDRESS else host)
            for url, secret in webhooks:
                wanted = check({"url": url, "secret": secret}, WEBHOOK_SHAPE)
                register(world, wanted["url"], secret=wanted["secret"], enabled=["*"])
            store.append(*world.take_changes())
            await store.settle()
            config = uvicorn.Config(
                sandbox,
                http=CuttingProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=1,
            )
            if started is not None:
                started(listener.getsockname()[1])
            ticking = asyncio.create_task(_tick(sandbox))
            try:
                await uvicorn.Server(config).serve(sockets=[listener])
            finally:
                ticking.cancel()
        finally:
            await deliveries.aclose()
            store.close()


def run(
    *,
    port: int,
    file: Path | None,
    host: str = HOST,
    webhooks: Iterable[tuple[str, str]] = (),
    started: Callable[[int], None] | None = None,
) -> None:
    """Run the sandbox as the whole of a process."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(port=port, file=file, host=host, webhooks=webhooks, started=started))


async def _tick(sandbox: Sandbox) -> None:
    """Let time pass although nobody calls, so that payouts arrive and are told of."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        await sandbox.let_time_pass()


def _listening(host: str, port: int) -> socket.socket:
    """Listen on loopback before anything else, so that a taken port is known at once and early calls wait in line."""
    # Without the protocol named, asyncio leaves Nagle's delay on, and each answer waits 40 ms for the caller's ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _new_id(prefix: str) -> str:
    return f"{prefix}_{token_hex(12)}"
