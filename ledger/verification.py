"""Verification: everything that can be recomputed is recomputed, and each row that disagrees is named."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text

from ledger.chain import Walk, walk_chain
from ledger.connection import Connection, dialect_of
from ledger.fault import Fault, FaultKind, Found
from ledger.readable import name_unreadable

_CHUNK = 5_000

Progress = Callable[[int], None]
"""Told now and then how many transfers were checked."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked, and what was found; `faults` holds the first thousand of `fault_count`."""

    transfers: int
    accounts: int
    fault_count: int
    faults: tuple[Fault, ...]
    blocks: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing disagrees."""
        return self.fault_count == 0


async def verify(
    session: Connection,
    book_id: UUID | None = None,
    progress: Progress | None = None,
    *,
    trusted_keys: Collection[bytes] = (),
    published: Iterable[Mapping[str, Any]] = (),
) -> Verification:
    """Recompute the hash of each transfer and event, the chain of blocks, the completeness of each entry, and each sum.

    With `trusted_keys` blocks that no one of them vouches for are a fault, and with the heads that were `published` a chain that
    does not have them: whoever owns the database can seal a history of their own with a key of their own, or restore an old
    copy, and only what was given away tells. Rows are read in parts, so that memory stays flat; postings may go on meanwhile.
    """
    found = Found()
    known = _numbers_of(published)
    books = [book_id] if book_id is not None else sorted({*await _book_ids(session), *known}, key=lambda book: book.int)
    unreadable = await name_unreadable(session, book_id, found) if dialect_of(session) == "sqlite" else set()
    transfers = accounts = blocks = 0
    for book in books:
        if book in unreadable:
            continue
        walk = Walk(book, found, trusted_keys, known.get(book, {}))
        async for checked in walk_chain(session, walk):
            if progress is not None:
                progress(transfers + checked)
        transfers, accounts, blocks = transfers + walk.checked, accounts + walk.accounts, blocks + walk.last_number
    await _check_entries(session, book_id, found)
    await _check_spans(session, book_id, found)
    await _check_folds(session, book_id, found)
    await _check_balances(session, book_id, found)
    return Verification(transfers, accounts, found.count, tuple(found.faults), blocks)


def _numbers_of(published: Iterable[Mapping[str, Any]]) -> dict[UUID, dict[int, str]]:
    known: dict[UUID, dict[int, str]] = {}
    for head in published:
        heads, number, said = known.setdefault(UUID(str(head["book_id"])), {}), int(head["number"]), str(head["hash"])
        heads[number] = said if heads.get(number, said) == said else "two heads"  # no block is both
    return known


async def _book_ids(session: Connection) -> list[UUID]:
    rows = (await session.execute(text(_BOOK_IDS))).scalars().all()
    return [book for book in map(_uuid, rows) if book is not None]


async def _check_entries(session: Connection, book_id: UUID | None, found: Found) -> None:
    async for rows in _stream(session, _MISPLACED.format(scope=_scope("t", book_id)), book_id):
        for row in rows:
            found.add(Fault(FaultKind.TRANSFER_MISPLACED, _uuid(row.book_id), _uuid(row.entry_id), row.number))
    async for rows in _stream(session, _INCOMPLETE.format(scope=_scope("t", book_id)), book_id):
        for row in rows:
            detail = f"{row.found} of {row.transfer_count} transfers"
            found.add(Fault(FaultKind.ENTRY_INCOMPLETE, _uuid(row.book_id), _uuid(row.entry_id), detail=detail))


async def _check_spans(session: Connection, book_id: UUID | None, found: Found) -> None:
    async for rows in _stream(session, _WRONG_SPANS.format(scope=_scope("b", book_id)), book_id):
        for row in rows:
            detail = "its span does not begin where the one before ends"
            found.add(Fault(FaultKind.BLOCK_CHANGED, _uuid(row.book_id), block_number=row.number, detail=detail))
    async for rows in _stream(session, _OUT_OF_TIME[dialect_of(session)].format(scope=_scope("t", book_id)), book_id):
        for row in rows:
            detail = "no transaction has written it, and no block will hold it"
            found.add(Fault(FaultKind.TRANSFER_FORGED, _uuid(row.book_id), _uuid(row.entry_id), row.number, detail=detail))


async def _check_folds(session: Connection, book_id: UUID | None, found: Found) -> None:
    for statement, what in ((_WRONG_FOLDS[dialect_of(session)], "of block {}"), (_WRONG_DAYS, "of {}")):
        async for rows in _stream(session, statement.format(scope=_scope("a", book_id)), book_id):
            for row in rows:
                detail = f"{what.format(row.at)}: {row.debited} cents too few are debited, {row.credited} too few credited"
                found.add(Fault(FaultKind.FOLD_WRONG, _uuid(row.book_id), account_id=_uuid(row.account_id), detail=detail))


async def _check_balances(session: Connection, book_id: UUID | None, found: Found) -> None:
    async for rows in _stream(session, _WRONG_BALANCES.format(scope=_scope("a", book_id)), book_id):
        for row in rows:
            kind = FaultKind.BALANCE_NEGATIVE if _is_negative(row.balance_cents) else FaultKind.BALANCE_WRONG
            detail = f"holds {row.balance_cents} cents, its transfers come to {row.folded_cents}"
            found.add(Fault(kind, _uuid(row.book_id), account_id=_uuid(row.id), detail=detail))
    async for rows in _stream(session, _STRAY_BALANCES, None):
        for row in rows:
            found.add(Fault(FaultKind.BALANCE_WRONG, account_id=_uuid(row.account_id), detail="a balance of no account"))


def _is_negative(balance_cents: object) -> bool:
    return isinstance(balance_cents, int) and balance_cents < 0


async def _stream(session: Connection, statement: str, book_id: UUID | None) -> AsyncIterator[Sequence[Any]]:
    query = text(statement)
    if book_id is not None and ":book_id" in statement:
        query = query.bindparams(bindparam("book_id", book_id, Uuid))
    result = await session.stream(query, execution_options={"yield_per": _CHUNK})
    async for rows in result.partitions():
        yield rows


def _scope(table: str, book_id: UUID | None) -> str:
    return "true" if book_id is None else f"{table}.book_id = :book_id"


def _uuid(value: object) -> UUID | None:
    """Read an id as the driver gives it; one that someone changed into no id at all is None."""
    try:
        return None if value is None else UUID(str(value))
    except ValueError:
        return None


_BOOK_IDS = """
SELECT book_id FROM ledger_accounts UNION SELECT book_id FROM ledger_transfers
UNION SELECT book_id FROM ledger_blocks UNION SELECT book_id FROM ledger_periods"""

_MISPLACED = """
SELECT t.book_id, t.entry_id, t.number FROM ledger_transfers t
LEFT JOIN ledger_accounts d ON d.id = t.debit_id AND d.book_id = t.book_id
LEFT JOIN ledger_accounts c ON c.id = t.credit_id AND c.book_id = t.book_id
WHERE (d.id IS NULL OR c.id IS NULL) AND {scope}"""

# An entry of one transfer says so itself, and there cannot be a second one of its number.
_INCOMPLETE = """
SELECT t.entry_id, min(CAST(t.book_id AS text)) AS book_id, max(t.transfer_count) AS transfer_count, count(*) AS found
FROM ledger_transfers t
WHERE (t.transfer_count <> 1 OR t.number <> 1) AND {scope}
GROUP BY t.entry_id
HAVING count(*) <> max(t.transfer_count) OR max(t.number) <> count(*) OR min(t.number) <> 1
    OR min(t.transfer_count) <> max(t.transfer_count) OR min(t.recorded_at_us) <> max(t.recorded_at_us)
    OR min(t.effective_on) <> max(t.effective_on) OR min(t.kind) <> max(t.kind)
    OR min(CAST(t.subject AS text)) <> max(CAST(t.subject AS text)) OR min(CAST(t.book_id AS text)) <> max(CAST(t.book_id AS text))"""

_WRONG_SPANS = """
SELECT book_id, number FROM (
    SELECT b.book_id, b.number, b.written_from, lag(b.written_before, 1, 0) OVER (PARTITION BY b.book_id ORDER BY b.number) AS expected
    FROM ledger_blocks b WHERE {scope}
) AS spans WHERE written_from <> expected"""

# A copy in another cluster may hold what transactions of its own have not come to; nothing is sealed there before it is adopted.
_OUT_OF_TIME = {
    "postgresql": """
