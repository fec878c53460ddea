"""One thing only of HTTP: posting bytes to an address of this machine, over connections that are kept, at a fraction of a client's cost."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import quote, urlsplit

ANSWER_SECONDS: Final = 10.0
KEPT_AT_MOST: Final = 8
SAFE: Final = "/%:@!$&'()*+,;=~?"

Place = tuple[str, int]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Poster:
    """Posts, and keeps a few connections to each place."""

    def __init__(self) -> None:
        self._idle: dict[Place, list[Connection]] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        """Return the status of the answer, or nothing where none came."""
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.port or 80)
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=SAFE)
        told = {"Host": parts.netloc.rpartition("@")[2], "Content-Length": str(len(body)), **headers}
        lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
        raw = "\r\n".join(lines).encode() + body
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._sent(place, raw)
        except (OSError, EOFError, asyncio.LimitOverrunError, LookupError, ValueError):
            return None

    async def aclose(self) -> None:
        """Let the connections go."""
        for _, writer in (connection for idle in self._idle.values() for connection in idle):
            writer.close()
        self._idle.clear()

    async def _sent(self, place: Place, raw: bytes) -> int:
        idle = self._idle.setdefault(place, [])
        while idle:
            with suppress(OSError, EOFError):  # it was closed at the other end meanwhile: another one, then
                return await self._exchanged(place, idle.pop(), raw)
        return await self._exchanged(place, await asyncio.open_connection(*place), raw)

    async def _exchanged(self, place: Place, connection: Connection, raw: bytes) -> int:
        reader, writer = connection
        keeps = False
        try:
            writer.write(raw)
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
            told = dict(line.partition(":")[::2] for line in head[1:] if line)
            status = int(head[0].split(" ")[1])
            if "content-length" in told and told.get("connection", "").strip() != "close":
                await reader.readexactly(int(told["content-length"]))
                keeps = len(self._idle[place]) < KEPT_AT_MOST
        finally:
            if keeps:
                self._idle[place].append(connection)
            else:
                writer.close()
        return status
