"""Verification: everything that can be recomputed is recomputed, and each row that disagrees is named."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, Uuid, bindparam, text

from ledger.account import Account, AccountId, Side
from ledger.connection import Connection, dialect_of
from ledger.errors import InvalidValueError
from ledger.leaf import TRANSFER_FIELDS, account_leaf, postgresql_bytes, read_identity, sqlite_hex

_CHUNK = 5_000
_KEPT_FAULTS = 1_000

Progress = Callable[[int], None]
"""Told now and then how many transfers were checked."""


class FaultKind(StrEnum):
    """What is wrong with a row."""

    TRANSFER_CHANGED = "transfer_changed"
    """The transfer, or its entry, does not hash to its leaf."""
    TRANSFER_ORPHANED = "transfer_orphaned"
    """The transfer belongs to no entry."""
    TRANSFER_MISPLACED = "transfer_misplaced"
    """An account of the transfer is unknown or of another book."""
    ENTRY_INCOMPLETE = "entry_incomplete"
    """The entry does not have all its transfers, or has more."""
    ACCOUNT_CHANGED = "account_changed"
    """The account does not hash to its leaf."""
    BALANCE_WRONG = "balance_wrong"
    """A guarded balance is not what its transfers add up to, is missing, or belongs to no guarded account."""
    BALANCE_NEGATIVE = "balance_negative"
    """A guarded balance is below zero."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that does not agree with the others."""

    kind: FaultKind
    book_id: UUID | None = None
    entry_id: UUID | None = None
    number: int | None = None
    account_id: AccountId | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked, and what was found; `faults` holds the first thousand of `fault_count`."""

    transfers: int
    accounts: int
    fault_count: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing disagrees."""
        return self.fault_count == 0


@dataclass(slots=True)
class _Found:
    """Faults as they come; the first are kept, all are counted."""

    count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.count += 1
        if len(self.faults) < _KEPT_FAULTS:
            self.faults.append(fault)


async def verify(session: Connection, book_id: UUID | None = None, progress: Progress | None = None) -> Verification:
    """Recompute the hash of each transfer and account, the completeness of each entry and each guarded balance.

    Rows are streamed, so that memory stays flat. Each check is one statement, so that it sees the books at one instant and
    postings may go on meanwhile. A transfer without an entry belongs to no book: it is named whichever book is asked for.
    """
    found = _Found()
    transfers = await _check_transfers(session, book_id, found, progress)
    await _check_entries(session, book_id, found)
    accounts = await _check_accounts(session, book_id, found)
    await _check_balances(session, book_id, found)
    return Verification(transfers, accounts, found.count, tuple(found.faults))


async def _check_transfers(session: Connection, book_id: UUID | None, found: _Found, progress: Progress | None) -> int:
    dialect_name = dialect_of(session)
    unpack = _UNPACKERS[dialect_name]
    terms = {"packed": _PACKED[dialect_name], "scope": _scope("e", book_id, or_none=True)}
    checked = unreadable = 0
    async for rows in _stream(session, _TRANSFERS.format(**terms), book_id):
        for (packed,) in rows:
            row = unpack(packed)
            if row is None:
                unreadable += 1
            elif row[-1] or sha256(row[:-33]).digest() != row[-33:-1]:
                kind = FaultKind.TRANSFER_MISPLACED if sha256(row[:-33]).digest() == row[-33:-1] else FaultKind.TRANSFER_CHANGED
                found.add(Fault(kind, *read_identity(row)))
        checked += len(rows)
        if progress is not None:
            progress(checked)
    if unreadable:
        await _name_unreadable(session, book_id, found, terms)
    return checked


async def _name_unreadable(session: Connection, book_id: UUID | None, found: _Found, terms: dict[str, str]) -> None:
    async for rows in _stream(session, _UNREADABLE.format(**terms), book_id):
        for row in rows:
            kind = FaultKind.TRANSFER_ORPHANED if row.book_id is None else FaultKind.TRANSFER_CHANGED
            found.add(Fault(kind, _uuid(row.book_id), _uuid(row.entry_id), row.number))


async def _check_entries(session: Connection, book_id: UUID | None, found: _Found) -> None:
    async for rows in _stream(session, _INCOMPLETE.format(scope=_scope("e", book_id)), book_id):
        for row in rows:
            detail = f"{row.found} of {row.transfer_count} transfers"
            found.add(Fault(FaultKind.ENTRY_INCOMPLETE, _uuid(row.book_id), _uuid(row.id), detail=detail))


async def _check_accounts(session: Connection, book_id: UUID | None, found: _Found) -> int:
    checked = 0
    async for rows in _stream(session, _ACCOUNTS.format(scope=_scope("a", book_id)), book_id):
        for row in rows:
            if not _account_matches(row):
                found.add(Fault(FaultKind.ACCOUNT_CHANGED, _uuid(row.book_id), account_id=_uuid(row.id), detail=f"code {row.code}"))
        checked += len(rows)
    return checked


def _account_matches(row: Row[Any]) -> bool:
    account_id, book_id = _uuid(row.id), _uuid(row.book_id)
    if account_id is None or book_id is None:
        return False
    try:
        account = Account(account_id, book_id, row.code, Side(row.side), bool(row.guarded))
    except (InvalidValueError, ValueError):
        return False
    return bool(account_leaf(account, row.opened_at_us) == row.leaf)