SELECT t.book_id, t.entry_id, t.number FROM ledger_transfers t
WHERE {scope} AND (t.written_in < 0 OR t.written_in >= (
    SELECT c.base + greatest(
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_xact_id_if_assigned()::text::bigint + 1
    ) FROM ledger_clock c WHERE c.cluster = ledger_cluster()
))""",
    "sqlite": """
SELECT t.book_id, t.entry_id, t.number FROM ledger_transfers t
WHERE {scope} AND (t.written_in < 0 OR t.written_in > (SELECT base FROM ledger_clock))""",
}

_SUMS = """
WITH sums AS (
    SELECT t.debit_id AS account_id, sum(t.amount_cents) AS cents FROM ledger_transfers t GROUP BY t.debit_id
    UNION ALL
    SELECT t.credit_id AS account_id, -sum(t.amount_cents) AS cents FROM ledger_transfers t GROUP BY t.credit_id
), summed AS (
    SELECT account_id, sum(cents) AS raised_cents FROM sums GROUP BY account_id
)"""
_LASTS = """ JOIN (
        SELECT book_id, max(written_before) AS written_before FROM ledger_blocks GROUP BY book_id
    ) b ON b.book_id = t.book_id AND t.written_in < b.written_before"""

_UNLIKE = """
SELECT u.account_id, a.book_id, u.at, sum(u.debited) AS debited, sum(u.credited) AS credited
FROM ({moved}) AS u LEFT JOIN ledger_accounts a ON a.id = u.account_id WHERE {{scope}}
GROUP BY u.account_id, a.book_id, u.at HAVING sum(u.debited) <> 0 OR sum(u.credited) <> 0"""
"""What transfers come to, less what is kept of them."""
_MOVED = """
    SELECT t.debit_id AS account_id, {at} AS at, sum(t.amount_cents) AS debited, 0 AS credited FROM {rows} GROUP BY t.debit_id, {at}
    UNION ALL
    SELECT t.credit_id, {at}, 0, sum(t.amount_cents) FROM {rows} GROUP BY t.credit_id, {at}
    UNION ALL """
_STEPS = """
    SELECT f.account_id, f.block_number, lag(f.debit_cents, 1, 0) OVER account - f.debit_cents,
           lag(f.credit_cents, 1, 0) OVER account - f.credit_cents
    FROM ledger_folds f WINDOW account AS (PARTITION BY f.account_id ORDER BY f.block_number)"""
_INSIDE = "t.written_in >= b.written_from AND t.written_in < b.written_before"
# Block by block: the transfers of each are found by when they were written. (The + keeps SQLite from the index that begins with the book.)
_BY_BLOCK = {
    "postgresql": f"""ledger_blocks b CROSS JOIN LATERAL (
        SELECT * FROM ledger_transfers t WHERE t.book_id = b.book_id AND {_INSIDE} OFFSET 0
    ) AS t""",  # noqa: S608 - our own names
    "sqlite": f"ledger_blocks b CROSS JOIN ledger_transfers t ON +t.book_id = b.book_id AND {_INSIDE}",
}
_WRONG_FOLDS = {name: _UNLIKE.format(moved=_MOVED.format(at="b.number", rows=rows) + _STEPS) for name, rows in _BY_BLOCK.items()}
_SEALED_DAYS = _MOVED.format(at="t.effective_on", rows=f"ledger_transfers t{_LASTS}")
_KEPT_DAYS = "SELECT d.account_id, d.effective_on, -d.debit_cents, -d.credit_cents FROM ledger_days d"
_WRONG_DAYS = _UNLIKE.format(moved=_SEALED_DAYS + _KEPT_DAYS)

_WRONG_BALANCES = f"""{_SUMS}, standing AS (
    SELECT a.id, a.book_id, a.guarded, b.balance_cents,
           coalesce(CASE a.side WHEN 'asset' THEN s.raised_cents ELSE -s.raised_cents END, 0) AS folded_cents
    FROM ledger_accounts a
    LEFT JOIN ledger_balances b ON b.account_id = a.id
    LEFT JOIN summed s ON s.account_id = a.id
    WHERE {{scope}}
)
SELECT id, book_id, balance_cents, folded_cents FROM standing
WHERE CASE WHEN guarded THEN balance_cents IS NULL OR balance_cents < 0 OR balance_cents <> folded_cents
      ELSE balance_cents IS NOT NULL END"""  # noqa: S608 - the same

_STRAY_BALANCES = """
SELECT b.account_id FROM ledger_balances b LEFT JOIN ledger_accounts a ON a.id = b.account_id WHERE a.id IS NULL"""
