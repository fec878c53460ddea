"""Sealing: what is committed in a book goes into a block, chained to those before, signed, and summed up for who reads balances.

Nothing stops meanwhile. On PostgreSQL a block holds what was written by transactions below the oldest one that still runs: a
late commit falls into a later block, and none is skipped. On SQLite there is one writer, and what is there is committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid, bindparam, func, select, text, update

from ledger.block import NO_BLOCK, Block, block_hash, read_block
from ledger.connection import Connection, dialect_of, driver_sql
from ledger.errors import KeyFileError, RestoredElsewhereError
from ledger.folding import fold_statements
from ledger.instant import from_microseconds, to_microseconds
from ledger.merkle import root_of
from ledger.period import hash_of_trial
from ledger.signing import SigningKey, SigningKeys
from ledger.standing import trial_balance
from ledger.tables import accounts, blocks, clock, closings, periods, transfers

MAX_LEAVES = 10_000
"""What a block holds at the most, but for a single transaction that wrote more."""


@dataclass(frozen=True, slots=True)
class _Span:
    """What a block covers: from the end of the one before, to below the horizon."""

    book_id: UUID
    number: int
    previous: bytes
    last_key: bytes | None
    """Of the block before."""
    last_sealed_at_us: int | None
    written_from: int
    written_before: int


async def seal(
    session: Connection, book_id: UUID, *, at: datetime, keys: SigningKeys | None = None, at_most: int = MAX_LEAVES
) -> Block | None:
    """Seal what is committed in a book and in no block yet; None where there is nothing, or where somebody seals it now.

    At most `at_most` leaves at once, but for a single transaction that wrote more: call again, in a transaction of its own,
    until None comes back. Without `keys` the block is not signed; the next one that is signed covers it. A new key signs a
    block of its own where there is nothing else to seal, so that what was not signed, or signed by the key before, is vouched
    for at once. Publish the block when the transaction is committed, not before.

    Raises:
        InvalidInstantError: `at` names no time zone.
        RestoredElsewhereError: the ledger was restored into another cluster; `adopt` first.
        KeyFileError: the last block that was signed is by a key that is not among `keys`; nothing is written.

    """
    sealed_at_us = to_microseconds(at)
    span = await _find_span(session, book_id, at_most)
    if span is None:
        return None
    leaves = await _read_leaves(session, span)
    events = sorted(await _read_events(session, span))
    hands_over = keys is not None and span.number > 1 and span.last_key != keys.newest.public_key
    if not leaves and not events and not hands_over:
        return None

    before = None if keys is None else await _find_key_before(session, span, keys)
    await _write_folds(session, span)
    trial_hash = None
    if await _carries_trial(session, span, sealed_at_us):
        trial_hash = hash_of_trial(await trial_balance(session, book_id, block_number=span.number))
    block = _make_block(span, leaves, events, trial_hash, sealed_at_us, keys, before)
    await _write_block(session, span, block, b"".join(leaves))
    return block


async def find_unsealed(session: Connection, keys: SigningKeys | None = None) -> list[UUID]:
    """Name the books in which something is in no block yet, or whose last block is not signed by the newest of `keys`."""
    if keys is None:
        found = await session.execute(text(_UNSEALED).columns(book_id=Uuid()))
    else:
        statement = text(f"{_UNSEALED}{_NOT_SIGNED}").bindparams(bindparam("public_key", keys.newest.public_key, LargeBinary))
        found = await session.execute(statement.columns(book_id=Uuid()))
    return [row.book_id for row in found]


async def unsealed_since(session: Connection, book_id: UUID) -> datetime | None:
    """Tell when the oldest transfer that no block of a book holds was recorded: how far sealing lags behind."""
    last = select(blocks.c.written_before).where(blocks.c.book_id == book_id).order_by(blocks.c.number.desc()).limit(1)
    start = (await session.execute(last)).scalar() or 0
    tail = (transfers.c.book_id == book_id, transfers.c.written_in >= start)
    oldest = (await session.execute(select(func.min(transfers.c.recorded_at_us)).where(*tail))).scalar()
    return None if oldest is None else from_microseconds(oldest)


async def adopt(session: Connection) -> bool:
    """Put all that will be written after all that was, in a ledger that was restored into another cluster; tell whether it was.

    Transaction ids start again there. Nothing is changed in a ledger that is at home, nor on SQLite. Waits for writers.
    """
    if dialect_of(session) != "postgresql":
        return False
    return bool((await driver_sql(session, "SELECT ledger_adopt()")).scalar_one())


async def is_at_home(session: Connection) -> bool:
    """Say whether the ledger lies in the cluster that its rows were written in, so that it can be posted to."""
    if dialect_of(session) != "postgresql":
        return True
    return bool((await driver_sql(session, "SELECT cluster = ledger_cluster() FROM ledger_clock")).scalar_one())


async def book_blocks(session: Connection, book_id: UUID, *, after: int = 0, limit: int = 1_000) -> list[Block]:
    """Read the heads of a book's blocks, by number."""
    columns = [column for column in blocks.c if column.name != "leaves"]
    statement = select(*columns).where(blocks.c.book_id == book_id, blocks.c.number > after).order_by(blocks.c.number).limit(limit)
    return [read_block(row) for row in await session.execute(statement)]


