"""The events of a book that are sealed beside its transfers: accounts opened and closed, periods closed and reopened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger.account import Account, Side
from ledger.connection import Connection, dialect_of, driver_sql
from ledger.fault import Fault, FaultKind, Found
from ledger.leaf import account_leaf, closing_leaf, period_leaf
from ledger.stored import as_date, as_uuid


@dataclass(frozen=True, slots=True)
class Event:
    """The hash of an event as it stands, and when it was written."""

    leaf: bytes
    written_in: int


async def read_events(session: Connection, book_id: UUID, found: Found) -> tuple[list[Event], int]:
    """Recompute the hash of each event of a book, and count the accounts; an event that is not what its leaf says is named."""
    is_postgresql = dialect_of(session) == "postgresql"
    events: list[Event] = []
    accounts = 0
    for statement, read, kind in _SOURCES:
        query = statement.format(book="$1" if is_postgresql else "?")
        rows = (await driver_sql(session, query, (book_id if is_postgresql else book_id.hex,))).all()
        accounts += len(rows) if read is _account else 0
        for row in rows:
            leaf = _leaf(read, row)
            if leaf != row.leaf:
                found.add(_fault(kind, book_id, row))
            events.append(Event(leaf or row.leaf, row.written_in))
    return events, accounts


def _leaf(read: Callable[[Any], bytes], row: Any) -> bytes | None:  # noqa: ANN401 - a row
    try:
        return read(row)
    except Exception:  # noqa: BLE001 - whatever somebody wrote there, it is no event
        return None


def _account(row: Any) -> bytes:  # noqa: ANN401 - a row
    account = Account(as_uuid(row.id), as_uuid(row.book_id), row.code, Side(row.side), bool(row.guarded))
    return account_leaf(account, row.opened_at_us)


def _closing(row: Any) -> bytes:  # noqa: ANN401 - a row
    return closing_leaf(as_uuid(row.id), as_uuid(row.book_id), row.closed_at_us, as_uuid(row.closed_by))


def _period(row: Any) -> bytes:  # noqa: ANN401 - a row
    seconded_by = None if row.seconded_by is None else as_uuid(row.seconded_by)
    closed_through = None if row.closed_through is None else as_date(row.closed_through)
    book_id, by = as_uuid(row.book_id), as_uuid(row.by_id)
    return period_leaf(book_id, row.number, row.action, closed_through, row.at_us, by, seconded_by, row.trial_hash)


def _fault(kind: FaultKind, book_id: UUID, row: Any) -> Fault:  # noqa: ANN401 - a row
    if kind is FaultKind.PERIOD_CHANGED:
        return Fault(kind, book_id, detail=f"event {row.number}")
    try:
        account_id = as_uuid(row.id)
    except ValueError:
        account_id = None
    return Fault(kind, book_id, account_id=account_id, detail=f"code {row.code}" if hasattr(row, "code") else "closing")


_SOURCES: tuple[tuple[str, Callable[[Any], bytes], FaultKind], ...] = (
    (
        """SELECT a.id, a.book_id, a.code, a.side, a.guarded, a.opened_at_us, a.leaf, a.written_in
        FROM ledger_accounts a WHERE a.book_id = {book}""",
        _account,
        FaultKind.ACCOUNT_CHANGED,
    ),
    (
        """SELECT c.account_id AS id, c.book_id, c.closed_at_us, c.closed_by, c.leaf, c.written_in
        FROM ledger_closings c WHERE c.book_id = {book}""",
        _closing,
        FaultKind.ACCOUNT_CHANGED,
    ),
    ("SELECT p.* FROM ledger_periods p WHERE p.book_id = {book} ORDER BY p.number", _period, FaultKind.PERIOD_CHANGED),
)
