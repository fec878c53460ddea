"""Post what must not be refused, and say so plainly when it is."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.errors import ConflictError, FundingShortError


async def post(session: AsyncSession, *entries: ledger.Entry, at: datetime) -> None:
    """Post entries as one, after everything else this transaction wrote.

    Raises:
        FundingShortError: a guarded account holds less than it takes.
        ConflictError: the books refuse it for another reason (the same event with other content is our own fault).

    """
    await session.flush()
    for answer in await ledger.post(session, *entries, at=at, atomic=True):
        if isinstance(answer, ledger.Refused):
            if isinstance(answer.error, ledger.InsufficientFundsError):
                short = answer.error
                raise FundingShortError(
                    "the account", available_cents=short.available_cents, required_cents=short.required_cents
                ) from short
            raise ConflictError(str(answer.error)) from answer.error


async def open_accounts(session: AsyncSession, accounts: list[ledger.Account], *, at: datetime) -> None:
    """Open accounts; one that stands already is left as it is."""
    await ledger.open_accounts(session, accounts, at=at)
