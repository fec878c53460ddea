"""Posting: the one way in which money moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.account import AccountId
from ledger.connection import Connection
from ledger.entry import Entry
from ledger.errors import RefusalError


@dataclass(frozen=True, slots=True)
class Posted:
    """The entry is in the books; `balances` are those of the guarded accounts it touched, after it."""

    entry_id: UUID
    balances: Mapping[AccountId, int]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The entry was in the books before, with the same content; nothing was posted."""

    entry_id: UUID
    balances: Mapping[AccountId, int]


@dataclass(frozen=True, slots=True)
class Refused:
    """The entry was not posted, and why; the caller's transaction goes on."""

    entry_id: UUID
    error: RefusalError


Answer = Posted | Replayed | Refused


async def post(session: Connection, *entries: Entry, at: datetime, atomic: bool = False) -> list[Answer]:
    """Post `entries` in their order and answer each."""
    raise NotImplementedError