async def _check_balances(session: Connection, book_id: UUID | None, found: _Found) -> None:
    async for rows in _stream(session, _WRONG_BALANCES.format(scope=_scope("a", book_id)), book_id):
        for row in rows:
            kind = FaultKind.BALANCE_NEGATIVE if (row.balance_cents or 0) < 0 else FaultKind.BALANCE_WRONG
            detail = f"holds {row.balance_cents} cents, its transfers come to {row.folded_cents}"
            found.add(Fault(kind, _uuid(row.book_id), account_id=_uuid(row.id), detail=detail))
    async for rows in _stream(session, _STRAY_BALANCES, None):
        for row in rows:
            found.add(Fault(FaultKind.BALANCE_WRONG, account_id=_uuid(row.account_id), detail="a balance of no account"))


async def _stream(session: Connection, statement: str, book_id: UUID | None) -> AsyncIterator[Sequence[Any]]:
    query: TextClause = text(statement)
    if book_id is not None:
        query = query.bindparams(bindparam("book_id", book_id, Uuid))
    result = await session.stream(query, execution_options={"yield_per": _CHUNK})
    parts = result.partitions()
    coming = asyncio.create_task(anext(parts, None))
    try:
        while (rows := await coming) is not None:
            # The database works on the next rows while these are looked at.
            coming = asyncio.create_task(anext(parts, None))
            await asyncio.sleep(0)
            yield rows
    finally:
        await asyncio.wait([coming])


def _scope(table: str, book_id: UUID | None, *, or_none: bool = False) -> str:
    if book_id is None:
        return "true"
    return f"({table}.book_id = :book_id OR {table}.book_id IS NULL)" if or_none else f"{table}.book_id = :book_id"


def _unpack_hex(packed: str | None) -> bytes | None:
    return None if packed is None else bytes.fromhex(packed)


def _unpack_bytes(packed: bytes | None) -> bytes | None:
    return packed


def _uuid(value: UUID | str | None) -> UUID | None:
    """Read an id as the driver gives it; one that someone changed into no id at all is None."""
    try:
        return None if value is None else UUID(str(value))
    except ValueError:
        return None


_ENTRY_FIELDS = ("transfer_count", "book_id", "subject", "recorded_at_us", "reverses", "effective_on", "kind")
_NAMES = {name: f"e.{name}" if name in _ENTRY_FIELDS else f"t.{name}" for name in TRANSFER_FIELDS}
_MISPLACED = "d.id IS NULL OR c.id IS NULL"
# One column a row, for each column costs more than the hash: the content, the leaf, and whether an account is out of place.
_PACKED = {
    "postgresql": f"""{postgresql_bytes(_NAMES)} || CASE octet_length(t.leaf) WHEN 32 THEN t.leaf END
        || CASE WHEN {_MISPLACED} THEN '\\x01'::bytea ELSE '\\x00'::bytea END""",
    "sqlite": f"""{sqlite_hex(_NAMES)} || CASE length(t.leaf) WHEN 32 THEN hex(t.leaf) END
        || CASE WHEN {_MISPLACED} THEN '01' ELSE '00' END""",
}
_UNPACKERS: dict[str, Callable[[Any], bytes | None]] = {"postgresql": _unpack_bytes, "sqlite": _unpack_hex}

_SOURCE = """
FROM ledger_transfers t
LEFT JOIN ledger_entries e ON e.id = t.entry_id
LEFT JOIN ledger_accounts d ON d.id = t.debit_id AND d.book_id = e.book_id
LEFT JOIN ledger_accounts c ON c.id = t.credit_id AND c.book_id = e.book_id
WHERE {scope}"""
_TRANSFERS = f"SELECT {{packed}} AS packed {_SOURCE}"
_UNREADABLE = f"SELECT t.entry_id, t.number, e.book_id {_SOURCE} AND {{packed}} IS NULL"

_INCOMPLETE = """
SELECT e.id, e.book_id, e.transfer_count, coalesce(t.found, 0) AS found
FROM ledger_entries e
LEFT JOIN (
    SELECT entry_id, count(*) AS found, sum(number) AS numbers FROM ledger_transfers GROUP BY entry_id
) t ON t.entry_id = e.id
WHERE {scope} AND (
    coalesce(t.found, 0) <> e.transfer_count OR t.numbers <> e.transfer_count * (e.transfer_count + 1) / 2
)"""

_ACCOUNTS = "SELECT a.id, a.book_id, a.code, a.side, a.guarded, a.opened_at_us, a.leaf FROM ledger_accounts a WHERE {scope}"

_WRONG_BALANCES = """
WITH sums AS (
    SELECT debit_id AS account_id, sum(amount_cents) AS cents FROM ledger_transfers GROUP BY debit_id
    UNION ALL
    SELECT credit_id AS account_id, -sum(amount_cents) AS cents FROM ledger_transfers GROUP BY credit_id
), folds AS (
    SELECT account_id, sum(cents) AS raised_cents FROM sums GROUP BY account_id
), standing AS (
    SELECT a.id, a.book_id, a.guarded, b.balance_cents,
           coalesce(CASE a.side WHEN 'asset' THEN f.raised_cents ELSE -f.raised_cents END, 0) AS folded_cents
    FROM ledger_accounts a
    LEFT JOIN ledger_balances b ON b.account_id = a.id
    LEFT JOIN folds f ON f.account_id = a.id
    WHERE {scope}
)
SELECT id, book_id, balance_cents, folded_cents FROM standing
WHERE CASE WHEN guarded THEN balance_cents IS NULL OR balance_cents < 0 OR balance_cents <> folded_cents
      ELSE balance_cents IS NOT NULL END"""

_STRAY_BALANCES = """
SELECT b.account_id FROM ledger_balances b LEFT JOIN ledger_accounts a ON a.id = b.account_id WHERE a.id IS NULL"""
