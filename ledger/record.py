"""PostgreSQL's binary form of a row: the bytes that are hashed, written alike by Python, PostgreSQL and SQLite.

How many fields, in 4 bytes; then each field as its type's id in 4 bytes, its length in 4 bytes (all ones: there is no value),
and its content: integers big-endian in two's complement, ids as their 16 bytes, text as UTF-8. PostgreSQL writes it by
`record_send`, one call a row; the type ids are those of its catalog and never change.
"""

from collections.abc import Sequence
from struct import Struct
from uuid import UUID

INT2, INT4, INT8, UUID_, BYTEA = 21, 23, 20, 2950, 17
"""The ids of the types."""
INTEGER_SIZES = {INT2: 2, INT4: 4, INT8: 8}

Field = tuple[int, int | UUID | bytes | str | None]
"""A type's id and a value of that type; text goes as bytes."""

_HEAD = Struct(">Ii")
_COUNT = Struct(">i")


def record(fields: Sequence[Field]) -> bytes:
    """Write fields in their one form."""
    parts = [_COUNT.pack(len(fields))]
    for type_id, value in fields:
        if value is None:
            parts.append(_HEAD.pack(type_id, -1))
        else:
            content = _content(type_id, value)
            parts.append(_HEAD.pack(type_id, len(content)) + content)
    return b"".join(parts)


def _content(type_id: int, value: int | UUID | bytes | str) -> bytes:
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    return value.to_bytes(INTEGER_SIZES[type_id], "big", signed=True)
