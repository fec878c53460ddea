"""The leaf hash that each transfer and each account carries, the same from Python, PostgreSQL and SQLite.

SHA-256 over a zero byte (a leaf, in the sense of RFC 6962), a name for the form, then the content: integers big-endian,
two's complement, of 4 or 8 bytes; a date as its days since 1970, in 4; ids as their 16 bytes; text as UTF-8 behind its
length; what may be absent behind a byte 0 or 1. A transfer's leaf holds its entry too, so that a changed entry is a
changed leaf. The memo is left out.

The two SQL forms are expressions and not stored functions: who owns the database may replace a function.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from struct import Struct
from uuid import UUID

from ledger.account import Account
from ledger.entry import Entry, Transfer

_TRANSFER = b"\x00ledger.transfer.1"
_ACCOUNT = b"\x00ledger.account.1"
_EPOCH = date(1970, 1, 1).toordinal()
_SMALL = Struct(">i")
_LARGE = Struct(">q")

TRANSFER_FIELDS = (
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
    "effective_on",
    "kind",
    "tag",
)
"""What the bytes of a transfer hold, in this order."""


def transfer_bytes(entry: Entry, number: int, transfer: Transfer, recorded_at_us: int) -> bytes:
    """Write the content of a transfer, and of the entry it belongs to, in the one form that is hashed."""
    return b"".join(
        (
            _TRANSFER,
            entry.id.bytes,
            _SMALL.pack(number),
            _SMALL.pack(len(entry.transfers)),
            entry.book_id.bytes,
            entry.subject.bytes,
            _LARGE.pack(recorded_at_us),
            transfer.debit.bytes,
            transfer.credit.bytes,
            _LARGE.pack(transfer.amount_cents),
            b"\x00" if entry.reverses is None else b"\x01" + entry.reverses.bytes,
            _SMALL.pack(entry.effective_on.toordinal() - _EPOCH),
            _text(entry.kind),
            _text(transfer.tag),
        )
    )


def transfer_leaf(entry: Entry, number: int, transfer: Transfer, recorded_at_us: int) -> bytes:
    """Hash a transfer."""
    return sha256(transfer_bytes(entry, number, transfer, recorded_at_us)).digest()


def account_leaf(account: Account, opened_at_us: int) -> bytes:
    """Hash an account."""
    content = (
        _ACCOUNT,
        account.id.bytes,
        account.book_id.bytes,
        _LARGE.pack(opened_at_us),
        b"\x01" if account.guarded else b"\x00",
        _text(account.side),
        _text(account.code),
    )
    return sha256(b"".join(content)).digest()


def read_identity(content: bytes) -> tuple[UUID, UUID, int]:
    """Read back from the bytes of a transfer its book, its entry and its number."""
    start = len(_TRANSFER)
    entry_id, book_id = content[start : start + 16], content[start + 24 : start + 40]
    return UUID(bytes=book_id), UUID(bytes=entry_id), int.from_bytes(content[start + 16 : start + 20], signed=True)


def postgresql_bytes(names: Mapping[str, str]) -> str:
    """Express `transfer_bytes` in PostgreSQL, whose database must be in UTF-8; `names` gives the SQL of each of `TRANSFER_FIELDS`."""
    return f"""'\\x{_TRANSFER.hex()}'::bytea
        || uuid_send({names["entry_id"]}) || int4send({names["number"]}::int) || int4send({names["transfer_count"]}::int)
        || uuid_send({names["book_id"]}) || uuid_send({names["subject"]}) || int8send({names["recorded_at_us"]})
        || uuid_send({names["debit_id"]}) || uuid_send({names["credit_id"]}) || int8send({names["amount_cents"]})
        || CASE WHEN {names["reverses"]} IS NULL THEN '\\x00'::bytea ELSE '\\x01'::bytea || uuid_send({names["reverses"]}) END
        || int4send({names["effective_on"]} - DATE '1970-01-01')
        || {_postgresql_text(names["kind"])}
        || {_postgresql_text(names["tag"])}"""


def sqlite_hex(names: Mapping[str, str]) -> str:
    """Express `transfer_bytes` in SQLite, as hexadecimal text: it has no function that makes bytes of it.

    SQLite keeps any value in any column; one that is not of the type it should be makes the whole NULL, which no leaf equals.
    (The ids by which the tables are joined prove themselves: one written otherwise finds nothing.)
    """
    return f"""'{_TRANSFER.hex()}'
        || {names["entry_id"]} || {_sqlite_integer(names["number"], 8)} || {_sqlite_integer(names["transfer_count"], 8)}
        || {names["book_id"]} || {_sqlite_id(names["subject"])} || {_sqlite_integer(names["recorded_at_us"], 16)}
        || {names["debit_id"]} || {names["credit_id"]} || {_sqlite_integer(names["amount_cents"], 16)}
        || CASE WHEN {names["reverses"]} IS NULL THEN '00' ELSE '01' || {_sqlite_id(names["reverses"])} END
        || {_sqlite_date(names["effective_on"])}
        || {_sqlite_text(names["kind"])}
        || {_sqlite_text(names["tag"])}"""


def _text(value: str) -> bytes:
    content = value.encode()
    return _SMALL.pack(len(content)) + content


def _postgresql_text(expression: str) -> str:
    return f"int4send(octet_length({expression})) || convert_to({expression}, 'UTF8')"


def _sqlite_date(expression: str) -> str:
    days = f"CAST(julianday({expression}) - 2440587.5 AS INTEGER) & 4294967295"
    return f"CASE WHEN {expression} = date({expression}) THEN printf('%08x', {days}) END"


def _sqlite_text(expression: str) -> str:
    return f"printf('%08x', length(CAST({expression} AS BLOB))) || hex(CAST({expression} AS BLOB))"


def _sqlite_integer(expression: str, digits: int) -> str:
    return f"CASE typeof({expression}) WHEN 'integer' THEN printf('%0{digits}x', {expression}) END"


def _sqlite_id(expression: str) -> str:
    return f"CASE WHEN length({expression}) = 32 AND {expression} = lower({expression}) THEN {expression} END"
