"""A small book to post in, and databases that hold nothing but a ledger."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID, uuid4, uuid5

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

import ledger
from tests.horizon import OLDER_ELSEWHERE

NOON = datetime(2026, 10, 15, 12, tzinfo=UTC)
TODAY = date(2026, 10, 15)
BOOK = UUID("00000000-0000-7000-8000-00000000b00c")
PERSON, OTHER_PERSON = UUID("00000000-0000-7000-8000-000000000a01"), UUID("00000000-0000-7000-8000-000000000a02")
Asked = ParamSpec("Asked")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Database:
    """A database with the tables of the ledger, and the two ways into it."""

    engine: AsyncEngine
    schema: str = ""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a write transaction, and commit it at the end."""
        async with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            await connection.commit()

    async def run(self, *statements: str) -> None:
        """Run raw SQL, as a person at a prompt would."""
        async with self.begin() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    async def post(self, *entries: ledger.Entry, atomic: bool = False) -> list[ledger.Answer]:
        """Post in a transaction of its own."""
        async with self.begin() as connection:
            return await ledger.post(connection, *entries, at=NOON, atomic=atomic)

    async def open(self, *accounts: ledger.Account) -> None:
        """Open accounts in a transaction of its own."""
        async with self.begin() as connection:
            await ledger.open_accounts(connection, accounts, at=NOON)

    async def balances(self, *accounts: ledger.Account) -> list[int]:
        """Read balances in the order of `accounts`."""
        async with self.begin() as connection:
            held = await ledger.balances(connection, [account.id for account in accounts])
        return [held[account.id] for account in accounts]

    async def call(
        self, verb: Callable[Concatenate[AsyncConnection, Asked], Awaitable[Result]], *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Result:
        """Do what `verb` does in a transaction of its own."""
        async with self.begin() as connection:
            return await verb(connection, *args, **kwargs)

    async def seal(self, book_id: UUID = BOOK, *, at: datetime = NOON, keys: ledger.SigningKeys | None = None) -> ledger.Block | None:
        """Seal what there is, in a transaction of its own, when nobody else's holds that back."""
        await self.outlast_other_databases()
        async with self.begin() as connection:
            return await ledger.seal(connection, book_id, at=at, keys=keys)

    async def outlast_other_databases(self) -> None:
        """Wait until the transactions elsewhere on the server that are older than now have ended: its horizon is one for all."""
        if self.engine.dialect.name == "sqlite":
            return
        async with self.engine.connect() as connection:
            now = (await connection.exec_driver_sql("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")).scalar_one()
            while (await connection.exec_driver_sql(OLDER_ELSEWHERE, (now,))).scalar_one():
                await connection.rollback()  # a transaction looks at the others once
                await asyncio.sleep(0.005)

    async def verify(self, **given: Any) -> ledger.Verification:
        """Verify everything."""
        async with self.begin() as connection:
            return await ledger.verify(connection, **given)


@asynccontextmanager
async def a_database(url: str, *, statements: Sequence[str] | None = None) -> AsyncIterator[Database]:
    """Create a ledger at `url`: in the empty SQLite file, or in a schema of its own of the PostgreSQL database.

    With `statements`, another than today's.
    """
    async with over(url, f"ledger_{uuid4().hex}") as database:
        prepare = [] if url.startswith("sqlite") else [f"CREATE SCHEMA {database.schema}"]
        await database.run(*prepare, *(statements or ledger.create_statements(database.engine.dialect.name)))
        yield database


@asynccontextmanager
async def over(url: str, schema: str) -> AsyncIterator[Database]:
    """Open the ledger that stands at `url`, on PostgreSQL in this schema of it."""
    if url.startswith("sqlite"):
        engine = create_async_engine(url, pool_size=50, connect_args={"isolation_level": None, "timeout": 30})
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    else:
        engine = create_async_engine(url, pool_size=20, connect_args={"server_settings": {"search_path": schema}})
    try:
        yield Database(engine, schema)
    finally:
        await engine.dispose()


def an_account(code: str, side: ledger.Side = ledger.Side.CLAIM, *, guarded: bool = False, book_id: UUID = BOOK) -> ledger.Account:
    """Make an account whose id derives from its code."""
    return ledger.Account(uuid5(book_id, code), book_id, code, side, guarded)


CASH = an_account("cash", ledger.Side.ASSET)
VENDOR = an_account("payable")
FUNDING = an_account("funding", guarded=True)
AVAILABLE = an_account("available", guarded=True)
ENCUMBERED = an_account("encumbered", guarded=True)
CHART = (CASH, VENDOR, FUNDING, AVAILABLE, ENCUMBERED)


def a_transfer(debit: ledger.Account, credit: ledger.Account, cents: int, tag: str = "") -> ledger.Transfer:
    """Make a transfer between accounts."""
    return ledger.Transfer(debit.id, credit.id, cents, tag)


def an_entry(*transfers: ledger.Transfer, entry_id: UUID | None = None, **changes: Any) -> ledger.Entry:
    """Make an entry of today, with an id of its own."""
    entry = ledger.Entry(entry_id or uuid4(), BOOK, "test", BOOK, TODAY, transfers)
    return replace(entry, **changes)


def a_deposit(cents: int, into: ledger.Account = AVAILABLE, **changes: Any) -> ledger.Entry:
    """Make an entry that brings money in."""
    return an_entry(a_transfer(CASH, into, cents), **changes)


def a_purchase(cents: int, **changes: Any) -> ledger.Entry:
    """Make an entry that sets money aside."""
    return an_entry(a_transfer(AVAILABLE, ENCUMBERED, cents), **changes)


def refusals(answers: list[ledger.Answer]) -> list[type[ledger.RefusalError] | None]:
    """Name the class of each refusal, None for an entry that stands."""
    return [type(answer.error) if isinstance(answer, ledger.Refused) else None for answer in answers]


def _prepare_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
