"""What the ledger runs its statements through: the caller's session or connection, whose transaction it never ends."""

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

Connection = AsyncSession | AsyncConnection


def dialect_of(session: Connection) -> str:
    """Name the database behind `session`: `postgresql` or `sqlite`."""
    if isinstance(session, AsyncConnection):
        return session.dialect.name
    return session.get_bind().dialect.name
