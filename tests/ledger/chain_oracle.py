"""What the blocks of a book hold, worked out from the oracle: which leaves, in what order, and under which roots.

The hash of one transfer or event is the ledger's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from ledger.instant import to_microseconds
from ledger.leaf import account_leaf, closing_leaf, period_leaf, transfer_leaf
from tests.ledger.oracle import Oracle, Said


@dataclass
class Chain:
    """The blocks of one book of an oracle: how many entries there were at the end of each, and what was sealed by then."""

    oracle: Oracle
    book: UUID
    ends: list[int] = field(default_factory=lambda: [0])
    sealed: set[bytes] = field(default_factory=set)
    day: date | None = None

    def seal(self, at: datetime) -> Said | None:
        """Put what is in no block into one, and say what it holds: both counts and roots, and the trial balance where it carries one."""
        rows = sorted(
            (old.entry.effective_on, old.entry.id, number, transfer_leaf(old.entry, number, move, self._at_us, old.asked_on))
            for old in self.oracle.journal[self.ends[-1] :]
            for number, move in enumerate(old.entry.transfers, 1)
            if old.entry.book_id == self.book
        )
        events = {leaf: what for what, leaf in self._events() if leaf not in self.sealed}
        if not rows and not events:
            return None
        carries_trial = self.day != at.date() or "close" in events.values()
        self.day = at.date()
        self.ends.append(len(self.oracle.journal))
        self.sealed |= events.keys()
        trial_hash = self.oracle.trial_hash(self.book, entries=self.ends[-1]) if carries_trial else None
        return len(rows), root([row[-1] for row in rows]), len(events), root(sorted(events)), trial_hash

    def _events(self) -> Iterator[tuple[str, bytes]]:
        for account in self.oracle.accounts.values():
            if account.book_id == self.book:
                yield "open", account_leaf(account, self._at_us)
        for account_id, by in self.oracle.closed.items():
            if self.oracle.accounts[account_id].book_id == self.book:
                yield "end", closing_leaf(account_id, self.book, self._at_us, by)
        for one in self.oracle.periods:
            if one.book_id == self.book:
                told = (self.book, one.number, one.action, one.closed_through)
                yield one.action, period_leaf(*told, self._at_us, one.by, one.seconded_by, one.trial_hash)

    @property
    def _at_us(self) -> int:
        return to_microseconds(self.oracle.at)


def root(leaves: Sequence[bytes]) -> bytes:
    """Hash leaves to the root of their tree as RFC 6962, section 2.1, defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    left = 1 << (len(leaves) - 1).bit_length() - 1  # the largest power of two below their number
    return sha256(b"\x01" + root(leaves[:left]) + root(leaves[left:])).digest()
