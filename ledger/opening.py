"""Opening accounts, once, and closing them, for good."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, select
from sqlalchemy.dialects import sqlite

from ledger.account import Account, AccountId, Side
from ledger.batch import batches
from ledger.connection import Connection, dialect_of, driver_sql
from ledger.errors import AccountConflictError, AccountInUseError, UnknownAccountError
from ledger.instant import to_microseconds
from ledger.leaf import account_leaf, closing_leaf
from ledger.period import lock_book
from ledger.sqlite import next_stamp
from ledger.standing import balance
from ledger.tables import accounts as account_rows
from ledger.tables import balances as balance_rows
from ledger.tables import closings as closing_rows


async def open_accounts(session: Connection, accounts: Sequence[Account], at: datetime) -> None:
    """Open `accounts`; those that are open already with the same content are left as they are.

    Raises:
        InvalidInstantError: `at` names no time zone.
        AccountConflictError: an id, or a code in its book, is taken by an account of other content; those without
            conflict are open.

    """
    opened_at_us = to_microseconds(at)
    known = await find_accounts(session, [account.id for account in accounts])
    unknown = {account.id: account for account in accounts if account.id not in known}
    missing = [unknown[account_id] for account_id in sorted(unknown)]
    if missing:
        await _OPEN[dialect_of(session)](session, missing, opened_at_us)
        known |= await find_accounts(session, unknown)
    for account in accounts:
        if known.get(account.id) != account:
            raise AccountConflictError(account.id, account.code)


async def close_account(session: Connection, account_id: AccountId, *, by: UUID, at: datetime) -> None:
    """Close an account for good: nothing is posted to it any more. Closing it again changes nothing.

    Nobody posts in its book until the caller's transaction ends.

    Raises:
        InvalidInstantError: `at` names no time zone.
        UnknownAccountError: it was never opened.
        AccountInUseError: it holds something, or is overdrawn.

    """
    closed_at_us = to_microseconds(at)
    account = (await find_accounts(session, [account_id])).get(account_id)
    if account is None:
        raise UnknownAccountError(account_id)
    await lock_book(session, account.book_id)
    closed = await session.execute(select(closing_rows.c.account_id).where(closing_rows.c.account_id == account_id))
    if closed.first() is not None:
        return
    held_cents = await balance(session, account_id)
    if held_cents:
        raise AccountInUseError(account_id, held_cents)
    leaf = closing_leaf(account_id, account.book_id, closed_at_us, by)
    if dialect_of(session) == "postgresql":
        values = (account_id, account.book_id, by, leaf, closed_at_us)
        await driver_sql(session, "SELECT ledger_write_closing($1, $2, $3, $4, $5)", values)
        return
    row = {"closed_at_us": closed_at_us, "written_in": await next_stamp(session), "account_id": account_id}
    await session.execute(closing_rows.insert(), [row | {"book_id": account.book_id, "closed_by": by, "leaf": leaf}])


async def find_accounts(session: Connection, account_ids: Iterable[AccountId]) -> dict[AccountId, Account]:
    """Read accounts by id; those never opened are left out."""
    found: dict[AccountId, Account] = {}
    for ids in batches(sorted(set(account_ids))):
        rows = await session.execute(select(account_rows).where(account_rows.c.id.in_(ids)))
        found |= {row.id: read_account(row) for row in rows}
    return found


async def book_accounts(session: Connection, book_id: UUID) -> list[Account]:
    """Read the accounts of a book, by code."""
    rows = await session.execute(select(account_rows).where(account_rows.c.book_id == book_id).order_by(account_rows.c.code))
    return [read_account(row) for row in rows]


def read_account(row: Row[Any]) -> Account:
    """Make the account of a row that holds its columns."""
    return Account(row.id, row.book_id, row.code, Side(row.side), row.guarded)


async def _open_on_postgresql(session: Connection, accounts: Sequence[Account], opened_at_us: int) -> None:
    for some in batches(accounts):
        columns = (
            [account.id for account in some],
            [account.book_id for account in some],
            [account.guarded for account in some],
            [account.side.value for account in some],
            [account.code for account in some],
            [account_leaf(account, opened_at_us) for account in some],
        )
        await driver_sql(session, "SELECT ledger_open_accounts($1, $2, $3, $4, $5, $6, $7)", (*columns, opened_at_us))


async def _open_on_sqlite(session: Connection, accounts: Sequence[Account], opened_at_us: int) -> None:
    written_in = await next_stamp(session)
    await _insert(session, account_rows, [_account_row(account, opened_at_us, written_in) for account in accounts])
    known = await find_accounts(session, [account.id for account in accounts])
    guarded = [account.id for account in accounts if account.guarded and known.get(account.id) == account]
    if guarded:
        await _insert(session, balance_rows, [{"account_id": account_id, "balance_cents": 0} for account_id in guarded])


def _account_row(account: Account, opened_at_us: int, written_in: int) -> dict[str, object]:
    return {
        "opened_at_us": opened_at_us,
        "written_in": written_in,
        "id": account.id,
        "book_id": account.book_id,
        "guarded": account.guarded,
        "side": account.side.value,
        "code": account.code,
        "leaf": account_leaf(account, opened_at_us),
    }


async def _insert(session: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    await session.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)


_OPEN = {"postgresql": _open_on_postgresql, "sqlite": _open_on_sqlite}
