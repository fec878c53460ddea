"""The specification of the books: a dict and a list, written without looking at the real ledger.

An answer is a tuple: "posted" or "replayed" with the guarded balances, or the name of the refusal with its numbers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import ledger

Said = tuple[Any, ...]


@dataclass
class Oracle:
    """Accounts by id, and every entry ever posted, in the order of posting; beside them what happened to accounts and books."""

    at: datetime
    accounts: dict[UUID, ledger.Account] = field(default_factory=dict)
    journal: list[ledger.RecordedEntry] = field(default_factory=list)
    closed: dict[UUID, UUID] = field(default_factory=dict)
    periods: list[ledger.PeriodEvent] = field(default_factory=list)

    def open(self, *accounts: ledger.Account) -> None:
        """Open accounts."""
        self.accounts |= {account.id: account for account in accounts}

    def close_account(self, account: UUID, by: UUID) -> Said | None:
        """Close an account that holds nothing; again, that changes nothing."""
        if account not in self.accounts:
            return "UnknownAccountError", account
        if account in self.closed:
            return None
        if self.balance(account):
            return "AccountInUseError", account, self.balance(account)
        self.closed[account] = by
        return None

    def set_period(self, book: UUID, through: date | None, by: UUID, seconded_by: UUID | None = None) -> Said | ledger.PeriodEvent:
        """Close a book through a later day; or, where somebody seconds it, leave it closed through an earlier one, or not at all."""
        until_now, asked = self._closed_through(book) or date.min, through or date.min
        if by == seconded_by:
            return "SamePersonError", by
        if asked <= until_now if seconded_by is None else asked >= until_now:
            return "PeriodOrderError", book, through, self._closed_through(book)
        number = sum(event.book_id == book for event in self.periods) + 1
        what, trial_hash = ("close", self.trial_hash(book, on=asked)) if seconded_by is None else ("reopen", None)
        self.periods.append(ledger.PeriodEvent(book, number, what, through, by, seconded_by, self.at, trial_hash))
        return self.periods[-1]

    def post(self, *entries: ledger.Entry, atomic: bool = False) -> list[Said]:
        """Post entries one after the other; with `atomic`, forget them all if one is refused."""
        before = list(self.journal)
        said = [self._post_one(entry) for entry in entries]
        stands = [answer[0] in {"posted", "replayed"} for answer in said]
        if not atomic or all(stands):
            return said
        self.journal, undone = before, {entry.id for entry in entries} - {old.entry.id for old in before}
        refusal = "BatchRefusedError", entries[stands.index(False)].id
        return [refusal if fit and entry.id in undone else answer for entry, answer, fit in zip(entries, said, stands, strict=True)]

    def _post_one(self, entry: ledger.Entry) -> Said:
        known = next((old.as_asked for old in self.journal if old.entry.id == entry.id), None)
        if known is not None and _content(known) != _content(entry):
            return "ConflictError", entry.id
        refusal = next(self._reasons(entry), None) if known is None else None
        if refusal is not None:
            return refusal
        first_open = (self._closed_through(entry.book_id) or date.min) + timedelta(days=1)
        if known is None:
            is_late = entry.effective_on < first_open
            counted, asked_on = (entry.on(first_open), entry.effective_on) if is_late else (entry, None)
            self.journal.append(ledger.RecordedEntry(counted, self.at, asked_on))
        held = {account: self.balance(account) for account in _mentioned(entry) if self.accounts[account].guarded}
        return "posted" if known is None else "replayed", held

    def _reasons(self, entry: ledger.Entry) -> Iterator[Said]:
        """Name each reason to refuse an entry, the first to be told first."""
        mentioned, through = _mentioned(entry), self._closed_through(entry.book_id)
        yield from (("UnknownAccountError", account) for account in mentioned if account not in self.accounts)
        yield from (("ClosedAccountError", account) for account in mentioned if account in self.closed)
        foreign = (account for account in mentioned if self.accounts[account].book_id != entry.book_id)
        yield from (("OtherBookAccountError", account, entry.book_id) for account in foreign)
        if through is not None and entry.effective_on <= through and entry.reverses is None:
            yield "PeriodClosedError", entry.book_id, entry.effective_on, through
        for account in mentioned:
            held, change = self.balance(account), self._on_its_side(account, *_turnover(account, entry.transfers))
            if self.accounts[account].guarded and held + change < 0:
                yield "InsufficientFundsError", account, held, -change
        same_book = [old.entry for old in self.journal if old.entry.book_id == entry.book_id]
        if entry.reverses is not None and all(old.id != entry.reverses for old in same_book):
            yield "UnknownOriginalError", entry.reverses
        there = _sums(move for old in same_book if old.id == entry.reverses for move in old.transfers)
        done = _sums(move for old in same_book if old.reverses == entry.reverses for move in old.transfers)
        for (debit, credit, tag), asked in _sums(entry.transfers).items() if entry.reverses else ():
            if asked > there[credit, debit, tag] - done[debit, credit, tag]:
                yield "ReversalExceedsOriginalError", entry.reverses, debit, there[credit, debit, tag] - done[debit, credit, tag], asked

    def _closed_through(self, book: UUID) -> date | None:
        return next((event.closed_through for event in reversed(self.periods) if event.book_id == book), None)

    def turnover(self, account: UUID, *, on: date = date.max, entries: int | None = None) -> tuple[int, int]:
        """Add up what was debited and credited to an account: at all, or until a day, or by the first so many entries."""
        return _turnover(account, (move for old in self.journal[:entries] if old.entry.effective_on <= on for move in old.entry.transfers))

    def balance(self, account: UUID, **until: Any) -> int:
        """Say what that leaves on the account's own side."""
        return self._on_its_side(account, *self.turnover(account, **until))

    def _on_its_side(self, account: UUID, debits: int, credits_: int) -> int:
        return debits - credits_ if self.accounts[account].side is ledger.Side.ASSET else credits_ - debits

    def trial_hash(self, book: UUID, **until: Any) -> bytes:
        """Hash what was debited and credited to each account of a book that moved, by id."""
        mine = sorted(account.id for account in self.accounts.values() if account.book_id == book)
        moved = [(account, sums) for account in mine if any(sums := self.turnover(account, **until))]
        return sha256(b"".join(account.bytes + b"".join(one.to_bytes(8, "big") for one in sums) for account, sums in moved)).digest()


def _turnover(account: UUID, moves: Iterable[ledger.Transfer]) -> tuple[int, int]:
    sums = _sums(moves)
    return sum(sums[one] for one in sums if one[0] == account), sum(sums[one] for one in sums if one[1] == account)


def _sums(moves: Iterable[ledger.Transfer]) -> Counter[tuple[UUID, UUID, str]]:
    sums: Counter[tuple[UUID, UUID, str]] = Counter()
    for move in moves:
        sums[move.debit, move.credit, move.tag] += move.amount_cents
    return sums


def _mentioned(entry: ledger.Entry) -> list[UUID]:
    return list(dict.fromkeys(account for move in entry.transfers for account in (move.debit, move.credit)))


def _content(entry: ledger.Entry) -> Said:
    return entry.book_id, entry.kind, entry.subject, entry.transfers, entry.effective_on, entry.reverses


def said(answer: object) -> object:
    """Say what the ledger answers, or raises, in the words of the oracle."""
    if isinstance(answer, ledger.Posted | ledger.Replayed):
        return type(answer).__name__.lower(), dict(answer.balances)
    error = answer.error if isinstance(answer, ledger.Refused) else answer
    return (type(error).__name__, *vars(error).values()) if isinstance(error, ledger.LedgerError) else error
