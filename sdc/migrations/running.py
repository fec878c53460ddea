"""Bring a database up to date, alone: of two that try at once, the second finds nothing left to do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlalchemy.engine.url import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from sdc.config import sqlite_file
from sdc.database import Sessions

_LOCK_NUMBER = 7_301_944_263_580
_WAIT_FOR_TWIN = "300s"
_WAIT_FOR_TABLE = "10s"


async def upgrade(url: str, *, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`, in one transaction: all of it, or nothing.

    Raises:
        BusyError: a table stayed locked by others.

    """
    _make_room(url)
    sessions = Sessions(url)
    try:
        async with sessions.begin() as session:
            connection = await session.connection()
            await _be_alone(connection)
            await connection.run_sync(lambda open_connection: command.upgrade(configuration(open_connection), revision))
    finally:
        await sessions.close()


def newest_revision() -> str:
    """Name the revision that this program is written for."""
    return max(path.name.partition("_")[0] for path in (Path(__file__).parent / "versions").glob("0*.py"))


async def current_revision(url: str) -> str | None:
    """Tell the revision of the database at `url`; None while it is empty."""
    file = sqlite_file(make_url(url).render_as_string(hide_password=False))
    if file is not None and not file.exists():
        return None
    sessions = Sessions(url)
    try:
        async with sessions.read() as session:
            return await (await session.connection()).run_sync(
                lambda connection: MigrationContext.configure(connection).get_current_revision()
            )
    finally:
        await sessions.close()


def configuration(connection: Connection) -> Config:
    """Configure Alembic to work on a connection whose transaction somebody else ends."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def _be_alone(connection: AsyncConnection) -> None:
    """Wait until no other upgrade runs. SQLite's `BEGIN IMMEDIATE` has done so already."""
    if connection.dialect.name != "postgresql":
        return
    await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_FOR_TWIN}'")
    await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})")
    await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_FOR_TABLE}'")


def _make_room(url: str) -> None:
    """Make the folder of an SQLite file."""
    file = sqlite_file(make_url(url).render_as_string(hide_password=False))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
