"""What a verification finds: one row, block or signature that does not agree with the rest."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from ledger.account import AccountId

_KEPT_FAULTS = 1_000


class FaultKind(StrEnum):
    """What is wrong."""

    TRANSFER_CHANGED = "transfer_changed"
    """The transfer does not hash to its leaf, or not to the leaf that was sealed."""
    TRANSFER_MISSING = "transfer_missing"
    """A block holds a leaf of which there is no transfer."""
    TRANSFER_FORGED = "transfer_forged"
    """The transfer stands among those of a block that does not hold its leaf."""
    TRANSFER_MISPLACED = "transfer_misplaced"
    """An account of the transfer is unknown or of another book."""
    ENTRY_INCOMPLETE = "entry_incomplete"
    """The entry does not have all its transfers, or has more, or they do not tell of one entry."""
    ACCOUNT_CHANGED = "account_changed"
    """The opening or closing of an account does not hash to its leaf."""
    PERIOD_CHANGED = "period_changed"
    """The close or reopening of a period does not hash to its leaf."""
    BLOCK_CHANGED = "block_changed"
    """The block does not hash to its hash, or its leaves not to its root."""
    BLOCK_MISSING = "block_missing"
    """The block does not follow on the one before."""
    BLOCK_EVENTS_WRONG = "block_events_wrong"
    """The events of a block are not those that were sealed: one was changed, removed or forged."""
    BLOCK_TRIAL_WRONG = "block_trial_wrong"
    """What the accounts held at the end of a block is not what the block says."""
    SIGNATURE_WRONG = "signature_wrong"
    """The block is not signed by the key it names, or by one that nobody vouches for."""
    HEAD_UNKNOWN = "head_unknown"
    """A head was published that the book does not have: its end was cut off, or an old copy was restored."""
    FOLD_WRONG = "fold_wrong"
    """The sums that balances are read from are not what the sealed transfers come to."""
    BALANCE_WRONG = "balance_wrong"
    """A guarded balance is not what its transfers add up to, is missing, or belongs to no guarded account."""
    BALANCE_NEGATIVE = "balance_negative"
    """A guarded balance is below zero."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not agree with the others."""

    kind: FaultKind
    book_id: UUID | None = None
    entry_id: UUID | None = None
    number: int | None = None
    account_id: AccountId | None = None
    detail: str = ""
    block_number: int | None = None


@dataclass(slots=True)
class Found:
    """Faults as they come; the first are kept, all are counted."""

    count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Count a fault, and keep it if it is among the first."""
        self.count += 1
        if len(self.faults) < _KEPT_FAULTS:
            self.faults.append(fault)
