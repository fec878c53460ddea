"""What the ledger runs its statements through: the caller's session or connection, whose transaction it never ends."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

Connection = AsyncSession | AsyncConnection


class Savepoint(Protocol):
    """What was done since it started can be undone by itself."""

    async def start(self) -> Any:  # noqa: ANN401 - each kind answers something else
        """Begin it."""

    async def commit(self) -> None:
        """Keep what was done since."""

    async def rollback(self) -> None:
        """Undo what was done since."""


class DriverConnection(Protocol):
    """A connection of asyncpg itself, within a transaction of the caller's: posting then costs no layer above the driver."""

    async def fetch(self, query: str, *args: Any) -> Any:  # noqa: ANN401 - the driver's own types
        """Run a statement and give its rows."""

    async def fetchrow(self, query: str, *args: Any) -> Any:  # noqa: ANN401 - the driver's own types
        """Run a statement and give its first row."""

    def transaction(self) -> Savepoint:
        """Make a savepoint within the transaction."""


def dialect_of(session: Connection) -> str:
    """Name the database behind `session`: `postgresql` or `sqlite`."""
    if isinstance(session, AsyncConnection):
        return session.dialect.name
    return session.get_bind().dialect.name


async def fetch_row(session: Connection | DriverConnection, statement: str, parameters: Sequence[Any]) -> Any:  # noqa: ANN401 - a row
    """Run a statement in the driver's own words (`$1` or `?`), without the cost of compiling it, and give its first row."""
    if not isinstance(session, AsyncSession | AsyncConnection):
        return await session.fetchrow(statement, *parameters)
    return (await driver_sql(session, statement, tuple(parameters))).first()


async def driver_sql(session: Connection, statement: str, parameters: Any = ()) -> Any:  # noqa: ANN401 - a cursor
    """Run a statement in the driver's own words; a list of tuples runs it once for each."""
    connection = session if isinstance(session, AsyncConnection) else await session.connection()
    return await connection.exec_driver_sql(statement, parameters)
