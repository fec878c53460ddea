"""Verification: everything that can be recomputed is recomputed, and each row that disagrees is named."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from ledger.account import AccountId
from ledger.connection import Connection


class FaultKind(StrEnum):
    """What is wrong with a row."""

    TRANSFER_CHANGED = "transfer_changed"
    """The transfer, or its entry, does not hash to its leaf."""
    TRANSFER_ORPHANED = "transfer_orphaned"
    """The transfer belongs to no entry."""
    TRANSFER_MISPLACED = "transfer_misplaced"
    """An account of the transfer is unknown or of another book."""
    ENTRY_INCOMPLETE = "entry_incomplete"
    """The entry does not have all its transfers."""
    ACCOUNT_CHANGED = "account_changed"
    """The account does not hash to its leaf."""
    BALANCE_WRONG = "balance_wrong"
    """A guarded balance is not what its transfers add up to, is missing, or belongs to no guarded account."""
    BALANCE_NEGATIVE = "balance_negative"
    """A guarded balance is below zero."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that does not agree with the others."""

    kind: FaultKind
    book_id: UUID | None = None
    entry_id: UUID | None = None
    number: int | None = None
    account_id: AccountId | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked, and what was found; `faults` holds the first thousand of `fault_count`."""

    transfers: int
    accounts: int
    fault_count: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing disagrees."""
        return self.fault_count == 0


Progress = Callable[[int], None]
"""Told now and then how many transfers were checked."""


async def verify(session: Connection, book_id: UUID | None = None, progress: Progress | None = None) -> Verification:
    """Recompute the balances and hashes of one book, or of all."""
    raise NotImplementedError
