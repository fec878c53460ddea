"""The answers of a posting, one for each entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ledger.account import AccountId
from ledger.errors import RefusalError


@dataclass(frozen=True, slots=True)
class Posted:
    """The entry is in the books; `balances` are those of the guarded accounts it touches, after it."""

    entry_id: UUID
    balances: Mapping[AccountId, int]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The entry was in the books before, with the same content: nothing was posted."""

    entry_id: UUID
    balances: Mapping[AccountId, int]


@dataclass(frozen=True, slots=True)
class Refused:
    """The entry was not posted, and why; the caller's transaction goes on."""

    entry_id: UUID
    error: RefusalError


Answer = Posted | Replayed | Refused
