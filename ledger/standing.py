"""What accounts hold: a guarded account in its row, an open one by the fold of its transfers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ColumnElement, case, cast, func, select

from ledger.account import Account, AccountId, Side
from ledger.batch import batches
from ledger.connection import Connection
from ledger.errors import UnknownAccountError
from ledger.opening import read_account
from ledger.tables import accounts as account_rows
from ledger.tables import balances as balance_rows
from ledger.tables import entries as entry_rows
from ledger.tables import transfers as transfer_rows


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


async def balance(session: Connection, account_id: AccountId) -> int:
    """Read what an account holds, positive on its own side.

    Raises:
        UnknownAccountError: the account was never opened.

    """
    return (await balances(session, [account_id]))[account_id]


async def balances(session: Connection, account_ids: Iterable[AccountId]) -> dict[AccountId, int]:
    """Read what accounts hold, each positive on its own side.

    Raises:
        UnknownAccountError: an account was never opened.

    """
    held: dict[AccountId, int] = {}
    asked = sorted(set(account_ids))
    for ids in batches(asked):
        rows = await session.execute(select(account_rows.c.id, _HELD).where(account_rows.c.id.in_(ids)))
        held |= {row.id: row.held_cents for row in rows}
    for account_id in asked:
        if account_id not in held:
            raise UnknownAccountError(account_id)
    return held


async def trial_balance(session: Connection, book_id: UUID, on: date | None = None) -> list[TrialBalanceLine]:
    """Add up each account of a book, by code; with `on`, only entries effective until then, that day included."""
    debit_totals, credit_totals = _totals(transfer_rows.c.debit_id, book_id, on), _totals(transfer_rows.c.credit_id, book_id, on)
    debit_cents, credit_cents = func.coalesce(debit_totals.c.cents, 0), func.coalesce(credit_totals.c.cents, 0)
    rows = await session.execute(
        select(account_rows, debit_cents.label("debit_cents"), credit_cents.label("credit_cents"))
        .outerjoin(debit_totals, debit_totals.c.account_id == account_rows.c.id)
        .outerjoin(credit_totals, credit_totals.c.account_id == account_rows.c.id)
        .where(account_rows.c.book_id == book_id)
        .order_by(account_rows.c.code, account_rows.c.id)
    )
    return [_line(read_account(row), row.debit_cents, row.credit_cents) for row in rows]


def _line(account: Account, debit_cents: int, credit_cents: int) -> TrialBalanceLine:
    raised = debit_cents - credit_cents
    return TrialBalanceLine(account, debit_cents, credit_cents, raised if account.side is Side.ASSET else -raised)


def _totals(side: Column[UUID], book_id: UUID, on: date | None) -> Any:  # noqa: ANN401 - a subquery has no static columns
    until = [] if on is None else [entry_rows.c.effective_on <= on]
    return (
        select(side.label("account_id"), cast(func.sum(transfer_rows.c.amount_cents), BigInteger).label("cents"))
        .join(entry_rows, entry_rows.c.id == transfer_rows.c.entry_id)
        .where(entry_rows.c.book_id == book_id, *until)
        .group_by(side)
        .subquery()
    )


def _fold(side: Column[UUID]) -> ColumnElement[int]:
    total = func.coalesce(cast(func.sum(transfer_rows.c.amount_cents), BigInteger), 0)
    return select(total).where(side == account_rows.c.id).correlate(account_rows).scalar_subquery()


_RAISED = _fold(transfer_rows.c.debit_id) - _fold(transfer_rows.c.credit_id)
_HELD = case(
    (account_rows.c.guarded, guarded_balance(account_rows.c.id)),
    (account_rows.c.side == Side.ASSET.value, _RAISED),
    else_=-_RAISED,
).label("held_cents")
