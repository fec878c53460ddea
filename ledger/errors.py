"""Every error of the ledger, in one tree; each carries its numbers.

LedgerError
├── InvalidValueError            a value that cannot stand, refused when it is built
│   ├── AmountOutOfRangeError        not an integer from 1 to MAX_CENTS
│   ├── SameAccountError             debit and credit are one account
│   ├── TransferCountError           an entry of no transfers, or of too many
│   ├── InvalidTextError             text that is too long or that a database cannot keep
│   ├── InvalidDateError             an effective date that is not a plain date between the first and the last
│   ├── InvalidInstantError          an instant without a time zone
│   └── InvalidCursorError           a cursor that no listing gave out
├── RefusalError                 an answer of `post`, returned and never raised, checked in this order
│   ├── ConflictError                the id is taken by an entry of other content
│   ├── UnknownAccountError          an account was never opened
│   ├── ClosedAccountError           an account was closed
│   ├── OtherBookAccountError        an account belongs to another book
│   ├── PeriodClosedError            the effective date lies in a closed period
│   ├── InsufficientFundsError       a guarded account would fall below zero
│   ├── BalanceOutOfRangeError       a guarded account would hold more than MAX_BALANCE
│   ├── UnknownOriginalError         the entry to reverse is not in this book
│   ├── ReversalExceedsOriginalError more would be reversed than is left of the original
│   └── BatchRefusedError            fit by itself, but another entry of the atomic call was refused
├── AccountConflictError         raised by `open_accounts`: the id or the code is taken by another account
├── AccountInUseError            raised by `close_account`: the account holds something
├── PeriodError                  raised by `close_period` and `reopen_period`
│   ├── PeriodOrderError             the book is closed through that day already, or not closed so far
│   └── SamePersonError              a reopening that one person asks for and seconds
├── KeyFileError                 a file of signing keys that cannot be read, written or used
├── NotSealedError               raised by `make_receipt`: the entry is in no block yet
└── RestoredElsewhereError       raised by `seal`: the rows come from another cluster; `adopt` first
"""

from datetime import date
from uuid import UUID


class LedgerError(Exception):
    """Anything the ledger refuses."""


class InvalidValueError(LedgerError):
    """A value that cannot stand, whatever the database holds."""


class AmountOutOfRangeError(InvalidValueError):
    """An amount that is not an integer from 1 to `MAX_CENTS`."""

    def __init__(self, amount_cents: object) -> None:
        super().__init__(f"{amount_cents!r} is not an amount in cents")
        self.amount_cents = amount_cents


class SameAccountError(InvalidValueError):
    """A transfer from an account to itself."""

    def __init__(self, account: UUID) -> None:
        super().__init__(f"account {account} stands on both sides")
        self.account = account


class TransferCountError(InvalidValueError):
    """An entry that moves nothing, or has more transfers than `MAX_TRANSFERS`."""

    def __init__(self, count: int) -> None:
        super().__init__(f"an entry of {count} transfers")
        self.count = count


class InvalidTextError(InvalidValueError):
    """Text that is empty where it must not be, too long, or holds a character that a database cannot keep."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} cannot be kept as text")
        self.field = field


class InvalidDateError(InvalidValueError):
    """An effective date that is not a plain date between the first and the last, which PostgreSQL takes for infinity."""

    def __init__(self, effective_on: object) -> None:
        super().__init__(f"{effective_on!r} is not a date")
        self.effective_on = effective_on


class InvalidInstantError(InvalidValueError):
    """An instant that names no time zone."""

    def __init__(self, at: object) -> None:
        super().__init__(f"{at!r} is not an instant")
        self.at = at


class InvalidCursorError(InvalidValueError):
    """A cursor that no listing gave out."""

    def __init__(self, cursor: str) -> None:
        super().__init__("the cursor was not given out by this listing")
        self.cursor = cursor


class RefusalError(LedgerError):
    """Why an entry was not posted."""


class ConflictError(RefusalError):
    """An entry of this id is recorded with other content."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"entry {entry_id} is recorded with other content")
        self.entry_id = entry_id


class UnknownAccountError(RefusalError):
    """An account that was never opened."""

    def __init__(self, account: UUID) -> None:
        super().__init__(f"account {account} was never opened")
        self.account = account


