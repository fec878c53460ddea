"""Posting: the one way in which money moves."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from ledger import postgresql, sqlite
from ledger.account import AccountId
from ledger.answer import Answer, Posted, Refused, Replayed
from ledger.connection import Connection, DriverConnection, Savepoint, dialect_of
from ledger.entry import Entry
from ledger.errors import BatchRefusedError
from ledger.instant import to_microseconds

_BY_INT = attrgetter("int")


async def post(session: Connection | DriverConnection, *entries: Entry, at: datetime, atomic: bool = False) -> list[Answer]:
    """Post `entries` in their order and answer each; with `atomic`, all of them or none.

    An id that is recorded already, with the same content, is answered `Replayed`, for ever. Refusals are answers, so that
    the caller's transaction can store them; the first of these that holds, in this order: ConflictError,
    UnknownAccountError, ClosedAccountError, OtherBookAccountError, PeriodClosedError, InsufficientFundsError or
    BalanceOutOfRangeError (the net effect of the entry on the first account that cannot take it), UnknownOriginalError,
    ReversalExceedsOriginalError. In an atomic call every entry is decided as if it were not, and what could have been posted
    is then answered BatchRefusedError.

    On PostgreSQL this is one statement, for READ COMMITTED; it locks the guarded accounts in the order of their ids, so let
    it be the last statement of the transaction. A deadlock, a serialization failure or an unknown commit is retried by the
    caller, with the same ids. On SQLite the caller has begun with BEGIN IMMEDIATE. (An entry that repeats or reverses
    another of the same call, or shares its original, starts a second statement.) `session` may be a connection of asyncpg
    itself, within a transaction.

    Raises:
        InvalidInstantError: `at` names no time zone.

    """
    recorded_at_us = to_microseconds(at)
    if not entries:
        return []
    mentioned = {account.int: account for entry in entries for transfer in entry.transfers for account in (transfer.debit, transfer.credit)}
    accounts = sorted(mentioned.values(), key=_BY_INT)
    runs = _runs(entries)
    if len(runs) == 1:
        answers = await _post_run(session, entries, accounts, recorded_at_us=recorded_at_us, atomic=atomic)
        return _all_or_none(answers) if atomic else answers
    if not atomic:
        return await _post_runs(session, runs, accounts, recorded_at_us)

    savepoint = _savepoint(session)
    await savepoint.start()
    answers = await _post_runs(session, runs, accounts, recorded_at_us)
    if any(isinstance(answer, Refused) for answer in answers):
        await savepoint.rollback()
        return _all_or_none(answers)
    await savepoint.commit()
    return answers


def _savepoint(session: Connection | DriverConnection) -> Savepoint:
    if isinstance(session, AsyncSession | AsyncConnection):
        savepoint: Savepoint = session.begin_nested()
        return savepoint
    return session.transaction()


async def _post_runs(
    session: Connection | DriverConnection, runs: Sequence[Sequence[Entry]], accounts: Sequence[AccountId], recorded_at_us: int
) -> list[Answer]:
    answers: list[Answer] = []
    for run in runs:
        answers += await _post_run(session, run, accounts, recorded_at_us=recorded_at_us, atomic=False)
    return answers


async def _post_run(
    session: Connection | DriverConnection, entries: Sequence[Entry], accounts: Sequence[AccountId], *, recorded_at_us: int, atomic: bool
) -> list[Answer]:
    if isinstance(session, AsyncSession | AsyncConnection) and dialect_of(session) == "sqlite":
        return await sqlite.post_run(session, entries, accounts, recorded_at_us=recorded_at_us, atomic=atomic)
    return await postgresql.post_run(session, entries, accounts, recorded_at_us=recorded_at_us, atomic=atomic)


def _runs(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Cut where an entry cannot be decided before an earlier one is written."""
    if len({entry.id.int for entry in entries}) == len(entries) and all(entry.reverses is None for entry in entries):
        return [list(entries)]
    runs: list[list[Entry]] = [[]]
    mentioned: set[UUID | None] = set()
    for entry in entries:
        if entry.id in mentioned or (entry.reverses is not None and entry.reverses in mentioned):
            runs.append([])
            mentioned = set()
        runs[-1].append(entry)
        mentioned |= {entry.id, entry.reverses}
    return runs


def _all_or_none(answers: Sequence[Answer]) -> list[Answer]:
    refused = next((answer for answer in answers if isinstance(answer, Refused)), None)
    if refused is None:
        return list(answers)
    undone = {answer.entry_id for answer in answers if isinstance(answer, Posted)}
    error = BatchRefusedError(refused.entry_id)
    return [
        Refused(answer.entry_id, error) if isinstance(answer, Posted | Replayed) and answer.entry_id in undone else answer
        for answer in answers
    ]
