"""Reconcile: what the processor holds for us, against what the books of all programs say it holds."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.books import chart
from sdc.programs.model import Program
from vendors.rails import Funding


@dataclass(frozen=True, slots=True)
class BooksAtProcessor:
    """What the books of all programs say of the processor, together."""

    cash_cents: int
    """What it holds."""
    topup_cents: int
    """What is on its way to it from the bank."""
    transit_cents: int
    """What was asked of it and is not known to have left."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The processor's word beside the books'."""

    processor: Funding
    books: BooksAtProcessor

    @property
    def difference_cents(self) -> int:
        """What the processor holds beyond the books; below zero when it holds less."""
        return self.processor.available_cents - self.books.cash_cents


async def read_books(session: AsyncSession) -> BooksAtProcessor:
    """Add up the processor's accounts over the books of all programs."""
    programs = (await session.scalars(select(Program.id))).all()
    codes = (chart.CASH_PROCESSOR, chart.CASH_TOPUP, chart.transit())
    cash, topup, transit = [await _total(session, [chart.account_id(book, code) for book in programs]) for code in codes]
    return BooksAtProcessor(cash_cents=cash, topup_cents=topup, transit_cents=transit)


async def _total(session: AsyncSession, accounts: list[ledger.AccountId]) -> int:
    return sum((await ledger.balances(session, accounts)).values())
