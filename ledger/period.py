"""Periods: a book is closed through a day, by one person, and opened again by two."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select

from ledger.connection import Connection, dialect_of, driver_sql
from ledger.errors import InvalidDateError, PeriodOrderError, SamePersonError
from ledger.instant import from_microseconds, to_microseconds
from ledger.leaf import period_leaf
from ledger.sqlite import next_stamp
from ledger.standing import TrialBalanceLine, trial_balance
from ledger.tables import periods as period_rows

_LAST_DAY = date.max - timedelta(days=1)
"""The last effective date of an entry: it stays open, for reversals."""
_WRITE = "SELECT ledger_write_period($1, $2, $3, $4, $5, $6, $7, $8, $9)"


@dataclass(frozen=True, slots=True)
class PeriodEvent:
    """A close or a reopening; after it the book is closed through `closed_through`, or not at all.

    `trial_hash` is that of the closing trial balance: every entry effective through that day.
    """

    book_id: UUID
    number: int
    action: str
    closed_through: date | None
    by: UUID
    seconded_by: UUID | None
    at: datetime
    trial_hash: bytes | None


async def close_period(session: Connection, book_id: UUID, *, through: date, by: UUID, at: datetime) -> PeriodEvent:
    """Close a book through a day: no entry can be dated into it any more, but for reversals, which count from the day after.

    Waits for whoever posts in the book, and lets nobody post until the caller's transaction ends, so that nothing is left
    behind the closing trial balance.

    Raises:
        InvalidInstantError: `at` names no time zone.
        InvalidDateError: `through` is not a plain date, or there is no day after it to date an entry.
        PeriodOrderError: the book is closed through that day already.

    """
    at_us = to_microseconds(at)
    _check_day(through)
    await lock_book(session, book_id)
    events = await period_events(session, book_id)
    closed_through = events[-1].closed_through if events else None
    if closed_through is not None and through <= closed_through:
        raise PeriodOrderError(book_id, through, closed_through)
    trial_hash = hash_of_trial(await trial_balance(session, book_id, on=through))
    event = PeriodEvent(book_id, len(events) + 1, "close", through, by, None, from_microseconds(at_us), trial_hash)
    await _write(session, event, at_us)
    return event


async def reopen_period(
    session: Connection, book_id: UUID, *, closed_through: date | None, by: UUID, seconded_by: UUID, at: datetime
) -> PeriodEvent:
    """Open a book again: it is then closed through an earlier day, or not at all. Two persons answer for it.

    Raises:
        InvalidInstantError: `at` names no time zone.
        InvalidDateError: `closed_through` is not a plain date.
        SamePersonError: both are one person.
        PeriodOrderError: the book is not closed beyond that day.

    """
    at_us = to_microseconds(at)
    if closed_through is not None:
        _check_day(closed_through)
    if by == seconded_by:
        raise SamePersonError(by)
    await lock_book(session, book_id)
    events = await period_events(session, book_id)
    until_now = events[-1].closed_through if events else None
    if until_now is None or (closed_through is not None and closed_through >= until_now):
        raise PeriodOrderError(book_id, closed_through, until_now)
    event = PeriodEvent(book_id, len(events) + 1, "reopen", closed_through, by, seconded_by, from_microseconds(at_us), None)
    await _write(session, event, at_us)
    return event


async def period_events(session: Connection, book_id: UUID) -> list[PeriodEvent]:
    """Read each close and reopening of a book, the oldest first."""
    rows = await session.execute(select(period_rows).where(period_rows.c.book_id == book_id).order_by(period_rows.c.number))
    return [
        PeriodEvent(
            row.book_id,
            row.number,
            row.action,
            row.closed_through,
            row.by_id,
            row.seconded_by,
            from_microseconds(row.at_us),
            row.trial_hash,
        )
        for row in rows
    ]


async def lock_book(session: Connection, book_id: UUID) -> None:
    """Wait until nobody posts in a book, and keep it so. SQLite's one write transaction has done so already."""
    if dialect_of(session) == "postgresql":
        await driver_sql(session, "SELECT ledger_lock_book($1)", (book_id,))


def hash_of_trial(lines: list[TrialBalanceLine]) -> bytes:
    """Hash a trial balance: of each account that ever moved, by id, its 16 bytes and its debits and credits in 8 each."""
    moved = sorted((line for line in lines if line.debit_cents or line.credit_cents), key=lambda line: line.account.id.int)
    content = [
        line.account.id.bytes + line.debit_cents.to_bytes(8, "big", signed=True) + line.credit_cents.to_bytes(8, "big", signed=True)
        for line in moved
    ]
    return sha256(b"".join(content)).digest()


def _check_day(day: date) -> None:
    if type(day) is not date or not date.min < day < _LAST_DAY:
        raise InvalidDateError(day)


async def _write(session: Connection, event: PeriodEvent, at_us: int) -> None:
    leaf = period_leaf(
        event.book_id, event.number, event.action, event.closed_through, at_us, event.by, event.seconded_by, event.trial_hash
    )
    if dialect_of(session) == "postgresql":
        told = (event.book_id, event.number, event.action, event.closed_through, event.by, event.seconded_by, event.trial_hash)
        await driver_sql(session, _WRITE, (*told, leaf, at_us))
        return
    row = {
        "at_us": at_us,
        "written_in": await next_stamp(session),
        "book_id": event.book_id,
        "by_id": event.by,
        "seconded_by": event.seconded_by,
        "number": event.number,
        "closed_through": event.closed_through,
        "action": event.action,
        "trial_hash": event.trial_hash,
        "leaf": leaf,
    }
    await session.execute(period_rows.insert(), [row])