class OtherBookAccountError(RefusalError):
    """An account of another book than the entry's."""

    def __init__(self, account: UUID, book_id: UUID) -> None:
        super().__init__(f"account {account} is not in book {book_id}")
        self.account = account
        self.book_id = book_id


class ClosedAccountError(RefusalError):
    """An account that was closed."""

    def __init__(self, account: UUID) -> None:
        super().__init__(f"account {account} was closed")
        self.account = account


class PeriodClosedError(RefusalError):
    """An entry that would count from a day in a closed period."""

    def __init__(self, book_id: UUID, effective_on: date, closed_through: date) -> None:
        super().__init__(f"book {book_id} is closed through {closed_through}, {effective_on} asked")
        self.book_id = book_id
        self.effective_on = effective_on
        self.closed_through = closed_through


class BalanceOutOfRangeError(RefusalError):
    """A guarded account that would hold more than `MAX_BALANCE`."""

    def __init__(self, account: UUID, held_cents: int, added_cents: int) -> None:
        super().__init__(f"account {account} holds {held_cents} cents and cannot take {added_cents} more")
        self.account = account
        self.held_cents = held_cents
        self.added_cents = added_cents


class InsufficientFundsError(RefusalError):
    """A posting would take a guarded account below zero."""

    def __init__(self, account: UUID, available_cents: int, required_cents: int) -> None:
        super().__init__(f"account {account} holds {available_cents} cents, {required_cents} required")
        self.account = account
        self.available_cents = available_cents
        self.required_cents = required_cents


class UnknownOriginalError(RefusalError):
    """A reversal of an entry that is not recorded in this book."""

    def __init__(self, original_id: UUID) -> None:
        super().__init__(f"entry {original_id} is not recorded in this book")
        self.original_id = original_id


class ReversalExceedsOriginalError(RefusalError):
    """A reversal of more than is left of the original between two accounts, under one tag."""

    def __init__(self, original_id: UUID, account: UUID, left_cents: int, asked_cents: int) -> None:
        super().__init__(f"entry {original_id} has {left_cents} cents left to reverse out of account {account}, {asked_cents} asked")
        self.original_id = original_id
        self.account = account
        self.left_cents = left_cents
        self.asked_cents = asked_cents


class BatchRefusedError(RefusalError):
    """Another entry of the same atomic call was refused, so nothing of the call was posted."""

    def __init__(self, refused_id: UUID) -> None:
        super().__init__(f"nothing was posted because entry {refused_id} was refused")
        self.refused_id = refused_id


class AccountConflictError(LedgerError):
    """An account of this id, or of this code in this book, is open with other content."""

    def __init__(self, account: UUID, code: str) -> None:
        super().__init__(f"account {account} ({code}) is already open with other content")
        self.account = account
        self.code = code


class AccountInUseError(LedgerError):
    """An account that holds something, or owes it, and so cannot be closed."""

    def __init__(self, account: UUID, balance_cents: int) -> None:
        super().__init__(f"account {account} holds {balance_cents} cents")
        self.account = account
        self.balance_cents = balance_cents


class PeriodError(LedgerError):
    """A close or a reopening that cannot be."""


class PeriodOrderError(PeriodError):
    """A close that closes nothing more, or a reopening that opens nothing."""

    def __init__(self, book_id: UUID, day: date | None, closed_through: date | None) -> None:
        super().__init__(f"book {book_id} is closed through {closed_through}, {day} asked")
        self.book_id = book_id
        self.day = day
        self.closed_through = closed_through


class SamePersonError(PeriodError):
    """A reopening that needs a second person, and has but one."""

    def __init__(self, person: UUID) -> None:
        super().__init__(f"{person} cannot second what they asked for")
        self.person = person


class KeyFileError(LedgerError):
    """A file of signing keys that cannot be read, written or used; the message says why and holds no key."""


class NotSealedError(LedgerError):
    """An entry that is in no block yet, or not recorded at all."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"entry {entry_id} is in no block")
        self.entry_id = entry_id


class RestoredElsewhereError(LedgerError):
    """A ledger that was restored into another cluster: its transactions have to be put in order first."""

    def __init__(self) -> None:
        super().__init__("the ledger was restored into another cluster, which has to be adopted first")
