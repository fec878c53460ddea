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
from ledger.summing import find_wrong_sums, uuid_or_none

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
    await _check_sums(session, book_id, found)
    return Verification(transfers, accounts, found.count, tuple(found.faults), blocks)


def _numbers_of(published: Iterable[Mapping[str, Any]]) -> dict[UUID, dict[int, str]]:
    known: dict[UUID, dict[int, str]] = {}
    for head in published:
        heads, number, said = known.setdefault(UUID(str(head["book_id"])), {}), int(head["number"]), str(head["hash"])
        heads[number] = said if heads.get(number, said) == said else "two heads"  # no block is both
    return known


async def _book_ids(session: Connection) -> list[UUID]:
    rows = (await session.execute(text(_BOOK_IDS))).scalars().all()
    return [book for book in map(uuid_or_none, rows) if book is not None]


async def _check_entries(session: Connection, book_id: UUID | None, found: Found) -> None:
    async for rows in _stream(session, _INCOMPLETE.format(scope=_scope("t", book_id)), book_id):
        for (entry_id,) in rows:
            there = (await session.execute(text(_WHAT_THERE_IS), {"entry_id": entry_id})).one()
            detail = f"{there.found} of {there.transfer_count} transfers"
            found.add(Fault(FaultKind.ENTRY_INCOMPLETE, uuid_or_none(there.book_id), uuid_or_none(entry_id), detail=detail))


async def _check_spans(session: Connection, book_id: UUID | None, found: Found) -> None:
    async for rows in _stream(session, _WRONG_SPANS.format(scope=_scope("b", book_id)), book_id):
        for row in rows:
            detail = "its span does not begin where the one before ends"
            found.add(Fault(FaultKind.BLOCK_CHANGED, uuid_or_none(row.book_id), block_number=row.number, detail=detail))
    async for rows in _stream(session, _OUT_OF_TIME[dialect_of(session)].format(scope=_scope("t", book_id)), book_id):
        for row in rows:
            detail = "no transaction has written it, and no block will hold it"
            found.add(Fault(FaultKind.TRANSFER_FORGED, uuid_or_none(row.book_id), uuid_or_none(row.entry_id), row.number, detail=detail))


async def _check_sums(session: Connection, book_id: UUID | None, found: Found) -> None:
    misplaced = False
    async for fault in find_wrong_sums(session, book_id):
        if fault is None:
            misplaced = True
        else:
            found.add(fault)
    if misplaced:
        async for rows in _stream(session, _MISPLACED.format(scope=_scope("t", book_id)), book_id):
            for row in rows:
                found.add(Fault(FaultKind.TRANSFER_MISPLACED, uuid_or_none(row.book_id), uuid_or_none(row.entry_id), row.number))


async def _stream(session: Connection, statement: str, book_id: UUID | None) -> AsyncIterator[Sequence[Any]]:
    query = text(statement)
    if book_id is not None and ":book_id" in statement:
        query = query.bindparams(bindparam("book_id", book_id, Uuid))
    result = await session.stream(query, execution_options={"yield_per": _CHUNK})
    async for rows in result.partitions():
        yield rows


def _scope(table: str, book_id: UUID | None) -> str:
    return "true" if book_id is None else f"{table}.book_id = :book_id"


_BOOK_IDS = """
SELECT book_id FROM ledger_accounts UNION SELECT book_id FROM ledger_transfers
UNION SELECT book_id FROM ledger_blocks UNION SELECT book_id FROM ledger_periods"""

_MISPLACED = """
SELECT t.book_id, t.entry_id, t.number FROM ledger_transfers t
LEFT JOIN ledger_accounts d ON d.id = t.debit_id AND d.book_id = t.book_id
LEFT JOIN ledger_accounts c ON c.id = t.credit_id AND c.book_id = t.book_id
WHERE (d.id IS NULL OR c.id IS NULL) AND {scope}"""

# An entry of one transfer says so itself, and there cannot be a second one of its number. Of the others, the first tells what
# all have to tell.
_INCOMPLETE = """
SELECT t.entry_id FROM ledger_transfers t
WHERE (t.transfer_count <> 1 OR t.number <> 1) AND {scope}
GROUP BY t.entry_id
HAVING count(*) <> max(t.transfer_count) OR max(t.number) <> count(*) OR min(t.number) <> 1
UNION
SELECT t.entry_id FROM ledger_transfers t JOIN ledger_transfers f ON f.entry_id = t.entry_id AND f.number = 1
WHERE t.number <> 1 AND {scope} AND (
    t.transfer_count <> f.transfer_count OR t.recorded_at_us <> f.recorded_at_us OR t.effective_on <> f.effective_on
    OR t.kind <> f.kind OR t.subject <> f.subject OR t.book_id <> f.book_id
)"""
# Asked apart, of the few that are found: within the statement above it would be planned, and compiled, as if of all.
_WHAT_THERE_IS = """
SELECT min(CAST(t.book_id AS text)) AS book_id, max(t.transfer_count) AS transfer_count, count(*) AS found
FROM ledger_transfers t WHERE t.entry_id = :entry_id"""

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
