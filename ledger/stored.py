"""Entries as they stand in their rows, from either driver: ids as ids or as hexadecimal text, dates as dates or as ISO text."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from ledger.entry import Entry, RecordedEntry, Transfer
from ledger.instant import from_microseconds


def stored_entries(rows: Iterable[Any]) -> list[RecordedEntry]:
    """Gather rows of `ledger_transfers`, those of an entry standing together in the order of their numbers."""
    return [_entry(list(group)) for _, group in groupby(rows, key=lambda row: row.entry_id)]


# Rows are shown as they stand, even those that someone changed into what the checks of a value refuse: `verify` names them.


def _entry(rows: list[Any]) -> RecordedEntry:
    first = rows[0]
    entry = object.__new__(Entry)
    values = {
        "id": as_uuid(first.entry_id),
        "book_id": as_uuid(first.book_id),
        "kind": first.kind,
        "subject": as_uuid(first.subject),
        "effective_on": as_date(first.effective_on),
        "memo": first.memo,
        "reverses": None if first.reverses is None else as_uuid(first.reverses),
        "transfers": tuple(_transfer(row) for row in rows),
    }
    for name, value in values.items():
        object.__setattr__(entry, name, value)
    asked_on = None if first.asked_on is None else as_date(first.asked_on)
    return RecordedEntry(entry, from_microseconds(first.recorded_at_us), asked_on)


def _transfer(row: Any) -> Transfer:  # noqa: ANN401 - a row
    transfer = object.__new__(Transfer)
    values = {"debit": as_uuid(row.debit_id), "credit": as_uuid(row.credit_id), "amount_cents": row.amount_cents, "tag": row.tag}
    for name, value in values.items():
        object.__setattr__(transfer, name, value)
    return transfer


def as_uuid(value: UUID | str) -> UUID:
    """Read an id from either driver."""
    return value if isinstance(value, UUID) else UUID(value)


def as_date(value: date | str) -> date:
    """Read a date from either driver."""
    return value if isinstance(value, date) else date.fromisoformat(value)
