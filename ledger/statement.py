"""Listings by cursor: the entries of a book, and the statement of an account with its running balance."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, tuple_, union

from ledger.account import AccountId, Side
from ledger.batch import batches
from ledger.connection import Connection
from ledger.entry import RecordedEntry
from ledger.errors import InvalidCursorError, UnknownAccountError
from ledger.instant import from_microseconds
from ledger.stored import stored_entries
from ledger.tables import accounts as account_rows
from ledger.tables import blocks, folds
from ledger.tables import transfers as rows_

_LARGEST = 2**63  # what 64 bits hold
_FEW_BLOCKS = 200
_FEW_ROWS = 200_000
_UNSEALED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, and the cursor of the next ones, if there are any."""

    entries: tuple[RecordedEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transfer as an account sees it; `balance_cents`, on the account's own side, is what it held after it."""

    block_number: int | None
    entry_id: UUID
    number: int
    kind: str
    subject: UUID
    tag: str
    effective_on: date
    recorded_at: datetime
    debit_cents: int
    credit_cents: int
    balance_cents: int


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Some sealed lines of an account, and the cursor of the next ones, if there are any."""

    lines: tuple[StatementLine, ...]
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
    conditions: list[ColumnElement[bool]] = [rows_.c.book_id == book_id, rows_.c.number == 1]
    if after is not None:
        conditions += _beyond(after)
    if account is not None:
        conditions.append(await _touches(session, book_id, account))
    if kind is not None:
        conditions.append(rows_.c.kind == kind)
    if subject is not None:
        conditions.append(rows_.c.subject == subject)
    if effective_from is not None:
        conditions.append(rows_.c.effective_on >= effective_from)
    if effective_to is not None:
        conditions.append(rows_.c.effective_on <= effective_to)

    order = (rows_.c.effective_on, rows_.c.recorded_at_us, rows_.c.entry_id)
    found = (await session.execute(select(*order).where(*conditions).order_by(*order).limit(limit + 1))).all()
    recorded = {one.entry.id: one for one in await find_entries(session, [row.entry_id for row in found[:limit]])}
    return EntryPage(tuple(recorded[row.entry_id] for row in found[:limit]), _cursor(found[limit - 1]) if len(found) > limit else None)


async def find_entry(session: Connection, book_id: UUID, entry_id: UUID) -> RecordedEntry | None:
    """Read one entry of a book."""
    found = await find_entries(session, [entry_id])
    return next((recorded for recorded in found if recorded.entry.book_id == book_id), None)


async def find_entries(session: Connection, entry_ids: Collection[UUID]) -> list[RecordedEntry]:
    """Read entries by id, in the order of the ids; those not recorded are left out."""
    found: list[Row[Any]] = []
    for ids in batches(sorted(set(entry_ids))):
        wanted = select(rows_).where(rows_.c.entry_id.in_(ids)).order_by(rows_.c.entry_id, rows_.c.number)
        found += (await session.execute(wanted)).all()
    return stored_entries(found)


async def account_statement(session: Connection, account_id: AccountId, *, after: str | None = None, limit: int = 50) -> StatementPage:
    """List the sealed transfers of an account with its running balance, in the order of the blocks and their leaves.

    A page once given out never changes: what is posted later is sealed later. What is not sealed yet is told by `unsealed`.

    Raises:
        InvalidCursorError: `after` is no cursor of a statement.
        UnknownAccountError: the account was never opened.

    """
    block_number, skipped = (0, 0) if after is None else _read_place(after)
    side, book_id = await _side_of(session, account_id)
    mine = folds.c.account_id == account_id
    before = select(folds.c.debit_cents, folds.c.credit_cents).where(mine, folds.c.block_number < block_number)
    opening = (await session.execute(before.order_by(folds.c.block_number.desc()).limit(1))).first()
    raised = opening.debit_cents - opening.credit_cents if opening else 0

    # Each block that the account has a fold in holds a line of it: no more blocks than lines are looked at, and the one of the
    # cursor, of which every line may have been given out.
    reach = limit + 1
    ahead = select(folds.c.block_number).where(mine, folds.c.block_number >= block_number).order_by(folds.c.block_number).limit(reach + 1)
    last = (await session.execute(select(func.max(ahead.subquery().c.block_number)))).scalar()
    if last is None:
        return StatementPage((), None)
    wanted = (
        _sealed_lines(account_id, book_id)
        .where(folds.c.block_number.between(block_number, last))
        .order_by(blocks.c.number, rows_.c.effective_on, rows_.c.entry_id, rows_.c.number)
        .limit(skipped + reach)
    )
    lines: list[StatementLine] = []
    places: list[tuple[int, int]] = []
    for place, row in enumerate((await session.execute(wanted)).all()):
        raised += row.amount_cents if row.debit_id == account_id else -row.amount_cents
        position = places[-1][1] + 1 if places and places[-1][0] == row.block_number else 1
        places.append((row.block_number, position))
        if place >= skipped:
            lines.append(_statement_line(row, account_id, row.block_number, raised if side is Side.ASSET else -raised))
    cursor = "{}.{}".format(*places[skipped + limit - 1]) if len(lines) > limit else None
    return StatementPage(tuple(lines[:limit]), cursor)


async def unsealed(session: Connection, account_id: AccountId) -> tuple[StatementLine, ...]:
    """List the transfers of an account that no block holds yet, at most a thousand, by effective date, entry and number.

    The balances go on from what the account held at the end of the last block; a later statement may order them otherwise.

    Raises:
        UnknownAccountError: the account was never opened.

    """
    side, book_id = await _side_of(session, account_id)
    folded = select(folds.c.debit_cents - folds.c.credit_cents).where(folds.c.account_id == account_id)
    opening = func.coalesce(folded.order_by(folds.c.block_number.desc()).limit(1).scalar_subquery(), 0).label("opening_cents")
    tail = select(rows_, opening).where(_is_tail(book_id), _is_of(account_id))  # in one statement: others seal meanwhile
    order = (rows_.c.effective_on, rows_.c.entry_id, rows_.c.number)
    found = (await session.execute(tail.order_by(*order).limit(_UNSEALED_AT_MOST))).all()
    raised = found[0].opening_cents if found else 0
    lines = []
    for row in found:
        raised += row.amount_cents if row.debit_id == account_id else -row.amount_cents
        lines.append(_statement_line(row, account_id, None, raised if side is Side.ASSET else -raised))
    return tuple(lines)


async def _touches(session: Connection, book_id: UUID, account_id: AccountId) -> ColumnElement[bool]:
    """Say that an entry touches an account, in the way that finds it soonest.

    An account of few blocks is looked for in those; one of many is found often along the dates.
    """
    few = (
        select(blocks.c.leaf_count)
        .join(folds, and_(blocks.c.book_id == book_id, blocks.c.number == folds.c.block_number))
        .where(folds.c.account_id == account_id)
        .limit(_FEW_BLOCKS + 1)
        .subquery()
    )
    counted = (await session.execute(select(func.count(), func.coalesce(func.sum(few.c.leaf_count), 0)).select_from(few))).one()
    if counted[0] <= _FEW_BLOCKS and counted[1] <= _FEW_ROWS:
        sealed = _sealed_lines(account_id, book_id).with_only_columns(rows_.c.entry_id)
        tail = select(rows_.c.entry_id).where(_is_tail(book_id), _is_of(account_id))
        return rows_.c.entry_id.in_(union(sealed, tail).subquery().select())
    other = rows_.alias()
    return exists().where(other.c.entry_id == rows_.c.entry_id, or_(other.c.debit_id == account_id, other.c.credit_id == account_id))


def _sealed_lines(account_id: AccountId, book_id: UUID) -> Select[Any]:
    within = and_(
        rows_.c.written_in >= blocks.c.written_from, rows_.c.written_in < blocks.c.written_before, rows_.c.book_id == blocks.c.book_id
    )
    return (
        select(blocks.c.number.label("block_number"), rows_)
        .select_from(folds)
        .join(blocks, and_(blocks.c.book_id == book_id, blocks.c.number == folds.c.block_number))
        .join(rows_, within)
        .where(folds.c.account_id == account_id, _is_of(account_id))
    )


def _is_of(account_id: AccountId) -> ColumnElement[bool]:
    return or_(rows_.c.debit_id == account_id, rows_.c.credit_id == account_id)


def _is_tail(book_id: UUID) -> ColumnElement[bool]:
    last = select(blocks.c.written_before).where(blocks.c.book_id == book_id).order_by(blocks.c.number.desc()).limit(1)
    return and_(rows_.c.book_id == book_id, rows_.c.written_in.between(func.coalesce(last.scalar_subquery(), 1 - _LARGEST), _LARGEST - 1))


async def _side_of(session: Connection, account_id: AccountId) -> tuple[Side, UUID]:
    found = (await session.execute(select(account_rows.c.side, account_rows.c.book_id).where(account_rows.c.id == account_id))).first()
    if found is None:
        raise UnknownAccountError(account_id)
    return Side(found.side), found.book_id


def _statement_line(row: Row[Any], account_id: AccountId, block_number: int | None, balance_cents: int) -> StatementLine:
    is_debit = row.debit_id == account_id
    return StatementLine(
        block_number=block_number,
        entry_id=row.entry_id,
        number=row.number,
        kind=row.kind,
        subject=row.subject,
        tag=row.tag,
        effective_on=row.effective_on,
        recorded_at=from_microseconds(row.recorded_at_us),
        debit_cents=row.amount_cents if is_debit else 0,
        credit_cents=0 if is_debit else row.amount_cents,
        balance_cents=balance_cents,
    )


def _read_place(cursor: str) -> tuple[int, int]:
    try:
        block_number, skipped = (int(part) for part in cursor.split("."))
    except ValueError as error:
        raise InvalidCursorError(cursor) from error
    if not (1 <= block_number < _LARGEST and 1 <= skipped < _LARGEST // 2):  # a page more still fits
        raise InvalidCursorError(cursor)
    return block_number, skipped


def _cursor(row: Any) -> str:  # noqa: ANN401 - a row of any shape
    return f"{row.effective_on.isoformat()}.{row.recorded_at_us}.{row.entry_id.hex}"


def _beyond(cursor: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    try:
        day, instant, hexadecimal = cursor.split(".")
        effective_on, recorded_at_us, entry_id = date.fromisoformat(day), int(instant), UUID(hexadecimal)
    except ValueError as error:
        raise InvalidCursorError(cursor) from error
    if not -_LARGEST <= recorded_at_us < _LARGEST:
        raise InvalidCursorError(cursor)
    place = tuple_(rows_.c.effective_on, rows_.c.recorded_at_us, rows_.c.entry_id)
    # The first condition says no more than the second; it lets the index by date find the page.
    return rows_.c.effective_on >= effective_on, place > (effective_on, recorded_at_us, entry_id)
