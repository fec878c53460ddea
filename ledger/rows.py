"""The rows of transfers as their leaves, read in runs: PostgreSQL hashes its rows itself, of SQLite's rows Python does.

Whoever can make a server lie about SHA-256 can make it lie about the rows as well: what is asked is asked of its own built-in
functions, whatever else somebody has named so, and who does not trust the server restores a dump of it into another one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from ledger.connection import Connection, dialect_of, driver_sql
from ledger.leaf import TRANSFER_FIELDS, pack_transfer, postgresql_bytes

LOWEST, HIGHEST = -(2**63), 2**63 - 1
_SPAN_BYTES, _LEAF_BYTES = 4, 32
_KEY_BYTES = _SPAN_BYTES + 4 + 16 + 2
_ROW_BYTES = _KEY_BYTES + _LEAF_BYTES + 1


@dataclass(frozen=True, slots=True)
class Run:
    """Some transfers of a book: span after span, and within a span in the order of the leaves of a block.

    `keys` are what they are ordered by, span, effective date, entry and number; `leaves` their hashes, end to end; `wrong` the
    places of those that bear another leaf; and `ends` says how many there are up to the end of each span. A row that holds
    what no transfer can (SQLite keeps anything anywhere) stands apart, with the identity it claims and its span.
    """

    keys: Sequence[bytes]
    leaves: bytes
    wrong: Sequence[int]
    ends: Sequence[int]
    unreadable: Sequence[tuple[str, Any, int]] = ()

    def identity(self, place: int) -> tuple[UUID, int]:
        """Name the entry and the number of a transfer."""
        key = self.keys[place]
        return UUID(bytes=key[_SPAN_BYTES + 4 : -2]), int.from_bytes(key[-2:])


RawRows = bytes | Sequence[Sequence[Any]]
"""Rows as their database gives them: PostgreSQL as bytes, end to end, SQLite as what stands in their columns."""


async def read_rows(session: Connection, book_id: UUID, bounds: Sequence[int]) -> RawRows:
    """Read the transfers of a book that were written from the first of `bounds` to below the last, in one statement."""
    if dialect_of(session) == "postgresql":
        asked = (book_id, bounds[0], bounds[-1], list(bounds[1:-1]))
        return (await driver_sql(session, _ON_POSTGRESQL, asked)).scalar_one() or b""
    rows: Sequence[Sequence[Any]] = (await driver_sql(session, _ON_SQLITE, (book_id.hex, bounds[0], bounds[-1]))).all()
    return rows


def sort_run(content: RawRows, bounds: Sequence[int]) -> Run:
    """Put what `read_rows` gave in order. Between two bounds lies a span.

    A row is its key, its leaf and whether it bears that leaf, in one, so that sorting the rows puts them in order: the
    client sorts bytes sooner than the server sorts columns.
    """
    unreadable: list[tuple[str, Any, int]] = []
    if isinstance(content, bytes):
        rows = [content[start : start + _ROW_BYTES] for start in range(0, len(content), _ROW_BYTES)]
    else:
        rows, inner = [], list(bounds[1:-1])
        for row in content:
            span, packed = bisect_right(inner, row[-1]), _pack(row)
            if packed is None:
                unreadable.append((row[1], row[2], span))
            else:
                leaf = sha256(packed).digest()
                rows.append(span.to_bytes(_SPAN_BYTES) + _key(packed) + leaf + (_RIGHT if row[-2] == leaf else _WRONG))
    rows.sort()
    ends = [bisect_left(rows, (span + 1).to_bytes(_SPAN_BYTES)) for span in range(len(bounds) - 1)]
    keys = [row[:_KEY_BYTES] for row in rows]
    leaves = b"".join([row[_KEY_BYTES:-1] for row in rows])
    return Run(keys, leaves, [place for place, row in enumerate(rows) if row[-1]], ends, unreadable)


def _key(packed: bytes) -> bytes:
    """Take from the content of a transfer what it is ordered by."""
    return packed[23:27] + packed[35:51] + packed[59:61]


def _pack(row: Sequence[Any]) -> bytes | None:
    try:
        day, entry_id, number, count, book_id, subject, recorded, debit, credit, cents, reverses, asked, kind, tag = row[:-2]
        return pack_transfer(
            _day(day),
            _id(entry_id),
            number,
            count,
            _id(book_id),
            _id(subject),
            recorded,
            _id(debit),
            _id(credit),
            cents,
            None if reverses is None else _id(reverses),
            None if asked is None else _day(asked),
            kind.encode(),
            tag.encode(),
        )
    except Exception:  # noqa: BLE001 - whatever somebody wrote there, it is no transfer
        return None


def _id(value: str) -> bytes:
    """Read an id; one that is written otherwise than we do is another value to the database, and so none."""
    content = bytes.fromhex(value)
    if content.hex() != value:
        raise ValueError(value)
    return content


def _day(value: str) -> int:
    day = _DAYS.get(value)
    if day is None:
        day = date.fromisoformat(value)
        if day.isoformat() != value:
            raise ValueError(value)
        _DAYS[value] = day
    return day.toordinal()


_DAYS: dict[str, date] = {}


_RIGHT, _WRONG = b"\x00", b"\x01"

_NAMES = {name: f"t.{name}" for name in TRANSFER_FIELDS}
_ON_POSTGRESQL = f"""
SELECT pg_catalog.string_agg(
    key || leaf || CASE WHEN kept = leaf THEN '\\x00'::bytea ELSE '\\x01'::bytea END, ''::bytea
)
FROM (
    SELECT int4send(width_bucket(t.written_in, $4::bigint[])) || int4send(t.effective_on - DATE '0001-01-01' + 1)
           || uuid_send(t.entry_id) || int2send(t.number) AS key,
           pg_catalog.sha256({postgresql_bytes(_NAMES)}) AS leaf, t.leaf AS kept
    FROM ledger_transfers t WHERE t.book_id = $1 AND t.written_in >= $2 AND t.written_in < $3 OFFSET 0
) AS run"""  # noqa: S608 - our own names
_ON_SQLITE = f"""
SELECT {", ".join(_NAMES.values())}, t.leaf, t.written_in
FROM ledger_transfers t WHERE t.book_id = ? AND t.written_in >= ? AND t.written_in < ?"""  # noqa: S608 - the same
