"""The same ledger twice, on SQLite and on PostgreSQL, for tests that are not asynchronous themselves."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from tests.ledger.books import Database, a_database

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pair:
    """Two databases to be driven alike."""

    runner: asyncio.Runner
    both: tuple[Database, ...]

    def each(self, act: Callable[[Database], Awaitable[Result]]) -> list[Result]:
        """Do the same on both and give both results."""

        async def run() -> list[Result]:
            return [await act(database) for database in self.both]

        return self.runner.run(run())


@contextmanager
def a_pair(*urls: str) -> Iterator[Pair]:
    """Make an empty ledger on each database."""
    stack = AsyncExitStack()

    async def enter() -> tuple[Database, ...]:
        return tuple([await stack.enter_async_context(a_database(url)) for url in urls])

    with asyncio.Runner() as runner:
        try:
            yield Pair(runner, runner.run(enter()))
        finally:
            runner.run(stack.aclose())
