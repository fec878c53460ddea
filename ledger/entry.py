"""A journal entry: transfers that happen together, under an id that the caller derives from the event."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ledger.account import AccountId
from ledger.errors import AmountOutOfRangeError, InvalidDateError, SameAccountError, TransferCountError
from ledger.text import check_text

MAX_CENTS = 10**12
"""Ten thousand million dollars in one transfer; nine million such transfers fit the 64 bits of one balance."""
MAX_BALANCE = 9 * 10**18
"""What one guarded account may hold: 64 bits, less what a posting may add in between."""
MAX_TRANSFERS = 10_000
MAX_KIND = 100
MAX_TAG = 200
MAX_MEMO = 2_000


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that leaves one account for another: it cannot be unbalanced."""

    debit: AccountId
    credit: AccountId
    amount_cents: int
    tag: str = ""

    def __post_init__(self) -> None:
        """Refuse what is wrong whatever the books hold.

        Raises:
            AmountOutOfRangeError: the amount is not an integer from 1 to `MAX_CENTS`.
            SameAccountError: debit and credit are one account.
            InvalidTextError: the tag cannot be kept.

        """
        if type(self.amount_cents) is not int or not 1 <= self.amount_cents <= MAX_CENTS:
            raise AmountOutOfRangeError(self.amount_cents)
        if self.debit == self.credit:
            raise SameAccountError(self.debit)
        check_text("tag", self.tag, at_most=MAX_TAG)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the books of one program.

    Everything but the memo is its content: the same id with the same content is a replay, with other content a conflict.
    The memo is kept for ever and under no hash: it is no place for a person's name.
    A reversal may be dated into a closed period: it then counts from the first day that is open.
    """

    id: UUID
    book_id: UUID
    kind: str
    subject: UUID
    effective_on: date
    transfers: tuple[Transfer, ...]
    memo: str = ""
    reverses: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse what is wrong whatever the books hold.

        Raises:
            TransferCountError: there is no transfer, or more than `MAX_TRANSFERS`.
            InvalidDateError: the effective date is not a plain date, or one that a driver takes for infinity.
            InvalidTextError: the kind or the memo cannot be kept.

        """
        if not 1 <= len(self.transfers) <= MAX_TRANSFERS:
            raise TransferCountError(len(self.transfers))
        if type(self.effective_on) is not date or not date.min < self.effective_on < date.max:
            raise InvalidDateError(self.effective_on)
        check_text("kind", self.kind, at_least=1, at_most=MAX_KIND)
        check_text("memo", self.memo, at_most=MAX_MEMO)

    def on(self, effective_on: date) -> "Entry":
        """Build the same entry with another effective date."""
        return replace(self, effective_on=effective_on)

    def reversal(
        self,
        entry_id: UUID,
        *,
        effective_on: date,
        kind: str = "reversal",
        subject: UUID | None = None,
        amounts: Mapping[int, int] | None = None,
        memo: str = "",
    ) -> "Entry":
        """Build the entry that undoes this one: each debit becomes a credit.

        `amounts` maps transfer numbers, from 1, to the cents to undo of each; without it all is undone.
        """
        undone = {number: transfer.amount_cents for number, transfer in enumerate(self.transfers, 1)} if amounts is None else amounts
        return Entry(
            id=entry_id,
            book_id=self.book_id,
            kind=kind,
            subject=self.subject if subject is None else subject,
            effective_on=effective_on,
            transfers=tuple(_undo(self.transfers[number - 1], cents) for number, cents in sorted(undone.items())),
            memo=memo,
            reverses=self.id,
        )


def _undo(transfer: Transfer, amount_cents: int) -> Transfer:
    return Transfer(transfer.credit, transfer.debit, amount_cents, transfer.tag)


class Direction(StrEnum):
    """The column of a line."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Line:
    """Half a transfer, as an accountant reads it."""

    number: int
    account_id: AccountId
    direction: Direction
    amount_cents: int
    tag: str


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """An entry as it stands in the books.

    A reversal into a closed period counts from the first open day, `entry.effective_on`; `asked_on` is then the day its
    caller named.
    """

    entry: Entry
    recorded_at: datetime
    asked_on: date | None = None

    @property
    def as_asked(self) -> Entry:
        """The entry with the effective date that its caller named: the content that makes a replay."""
        return self.entry if self.asked_on is None else self.entry.on(self.asked_on)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The debit and the credit line of each transfer, in their order."""
        return tuple(
            Line(number, account_id, direction, transfer.amount_cents, transfer.tag)
            for number, transfer in enumerate(self.entry.transfers, 1)
            for account_id, direction in ((transfer.debit, Direction.DEBIT), (transfer.credit, Direction.CREDIT))
        )
