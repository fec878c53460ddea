"""Opening accounts, once and for life."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, Row, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.account import Account, AccountId, Side
from ledger.batch import batches
from ledger.connection import Connection, dialect_of
from ledger.errors import AccountConflictError
from ledger.instant import to_microseconds
from ledger.leaf import account_leaf
from ledger.tables import accounts as account_rows
from ledger.tables import balances as balance_rows


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
        await _insert(session, account_rows, [_account_row(account, opened_at_us) for account in missing])
        known |= await find_accounts(session, unknown)
    guarded = [account.id for account in missing if account.guarded and known.get(account.id) == account]
    if guarded:
        await _insert(session, balance_rows, [{"account_id": account_id, "balance_cents": 0} for account_id in guarded])
    for account in accounts:
        if known.get(account.id) != account:
            raise AccountConflictError(account.id, account.code)


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


def _account_row(account: Account, opened_at_us: int) -> dict[str, object]:
    return {
        "opened_at_us": opened_at_us,
        "id": account.id,
        "book_id": account.book_id,
        "guarded": account.guarded,
        "side": account.side.value,
        "code": account.code,
        "leaf": account_leaf(account, opened_at_us),
    }


async def _insert(session: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert what is not there; another transaction may have been faster, and what it wrote is read after."""
    statement: Insert
    if dialect_of(session) == "postgresql":
        statement = postgresql.insert(table).on_conflict_do_nothing()
    else:
        statement = sqlite.insert(table).on_conflict_do_nothing()
    await session.execute(statement, rows)
