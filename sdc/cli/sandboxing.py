"""The sandbox beside a process: started where its port is free, kept running, ended by whoever started it."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from sdc.config import Settings
from sdc.errors import ConfigurationError

_START_SECONDS = 10.0
_LOOK_SECONDS = 1.0
_ORPHAN_SECONDS = 120
_STOP_SECONDS = 5


def run(settings: Settings, *, has_parent: bool) -> None:
    """Run the sandbox as the whole of this process."""
    from vendors.rails import sandbox

    if has_parent:
        threading.Thread(target=_end_as_orphan, args=(os.getppid(),), daemon=True).start()
    file = Path(settings.sandbox_file)
    file.parent.mkdir(parents=True, exist_ok=True)
    sandbox.run(port=settings.sandbox_port, file=file, webhooks=_webhooks(settings), started=_say_where)


@asynccontextmanager
async def sandbox_beside(settings: Settings) -> AsyncIterator[None]:
    """Have a sandbox answer at its port for as long as this lasts, where the settings pay through one.

    Raises:
        ConfigurationError: something else answers at the port, or the sandbox does not start.

    """
    if settings.rail != "sandbox" or settings.stripe_api_base != f"http://127.0.0.1:{settings.sandbox_port}":
        yield
        return
    keeper = _Keeper(settings)
    await keeper.ensure()
    watching = asyncio.create_task(keeper.watch())
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await asyncio.to_thread(keeper.stop)


class _Keeper:
    """Keeps one sandbox answering, whoever started it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    async def ensure(self) -> None:
        """Start the sandbox unless one answers already, and wait until it does."""
        if await self._answers():
            await self._ask_for_events()
            return
        await asyncio.to_thread(self._start)
        give_up_at = time.monotonic() + _START_SECONDS
        while not await self._answers():
            if time.monotonic() > give_up_at:
                message = f"the sandbox did not start on port {self.settings.sandbox_port}"
                raise ConfigurationError(message)
            await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Start it again when it is gone: it may have been another process's, which has ended."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            with suppress(ConfigurationError):
                if not await self._answers():
                    await self.ensure()

    def stop(self) -> None:
        """End the sandbox, if it is ours."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _start(self) -> None:
        command = [sys.executable, "-m", "sdc.cli", "sandbox", "--has-parent"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command

    async def _answers(self) -> bool:
        async with httpx.AsyncClient(base_url=self.settings.stripe_api_base, trust_env=False, timeout=_START_SECONDS) as http:
            try:
                answer = await http.get("/_sandbox")
            except httpx.TransportError:
                return False
        if not answer.is_success or "sandbox" not in answer.text:
            message = f"something that is not the sandbox answers on port {self.settings.sandbox_port}: set SDC_SANDBOX_PORT"
            raise ConfigurationError(message)
        return True

    async def _ask_for_events(self) -> None:
        """Have a sandbox that somebody else started tell us too what changes."""
        async with httpx.AsyncClient(base_url=self.settings.stripe_api_base, trust_env=False, timeout=_START_SECONDS) as http:
            for url, secret in _webhooks(self.settings):
                await http.post("/_sandbox/webhooks", json={"url": url, "secret": secret})


def _webhooks(settings: Settings) -> list[tuple[str, str]]:
    """Name where the service takes the sandbox's events, and the secret they are signed with."""
    host = settings.host if settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 - compared, not bound
    return [(f"http://{host}:{settings.port}/v1/webhooks/stripe", settings.stripe_webhook_secrets[0])]


def _say_where(port: int) -> None:
    sys.stdout.write(f"the sandbox answers at http://127.0.0.1:{port}\n")
    sys.stdout.flush()


def _end_as_orphan(parent: int) -> None:
    """End some time after the process that started us is gone without ending us: nobody else would."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    time.sleep(_ORPHAN_SECONDS)
    os._exit(0)
