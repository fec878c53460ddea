"""Read books for an auditor: accounts and entries by pages, with codes and causes."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.audit.causes import Cause, find_causes
from sdc.auth.principal import Principal
from sdc.books import chart
from sdc.errors import ConflictError, InvalidFieldError, NotFoundError
from sdc.programs.model import Program
from sdc.programs.reading import find_program
from sdc.programs.scope import program_scope
from sdc.web.pages import cursor_of, row_of


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are wanted; the account by its code or its id."""

    account: str | None = None
    kind: str | None = None
    subject: UUID | None = None
    effective_from: date | None = None
    effective_to: date | None = None


async def program_ids_of(session: AsyncSession, program_id: UUID | None, *, who: Principal) -> list[UUID]:
    """Name the program that is asked for, or all that are the caller's.

    Raises:
        NotFoundError: there is none, or it is not theirs.

    """
    if program_id is not None:
        return [(await find_program(session, program_id, who=who)).id]
    return list(await session.scalars(select(Program.id).where(program_scope(who)).order_by(Program.id)))


async def page_of_accounts(
    session: AsyncSession, book_id: UUID, *, limit: int, cursor: str | None
) -> tuple[Sequence[ledger.Account], str | None]:
    """Read some accounts of a book, by their codes.

    Raises:
        InvalidFieldError: the cursor is not one of this list.

    """
    accounts = await ledger.book_accounts(session, book_id)
    start = 0
    if cursor is not None:
        last = (await ledger.find_accounts(session, [row_of(cursor)])).get(row_of(cursor))
        if last is None or last.book_id != book_id:
            raise InvalidFieldError("cursor", "this is not a cursor of this list")
        start = bisect_right(accounts, last.code, key=lambda account: account.code)
    shown = accounts[start : start + limit]
    return shown, cursor_of(shown[-1].id) if start + limit < len(accounts) else None


async def page_of_entries(session: AsyncSession, book_id: UUID, wanted: EntryFilter, *, limit: int, cursor: str | None) -> ledger.EntryPage:
    """Read some entries of a book, by the day they count from.

    Raises:
        InvalidFieldError: the cursor is not one of this list.

    """
    try:
        return await ledger.entries(
            session,
            book_id,
            account=_account_id(book_id, wanted.account),
            kind=wanted.kind,
            subject=wanted.subject,
            effective_from=wanted.effective_from,
            effective_to=wanted.effective_to,
            after=cursor,
            limit=limit,
        )
    except ledger.InvalidCursorError as error:
        raise InvalidFieldError("cursor", "this is not a cursor of this list") from error


async def give_receipt(session: AsyncSession, book_id: UUID, entry_id: UUID) -> dict[str, Any]:
    """Make the receipt of an entry of a book.

    Raises:
        NotFoundError: there is no such entry in this book.
        ConflictError: it is in no block yet, or not as it was sealed.

    """
    if await ledger.find_entry(session, book_id, entry_id) is None:
        raise NotFoundError("entry", entry_id)
    try:
        return await ledger.make_receipt(session, entry_id)
    except ledger.NotSealedError as error:
        raise ConflictError("this entry is in no block yet: ask again in a second") from error


async def codes_and_causes(session: AsyncSession, recorded: Sequence[ledger.RecordedEntry]) -> tuple[dict[UUID, str], dict[UUID, Cause]]:
    """Read the codes of the accounts that some entries touch, and what stands behind each by its subject."""
    accounts = await ledger.find_accounts(session, {line.account_id for one in recorded for line in one.lines})
    causes = await find_causes(session, {one.entry.subject for one in recorded})
    return {account.id: account.code for account in accounts.values()}, causes


def _account_id(book_id: UUID, account: str | None) -> UUID | None:
    """Read an account's id, or derive it from its code."""
    if account is None:
        return None
    try:
        return UUID(account)
    except ValueError:
        return chart.account_id(book_id, account)
