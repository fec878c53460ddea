"""Group commit: many callers at once share one transaction, so that the disk is waited for once."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType
from typing import Self

from ledger.answer import Answer
from ledger.connection import Connection
from ledger.entry import Entry
from ledger.posting import post

Begin = Callable[[], AbstractAsyncContextManager[Connection]]
"""Opens a write transaction of the caller's, which commits at its end and undoes all on an error."""
_Call = tuple[Sequence[Entry], asyncio.Future[list[Answer]]]
_MAX_CALLERS = 500


class Grouping:
    """Posts what many callers ask for at the same time in one transaction, and answers each when it is committed.

    For the database of one writer, SQLite: while one group is committed, the next one gathers. The entries of a caller stand
    together, in the order in which the callers came; each is refused or posted by itself, and recorded at the instant that
    `clock` names for its group. If the transaction fails, every caller of the group is told the same error, and nothing of
    theirs was posted, or, where the answer of a commit was lost, all of it: they ask again with the same ids. Use it as a
    context manager; leaving it waits for what is under way.
    """

    def __init__(self, begin: Begin, clock: Callable[[], datetime]) -> None:
        self._begin = begin
        self._clock = clock
        self._waiting: list[_Call] = []
        self._worker: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        while self._worker is not None:
            await asyncio.shield(self._worker)

    async def post(self, *entries: Entry) -> list[Answer]:
        """Post entries, each by itself, and come back when they are committed.

        Raises:
            Exception: what the transaction of the group failed with.

        """
        answers: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append((entries, answers))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await answers

    async def _work(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:_MAX_CALLERS], self._waiting[_MAX_CALLERS:]
                await self._commit(group)
        finally:
            self._worker = None

    async def _commit(self, group: Sequence[_Call]) -> None:
        try:
            async with self._begin() as session:
                posted = iter(await post(session, *(entry for entries, _ in group for entry in entries), at=self._clock()))
                answers = [[next(posted) for _ in entries] for entries, _ in group]
        except Exception as error:  # noqa: BLE001 - it is the callers' to handle
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(group, answers, strict=True):
            if not future.done():
                future.set_result(answer)
