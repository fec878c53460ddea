"""Double entry in integer cents, on SQLite and PostgreSQL: it knows accounts, not people.

The caller opens and ends the transaction, names the instant and derives every id; the ledger does neither.
"""

from ledger.account import Account, AccountId, Side
from ledger.answer import Answer, Posted, Refused, Replayed
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
from ledger.opening import book_accounts, find_accounts, open_accounts
from ledger.posting import post
from ledger.schema import create_statements
from ledger.standing import TrialBalanceLine, balance, balances, guarded_balance, trial_balance
from ledger.statement import EntryPage, entries, find_entry
from ledger.tables import metadata
from ledger.verification import Fault, FaultKind, Progress, Verification, verify

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
    "Progress",
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
    "book_accounts",
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
