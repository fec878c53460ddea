"""The specification of posting: a ledger of one dict and one list, written without looking at the real one.

An answer is a tuple: "posted" or "replayed" with the guarded balances, or the name of the refusal with its numbers.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import ledger

Said = tuple[Any, ...]


@dataclass
class Oracle:
    """Accounts by id, and every entry ever posted, in the order of posting."""

    accounts: dict[UUID, ledger.Account] = field(default_factory=dict)
    journal: list[ledger.Entry] = field(default_factory=list)

    def open(self, *accounts: ledger.Account) -> None:
        """Open accounts."""
        for account in accounts:
            assert self.accounts.setdefault(account.id, account) == account

    def post(self, *entries: ledger.Entry, atomic: bool = False) -> list[Said]:
        """Post entries one after the other; with `atomic`, forget them all if one is refused."""
        before = list(self.journal)
        said = [self._post_one(entry) for entry in entries]
        refused = next((entry.id for entry, answer in zip(entries, said, strict=True) if answer[0] not in {"posted", "replayed"}), None)
        if not atomic or refused is None:
            return said
        self.journal = before
        known = {entry.id for entry in before}
        stands = [answer[0] in {"posted", "replayed"} for answer in said]
        return [
            ("BatchRefusedError", refused) if fit and entry.id not in known else answer
            for entry, answer, fit in zip(entries, said, stands, strict=True)
        ]

    def _post_one(self, entry: ledger.Entry) -> Said:
        refusal = None
        known = next((old for old in self.journal if old.id == entry.id), None)
        if known is None:
            refusal = self._unfit(entry)
        elif self._content(known) != self._content(entry):
            refusal = ("ConflictError", entry.id)
        if refusal is not None:
            return refusal
        if known is None:
            self.journal.append(entry)
        touched = [account for account in self._mentioned(entry) if self.accounts[account].guarded]
        return "posted" if known is None else "replayed", {account: self.balance(account) for account in touched}

    def _unfit(self, entry: ledger.Entry) -> Said | None:
        mentioned = self._mentioned(entry)
        for account in mentioned:
            if account not in self.accounts:
                return "UnknownAccountError", account
        for account in mentioned:
            if self.accounts[account].book_id != entry.book_id:
                return "OtherBookAccountError", account, entry.book_id
        for account in mentioned:
            change = self._effect(entry, account)
            if self.accounts[account].guarded and self.balance(account) + change < 0:
                return "InsufficientFundsError", account, self.balance(account), -change
        return self._unfit_reversal(entry) if entry.reverses else None

    def _unfit_reversal(self, entry: ledger.Entry) -> Said | None:
        original = next((old for old in self.journal if old.id == entry.reverses and old.book_id == entry.book_id), None)
        if original is None:
            return "UnknownOriginalError", entry.reverses
        for asked in entry.transfers:
            there = [move for move in original.transfers if (move.credit, move.debit, move.tag) == (asked.debit, asked.credit, asked.tag)]
            back = [
                move
                for other in (*(old for old in self.journal if old.reverses == original.id), entry)
                for move in other.transfers
                if (move.debit, move.credit, move.tag) == (asked.debit, asked.credit, asked.tag)
            ]
            left = sum(move.amount_cents for move in there) - sum(move.amount_cents for move in back)
            if left < 0:
                mine = sum(
                    move.amount_cents
                    for move in entry.transfers
                    if (move.debit, move.credit, move.tag) == (asked.debit, asked.credit, asked.tag)
                )
                return "ReversalExceedsOriginalError", original.id, asked.debit, left + mine, mine
        return None

    def balance(self, account: UUID) -> int:
        """Add up everything that ever happened to an account."""
        return sum(self._effect(entry, account) for entry in self.journal)

    def _effect(self, entry: ledger.Entry, account: UUID) -> int:
        raised = sum(move.amount_cents for move in entry.transfers if move.debit == account)
        lowered = sum(move.amount_cents for move in entry.transfers if move.credit == account)
        return raised - lowered if self.accounts[account].side is ledger.Side.ASSET else lowered - raised

    @staticmethod
    def _mentioned(entry: ledger.Entry) -> list[UUID]:
        return list(dict.fromkeys(account for move in entry.transfers for account in (move.debit, move.credit)))

    @staticmethod
    def _content(entry: ledger.Entry) -> Said:
        return entry.book_id, entry.kind, entry.subject, entry.transfers, entry.effective_on, entry.reverses


def said(answer: ledger.Answer) -> Said:
    """Say an answer of the ledger in the words of the oracle."""
    if isinstance(answer, ledger.Posted | ledger.Replayed):
        return type(answer).__name__.lower(), dict(answer.balances)
    error = answer.error
    match error:
        case ledger.ConflictError():
            numbers: Said = (error.entry_id,)
        case ledger.UnknownAccountError():
            numbers = (error.account,)
        case ledger.OtherBookAccountError():
            numbers = (error.account, error.book_id)
        case ledger.InsufficientFundsError():
            numbers = (error.account, error.available_cents, error.required_cents)
        case ledger.UnknownOriginalError():
            numbers = (error.original_id,)
        case ledger.ReversalExceedsOriginalError():
            numbers = (error.original_id, error.account, error.left_cents, error.asked_cents)
        case ledger.BatchRefusedError():
            numbers = (error.refused_id,)
        case _:
            raise AssertionError(error)
    return type(error).__name__, *numbers
