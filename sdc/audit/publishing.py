"""Publish the heads of blocks: one JSON object a line, appended to a file that others copy and nobody here rewrites."""

import json
import os
from pathlib import Path
from uuid import UUID

import ledger
from sdc.database import Sessions

_AT_ONCE = 1_000
_published: dict[Path, dict[UUID, int]] = {}
"""What this process knows of each file, so that it reads it once."""


async def publish_heads(sessions: Sessions, file: Path) -> int:
    """Append the heads that are not in the file yet, and count them.

    Two processes may append the same head: it then stands twice, which says nothing else than once.
    """
    if file not in _published:
        _published[file] = read_last_numbers(file)
    published = _published[file]
    appended = 0
    async with sessions.read() as session:
        for book_id, newest in sorted((await ledger.last_blocks(session)).items(), key=lambda one: one[0].int):
            after = published.get(book_id, 0)
            while after < newest:
                blocks = await ledger.book_blocks(session, book_id, after=after, limit=_AT_ONCE)
                append(file, blocks)
                appended += len(blocks)
                published[book_id] = after = blocks[-1].number
    return appended


def append(file: Path, blocks: list[ledger.Block]) -> None:
    """Append heads, and wait until the disk has them."""
    lines = "".join(f"{json.dumps(ledger.head_data(block), separators=(',', ':'))}\n" for block in blocks)
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        # A line that a crash cut off must not swallow the next one.
        is_whole = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
        os.write(descriptor, (lines if is_whole else f"\n{lines}").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_heads(file: Path) -> list[dict[str, object]]:
    """Read what was published.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is no head.

    """
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def read_last_numbers(file: Path) -> dict[UUID, int]:
    """Read the last number of each book in the file; a line that was cut off by a crash counts for nothing."""
    numbers: dict[UUID, int] = {}
    if not file.exists():
        return numbers
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                head = json.loads(line)
                book_id, number = UUID(head["book_id"]), int(head["number"])
            except (ValueError, KeyError, TypeError):
                continue
            numbers[book_id] = max(number, numbers.get(book_id, 0))
    return numbers
