"""Posting takes every answer that a server may give, and says nothing came where nothing did."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from vendors.rails.sandbox.posting import Poster


@asynccontextmanager
async def server(*answers):
    """Give each request the next answer, and count connections."""
    seen, connections, waiting = [], [], list(answers)

    async def talk(reader, writer):
        connections.append(writer)
        try:
            while waiting:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
                seen.append(head + await reader.readexactly(length))
                answer = waiting.pop(0)
                writer.write(answer)
                await writer.drain()
                if b"close" in answer or not answer.startswith(b"HTTP/1.1 2"):
                    break
        except EOFError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", seen, connections
    finally:
        listening.close()


GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def test_a_connection_is_kept_for_the_next():
    async with server(GOOD, GOOD) as (base, seen, connections):
        poster = Poster()
        statuses = [await poster.post(f"{base}/a?b=c", b"x", {"A": "b"}) for _ in range(2)]
        await poster.aclose()

    assert (statuses, len(connections)) == ([200, 200], 1)
    assert seen[0].startswith(b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
    assert seen[0].endswith(b"\r\nA: b\r\n\r\nx")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", 204),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200),
        (b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n", 500),
        (b"HTTP/1.1 400 No\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", None),
        (b"HTTP/1.1 x\r\n\r\n", None),
        (b"", None),
    ],
)
async def test_any_answer_is_read(answer, status):
    async with server(answer) as (base, _, _):
        poster = Poster()
        assert await poster.post(base, b"x", {}) == status
        await poster.aclose()


async def test_a_connection_that_was_closed_meanwhile_is_replaced():
    closing = b"HTTP/1.1 400 Closing\r\ncontent-length: 0\r\n\r\n"
    async with server(closing, GOOD) as (base, _, connections):
        poster = Poster()
        first = await poster.post(base, b"x", {})
        await asyncio.sleep(0.01)
        second = await poster.post(base, b"x", {})
        await poster.aclose()

    assert (first, second, len(connections)) == (400, 200, 2)


async def test_where_nobody_listens_nothing_comes():
    assert await Poster().post("http://127.0.0.1:9/", b"x", {}) is None
