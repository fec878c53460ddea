"""What becomes of each entry, decided on what was read: posted, replayed or refused.

PostgreSQL decides within its functions, in post.sql and decide.sql; this is the same for databases that have no functions.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from ledger.account import Account, AccountId, Side
from ledger.answer import Answer, Posted, Refused, Replayed
from ledger.entry import MAX_BALANCE, Entry, Transfer
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

Direction = tuple[AccountId, AccountId, str]
"""Debit, credit and tag: what may be reversed is counted along it."""


@dataclass(frozen=True, slots=True)
class Books:
    """What has to be known to decide on some entries. `held` is kept up as they are decided."""

    accounts: Mapping[AccountId, Account]
    held: dict[AccountId, int]
    """The guarded accounts and what they hold."""
    taken: Mapping[UUID, Entry]
    """The entries that are recorded under the ids, with the dates that were asked for."""
    closed: Collection[AccountId] = ()
    """Those of the accounts that were closed."""
    closed_through: Mapping[UUID, date] = field(default_factory=dict)
    """Through which day a book is closed."""
    originals: Mapping[UUID, Entry] = field(default_factory=dict)
    """The entries to be reversed."""
    reversals: Mapping[UUID, Sequence[Entry]] = field(default_factory=dict)
    """What was reversed of each before."""


def decide(entries: Iterable[Entry], books: Books) -> list[Answer]:
    """Decide on entries in their order; each sees what those before it left."""
    return [_decide_one(entry, books) for entry in entries]


def _decide_one(entry: Entry, books: Books) -> Answer:
    recorded = books.taken.get(entry.id)
    if recorded is not None and content(recorded) != content(entry):
        return Refused(entry.id, ConflictError(entry.id))
    if recorded is not None:
        return Replayed(entry.id, {account: books.held[account] for account in net_effects(entry, books)})

    refusal = _account_refusal(entry, books) or _period_refusal(entry, books)
    if refusal is not None:
        return Refused(entry.id, refusal)
    effects = net_effects(entry, books)
    refusal = _funds_refusal(effects, books) or _reversal_refusal(entry, books)
    if refusal is not None:
        return Refused(entry.id, refusal)

    for account, cents in effects.items():
        books.held[account] += cents
    return Posted(entry.id, {account: books.held[account] for account in effects})


def content(entry: Entry) -> tuple[object, ...]:
    """Name what makes two entries of one id the same: all but the memo."""
    return entry.book_id, entry.kind, entry.subject, entry.effective_on, entry.reverses, entry.transfers


def net_effects(entry: Entry, books: Books) -> dict[AccountId, int]:
    """Add up what the entry does to each guarded account, in the order of their mention."""
    effects: dict[AccountId, int] = {}
    for transfer in entry.transfers:
        for account, cents in ((transfer.debit, transfer.amount_cents), (transfer.credit, -transfer.amount_cents)):
            if account in books.held:
                signed = cents if books.accounts[account].side is Side.ASSET else -cents
                effects[account] = effects.get(account, 0) + signed
    return effects


def _account_refusal(entry: Entry, books: Books) -> RefusalError | None:
    mentioned = [account for transfer in entry.transfers for account in (transfer.debit, transfer.credit)]
    unknown = next((account for account in mentioned if account not in books.accounts), None)
    if unknown is not None:
        return UnknownAccountError(unknown)
    closed = next((account for account in mentioned if account in books.closed), None)
    if closed is not None:
        return ClosedAccountError(closed)
    foreign = next((account for account in mentioned if books.accounts[account].book_id != entry.book_id), None)
    if foreign is not None:
        return OtherBookAccountError(foreign, entry.book_id)
    return None


def _period_refusal(entry: Entry, books: Books) -> RefusalError | None:
    closed_through = books.closed_through.get(entry.book_id)
    if closed_through is None or entry.effective_on > closed_through or entry.reverses is not None:
        return None
    return PeriodClosedError(entry.book_id, entry.effective_on, closed_through)


def counts_from(entry: Entry, books: Books) -> date:
    """Name the day from which an entry counts: a reversal into a closed period counts from the first day that is open."""
    closed_through = books.closed_through.get(entry.book_id)
    if closed_through is None or entry.effective_on > closed_through:
        return entry.effective_on
    return closed_through + timedelta(days=1)


def _funds_refusal(effects: Mapping[AccountId, int], books: Books) -> RefusalError | None:
    for account, cents in effects.items():
        if books.held[account] + cents < 0:
            return InsufficientFundsError(account, books.held[account], -cents)
        if books.held[account] + cents > MAX_BALANCE:
            return BalanceOutOfRangeError(account, books.held[account], cents)
    return None


def _reversal_refusal(entry: Entry, books: Books) -> RefusalError | None:
    if entry.reverses is None:
        return None
    original = books.originals.get(entry.reverses)
    if original is None or original.book_id != entry.book_id:
        return UnknownOriginalError(entry.reverses)

    done = _totals(transfer for reversal in books.reversals.get(original.id, ()) for transfer in reversal.transfers)
    whole = _totals(original.transfers)
    for (debit, credit, tag), asked_cents in _totals(entry.transfers).items():
        left_cents = whole.get((credit, debit, tag), 0) - done.get((debit, credit, tag), 0)
        if asked_cents > left_cents:
            return ReversalExceedsOriginalError(original.id, debit, left_cents, asked_cents)
    return None


def _totals(transfers: Iterable[Transfer]) -> dict[Direction, int]:
    totals: dict[Direction, int] = {}
    for transfer in transfers:
        direction = (transfer.debit, transfer.credit, transfer.tag)
        totals[direction] = totals.get(direction, 0) + transfer.amount_cents
    return totals