async def last_blocks(session: Connection) -> dict[UUID, int]:
    """Read the number of the last block of each book that has one."""
    found = await session.execute(text(_LAST_NUMBERS).columns(book_id=Uuid()))
    return {row.book_id: row.number for row in found}


async def _find_span(session: Connection, book_id: UUID, at_most: int) -> _Span | None:
    if dialect_of(session) == "postgresql":
        if not (await driver_sql(session, "SELECT ledger_try_sealing($1)", (book_id,))).scalar_one():
            return None
        at_home, horizon = (await driver_sql(session, "SELECT cluster = ledger_cluster(), ledger_horizon() FROM ledger_clock")).one()
        if not at_home:
            raise RestoredElsewhereError
    else:
        horizon = (await session.execute(select(clock.c.base))).scalar_one() + 1
    columns = (blocks.c.number, blocks.c.hash, blocks.c.public_key, blocks.c.sealed_at_us, blocks.c.written_before)
    last = (await session.execute(select(*columns).where(blocks.c.book_id == book_id).order_by(blocks.c.number.desc()).limit(1))).first()
    if last is None:
        span = _Span(book_id, 1, NO_BLOCK, None, None, 0, horizon)
    else:
        span = _Span(book_id, last.number + 1, last.hash, last.public_key, last.sealed_at_us, last.written_before, horizon)
    return await _cut(session, span, at_most)


async def _find_key_before(session: Connection, span: _Span, keys: SigningKeys) -> SigningKey | None:
    """Find the key that signed last, where it is not the newest: it hands over, whatever was left unsigned since."""
    signer = span.last_key
    if signer is None:
        signed = select(blocks.c.public_key).where(blocks.c.book_id == span.book_id, blocks.c.public_key.is_not(None))
        signer = (await session.execute(signed.order_by(blocks.c.number.desc()).limit(1))).scalar()
    if signer is None or signer == keys.newest.public_key:
        return None
    before = keys.of(signer)
    if before is None:
        raise KeyFileError(f"the key {signer.hex()[:16]} that signed the block before is not in the file of keys")
    return before


async def _cut(session: Connection, span: _Span, at_most: int) -> _Span:
    """End a span after so many leaves, between two transactions, where there are more."""
    inside = _inside(transfers, span)
    over = (await session.execute(select(transfers.c.written_in).where(*inside).offset(at_most).limit(1))).first()
    if over is None:
        return span
    ordered = select(transfers.c.written_in).where(*inside).order_by(transfers.c.written_in)
    first = (await session.execute(ordered.limit(1))).scalar_one()
    beyond = (await session.execute(ordered.offset(at_most).limit(1))).scalar_one()
    return replace(span, written_before=beyond if beyond > first else beyond + 1)


def _inside(table: Any, span: _Span) -> tuple[Any, ...]:  # noqa: ANN401 - one of our tables
    written_in = table.c.written_in
    return table.c.book_id == span.book_id, written_in >= span.written_from, written_in < span.written_before


async def _read_leaves(session: Connection, span: _Span) -> list[bytes]:
    order = (transfers.c.effective_on, transfers.c.entry_id, transfers.c.number)
    found = await session.execute(select(transfers.c.leaf).where(*_inside(transfers, span)).order_by(*order))
    return list(found.scalars())


async def _read_events(session: Connection, span: _Span) -> list[bytes]:
    return [
        leaf
        for table in (accounts, closings, periods)
        for leaf in (await session.scalars(select(table.c.leaf).where(*_inside(table, span))))
    ]


async def _carries_trial(session: Connection, span: _Span, sealed_at_us: int) -> bool:
    if span.last_sealed_at_us is None or from_microseconds(span.last_sealed_at_us).date() != from_microseconds(sealed_at_us).date():
        return True
    closed = select(periods.c.number).where(*_inside(periods, span), periods.c.action == "close").limit(1)
    return (await session.execute(closed)).first() is not None


