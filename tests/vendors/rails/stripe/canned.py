"""A server that answers every request with the same bytes and keeps what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

JSON = "application/json"


@dataclass
class Canned:
    """What the server was sent, and where it listens."""

    base: str = ""
    requests: list[bytes] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def received(self, count: int) -> None:
        """Wait until so many requests came."""
        async with asyncio.timeout(10), self.came:
            await self.came.wait_for(lambda: len(self.requests) >= count)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the last request."""
        lines = self.requests[-1].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def body(self) -> str:
        """The body of the last request."""
        return self.requests[-1].partition(b"\r\n\r\n")[2].decode()


def http(status: int, body: object = b"", *, media_type: str = JSON, extra: str = "") -> bytes:
    """Write an HTTP answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (
        f"HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\ncontent-length: {len(raw)}\r\n{extra}connection: close\r\n\r\n".encode()
        + raw
    )


def error(code: str = "", kind: str = "invalid_request_error") -> dict[str, object]:
    """Write an error as Stripe does."""
    return {"error": {"type": kind, "message": "the words do not matter", **({"code": code} if code else {})}}


@asynccontextmanager
async def answering(answer: bytes, *, drip_seconds: float = 0) -> AsyncIterator[Canned]:
    """Listen on loopback; with `drip_seconds`, let a byte leave only so often."""
    canned = Canned()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
        whole = head + await reader.readexactly(length)
        async with canned.came:
            canned.requests.append(whole)
            canned.came.notify_all()
        try:
            for start in range(0, len(answer), 1 if drip_seconds else max(len(answer), 1)):
                writer.write(answer[start : start + 1] if drip_seconds else answer)
                await writer.drain()
                await asyncio.sleep(drip_seconds)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    canned.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield canned
    finally:
        server.close()
        await server.wait_closed()
