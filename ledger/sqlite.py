"""Posting on SQLite: read, decide, write, within the one write transaction that the caller has begun (BEGIN IMMEDIATE).

Ids are kept as 32 hexadecimal digits and go in as one JSON list, so that a statement is the same for any number of them.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from ledger.account import Account, AccountId, Side
from ledger.answer import Answer, Posted, Refused
from ledger.connection import Connection, driver_sql
from ledger.decision import Books, counts_from, decide
from ledger.entry import Entry
from ledger.leaf import transfer_leaf
from ledger.stored import stored_entries

_ACCOUNTS = """
SELECT a.id, a.book_id, a.code, a.side, a.guarded, b.balance_cents, c.account_id IS NOT NULL
FROM json_each(?) asked
JOIN ledger_accounts a ON a.id = asked.value
LEFT JOIN ledger_balances b ON b.account_id = a.id
LEFT JOIN ledger_closings c ON c.account_id = a.id
"""
_CLOSED_THROUGH = """
SELECT asked.value, (SELECT p.closed_through FROM ledger_periods p WHERE p.book_id = asked.value ORDER BY p.number DESC LIMIT 1)
FROM json_each(?) asked
"""
_ENTRIES = "SELECT t.* FROM json_each(?) asked JOIN ledger_transfers t ON t.entry_id = asked.value ORDER BY t.entry_id, t.number"
_REVERSALS = "SELECT t.* FROM json_each(?) asked JOIN ledger_transfers t ON t.reverses = asked.value ORDER BY t.entry_id, t.number"
_STAMP = "UPDATE ledger_clock SET base = base + 1 RETURNING base"
_INSERT = """
INSERT INTO ledger_transfers (
    amount_cents, recorded_at_us, written_in, entry_id, book_id, subject, debit_id, credit_id, effective_on,
    number, transfer_count, kind, tag, memo, leaf, reverses, asked_on
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = "UPDATE ledger_balances SET balance_cents = ? WHERE account_id = ?"


async def post_run(
    session: Connection, entries: Sequence[Entry], accounts: Sequence[AccountId], *, recorded_at_us: int, atomic: bool
) -> list[Answer]:
    """Post entries of which no two share an id or an original."""
    books = await _read(session, entries, accounts)
    answers = decide(entries, books)
    posted = [entry for entry, answer in zip(entries, answers, strict=True) if isinstance(answer, Posted)]
    if not posted or (atomic and any(isinstance(answer, Refused) for answer in answers)):
        return answers

    written_in = await next_stamp(session)
    rows = [row for entry in posted for row in _rows(entry, counts_from(entry, books), recorded_at_us, written_in)]
    await driver_sql(session, _INSERT, rows)
    touched = {account for answer in answers if isinstance(answer, Posted) for account in answer.balances}
    if touched:
        await driver_sql(session, _UPDATE, [(books.held[account], account.hex) for account in touched])
    return answers


async def next_stamp(session: Connection) -> int:
    """Count this call among those that wrote."""
    return int((await driver_sql(session, _STAMP)).scalar_one())


async def _read(session: Connection, entries: Sequence[Entry], account_ids: Sequence[AccountId]) -> Books:
    accounts: dict[AccountId, Account] = {}
    held: dict[AccountId, int] = {}
    closed: set[AccountId] = set()
    for account_id, book_id, code, side, guarded, balance_cents, is_closed in await driver_sql(session, _ACCOUNTS, (_list(account_ids),)):
        account = Account(UUID(account_id), UUID(book_id), code, Side(side), bool(guarded))
        accounts[account.id] = account
        if account.guarded:
            held[account.id] = balance_cents
        if is_closed:
            closed.add(account.id)
    rows = await driver_sql(session, _CLOSED_THROUGH, (_list({entry.book_id for entry in entries}),))
    closed_through = {UUID(book_id): date.fromisoformat(day) for book_id, day in rows if day is not None}
    taken = await _find(session, _ENTRIES, {entry.id for entry in entries})
    books = Books(accounts, held, {entry.id: entry for entry in taken}, closed, closed_through)
    original_ids = {entry.reverses for entry in entries if entry.reverses is not None}
    if not original_ids:
        return books

    originals = {entry.id: entry for entry in await _find(session, _ENTRIES, original_ids)}
    reversals: dict[UUID, list[Entry]] = {original_id: [] for original_id in original_ids}
    for reversal in await _find(session, _REVERSALS, original_ids):
        reversals[reversal.reverses or reversal.id].append(reversal)
    return Books(accounts, held, books.taken, closed, closed_through, originals, reversals)


async def _find(session: Connection, statement: str, entry_ids: Collection[UUID]) -> list[Entry]:
    """Read entries as they were asked for."""
    rows = (await driver_sql(session, statement, (_list(entry_ids),))).all()
    return [recorded.as_asked for recorded in stored_entries(rows)]


def _list(ids: Iterable[UUID]) -> str:
    return json.dumps([one.hex for one in ids])


def _rows(entry: Entry, effective_on: date, recorded_at_us: int, written_in: int) -> list[tuple[Any, ...]]:
    asked_on = None if effective_on == entry.effective_on else entry.effective_on
    counted = entry if asked_on is None else entry.on(effective_on)
    return [
        (
            transfer.amount_cents,
            recorded_at_us,
            written_in,
            entry.id.hex,
            entry.book_id.hex,
            entry.subject.hex,
            transfer.debit.hex,
            transfer.credit.hex,
            effective_on.isoformat(),
            number,
            len(entry.transfers),
            entry.kind,
            transfer.tag,
            entry.memo,
            transfer_leaf(counted, number, transfer, recorded_at_us, asked_on),
            None if entry.reverses is None else entry.reverses.hex,
            None if asked_on is None else asked_on.isoformat(),
        )
        for number, transfer in enumerate(entry.transfers, 1)
    ]
