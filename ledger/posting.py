"""Posting: the one way in which money moves."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ledger import postgresql, sqlite
from ledger.account import AccountId
from ledger.answer import Answer, Posted, Refused, Replayed
from ledger.connection import Connection, dialect_of
from ledger.entry import Entry
from ledger.errors import BatchRefusedError
from ledger.instant import to_microseconds

_POST_RUN = {"postgresql": postgresql.post_run, "sqlite": sqlite.post_run}


async def post(session: Connection, *entries: Entry, at: datetime, atomic: bool = False) -> list[Answer]:
    """Post `entries` in their order and answer each; with `atomic`, all of them or none.

    An id that is recorded already, with the same content, is answered `Replayed`, for ever. Refusals are answers, so that
    the caller's transaction can store them; the first of these that holds, in this order: ConflictError,
    UnknownAccountError, OtherBookAccountError, InsufficientFundsError (the net effect of the entry on the first account it
    takes below zero), UnknownOriginalError, ReversalExceedsOriginalError. In an atomic call every entry is decided as if it
    were not, and what could have been posted is then answered BatchRefusedError.

    On PostgreSQL this is one statement, for READ COMMITTED; it locks the guarded accounts in the order of their ids, so let
    it be the last statement of the transaction. A deadlock, a serialization failure or an unknown commit is retried by the
    caller, with the same ids. On SQLite the caller has begun with BEGIN IMMEDIATE. (An entry that repeats or reverses
    another of the same call, or shares its original, starts a second statement.)

    Raises:
        InvalidInstantError: `at` names no time zone.

    """
    recorded_at_us = to_microseconds(at)
    if not entries:
        return []
    accounts = sorted({account for entry in entries for transfer in entry.transfers for account in (transfer.debit, transfer.credit)})
    runs = _runs(entries)
    if len(runs) == 1:
        answers = await _POST_RUN[dialect_of(session)](session, entries, accounts, recorded_at_us=recorded_at_us, atomic=atomic)
        return _all_or_none(answers) if atomic else answers
    if not atomic:
        return await _post_runs(session, runs, accounts, recorded_at_us)

    savepoint = await session.begin_nested()
    answers = await _post_runs(session, runs, accounts, recorded_at_us)
    if any(isinstance(answer, Refused) for answer in answers):
        await savepoint.rollback()
        return _all_or_none(answers)
    await savepoint.commit()
    return answers


async def _post_runs(
    session: Connection, runs: Sequence[Sequence[Entry]], accounts: Sequence[AccountId], recorded_at_us: int
) -> list[Answer]:
    answers: list[Answer] = []
    for run in runs:
        answers += await _POST_RUN[dialect_of(session)](session, run, accounts, recorded_at_us=recorded_at_us, atomic=False)
    return answers


def _runs(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Cut where an entry cannot be decided before an earlier one is written."""
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
