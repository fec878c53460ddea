"""Books as a journal in hledger's format, so that an auditor can prove them with a tool that is not ours.

Every posting states what its account holds after it, and `hledger check --strict` recomputes each of these statements.
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote
from uuid import UUID

from ledger.account import Account, AccountId, Side
from ledger.connection import Connection
from ledger.entry import RecordedEntry
from ledger.errors import UnknownAccountError
from ledger.opening import book_accounts
from ledger.statement import entries
from ledger.verification import Progress

_PAGE = 500
_HEAD = """\
; A ledger's journal in hledger's format: every posting asserts the balance after it; prove it with `hledger check --strict`.
; Names, descriptions and tags are the ledger's own, percent-encoded; its memos are left out.
commodity $1000.00
"""


@dataclass(slots=True)
class _Standing:
    """An account by its name in the journal, and what it holds there so far: debits are positive, whatever its side."""

    name: str
    held_cents: int = 0


async def journal(session: Connection, book_ids: Sequence[UUID], *, progress: Progress | None = None) -> AsyncIterator[str]:
    """Write the books' journal piece by piece, one book after the other; memory holds a page of entries and a balance an account.

    What is posted meanwhile may be missing, and the journal adds up all the same. `progress` is told how many transfers are written.

    Raises:
        UnknownAccountError: a transfer stands on an account that is not one of its book.

    """
    yield _HEAD
    written = 0
    several = len(set(book_ids)) > 1
    for book_id in dict.fromkeys(book_ids):
        yield f"\n; book {book_id}\n"
        standings: dict[AccountId, _Standing] = {}
        for account in await book_accounts(session, book_id):
            yield _declare(account, standings, several=several)
        async for page in _pages(session, book_id):
            for recorded in page:
                for account in await _opened_meanwhile(session, recorded, standings):
                    yield _declare(account, standings, several=several)
                yield _transaction(recorded, standings)
                written += len(recorded.entry.transfers)
            if progress is not None:
                progress(written)


def account_name(code: str, side: Side, book_id: UUID | None = None) -> str:
    """Name an account for hledger, below its book where there are several; two codes of a side never share a name.

    A dot starts a level, and so does a colon before an id. Any other dot or colon would be taken for these, or make a level of
    no name: it is percent-encoded, as is all that is no ASCII letter, digit, `_`, `-` or `~`.
    """
    parts = re.split(r"([.:])", code)
    name = quote(parts[0], safe="")
    for (before, after), separator in zip(pairwise(parts[::2]), parts[1::2], strict=True):
        starts_level = before and after and separator == (":" if _ID.fullmatch(after) else ".")
        name += (":" if starts_level else f"%{ord(separator):02X}") + quote(after, safe="")
    return ":".join([_ROOTS[side], *([] if book_id is None else [str(book_id)]), name])


def amount(cents: int) -> str:
    """Write cents as dollars, exactly."""
    whole, rest = divmod(abs(cents), 100)
    return f"${'-' if cents < 0 else ''}{whole}.{rest:02}"


async def _pages(session: Connection, book_id: UUID) -> AsyncIterator[tuple[RecordedEntry, ...]]:
    page = await entries(session, book_id, limit=_PAGE)
    yield page.entries
    while page.next_cursor is not None:
        page = await entries(session, book_id, after=page.next_cursor, limit=_PAGE)
        yield page.entries


async def _opened_meanwhile(session: Connection, recorded: RecordedEntry, standings: dict[AccountId, _Standing]) -> list[Account]:
    """Find the accounts that were opened after the first ones were declared; hledger does not mind where a declaration stands."""
    used = {account_id for transfer in recorded.entry.transfers for account_id in (transfer.debit, transfer.credit)}
    if used <= standings.keys():
        return []
    opened = [account for account in await book_accounts(session, recorded.entry.book_id) if account.id not in standings]
    for account_id in sorted(used - standings.keys() - {account.id for account in opened}):
        raise UnknownAccountError(account_id)
    return opened


def _declare(account: Account, standings: dict[AccountId, _Standing], *, several: bool) -> str:
    name = account_name(account.code, account.side, account.book_id if several else None)
    standings[account.id] = _Standing(name)
    return f"account {name}  ; type:{_TYPES[account.side]}\n"


def _transaction(recorded: RecordedEntry, standings: dict[AccountId, _Standing]) -> str:
    entry = recorded.entry
    recorded_at = recorded.recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    reverses = "" if entry.reverses is None else f", reverses:{entry.reverses}"
    lines = [
        f"\n{entry.effective_on.isoformat()} {quote(entry.kind, safe='')}\n",
        f"    ; entry:{entry.id}, subject:{entry.subject}, recorded:{recorded_at}{reverses}\n",
    ]
    for transfer in entry.transfers:
        tag = f"  ; tag:{quote(transfer.tag, safe='')}" if transfer.tag else ""
        lines.append(_posting(standings[transfer.debit], transfer.amount_cents, tag))
        lines.append(_posting(standings[transfer.credit], -transfer.amount_cents, tag))
    return "".join(lines)


def _posting(standing: _Standing, cents: int, tag: str) -> str:
    standing.held_cents += cents
    return f"    {standing.name}  {amount(cents)} = {amount(standing.held_cents)}{tag}\n"


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ROOTS = {Side.ASSET: "assets", Side.CLAIM: "liabilities"}
_TYPES = {Side.ASSET: "A", Side.CLAIM: "L"}
