"""Seal the books of all programs, sign what is sealed, and give the heads away."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog

import ledger
from sdc.audit.publishing import publish_heads
from sdc.outbox.sweeping import each
from sdc.outbox.work import Work

_LATE = timedelta(seconds=10)
_log = structlog.get_logger("sdc.worker")


async def seal_sweep(work: Work) -> int:
    """Seal what was committed in any book since its last block, and publish the heads; count the blocks.

    A block is published after its commit. What a process that died did not publish, the next one does.

    Raises:
        KeyFileError: the file of keys is there and cannot be used: nothing is sealed unsigned then.

    """
    keys = read_signing_keys(work.settings.ledger_key_file)
    async with work.sessions.read() as session:
        at_home = await ledger.is_at_home(session)
        books = await ledger.find_unsealed(session, keys)
    if not at_home:
        async with work.sessions.begin() as session:
            await ledger.adopt(session)
        _log.warning("ledger_adopted")
    if not books:
        return 0
    sealed = _Sealer(work, keys)
    await each(books, sealed.seal_book, sweep="seal_sweep", subject=lambda book_id: book_id)
    if work.settings.ledger_heads_file is not None and sealed.blocks:
        await publish_heads(work.sessions, Path(work.settings.ledger_heads_file))
    return sealed.blocks


def read_signing_keys(file: str) -> ledger.SigningKeys | None:
    """Read the keys that sign; none where there is no such file: blocks are then not signed.

    Raises:
        KeyFileError: the file is there and cannot be used.

    """
    path = Path(file)
    return ledger.read_keys(path) if path.exists() else None


class _Sealer:
    """Seals one book after the other, and counts."""

    def __init__(self, work: Work, keys: ledger.SigningKeys | None) -> None:
        self.work = work
        self.keys = keys
        self.blocks = 0

    async def seal_book(self, book_id: UUID) -> bool:
        """Seal all of a book, each block in a transaction of its own."""
        sealed = 0
        while await self._seal_once(book_id):
            sealed += 1
        self.blocks += sealed
        if not sealed:
            await self._tell_lag(book_id)
        return sealed > 0

    async def _tell_lag(self, book_id: UUID) -> None:
        """Say how late a book is whose transactions are held back by one that does not end, in this database or beside it."""
        work = self.work
        async with work.sessions.read() as session:
            since = await ledger.unsealed_since(session, book_id)
        if since is not None and work.clock.now() - since > _LATE:
            _log.warning("seal_late", subject_id=str(book_id), seconds=round((work.clock.now() - since).total_seconds()))

    async def _seal_once(self, book_id: UUID) -> bool:
        work = self.work
        async with work.sessions.begin() as session:
            return await ledger.seal(session, book_id, at=work.clock.now(), keys=self.keys) is not None
