"""The database: one engine to write, one to read, and the only places where a transaction begins and ends."""

import enum
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, DateTime, Enum, MetaData, Uuid, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Connection, Dialect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from sdc.errors import BusyError

BUSY_TIMEOUT_SECONDS = 30
_READERS = 8
_WRITERS = 16
_RETRYABLE_SQLSTATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P03", "08006", "08003", "53300", "LG002"})
"""LG002 is the ledger's: it was restored into another cluster, and the worker adopts it within a second."""

_SQLITE_SIGNS = ("database is locked", "database or disk is full")

JsonDocument = JSON().with_variant(JSONB(), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An instant in UTC: aware in Python on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive instant; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "an instant needs a time zone"
            raise ValueError(message)
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back as UTC."""
        del dialect
        return value if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every table of the application (the libraries bring their own)."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        UUID: Uuid(),
        int: BigInteger(),
        datetime: Instant(),
        dict[str, Any]: JsonDocument,
        list[Any]: JsonDocument,
        list[str]: JsonDocument,
        list[dict[str, Any]]: JsonDocument,
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            length=32,
            create_constraint=False,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }


class Sessions:
    """Opens the sessions of one process; whoever opens one ends it, and nobody else does.

    On SQLite the writer is one connection that begins with `BEGIN IMMEDIATE` (its pool is a fair queue, so writers of
    one process never meet the database's own lock), and readers are deferred and query-only.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = _sqlite_engine(self.url, read_only=False) if self.is_sqlite else _postgresql_engine(self.url)
        self._reader = (
            _sqlite_engine(self.url, read_only=True)
            if self.is_sqlite
            else self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes (to count statements, or to inspect)."""
        return self._writer

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Open the one transaction of a request or job: committed at the end, rolled back on any error.

        Raises:
            BusyError: no connection, lock or answer in time; nothing was acknowledged.

        """
        with _busy_if_retryable():
            async with AsyncSession(self._writer, expire_on_commit=False, autoflush=False) as session, session.begin():
                yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session that can only read: one consistent picture, and no writer waits for it.

        Raises:
            BusyError: no connection or answer in time.

        """
        with _busy_if_retryable():
            async with AsyncSession(self._reader, expire_on_commit=False, autoflush=False) as session:
                yield session

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


class _busy_if_retryable:  # noqa: N801 - reads as the statement it is
    """Turn a lock, connection or pool failure that may be tried again into `BusyError`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PoolTimeoutError):
            raise BusyError("no database connection in time") from error
        if isinstance(error, DBAPIError) and is_retryable(error):
            raise BusyError("the database is busy") from error


def is_retryable(error: DBAPIError) -> bool:
    """Say whether the same transaction may be tried again: a lock, a deadlock, a lost connection."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return error.connection_invalidated or state in _RETRYABLE_SQLSTATES or any(sign in str(error.orig) for sign in _SQLITE_SIGNS)


def _postgresql_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=_WRITERS,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_SECONDS,
        pool_use_lifo=True,
        connect_args={"server_settings": {"application_name": "sdc", "lock_timeout": "10000", "jit": "off", "timezone": "UTC"}},
    )


def _sqlite_engine(url: URL, *, read_only: bool) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        pool_size=_READERS if read_only else 1,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_SECONDS,
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_SECONDS},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's own connection
        del record
        cursor = connection.cursor()
        # WAL lets readers and the one writer pass each other; FULL makes an acknowledged commit survive a power cut.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            cursor.execute(f"PRAGMA {pragma}")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver's own BEGIN is deferred: two writers would read first and one would then lose its update.
        connection.exec_driver_sql("BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE")

    return engine
