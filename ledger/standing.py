"""What accounts hold: now, on a business date, or at the end of a sealed block.

A guarded account holds what its row says. An open one holds what it held at the end of the last block (its fold) and what
was posted since (the tail), read in one statement: exact while others post.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, Uuid, bindparam, select, text
from sqlalchemy.types import TypeEngine

from ledger.account import Account, AccountId, Side
from ledger.connection import Connection, DriverConnection, dialect_of, driver_sql, fetch_row
from ledger.errors import UnknownAccountError
from ledger.folding import HELD_ON_SQLITE, HELD_ONE, TAIL
from ledger.stored import as_uuid
from ledger.tables import balances as balance_rows


@dataclass(frozen=True, slots=True)
class TrialBalanceLine:
    """All that was debited and credited to an account, and what that leaves on its own side."""

    account: Account
    debit_cents: int
    credit_cents: int
    balance_cents: int


def guarded_balance(account_id: ColumnElement[UUID] | UUID) -> ColumnElement[int]:
    """Express the balance of a guarded account, to be read within a statement of the caller's own.

    It is NULL for an account that is open or unknown.
    """
    return select(balance_rows.c.balance_cents).where(balance_rows.c.account_id == account_id).scalar_subquery()


async def balance(session: Connection | DriverConnection, account_id: AccountId) -> int:
    """Read what an account holds, positive on its own side.

    Raises:
        UnknownAccountError: the account was never opened.

    """
    if isinstance(session, Connection) and dialect_of(session) == "sqlite":
        return (await balances(session, [account_id]))[account_id]
    row = await fetch_row(session, HELD_ONE, (account_id,))
    if row is None:
        raise UnknownAccountError(account_id)
    return int(row[1])


async def balances(session: Connection | DriverConnection, account_ids: Iterable[AccountId]) -> dict[AccountId, int]:
    """Read what accounts hold, each positive on its own side.

    Raises:
        UnknownAccountError: an account was never opened.

    """
    asked = sorted(set(account_ids))
    held = {as_uuid(account_id): int(cents) for account_id, cents in await _read_held(session, asked)} if asked else {}
    for account_id in asked:
        if account_id not in held:
            raise UnknownAccountError(account_id)
    return held


async def _read_held(session: Connection | DriverConnection, asked: list[AccountId]) -> Any:  # noqa: ANN401 - rows of either driver
    if not isinstance(session, Connection):
        return await session.fetch(_HELD_ON_POSTGRESQL, asked)
    if dialect_of(session) == "postgresql":
        return await driver_sql(session, _HELD_ON_POSTGRESQL, (asked,))
    return await driver_sql(session, HELD_ON_SQLITE, (json.dumps([one.hex for one in asked]),))


async def balance_on(session: Connection, account_id: AccountId, on: date) -> int:
    """Read what an account held at the end of a business date, by all that is known now, whenever it was recorded.

    Raises:
        UnknownAccountError: the account was never opened.

    """
    return await _one_line(session, _one(_SEALED_ON, _AND_ON), account_id, {"on": on})


async def balance_at(session: Connection, account_id: AccountId, block_number: int) -> int:
    """Read what an account held at the end of a sealed block, whatever was recorded since; 0 is before the first.

    Raises:
        UnknownAccountError: the account was never opened.

    """
    return await _one_line(session, _one(_SEALED_AT, _AND_NEVER), account_id, {"block_number": block_number})


async def trial_balance(
    session: Connection, book_id: UUID, on: date | None = None, *, block_number: int | None = None
) -> list[TrialBalanceLine]:
    """Add up each account of a book, by code.

    With `on`, only entries effective until then, that day included. With `block_number`, only those of the blocks until then,
    that block included; it is not asked for together with `on`.
    """
    values: dict[str, Any] = {}
    if block_number is not None:
        statement, values = _whole(_SEALED_AT, _AND_NEVER), {"block_number": block_number}
    elif on is not None:
        statement, values = _whole(_SEALED_ON, _AND_ON), {"on": on}
    else:
        statement = _whole(_SEALED, "")
    rows = await session.execute(_bound(statement), {"book_id": book_id, **values})
    return [_line(row) for row in rows]


async def _one_line(session: Connection, statement: str, account_id: AccountId, values: dict[str, Any]) -> int:
    row = (await session.execute(_bound(statement), {"account_id": account_id, **values})).first()
    if row is None:
        raise UnknownAccountError(account_id)
    return _line(row).balance_cents


def _bound(statement: str) -> Any:  # noqa: ANN401 - a statement with its own result columns
    types: dict[str, TypeEngine[Any]] = {"book_id": Uuid(), "account_id": Uuid(), "on": Date()}
    names = [name for name in types if f":{name}" in statement]
    columns = {"id": Uuid(), "book_id": Uuid()}
    return text(statement).bindparams(*(bindparam(name, type_=types[name]) for name in names)).columns(**columns)


def _line(row: Row[Any]) -> TrialBalanceLine:
    account = Account(row.id, row.book_id, row.code, Side(row.side), bool(row.guarded))
    debit_cents, credit_cents = int(row.debit_cents), int(row.credit_cents)
    raised = debit_cents - credit_cents
    return TrialBalanceLine(account, debit_cents, credit_cents, raised if account.side is Side.ASSET else -raised)


# --- the statements ------------------------------------------------------------------------------

_HELD_ON_POSTGRESQL = "SELECT id, held_cents FROM ledger_held($1)"

_SEALED = "(SELECT f.{side}_cents FROM ledger_folds f WHERE f.account_id = a.id ORDER BY f.block_number DESC LIMIT 1)"
_SEALED_AT = """(SELECT f.{side}_cents FROM ledger_folds f WHERE f.account_id = a.id AND f.block_number <= :block_number
    ORDER BY f.block_number DESC LIMIT 1)"""
_SEALED_ON = "(SELECT sum(d.{side}_cents) FROM ledger_days d WHERE d.account_id = a.id AND d.effective_on <= :on)"
_AND_ON = " AND t.effective_on <= :on"
_AND_NEVER = " AND false"


def _one(sealed: str, condition: str) -> str:
    tail = f"SELECT sum(t.amount_cents) FROM ledger_transfers t WHERE {TAIL.format(book='a.book_id')}{condition}"  # noqa: S608 - the same
    sums = {side: f"({tail} AND t.{side}_id = a.id)" for side in ("debit", "credit")}
    return f"""
