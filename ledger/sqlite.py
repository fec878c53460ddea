"""Posting on SQLite: read, decide, write, within the one write transaction that the caller has begun (BEGIN IMMEDIATE)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from ledger.account import AccountId
from ledger.answer import Answer, Posted, Refused
from ledger.batch import batches
from ledger.connection import Connection
from ledger.decision import Books, decide
from ledger.entry import Entry
from ledger.leaf import transfer_leaf
from ledger.opening import find_accounts
from ledger.statement import find_entries
from ledger.tables import balances, transfers
from ledger.tables import entries as entry_rows

_INSERT_ENTRIES = insert(entry_rows)
_INSERT_TRANSFERS = insert(transfers)
_UPDATE_BALANCES = update(balances).where(balances.c.account_id == bindparam("touched_id")).values(balance_cents=bindparam("cents"))


async def post_run(
    session: Connection, entries: Sequence[Entry], accounts: Sequence[AccountId], *, recorded_at_us: int, atomic: bool
) -> list[Answer]:
    """Post entries of which no two share an id or an original."""
    books = await _read(session, entries, accounts)
    answers = decide(entries, books)
    posted = [entry for entry, answer in zip(entries, answers, strict=True) if isinstance(answer, Posted)]
    if not posted or (atomic and any(isinstance(answer, Refused) for answer in answers)):
        return answers

    await session.execute(_INSERT_ENTRIES, [_entry_row(entry, recorded_at_us) for entry in posted])
    await session.execute(_INSERT_TRANSFERS, [row for entry in posted for row in _transfer_rows(entry, recorded_at_us)])
    touched = {account for answer in answers if isinstance(answer, Posted) for account in answer.balances}
    if touched:
        await session.execute(_UPDATE_BALANCES, [{"touched_id": account, "cents": books.held[account]} for account in touched])
    return answers


async def _read(session: Connection, entries: Sequence[Entry], account_ids: Sequence[AccountId]) -> Books:
    accounts = await find_accounts(session, account_ids)
    held = await _held(session, [account.id for account in accounts.values() if account.guarded])
    taken = await _find(session, [entry.id for entry in entries])
    original_ids = {entry.reverses for entry in entries if entry.reverses is not None}
    if not original_ids:
        return Books(accounts, held, taken)

    reversals: dict[UUID, list[Entry]] = {original_id: [] for original_id in original_ids}
    rows = await session.execute(select(entry_rows.c.id).where(entry_rows.c.reverses.in_(original_ids)))
    for reversal in (await _find(session, rows.scalars().all())).values():
        reversals[reversal.reverses or reversal.id].append(reversal)
    return Books(accounts, held, taken, await _find(session, original_ids), reversals)


async def _held(session: Connection, account_ids: Sequence[AccountId]) -> dict[AccountId, int]:
    held: dict[AccountId, int] = {}
    for ids in batches(account_ids):
        rows = await session.execute(select(balances.c.account_id, balances.c.balance_cents).where(balances.c.account_id.in_(ids)))
        held |= {row.account_id: row.balance_cents for row in rows}
    return held


async def _find(session: Connection, entry_ids: Collection[UUID]) -> dict[UUID, Entry]:
    return {recorded.entry.id: recorded.entry for recorded in await find_entries(session, entry_ids)}


def _entry_row(entry: Entry, recorded_at_us: int) -> dict[str, object]:
    return {
        "recorded_at_us": recorded_at_us,
        "id": entry.id,
        "book_id": entry.book_id,
        "subject": entry.subject,
        "reverses": entry.reverses,
        "effective_on": entry.effective_on,
        "transfer_count": len(entry.transfers),
        "kind": entry.kind,
        "memo": entry.memo,
    }


def _transfer_rows(entry: Entry, recorded_at_us: int) -> list[dict[str, object]]:
    return [
        {
            "amount_cents": transfer.amount_cents,
            "entry_id": entry.id,
            "debit_id": transfer.debit,
            "credit_id": transfer.credit,
            "number": number,
            "tag": transfer.tag,
            "leaf": transfer_leaf(entry, number, transfer, recorded_at_us),
        }
        for number, transfer in enumerate(entry.transfers, 1)
    ]
