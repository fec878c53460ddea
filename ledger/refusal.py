"""The refusal that PostgreSQL names by a word and its numbers."""

from collections.abc import Callable
from datetime import date

from ledger.account import AccountId
from ledger.entry import Entry
from ledger.errors import (
    BalanceOutOfRangeError,
    ClosedAccountError,
    ConflictError,
    InsufficientFundsError,
    OtherBookAccountError,
    PeriodClosedError,
    RefusalError,
    ReversalExceedsOriginalError,
    UnknownAccountError,
    UnknownOriginalError,
)


def make_refusal(entry: Entry, answer: str, account: AccountId, first: int, second: int) -> RefusalError:
    """Make the error of a word; `first` and `second` are its numbers in the order of its parameters."""
    return _REFUSALS[answer](entry, account, first, second)


_REFUSALS: dict[str, Callable[[Entry, AccountId, int, int], RefusalError]] = {
    "conflict": lambda entry, *_: ConflictError(entry.id),
    "unknown_account": lambda _, account, *__: UnknownAccountError(account),
    "closed_account": lambda _, account, *__: ClosedAccountError(account),
    "other_book_account": lambda entry, account, *_: OtherBookAccountError(account, entry.book_id),
    "period_closed": lambda entry, _, day, __: PeriodClosedError(entry.book_id, entry.effective_on, date.fromordinal(day)),
    "insufficient_funds": lambda _, account, available, required: InsufficientFundsError(account, available, required),
    "balance_out_of_range": lambda _, account, held, added: BalanceOutOfRangeError(account, held, added),
    "unknown_original": lambda entry, *_: UnknownOriginalError(entry.reverses or entry.id),
    "reversal_exceeds_original": lambda entry, account, left, asked: ReversalExceedsOriginalError(
        entry.reverses or entry.id, account, left, asked
    ),
}
"""Amounts out of range and one account on both sides are refused when a transfer is made, and by the function for raw callers."""