SELECT a.id, a.book_id, a.code, a.side, a.guarded,
       coalesce({sealed.format(side="debit")}, 0) + coalesce({sums["debit"]}, 0) AS debit_cents,
       coalesce({sealed.format(side="credit")}, 0) + coalesce({sums["credit"]}, 0) AS credit_cents
FROM ledger_accounts a WHERE a.id = :account_id"""  # noqa: S608 - the same


def _whole(sealed: str, condition: str) -> str:
    tail = f"{TAIL.format(book=':book_id')} AND t.book_id = :book_id{condition}"
    return f"""
WITH tail AS (
    SELECT account_id, sum(debited) AS debited, sum(credited) AS credited
    FROM (
        SELECT t.debit_id AS account_id, t.amount_cents AS debited, 0 AS credited FROM ledger_transfers t WHERE {tail}
        UNION ALL
        SELECT t.credit_id, 0, t.amount_cents FROM ledger_transfers t WHERE {tail}
    ) AS halves
    GROUP BY account_id
)
SELECT a.id, a.book_id, a.code, a.side, a.guarded,
       coalesce({sealed.format(side="debit")}, 0) + coalesce(tail.debited, 0) AS debit_cents,
       coalesce({sealed.format(side="credit")}, 0) + coalesce(tail.credited, 0) AS credit_cents
FROM ledger_accounts a LEFT JOIN tail ON tail.account_id = a.id
WHERE a.book_id = :book_id
ORDER BY a.code, a.id"""  # noqa: S608 - the same
