"""The leaf hash of each transfer and of each event of a book, the same from Python, PostgreSQL and SQLite.

A leaf is SHA-256 over a zero byte (RFC 6962, section 2.1) and the content as a record (`record.py`). A transfer's content
holds its entry too, so that a changed entry is a changed leaf; the memo is left out. It begins with the effective date (days,
the first of January of year 1 being 1), the entry and the number: sorting the contents puts a block's leaves in order.

The SQL form is an expression and not a stored function: who owns the database may replace a function.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from struct import Struct
from uuid import UUID

from ledger.account import Account
from ledger.entry import Entry, Transfer
from ledger.record import BYTEA, INT2, INT4, INT8, UUID_, record

_LEAF = b"\x00"
_FORM = 2

TRANSFER_FIELDS = (
    "effective_on",
    "entry_id",
    "number",
    "transfer_count",
    "book_id",
    "subject",
    "recorded_at_us",
    "debit_id",
    "credit_id",
    "amount_cents",
    "reverses",
    "asked_on",
    "kind",
    "tag",
)
"""What the bytes of a transfer hold, in this order, after the number of their form."""

_FIXED = Struct(">iIihIiiIi16sIihIihIi16sIi16sIiqIi16sIi16sIiq")
_FLAG_ID = Struct(">Ii16s")
_FLAG_DAY = Struct(">Iii")
_HEAD = Struct(">Ii")
_NO_ID = _HEAD.pack(UUID_, -1)
_NO_DAY = _HEAD.pack(INT4, -1)


def pack_transfer(
    day: int,
    entry_id: bytes,
    number: int,
    transfer_count: int,
    book_id: bytes,
    subject: bytes,
    recorded_at_us: int,
    debit_id: bytes,
    credit_id: bytes,
    amount_cents: int,
    reverses: bytes | None,
    asked_day: int | None,
    kind: bytes,
    tag: bytes,
) -> bytes:
    """Write the content of a transfer, ids as 16 bytes, dates as their ordinals, text as UTF-8, with the byte that makes it a leaf."""
    return b"".join(
        (
            _LEAF,
            _FIXED.pack(
                *(15, INT2, 2, _FORM),
                *(INT4, 4, day),
                *(UUID_, 16, entry_id),
                *(INT2, 2, number),
                *(INT2, 2, transfer_count),
                *(UUID_, 16, book_id),
                *(UUID_, 16, subject),
                *(INT8, 8, recorded_at_us),
                *(UUID_, 16, debit_id),
                *(UUID_, 16, credit_id),
                *(INT8, 8, amount_cents),
            ),
            _NO_ID if reverses is None else _FLAG_ID.pack(UUID_, 16, reverses),
            _NO_DAY if asked_day is None else _FLAG_DAY.pack(INT4, 4, asked_day),
            _HEAD.pack(BYTEA, len(kind)),
            kind,
            _HEAD.pack(BYTEA, len(tag)),
            tag,
        )
    )


def transfer_bytes(entry: Entry, number: int, transfer: Transfer, recorded_at_us: int, asked_on: date | None = None) -> bytes:
    """Write the content of a transfer, and of the entry it belongs to, in the one form that is hashed."""
    return pack_transfer(
        entry.effective_on.toordinal(),
        entry.id.bytes,
        number,
        len(entry.transfers),
        entry.book_id.bytes,
        entry.subject.bytes,
        recorded_at_us,
        transfer.debit.bytes,
        transfer.credit.bytes,
        transfer.amount_cents,
        None if entry.reverses is None else entry.reverses.bytes,
        None if asked_on is None else asked_on.toordinal(),
        entry.kind.encode(),
        transfer.tag.encode(),
    )


def transfer_leaf(entry: Entry, number: int, transfer: Transfer, recorded_at_us: int, asked_on: date | None = None) -> bytes:
    """Hash a transfer."""
    return sha256(transfer_bytes(entry, number, transfer, recorded_at_us, asked_on)).digest()


def account_leaf(account: Account, opened_at_us: int) -> bytes:
    """Hash the opening of an account."""
    content: tuple[tuple[int, int | UUID | str], ...] = (
        (BYTEA, "opened"),
        (UUID_, account.id),
        (UUID_, account.book_id),
        (INT8, opened_at_us),
        (INT2, int(account.guarded)),
        (BYTEA, account.side.value),
        (BYTEA, account.code),
    )
    return sha256(_LEAF + record(content)).digest()


def closing_leaf(account_id: UUID, book_id: UUID, closed_at_us: int, closed_by: UUID) -> bytes:
    """Hash the closing of an account."""
    content: tuple[tuple[int, int | UUID | str], ...] = (
        (BYTEA, "closed"),
        (UUID_, account_id),
        (UUID_, book_id),
        (INT8, closed_at_us),
        (UUID_, closed_by),
    )
    return sha256(_LEAF + record(content)).digest()


def period_leaf(
    book_id: UUID,
    number: int,
    action: str,
    closed_through: date | None,
    at_us: int,
    by: UUID,
    seconded_by: UUID | None,
    trial_hash: bytes | None,
) -> bytes:
    """Hash the close or the reopening of a period."""
    content: tuple[tuple[int, int | UUID | str | bytes | None], ...] = (
        (BYTEA, action),
        (UUID_, book_id),
        (INT4, number),
        (INT4, None if closed_through is None else closed_through.toordinal()),
        (INT8, at_us),
        (UUID_, by),
        (UUID_, seconded_by),
        (BYTEA, trial_hash),
    )
    return sha256(_LEAF + record(content)).digest()


def postgresql_bytes(names: Mapping[str, str]) -> str:
    """Express `transfer_bytes` in PostgreSQL, whose database must be in UTF-8; `names` gives the SQL of each of `TRANSFER_FIELDS`."""
    day, asked_day = _postgresql_day(names["effective_on"]), _postgresql_day(names["asked_on"])
    kind, tag = (f"pg_catalog.convert_to({names[name]}, 'UTF8')" for name in ("kind", "tag"))
    return f"""'\\x00'::bytea || pg_catalog.record_send(ROW({_FORM}::smallint, {day}, {names["entry_id"]},
            ({names["number"]})::smallint, ({names["transfer_count"]})::smallint, {names["book_id"]}, {names["subject"]},
            {names["recorded_at_us"]}, {names["debit_id"]}, {names["credit_id"]}, {names["amount_cents"]},
            {names["reverses"]}, {asked_day}, {kind}, {tag}))"""


def _postgresql_day(expression: str) -> str:
    return f"({expression} - DATE '0001-01-01' + 1)"
