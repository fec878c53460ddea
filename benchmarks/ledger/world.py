"""A book to measure on a durable PostgreSQL, and the two peers beside it: bare rows, and a plain ledger of two balance rows."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import ledger
from tests import cluster

BUDGETS = 500
TODAY = date(2026, 10, 15)
LONG_AGO = date(2026, 1, 15)
_ENOUGH = 10**11

PEERS = """
CREATE TABLE bare (debit_id uuid NOT NULL, credit_id uuid NOT NULL, amount_cents bigint NOT NULL);

CREATE TABLE plain_accounts (id uuid PRIMARY KEY, balance_cents bigint NOT NULL);

CREATE TABLE plain_transfers (
    id uuid PRIMARY KEY, debit_id uuid NOT NULL REFERENCES plain_accounts, credit_id uuid NOT NULL REFERENCES plain_accounts,
    amount_cents bigint NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ON plain_transfers (debit_id);

CREATE INDEX ON plain_transfers (credit_id);

CREATE FUNCTION plain_transfer(transfer uuid, debit uuid, credit uuid, cents bigint) RETURNS void LANGUAGE plpgsql AS $plain$
BEGIN
    -- Both rows in one order, so that it does not deadlock; no id looked up, no history of balances, no proof.
    PERFORM 1 FROM plain_accounts WHERE id IN (debit, credit) ORDER BY id FOR UPDATE;
    UPDATE plain_accounts SET balance_cents = balance_cents - cents WHERE id = debit;
    UPDATE plain_accounts SET balance_cents = balance_cents + cents WHERE id = credit;
    INSERT INTO plain_transfers (id, debit_id, credit_id, amount_cents) VALUES (transfer, debit, credit, cents);
END
$plain$;
"""
"""What a ledger does that keeps every balance in its row, in its shortest form."""


@dataclass(frozen=True)
class World:
    """An engine, how to connect a driver of one's own, and a book with a hot vendor and many budgets."""

    engine: AsyncEngine
    dsn: str
    book_id: UUID
    vendor: ledger.Account
    cash: ledger.Account
    budgets: list[ledger.Account]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Open a connection of the driver itself."""
        opened = await asyncpg.connect(self.dsn)
        try:
            yield opened
        finally:
            await opened.close()

    def entry(self, *, on: date = TODAY) -> ledger.Entry:
        """Make an entry that pays the vendor out of some budget."""
        entry_id = uuid4()
        budget = self.budgets[entry_id.int % len(self.budgets)]
        moved = (ledger.Transfer(budget.id, self.vendor.id, 1, "fitness"),)
        return ledger.Entry(entry_id, self.book_id, "expenditure", uuid4(), on, moved)

    async def transfers(self) -> int:
        """Count the transfers of the book."""
        async with self.connection() as opened:
            return int(await opened.fetchval("SELECT count(*) FROM ledger_transfers"))


@asynccontextmanager
async def a_world() -> AsyncIterator[World]:
    """Start a PostgreSQL with its default durability, and open a book in it.

    Raises:
        ClusterError: there is none, or it does not start.

    """
    binaries = cluster.find_binaries()
    if binaries is None:
        raise cluster.ClusterError("there is no PostgreSQL to measure")
    server = cluster.start(binaries, watched=os.getpid(), durable=True)
    url = make_url(server.url)
    engine = create_async_engine(url, pool_size=4)
    try:
        yield await _open_book(engine, url.set(drivername="postgresql").render_as_string(hide_password=False))
    finally:
        await engine.dispose()
        server.stop()


async def _open_book(engine: AsyncEngine, dsn: str) -> World:
    book_id, now = uuid4(), datetime.now(UTC)
    vendor = ledger.Account(uuid4(), book_id, "payable", ledger.Side.CLAIM, guarded=False)
    cash = ledger.Account(uuid4(), book_id, "cash", ledger.Side.ASSET, guarded=False)
    budgets = [ledger.Account(uuid4(), book_id, f"encumbered {place}", ledger.Side.CLAIM, guarded=True) for place in range(BUDGETS)]
    async with engine.begin() as connection:
        for statement in [*ledger.create_statements("postgresql"), *PEERS.split(";\n\n")]:
            await connection.exec_driver_sql(statement)
        await ledger.open_accounts(connection, [vendor, cash, *budgets], at=now)
        funding = [
            ledger.Entry(uuid4(), book_id, "deposit", uuid4(), LONG_AGO, (ledger.Transfer(cash.id, account.id, _ENOUGH),))
            for account in budgets
        ]
        answers = await ledger.post(connection, *funding, at=now)
        assert all(isinstance(answer, ledger.Posted) for answer in answers)
        ids = [(account.id, _ENOUGH) for account in (vendor, *budgets)]
        await connection.exec_driver_sql("INSERT INTO plain_accounts VALUES ($1, $2)", ids)
    return World(engine, dsn, book_id, vendor, cash, budgets)
