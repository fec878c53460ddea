"""A block: everything that was written in a book up to some point and is in no block before, under one hash; its head is given away."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from ledger.instant import from_microseconds
from ledger.record import BYTEA, INT2, INT8, UUID_, record

HEAD_FORM = "ledger-head-1"
SIGNED = b"ledger.head.1"
"""What a signature is over, before the hash of the block."""
NO_BLOCK = bytes(32)
"""What the first block of a book names as the one before it."""
_BLOCK = b"\x02"
_FORM = 1


@dataclass(frozen=True, slots=True)
class Block:
    """The head of a block of a book: what is hashed, the hash, and who signed it.

    `root` is over the leaves of the transfers, ordered by effective date, entry and number; `events_root` over those of the
    accounts opened and closed and of the periods closed and reopened, ordered by their hashes. `trial_hash` stands in the
    first block of a day and in one that holds the close of a period: it is over what every account held at the end of the
    block. A block signed by another key than the one before it is signed by that one's key too.
    """

    book_id: UUID
    number: int
    previous: bytes
    leaf_count: int
    root: bytes
    event_count: int
    events_root: bytes
    trial_hash: bytes | None
    sealed_at_us: int
    public_key: bytes | None
    hash: bytes
    signature: bytes | None
    counter_signature: bytes | None

    @property
    def sealed_at(self) -> datetime:
        """When it was sealed."""
        return from_microseconds(self.sealed_at_us)

    @property
    def message(self) -> bytes:
        """What its signatures are over."""
        return SIGNED + self.hash


def block_hash(
    *,
    book_id: UUID,
    number: int,
    previous: bytes,
    leaf_count: int,
    root: bytes,
    event_count: int,
    events_root: bytes,
    trial_hash: bytes | None,
    sealed_at_us: int,
    public_key: bytes | None,
) -> bytes:
    """Hash what a block says."""
    fields: tuple[tuple[int, int | UUID | bytes | None], ...] = (
        (INT2, _FORM),
        (UUID_, book_id),
        (INT8, number),
        (BYTEA, previous),
        (INT8, leaf_count),
        (BYTEA, root),
        (INT8, event_count),
        (BYTEA, events_root),
        (BYTEA, trial_hash),
        (INT8, sealed_at_us),
        (BYTEA, public_key),
    )
    return sha256(_BLOCK + record(fields)).digest()


def hash_of(block: Block) -> bytes:
    """Hash what a block says, whatever hash it bears."""
    return block_hash(
        book_id=block.book_id,
        number=block.number,
        previous=block.previous,
        leaf_count=block.leaf_count,
        root=block.root,
        event_count=block.event_count,
        events_root=block.events_root,
        trial_hash=block.trial_hash,
        sealed_at_us=block.sealed_at_us,
        public_key=block.public_key,
    )


def head_data(block: Block) -> dict[str, Any]:
    """Write the head of a block as it is published: one JSON object."""
    return {
        "form": HEAD_FORM,
        "book_id": str(block.book_id),
        "number": block.number,
        "previous": block.previous.hex(),
        "leaf_count": block.leaf_count,
        "root": block.root.hex(),
        "event_count": block.event_count,
        "events_root": block.events_root.hex(),
        "trial_hash": _hex(block.trial_hash),
        "sealed_at_us": block.sealed_at_us,
        "public_key": _hex(block.public_key),
        "hash": block.hash.hex(),
        "signature": _hex(block.signature),
        "counter_signature": _hex(block.counter_signature),
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def read_block(row: Any) -> Block:  # noqa: ANN401 - a row of `ledger_blocks`
    """Make the block of a row that holds its columns."""
    return Block(
        book_id=row.book_id,
        number=row.number,
        previous=row.previous,
        leaf_count=row.leaf_count,
        root=row.root,
        event_count=row.event_count,
        events_root=row.events_root,
        trial_hash=row.trial_hash,
        sealed_at_us=row.sealed_at_us,
        public_key=row.public_key,
        hash=row.hash,
        signature=row.signature,
        counter_signature=row.counter_signature,
    )
