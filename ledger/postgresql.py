"""Posting on PostgreSQL: one statement, whatever the number of entries."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ledger.account import AccountId
from ledger.answer import Answer, Posted, Refused, Replayed
from ledger.connection import Connection, DriverConnection, fetch_row
from ledger.entry import Entry
from ledger.leaf import TRANSFER_FIELDS, postgresql_bytes
from ledger.refusal import make_refusal

_POST = f"SELECT * FROM ledger_post({', '.join(f'${number}' for number in range(1, 16))})"  # noqa: S608 - numbers
_POST_ONE = f"SELECT * FROM ledger_post_one({', '.join(f'${number}' for number in range(1, 12))})"  # noqa: S608 - the same
_HIGH = 1 << 32
_OF_TWO = _HIGH + 2

_LEAF_NAMES = {name: f"t.{name}" for name in TRANSFER_FIELDS} | {
    "recorded_at_us": "at_us",
    "amount_cents": "t.amount",
    "reverses": "t.original",
}


_LEAF_NAMES_OF_ONE = {
    "effective_on": "effective",
    "entry_id": "entry",
    "number": "1",
    "transfer_count": "1",
    "book_id": "book",
    "subject": "subject",
    "recorded_at_us": "at_us",
    "debit_id": "debit",
    "credit_id": "credit",
    "amount_cents": "amount",
    "reverses": "NULL::uuid",
    "asked_on": "NULL::date",
    "kind": "kind",
    "tag": "tag",
}


def leaf_of_one() -> str:
    """Express the content of the transfer in the function that posts one."""
    return postgresql_bytes(_LEAF_NAMES_OF_ONE)


def leaf_of_posting() -> str:
    """Express the content of a transfer in the function that posts; it has one definition, in `leaf.py`."""
    return postgresql_bytes(_LEAF_NAMES)


async def post_run(
    session: Connection | DriverConnection, entries: Sequence[Entry], accounts: Sequence[AccountId], *, recorded_at_us: int, atomic: bool
) -> list[Answer]:
    """Post entries of which no two share an id or an original, locking the guarded ones of all `accounts`."""
    if len(entries) == 1 and len(accounts) == len(entries[0].transfers) + 1 == 2 and entries[0].reverses is None:  # noqa: PLR2004 - a debit and a credit
        (entry,) = entries
        accounts, sides = [entry.transfers[0].debit, entry.transfers[0].credit], [_OF_TWO]
        row = await fetch_row(session, _POST_ONE, (*_values(entry), recorded_at_us))
    else:
        *columns, sides, amounts = _columns(entries, accounts)
        row = await fetch_row(session, _POST, (*columns, sides, amounts, recorded_at_us, atomic))
    answers, culprits, available, required, held, assets, *touched = row
    if answers is None:
        return _all_posted(entries, accounts, sides, held, assets)
    balances: list[dict[AccountId, int]] = [{} for _ in entries]
    for owner, place, cents in zip(*touched, strict=True):
        balances[owner - 1][accounts[place - 1]] = cents
    return [
        _answer(entry, answer, accounts, balances[place], (culprits[place], available[place], required[place]))
        for place, (entry, answer) in enumerate(zip(entries, answers, strict=True))
    ]


def _values(entry: Entry) -> tuple[Any, ...]:
    """Write an entry of one transfer as values."""
    (transfer,) = entry.transfers
    told = (entry.book_id, entry.id, entry.subject, transfer.debit, transfer.credit, transfer.amount_cents)
    return *told, entry.effective_on, entry.kind, entry.memo, transfer.tag


# An id hashes itself in Python, its number at once: what is looked up for each transfer is looked up by numbers.


def _columns(entries: Sequence[Entry], accounts: Sequence[AccountId]) -> tuple[list[Any], ...]:
    """Write entries as columns; what transfers have in common goes once, as a shape."""
    places = {account.int: place for place, account in enumerate(accounts, 1)}
    shapes: dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]] = {}
    entry_ids: list[UUID] = []
    subjects: list[UUID] = []
    numbers: list[int] = []
    sides: list[int] = []
    amounts: list[int] = []
    for entry in entries:
        count = len(entry.transfers)
        original = None if entry.reverses is None else entry.reverses.int
        for number, transfer in enumerate(entry.transfers, 1):
            key = (entry.book_id.int, count, original, entry.effective_on, entry.kind, entry.memo, transfer.tag)
            shape = shapes.get(key)
            if shape is None:
                told = (entry.book_id, count, entry.reverses, entry.effective_on, entry.kind, entry.memo, transfer.tag)
                shape = shapes[key] = (len(shapes) + 1) * _HIGH, told
            numbers.append(shape[0] + number)
            entry_ids.append(entry.id)
            subjects.append(entry.subject)
            sides.append(places[transfer.debit.int] * _HIGH + places[transfer.credit.int])
            amounts.append(transfer.amount_cents)
    told_columns = zip(*(told for _, told in shapes.values()), strict=True)
    return (list(accounts), *(list(column) for column in told_columns), entry_ids, subjects, numbers, sides, amounts)


def _all_posted(
    entries: Sequence[Entry], accounts: Sequence[AccountId], sides: Sequence[int], held: Sequence[int | None], assets: Sequence[bool]
) -> list[Answer]:
    """Say what each guarded account held after each entry, from what it held before them all."""
    standing: list[int | None] = [None, *held]
    signs = [0, *(1 if asset else -1 for asset in assets)]
    answers: list[Answer] = []
    place = 0
    for entry in entries:
        touched: dict[int, None] = {}
        for transfer in entry.transfers:
            debit, credit = divmod(sides[place], _HIGH)
            place += 1
            before = standing[debit]
            if before is not None:
                standing[debit] = before + signs[debit] * transfer.amount_cents
                touched[debit] = None
            before = standing[credit]
            if before is not None:
                standing[credit] = before - signs[credit] * transfer.amount_cents
                touched[credit] = None
        answers.append(Posted(entry.id, {accounts[at - 1]: cents for at in touched if (cents := standing[at]) is not None}))
    return answers


def _answer(
    entry: Entry,
    answer: str,
    accounts: Sequence[AccountId],
    balances: dict[AccountId, int],
    details: tuple[int | None, int | None, int | None],
) -> Answer:
    if answer == "posted":
        return Posted(entry.id, balances)
    if answer == "replayed":
        return Replayed(entry.id, balances)
    culprit, first, second = details
    return Refused(entry.id, make_refusal(entry, answer, accounts[(culprit or 1) - 1], first or 0, second or 0))
