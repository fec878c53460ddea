"""Reconcile: every movement of the processor's balance against its one posting, and the whole against the books of all programs.

Opening and net of the movements are what the processor has, available and pending; the books have the same, less what is on its
way into them. What does not agree is told, held in suspense where its program is known, and never corrected by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.audit.differences import Difference, aged_clearing, missing_movements, unmatched_movements, whole_difference
from sdc.audit.model import MovementState, RailMovement, ReconciliationRecord
from sdc.audit.movements import moved_cents, read_statement
from sdc.audit.suspending import settle_movements
from sdc.books import chart
from sdc.outbox.work import Work
from sdc.payments.alarms import raise_alarm
from sdc.programs.model import Program
from vendors.rails import Funding

_READINGS = 3
"""How often the statement and the balance are read until they agree: payments may leave between the two."""

Tell = Callable[[str, int], None]
"""Takes the name of a step, and how much of it is done."""


@dataclass(frozen=True, slots=True)
class BooksAtProcessor:
    """What the books of all programs say of the processor, together."""

    cash_cents: int
    """What it holds."""
    topup_cents: int
    """What is on its way to it from the bank."""
    transit_cents: int
    """What was asked of it and is not known to have left."""


async def reconcile_with_rail(work: Work, *, id: UUID, at: datetime, machine_at: datetime, tell: Tell) -> ReconciliationRecord:
    """Read what is new of the statement, match it, and hold all of it against the books. Stopped anywhere it may be begun again.

    Raises:
        RailAnswerError: the rail did not answer; what was read before that is kept.

    """
    async with work.sessions.read() as session:
        opening_cents = await moved_cents(session)
    new, funding, total_cents = 0, Funding(0, 0), opening_cents
    for _ in range(_READINGS):
        new += await read_statement(work, machine_at=machine_at, tell=lambda done: tell("movements read", done))
        funding = await work.rail.funding()
        async with work.sessions.read() as session:
            total_cents = await moved_cents(session)
        if total_cents == funding.available_cents + funding.pending_cents:
            break
    matched = await settle_movements(work, at=at, machine_at=machine_at, tell=lambda done: tell("movements matched", done))
    async with work.sessions.read() as session:
        books = await read_books(session)
        waiting_cents = await _waiting_cents(session)
        unshown_cents, missing = await missing_movements(session, machine_at=machine_at)
        found = [*await unmatched_movements(session), *missing, *await aged_clearing(session, at=at, machine_at=machine_at)]
    found += _whole(funding, books, total_cents=total_cents, waiting_cents=waiting_cents, unshown_cents=unshown_cents)
    record = ReconciliationRecord(
        id=id,
        at=at,
        rail=work.rail.name,
        opening_cents=opening_cents,
        net_cents=total_cents - opening_cents,
        available_cents=funding.available_cents,
        pending_cents=funding.pending_cents,
        books_cents=books.cash_cents,
        topup_cents=books.topup_cents,
        transit_cents=books.transit_cents,
        waiting_cents=waiting_cents,
        movements=new,
        matched=matched,
        differences=[dict(one) for one in found],
    )
    async with work.sessions.begin() as session:
        session.add(record)
        journal.record(session, "reconciliation.made", subject=id, by=None, at=at, movements=new, matched=matched, differences=len(found))
        if found:
            raise_alarm(session, "reconciliation_differs", subject=id, at=at, differences=len(found))
    return record


def _whole(funding: Funding, books: BooksAtProcessor, *, total_cents: int, waiting_cents: int, unshown_cents: int) -> list[Difference]:
    """Hold the balance against the movements, and the books against both."""
    whole = list[Difference]()
    unmoved_cents = funding.available_cents + funding.pending_cents - total_cents
    if unmoved_cents:
        whole.append(whole_difference("balance", unmoved_cents, cause="the movements do not add up to what the processor has"))
    unexplained_cents = total_cents - waiting_cents + -unshown_cents - books.cash_cents
    if unexplained_cents:
        whole.append(whole_difference("books", unexplained_cents, cause="the books do not add up to the movements that they have"))
    return whole


async def read_books(session: AsyncSession) -> BooksAtProcessor:
    """Add up the processor's accounts over the books of all programs."""
    programs = (await session.scalars(select(Program.id))).all()
    codes = (chart.CASH_PROCESSOR, chart.CASH_TOPUP, chart.transit())
    cash, topup, transit = [await _total(session, [chart.account_id(book, code) for book in programs]) for code in codes]
    return BooksAtProcessor(cash_cents=cash, topup_cents=topup, transit_cents=transit)


async def _waiting_cents(session: AsyncSession) -> int:
    """Add up the movements that no book has: those on their way into one, and those of which nobody knows whose they are."""
    states = (MovementState.WAITING, MovementState.OPEN)
    return int(await session.scalar(select(func.sum(RailMovement.net_cents)).where(RailMovement.state.in_(states))) or 0)


async def _total(session: AsyncSession, accounts: list[ledger.AccountId]) -> int:
    return sum((await ledger.balances(session, accounts)).values())