def _make_block(
    span: _Span,
    leaves: Sequence[bytes],
    events: Sequence[bytes],
    trial_hash: bytes | None,
    sealed_at_us: int,
    keys: SigningKeys | None,
    before: SigningKey | None,
) -> Block:
    public_key = None if keys is None else keys.newest.public_key
    said: dict[str, Any] = {
        "book_id": span.book_id,
        "number": span.number,
        "previous": span.previous,
        "leaf_count": len(leaves),
        "root": root_of(leaves),
        "event_count": len(events),
        "events_root": root_of(events),
        "trial_hash": trial_hash,
        "sealed_at_us": sealed_at_us,
        "public_key": public_key,
    }
    block = Block(**said, hash=block_hash(**said), signature=None, counter_signature=None)
    if keys is None:
        return block
    handed_over = None if before is None else before.sign(block.message)
    return Block(**said, hash=block.hash, signature=keys.newest.sign(block.message), counter_signature=handed_over)


async def _write_folds(session: Connection, span: _Span) -> None:
    if dialect_of(session) == "postgresql":
        values = (span.book_id, span.number, span.written_from, span.written_before)
        await driver_sql(session, "SELECT ledger_write_folds($1, $2, $3, $4)", values)
        return
    values_ = {"book": span.book_id.hex, "number": span.number, "written_from": span.written_from, "written_before": span.written_before}
    for statement in _FOLDS_ON_SQLITE:
        await driver_sql(session, statement, values_)


async def _write_block(session: Connection, span: _Span, block: Block, leaves: bytes) -> None:
    columns = {
        "number": block.number,
        "written_from": span.written_from,
        "written_before": span.written_before,
        "leaf_count": block.leaf_count,
        "event_count": block.event_count,
        "sealed_at_us": block.sealed_at_us,
        "previous": block.previous,
        "root": block.root,
        "events_root": block.events_root,
        "hash": block.hash,
        "trial_hash": block.trial_hash,
        "public_key": block.public_key,
        "signature": block.signature,
        "counter_signature": block.counter_signature,
        "leaves": leaves,
    }
    if dialect_of(session) == "postgresql":
        await driver_sql(session, _WRITE_BLOCK, (block.book_id, *columns.values()))
        return
    await session.execute(blocks.insert(), [columns | {"book_id": block.book_id}])
    await session.execute(update(clock).where(clock.c.floor < span.written_before).values(floor=span.written_before))


_WRITE_BLOCK = f"SELECT ledger_write_block({', '.join(f'${number}' for number in range(1, 17))})"
_FOLDS_ON_SQLITE = fold_statements(book=":book", number=":number", written_from=":written_from", written_before=":written_before")

_BOOKS = """
WITH RECURSIVE books (book_id) AS (
    SELECT * FROM (SELECT book_id FROM ledger_accounts ORDER BY book_id LIMIT 1) AS first
    UNION ALL
    SELECT (SELECT a.book_id FROM ledger_accounts a WHERE a.book_id > books.book_id ORDER BY a.book_id LIMIT 1)
    FROM books WHERE books.book_id IS NOT NULL
)"""
# One look at an index a book, however many accounts it has.
_LAST_NUMBERS = f"""{_BOOKS}
SELECT book_id, number FROM (
    SELECT book_id, (SELECT b.number FROM ledger_blocks b WHERE b.book_id = books.book_id ORDER BY b.number DESC LIMIT 1) AS number
    FROM books WHERE book_id IS NOT NULL
) AS lasts WHERE number IS NOT NULL"""  # noqa: S608 - our own names
_UNSEALED = f"""{_BOOKS}
SELECT book_id FROM (
    SELECT book_id, coalesce((
        SELECT b.written_before FROM ledger_blocks b WHERE b.book_id = books.book_id ORDER BY b.number DESC LIMIT 1
    ), 0) AS sealed, (
        SELECT b.public_key FROM ledger_blocks b WHERE b.book_id = books.book_id ORDER BY b.number DESC LIMIT 1
    ) AS public_key, EXISTS (SELECT 1 FROM ledger_blocks b WHERE b.book_id = books.book_id) AS is_sealed
    FROM books WHERE book_id IS NOT NULL
) AS spans WHERE {
    " OR ".join(
        f'''EXISTS (SELECT 1 FROM {table} t WHERE t.written_in >= spans.sealed AND t.written_in <= 9223372036854775807
                AND t.book_id = spans.book_id)'''
        for table in ("ledger_transfers", "ledger_accounts", "ledger_closings", "ledger_periods")
    )
}"""  # noqa: S608 - the same
_NOT_SIGNED = " OR (is_sealed AND public_key IS DISTINCT FROM :public_key)"
