"""Listings of entries, by cursor, in the order of their effective dates."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ledger.account import AccountId
from ledger.connection import Connection
from ledger.entry import RecordedEntry


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, and the cursor of the next ones, if there are any."""

    entries: tuple[RecordedEntry, ...]
    next_cursor: str | None


async def entries(
    session: Connection,
    book_id: UUID,
    *,
    account: AccountId | None = None,
    kind: str | None = None,
    subject: UUID | None = None,
    effective_from: date | None = None,
    effective_to: date | None = None,
    after: str | None = None,
    limit: int = 50,
) -> EntryPage:
    """List entries of a book by effective date, then instant, then id; both dates are included."""
    raise NotImplementedError


async def find_entry(session: Connection, book_id: UUID, entry_id: UUID) -> RecordedEntry | None:
    """Read one entry of a book."""
    raise NotImplementedError
