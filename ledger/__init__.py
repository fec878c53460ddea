"""Double entry in integer cents, on SQLite and PostgreSQL: it knows accounts, not people.

The caller opens and ends the transaction, names the instant and derives every id; the ledger does neither.
"""

from ledger.account import Account, AccountId, Side
from ledger.entry import MAX_CENTS, MAX_TRANSFERS, Direction, Entry, Line, RecordedEntry, Transfer
from ledger.errors import (
    AccountConflictError,
    AmountOutOfRangeError,
    BatchRefusedError,
    ConflictError,
    InsufficientFundsError,
    InvalidCursorError,
    InvalidDateError,
    InvalidInstantError,
    InvalidTextError,
    InvalidValueError,
    LedgerError,
    OtherBookAccountError,
    RefusalError,
    ReversalExceedsOriginalError,
    SameAccountError,
    TransferCountError,
    UnknownAccountError,
    UnknownOriginalError,
)
from ledger.posting import Answer, Posted, Refused, Replayed, post
from ledger.schema import create_statements
from ledger.standing import TrialBalanceLine, balance, balances, find_accounts, guarded_balance, open_accounts, trial_balance
from ledger.statement import EntryPage, entries, find_entry
from ledger.tables import metadata
from ledger.verification import Fault, FaultKind, Verification, verify

__all__ = [
    "MAX_CENTS",
    "MAX_TRANSFERS",
    "Account",
    "AccountConflictError",
    "AccountId",
    "AmountOutOfRangeError",
    "Answer",
    "BatchRefusedError",
    "ConflictError",
    "Direction",
    "Entry",
    "EntryPage",
    "Fault",
    "FaultKind",
    "InsufficientFundsError",
    "InvalidCursorError",
    "InvalidDateError",
    "InvalidInstantError",
    "InvalidTextError",
    "InvalidValueError",
    "LedgerError",
    "Line",
    "OtherBookAccountError",
    "Posted",
    "RecordedEntry",
    "RefusalError",
    "Refused",
    "Replayed",
    "ReversalExceedsOriginalError",
    "SameAccountError",
    "Side",
    "Transfer",
    "TransferCountError",
    "TrialBalanceLine",
    "UnknownAccountError",
    "UnknownOriginalError",
    "Verification",
    "balance",
    "balances",
    "create_statements",
    "entries",
    "find_accounts",
    "find_entry",
    "guarded_balance",
    "metadata",
    "open_accounts",
    "post",
    "trial_balance",
    "verify",
]
