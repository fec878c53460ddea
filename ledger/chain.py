"""The chain of a book's blocks: each hash, each signature, each leaf and the events between, recomputed."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ledger.block import NO_BLOCK, Block, hash_of, read_block
from ledger.connection import Connection
from ledger.errors import InvalidValueError
from ledger.events import Event, read_events
from ledger.fault import Fault, FaultKind, Found
from ledger.merkle import root_of
from ledger.period import hash_of_trial
from ledger.rows import HIGHEST, LOWEST, RawRows, Run, read_rows, sort_run
from ledger.signing import is_signed_by
from ledger.standing import trial_balance
from ledger.tables import blocks, transfers

_ROWS_AT_ONCE = 10_000
_BLOCKS_AT_ONCE = 500
_LEAF_BYTES = 32
_WRITTEN_IN = attrgetter("written_in")
_STEPS_TO_ASK = 5  # of the event loop, until what is asked next is on its way


@dataclass(slots=True)
class Walk:
    """Where the verification of one book stands."""

    book_id: UUID
    found: Found
    trusted: Collection[bytes] = ()
    published: Mapping[int, str] = field(default_factory=dict)
    checked: int = 0
    last_hash: bytes = NO_BLOCK
    last_number: int = 0
    last_key: bytes | None = None
    last_before: int = 0
    signed: int = 0
    vouched: set[bytes] = field(default_factory=set)
    trials: list[tuple[int, bytes]] = field(default_factory=list)
    accounts: int = 0

    def fault(self, kind: FaultKind, **where: Any) -> None:  # noqa: ANN401 - the fields of a fault
        """Note a fault of this book."""
        self.found.add(Fault(kind, self.book_id, **where))


async def walk_chain(session: Connection, walk: Walk) -> AsyncIterator[int]:
    """Verify the blocks of a book and its unsealed tail; give, now and then, how many transfers were checked."""
    walk.vouched = set(walk.trusted)
    found, walk.accounts = await read_events(session, walk.book_id, walk.found)
    events = sorted(found, key=_WRITTEN_IN)
    async for part, run in _parts(session, walk.book_id):
        _check_rows(walk, run, part)
        start = 0
        for span, (block, before, stored) in enumerate(part):
            end = run.ends[span]
            _check_block(walk, block, before, stored, events)
            if run.leaves[start * _LEAF_BYTES : end * _LEAF_BYTES] != stored:
                _name_leaves(walk, block, stored, run, span, start, end)
            start = end
        walk.checked += len(run.keys) + len(run.unreadable)
        yield walk.checked
    for number, trial_hash in walk.trials:
        if await _hash_of_trial_at(session, walk.book_id, number) != trial_hash:
            walk.fault(FaultKind.BLOCK_TRIAL_WRONG, block_number=number)
    _check_end(walk)


async def _hash_of_trial_at(session: Connection, book_id: UUID, number: int) -> bytes | None:
    try:
        return hash_of_trial(await trial_balance(session, book_id, block_number=number))
    except (ValueError, OverflowError, InvalidValueError):  # somebody wrote what no account and no sum can be
        return None


Sealed = tuple[Block, int, bytes]
"""A block, where its span ends, and the leaves it keeps."""
Part = tuple[Sequence[Sealed], Run]
"""Blocks, and the transfers of their spans; those of the tail come with no block."""
Span = tuple[int, int, list[int]]
"""The first and the last block number of a part, and where the spans of its blocks end."""


async def _parts(session: Connection, book_id: UUID) -> AsyncIterator[Part]:
    """Read the book in parts of about as many rows; the database hashes the next part while one is sorted and looked at."""
    spans = await _spans(session, book_id)
    sealed, asked = await _ask(session, book_id, spans[0])
    try:
        for span, after in zip(spans, [*spans[1:], None], strict=True):
            mine, content = sealed, await asked
            if after is not None:
                sealed, asked = await _ask(session, book_id, after)
            yield mine, sort_run(content, span[2])
    finally:
        await asyncio.wait([asked])


async def _ask(session: Connection, book_id: UUID, span: Span) -> tuple[Sequence[Sealed], asyncio.Task[RawRows]]:
    """Read the blocks of a part, and put the question for its rows on its way."""
    first, last, bounds = span
    sealed: list[Sealed] = []
    if first <= last:
        wanted = select(blocks).where(blocks.c.book_id == book_id, blocks.c.number.between(first, last)).order_by(blocks.c.number)
        sealed = [(read_block(row), row.written_before, row.leaves) for row in (await session.execute(wanted)).all()]
    asked = asyncio.create_task(read_rows(session, book_id, bounds))
    for _ in range(_STEPS_TO_ASK):
        await asyncio.sleep(0)
    return sealed, asked


async def _spans(session: Connection, book_id: UUID) -> list[Span]:
    """Cut the book into parts: first and last block number, and where the spans of the blocks end; the tail is the last part."""
    counts = select(blocks.c.number, blocks.c.written_before, blocks.c.leaf_count).where(blocks.c.book_id == book_id)
    parts: list[Span] = []
    numbers: list[int] = []
    bounds, rows = [LOWEST], 0
    for number, before, leaf_count in (await session.execute(counts.order_by(blocks.c.number))).all():
        numbers.append(number)
        bounds.append(max(before, bounds[-1]))
        rows += leaf_count
        if rows >= _ROWS_AT_ONCE or len(numbers) >= _BLOCKS_AT_ONCE:
            parts.append((numbers[0], numbers[-1], bounds))
            numbers, bounds, rows = [], bounds[-1:], 0
    if numbers:
        parts.append((numbers[0], numbers[-1], bounds))
    tail = bounds[-1:]
    while (end := await _end_of_many(session, book_id, tail[-1])) is not None:
        tail.append(end)
    tail.append(HIGHEST)
    return [*parts, *((1, 0, [start, end]) for start, end in pairwise(tail))]


async def _end_of_many(session: Connection, book_id: UUID, start: int) -> int | None:
    """Cut a long tail between two transactions, after about as many rows as a part has."""
    ahead = select(transfers.c.written_in).where(transfers.c.book_id == book_id, transfers.c.written_in >= start)
    found = (await session.execute(ahead.order_by(transfers.c.written_in).offset(_ROWS_AT_ONCE).limit(1))).scalar()
    return None if found is None or found == start else int(found)


def _check_rows(walk: Walk, run: Run, part: Sequence[Sealed]) -> None:
    """Name each row that is not what its own leaf says."""
    for claimed_id, claimed_number, span in run.unreadable:
        where = {"entry_id": _uuid(claimed_id), "number": _number(claimed_number), "block_number": _block_of(part, span)}
        walk.fault(FaultKind.TRANSFER_CHANGED, **where)
    for place in run.wrong:
        entry_id, number = run.identity(place)
        block_number = _block_of(part, bisect_right(run.ends, place))
        walk.fault(FaultKind.TRANSFER_CHANGED, entry_id=entry_id, number=number, block_number=block_number)


def _block_of(part: Sequence[Sealed], span: int) -> int | None:
    return part[span][0].number if span < len(part) else None


def _check_block(walk: Walk, block: Block, before: int, stored: bytes, events: Sequence[Event]) -> None:
    """Recompute what the block says of itself, and where it stands."""
    number = block.number
    if number != walk.last_number + 1 or block.previous != walk.last_hash:
        walk.fault(FaultKind.BLOCK_MISSING, block_number=number, detail=f"it does not follow on block {walk.last_number}")
    leaves = [stored[start : start + _LEAF_BYTES] for start in range(0, len(stored), _LEAF_BYTES)]
    if hash_of(block) != block.hash or len(leaves) != block.leaf_count or root_of(leaves) != block.root:
        walk.fault(FaultKind.BLOCK_CHANGED, block_number=number)
    start = bisect_left(events, walk.last_before if walk.last_number else LOWEST, key=_WRITTEN_IN)
    mine = sorted(event.leaf for event in events[start : bisect_left(events, before, key=_WRITTEN_IN)])
    if len(mine) != block.event_count or root_of(mine) != block.events_root:
        walk.fault(FaultKind.BLOCK_EVENTS_WRONG, block_number=number)
    if block.trial_hash is not None:
        walk.trials.append((number, block.trial_hash))
    said = walk.published.get(number)
    if said is not None and said != block.hash.hex():
        walk.fault(FaultKind.HEAD_UNKNOWN, block_number=number, detail="another block of this number was published")
    _check_signature(walk, block)
    walk.last_hash, walk.last_number, walk.last_before = block.hash, number, before


def _check_signature(walk: Walk, block: Block) -> None:
    if block.public_key is None:
        if block.signature is not None or block.counter_signature is not None:
            walk.fault(FaultKind.SIGNATURE_WRONG, block_number=block.number, detail="it is signed, and names no key")
        return
    problem = None
    if block.signature is None or not is_signed_by(block.public_key, block.signature, block.message):
        problem = "the signature does not hold"
    elif walk.last_key is not None and walk.last_key != block.public_key:
        if block.counter_signature is None or not is_signed_by(walk.last_key, block.counter_signature, block.message):
            problem = "the key before did not hand over"
        elif walk.last_key in walk.vouched:
            walk.vouched.add(block.public_key)
    elif block.counter_signature is not None:
        problem = "it is counter-signed, and the key did not change"
    if problem is not None:
        walk.fault(FaultKind.SIGNATURE_WRONG, block_number=block.number, detail=problem)
    else:
        walk.signed = block.number if block.public_key in walk.vouched or not walk.trusted else walk.signed
    walk.last_key = block.public_key


def _name_leaves(walk: Walk, block: Block, stored: bytes, run: Run, span: int, start: int, end: int) -> None:
    """Name the rows of a block that are not among the leaves it keeps, and the leaves of which there is no row."""
    kept = [stored[at : at + _LEAF_BYTES] for at in range(0, len(stored), _LEAF_BYTES)]
    there = [run.leaves[at * _LEAF_BYTES : (at + 1) * _LEAF_BYTES] for at in range(start, end)]
    sealed, found = set(kept), set(there)
    missing = [place for place, leaf in enumerate(kept) if leaf not in found]
    extra = [start + place for place, leaf in enumerate(there) if leaf not in sealed]
    for place in extra:
        entry_id, number = run.identity(place)
        kind = FaultKind.TRANSFER_CHANGED if missing else FaultKind.TRANSFER_FORGED
        walk.fault(kind, entry_id=entry_id, number=number, block_number=block.number, detail="it is not what was sealed")
    changed = len(extra) + sum(1 for _, _, at in run.unreadable if at == span)
    for leaf_place in missing[changed:]:
        walk.fault(FaultKind.TRANSFER_MISSING, block_number=block.number, detail=f"leaf {leaf_place + 1} of {len(kept)} has no transfer")
    if not extra and not missing:
        walk.fault(FaultKind.BLOCK_CHANGED, block_number=block.number, detail="its leaves are not in their order")


def _check_end(walk: Walk) -> None:
    """Hold the end of the chain against what was given away, and against whom we trust."""
    beyond = sorted(number for number in walk.published if number > walk.last_number)
    if beyond:
        detail = f"blocks up to {beyond[-1]} were published, the book ends with {walk.last_number}"
        walk.fault(FaultKind.HEAD_UNKNOWN, block_number=beyond[0], detail=detail)
    if walk.trusted and walk.signed < walk.last_number:
        detail = f"no key that is trusted vouches for blocks {walk.signed + 1} to {walk.last_number}"
        walk.fault(FaultKind.SIGNATURE_WRONG, block_number=walk.signed + 1, detail=detail)


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
