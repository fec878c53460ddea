"""The sandbox's memory: one SQLite file, in which every answer's effects are safe before the answer leaves.

The file belongs to one process. Answers that wait at the same moment share one write.
"""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vendors.rails.sandbox.idempotency import KEPT_SECONDS, KEPT_SECONDS_OF_VERSION_2, VERSION_2, Kept
from vendors.rails.sandbox.world import Change

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    request_id TEXT NOT NULL,
    answered_at INTEGER NOT NULL
);
"""
PUT: Final = """
INSERT INTO objects (kind, id, document) VALUES (?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document
"""
FORGET: Final = "DELETE FROM answers WHERE answered_at <= ? OR (answered_at <= ? AND key NOT LIKE ?)"
KEEP: Final = "INSERT OR REPLACE INTO answers (key, fingerprint, status, body, request_id, answered_at) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop the answers that nobody remembers at an instant; without one, drop everything."""

    at: int | None = None


Write = Change | Kept | Forget


class StoreLostError(Exception):
    """A write failed: memory is ahead of the file, so nothing may be answered any more."""


class Store:
    """The file, and the writes that wait for it."""

    def __init__(self, file: Path | None) -> None:
        """Open the file (nothing: no file, for tests of the state alone) and keep every other process out of it."""
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            file if file is not None else ":memory:", isolation_level=None, check_same_thread=False, timeout=1.0
        )
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(SCHEMA)
        self._waiting: list[Write] = []
        self._appended = 0
        self._safe = 0
        self._writing = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-store")
        self._lost = False

    def objects(self) -> Iterator[Change]:
        """Read every object, in the order in which they were made."""
        for kind, object_id, document in self._connection.execute("SELECT kind, id, document FROM objects ORDER BY number"):
            yield Change(kind, object_id, json.loads(document))

    def answers(self) -> Iterator[Kept]:
        """Read every kept answer."""
        for row in self._connection.execute("SELECT key, fingerprint, status, body, request_id, answered_at FROM answers"):
            yield Kept(*row)

    def append(self, *writes: Write) -> None:
        """Queue writes that belong together."""
        self._waiting.extend(writes)
        self._appended += len(writes)

    async def settle(self) -> None:
        """Wait until everything queued so far is in the file.

        Raises:
            StoreLostError: a write failed, this one or an earlier one.

        """
        target = self._appended
        while self._safe < target:
            async with self._writing:
                if self._lost:
                    raise StoreLostError
                if self._safe >= target:
                    return
                batch, self._waiting, upto = self._waiting, [], self._appended
                self._lost = True  # until the write is known to have happened
                await asyncio.get_running_loop().run_in_executor(self._thread, self._write, batch)
                self._lost, self._safe = False, upto

    def close(self) -> None:
        """Close the file."""
        self._thread.shutdown()
        self._connection.close()

    def _write(self, batch: list[Write]) -> None:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        try:
            for write in batch:
                match write:
                    case Change(document=None):
                        run("DELETE FROM objects WHERE kind = ? AND id = ?", (write.kind, write.id))
                    case Change():
                        run(PUT, (write.kind, write.id, json.dumps(write.document, separators=(",", ":"))))
                    case Kept():
                        run(KEEP, (write.key, write.fingerprint, write.status, write.body, write.request_id, write.answered_at))
                    case Forget(at=None):
                        run("DELETE FROM objects")
                        run("DELETE FROM answers")
                    case Forget(at=int(at)):
                        run(FORGET, (at - KEPT_SECONDS_OF_VERSION_2, at - KEPT_SECONDS, f"{VERSION_2}%"))
        except BaseException:
            run("ROLLBACK")
            raise
        run("COMMIT")
