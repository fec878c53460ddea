"""Posting on PostgreSQL: one statement, whatever the number of entries."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Date, Integer, Text, Uuid, bindparam, text
from sqlalchemy.types import TypeEngine

from ledger.account import AccountId
from ledger.answer import Answer, Posted, Refused, Replayed
from ledger.connection import Connection
from ledger.entry import Entry
from ledger.errors import (
    ConflictError,
    InsufficientFundsError,
    OtherBookAccountError,
    RefusalError,
    ReversalExceedsOriginalError,
    UnknownAccountError,
    UnknownOriginalError,
)
from ledger.leaf import postgresql_bytes

_PARAMETERS: dict[str, TypeEngine[Any]] = {
    "account_ids": ARRAY(Uuid),
    "entry_ids": ARRAY(Uuid),
    "book_ids": ARRAY(Uuid),
    "subjects": ARRAY(Uuid),
    "originals": ARRAY(Uuid),
    "effective_dates": ARRAY(Date),
    "kinds": ARRAY(Text),
    "memos": ARRAY(Text),
    "firsts": ARRAY(Integer),
    "counts": ARRAY(Integer),
    "owners": ARRAY(Integer),
    "debits": ARRAY(Integer),
    "credits": ARRAY(Integer),
    "amounts": ARRAY(BigInteger),
    "tags": ARRAY(Text),
    "at_us": BigInteger(),
    "atomic": Boolean(),
}
_ARGUMENTS = ", ".join(f":{name}" for name in _PARAMETERS)
_POST = text(f"SELECT * FROM ledger_post({_ARGUMENTS})").bindparams(  # noqa: S608 - our own names
    *(bindparam(name, type_=type_) for name, type_ in _PARAMETERS.items())
)

_LEAF_NAMES = {
    "entry_id": "entry_ids[t.owner]",
    "number": "(t.place - firsts[t.owner])",
    "transfer_count": "counts[t.owner]",
    "book_id": "book_ids[t.owner]",
    "subject": "subjects[t.owner]",
    "recorded_at_us": "at_us",
    "debit_id": "account_ids[t.debit]",
    "credit_id": "account_ids[t.credit]",
    "amount_cents": "t.amount",
    "reverses": "originals[t.owner]",
    "effective_on": "effective_dates[t.owner]",
    "kind": "kinds[t.owner]",
    "tag": "t.tag",
}


def post_function() -> str:
    """Write the function that posts; the hash of a leaf is filled in from its one definition."""
    return files("ledger").joinpath("post.sql").read_text("utf-8").replace("{bytes}", postgresql_bytes(_LEAF_NAMES)).strip()


async def post_run(
    session: Connection, entries: Sequence[Entry], accounts: Sequence[AccountId], *, recorded_at_us: int, atomic: bool
) -> list[Answer]:
    """Post entries of which no two share an id or an original, locking the guarded ones of all `accounts`."""
    places = {account: place for place, account in enumerate(accounts, 1)}
    transfers = [(owner, transfer) for owner, entry in enumerate(entries, 1) for transfer in entry.transfers]
    counts = [len(entry.transfers) for entry in entries]
    result = await session.execute(
        _POST,
        {
            "account_ids": list(accounts),
            "entry_ids": [entry.id for entry in entries],
            "book_ids": [entry.book_id for entry in entries],
            "subjects": [entry.subject for entry in entries],
            "originals": [entry.reverses for entry in entries],
            "effective_dates": [entry.effective_on for entry in entries],
            "kinds": [entry.kind for entry in entries],
            "memos": [entry.memo for entry in entries],
            "firsts": list(accumulate(counts, initial=0))[:-1],
            "counts": counts,
            "owners": [owner for owner, _ in transfers],
            "debits": [places[transfer.debit] for _, transfer in transfers],
            "credits": [places[transfer.credit] for _, transfer in transfers],
            "amounts": [transfer.amount_cents for _, transfer in transfers],
            "tags": [transfer.tag for _, transfer in transfers],
            "at_us": recorded_at_us,
            "atomic": atomic,
        },
    )
    answers, culprits, available, required, *touched = result.one()
    balances: list[dict[AccountId, int]] = [{} for _ in entries]
    for owner, place, cents in zip(*touched, strict=True):
        balances[owner - 1][accounts[place - 1]] = cents
    return list(_read(entries, accounts, balances, answers, (culprits, available, required)))


def _read(
    entries: Sequence[Entry],
    accounts: Sequence[AccountId],
    balances: Sequence[dict[UUID, int]],
    answers: Sequence[str],
    details: Sequence[Sequence[int | None]],
) -> Iterator[Answer]:
    for place, (entry, answer) in enumerate(zip(entries, answers, strict=True)):
        if answer == "posted":
            yield Posted(entry.id, balances[place])
        elif answer == "replayed":
            yield Replayed(entry.id, balances[place])
        else:
            culprit, available, required = (column[place] for column in details)
            yield Refused(entry.id, _refusal(entry, answer, accounts[(culprit or 1) - 1], available or 0, required or 0))


def _refusal(entry: Entry, answer: str, account: AccountId, available_cents: int, required_cents: int) -> RefusalError:
    match answer:
        case "conflict":
            return ConflictError(entry.id)
        case "unknown_account":
            return UnknownAccountError(account)
        case "other_book_account":
            return OtherBookAccountError(account, entry.book_id)
        case "insufficient_funds":
            return InsufficientFundsError(account, available_cents, required_cents)
        case "unknown_original":
            return UnknownOriginalError(entry.reverses or entry.id)
        case _:
            return ReversalExceedsOriginalError(entry.reverses or entry.id, account, available_cents, required_cents)
