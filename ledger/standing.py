"""What accounts hold: a guarded account in its row, an open one by the fold of its transfers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from ledger.account import Account, AccountId
from ledger.connection import Connection
from ledger.tables import balances as balance_rows


@dataclass(frozen=True, slots=True)
class TrialBalanceLine:
    """All that was debited and credited to an account, and what that leaves on its own side."""

    account: Account
    debit_cents: int
    credit_cents: int
    balance_cents: int


async def open_accounts(session: Connection, accounts: Sequence[Account], at: datetime) -> None:
    """Open `accounts`; those that are open already with the same content are left as they are."""
    raise NotImplementedError


async def find_accounts(session: Connection, account_ids: Sequence[AccountId]) -> dict[AccountId, Account]:
    """Read accounts by id; those never opened are left out."""
    raise NotImplementedError


async def balance(session: Connection, account_id: AccountId) -> int:
    """Read what an account holds, positive on its own side."""
    raise NotImplementedError


async def balances(session: Connection, account_ids: Sequence[AccountId]) -> dict[AccountId, int]:
    """Read what accounts hold, each positive on its own side."""
    raise NotImplementedError


async def trial_balance(session: Connection, book_id: UUID, on: date | None = None) -> list[TrialBalanceLine]:
    """Add up each account of a book, by code, as of the end of `on` by effective date."""
    raise NotImplementedError


def guarded_balance(account_id: ColumnElement[UUID] | UUID) -> ColumnElement[int]:
    """Express the balance of a guarded account, to be read within a statement of the caller's own."""
    return select(balance_rows.c.balance_cents).where(balance_rows.c.account_id == account_id).scalar_subquery()
