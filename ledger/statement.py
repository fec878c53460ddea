"""Listings of entries, by cursor, in the order of their effective dates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, or_, select, tuple_

from ledger.account import AccountId
from ledger.batch import batches
from ledger.connection import Connection
from ledger.entry import Entry, RecordedEntry, Transfer
from ledger.errors import InvalidCursorError
from ledger.instant import from_microseconds
from ledger.tables import entries as entry_rows
from ledger.tables import transfers as transfer_rows

_LARGEST = 2**63  # what 64 bits hold


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, and the cursor of the next ones, if there are any."""

    entries: tuple[RecordedEntry, ...]
    next_cursor: str | None


async def entries(
    session: Connection,
    book_id: UUID,
    *,
    account: AccountId | None = None,
    kind: str | None = None,
    subject: UUID | None = None,
    effective_from: date | None = None,
    effective_to: date | None = None,
    after: str | None = None,
    limit: int = 50,
) -> EntryPage:
    """List entries of a book by effective date, then instant, then id; both dates are included.

    What is posted while a caller turns the pages neither doubles nor hides an entry that was there.

    Raises:
        InvalidCursorError: `after` is no cursor of a listing.

    """
    conditions: list[ColumnElement[bool]] = [entry_rows.c.book_id == book_id]
    if account is not None:
        touches = or_(transfer_rows.c.debit_id == account, transfer_rows.c.credit_id == account)
        conditions.append(exists().where(transfer_rows.c.entry_id == entry_rows.c.id, touches))
    if kind is not None:
        conditions.append(entry_rows.c.kind == kind)
    if subject is not None:
        conditions.append(entry_rows.c.subject == subject)
    if effective_from is not None:
        conditions.append(entry_rows.c.effective_on >= effective_from)
    if effective_to is not None:
        conditions.append(entry_rows.c.effective_on <= effective_to)
    if after is not None:
        conditions += _beyond(after)

    order = (entry_rows.c.effective_on, entry_rows.c.recorded_at_us, entry_rows.c.id)
    rows = (await session.execute(select(entry_rows).where(*conditions).order_by(*order).limit(limit + 1))).all()
    found = await _with_transfers(session, rows[:limit])
    return EntryPage(tuple(found), _cursor(rows[limit - 1]) if len(rows) > limit else None)


async def find_entry(session: Connection, book_id: UUID, entry_id: UUID) -> RecordedEntry | None:
    """Read one entry of a book."""
    found = await find_entries(session, [entry_id])
    return next((recorded for recorded in found if recorded.entry.book_id == book_id), None)


async def find_entries(session: Connection, entry_ids: Collection[UUID]) -> list[RecordedEntry]:
    """Read entries by id, in the order of the ids; those not recorded are left out."""
    rows: list[Row[Any]] = []
    for ids in batches(sorted(set(entry_ids))):
        rows += (await session.execute(select(entry_rows).where(entry_rows.c.id.in_(ids)))).all()
    return await _with_transfers(session, sorted(rows, key=lambda row: row.id.int))


async def _with_transfers(session: Connection, rows: Sequence[Row[Any]]) -> list[RecordedEntry]:
    transfers: dict[UUID, tuple[Transfer, ...]] = {}
    order = (transfer_rows.c.entry_id, transfer_rows.c.number)
    for ids in batches([row.id for row in rows]):
        found = await session.execute(select(transfer_rows).where(transfer_rows.c.entry_id.in_(ids)).order_by(*order))
        for entry_id, group in groupby(found, key=lambda row: row.entry_id):
            transfers[entry_id] = tuple(_transfer(row) for row in group)
    return [RecordedEntry(_entry(row, transfers.get(row.id, ())), from_microseconds(row.recorded_at_us)) for row in rows]


# Rows are shown as they stand, even those that someone changed into what the checks of a value refuse: `verify` names them.


def _entry(row: Row[Any], transfers: tuple[Transfer, ...]) -> Entry:
    entry = object.__new__(Entry)
    for name in ("id", "book_id", "kind", "subject", "effective_on", "memo", "reverses"):
        object.__setattr__(entry, name, getattr(row, name))
    object.__setattr__(entry, "transfers", transfers)
    return entry


def _transfer(row: Row[Any]) -> Transfer:
    transfer = object.__new__(Transfer)
    for name, value in (("debit", row.debit_id), ("credit", row.credit_id), ("amount_cents", row.amount_cents), ("tag", row.tag)):
        object.__setattr__(transfer, name, value)
    return transfer


def _cursor(row: Row[Any]) -> str:
    return f"{row.effective_on.isoformat()}.{row.recorded_at_us}.{row.id.hex}"


def _beyond(cursor: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    try:
        day, instant, hexadecimal = cursor.split(".")
        effective_on, recorded_at_us, entry_id = date.fromisoformat(day), int(instant), UUID(hexadecimal)
    except ValueError as error:
        raise InvalidCursorError(cursor) from error
    if not -_LARGEST <= recorded_at_us < _LARGEST:
        raise InvalidCursorError(cursor)
    place = tuple_(entry_rows.c.effective_on, entry_rows.c.recorded_at_us, entry_rows.c.id)
    # The first condition says no more than the second; it lets the index by date find the page.
    return entry_rows.c.effective_on >= effective_on, place > (effective_on, recorded_at_us, entry_id)
