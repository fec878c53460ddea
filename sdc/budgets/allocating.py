"""Allocate a budget: money of a funding source becomes one member's, and what is due of it can be spent at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.books import chart, entries, posting
from sdc.budgets.model import Budget
from sdc.budgets.release import periods_of, take_due
from sdc.clock import local_date
from sdc.errors import InvalidFieldError, NotFoundError
from sdc.members.model import Member
from sdc.money import split_cents
from sdc.programs.model import FundingSource, Program
from sdc.programs.setting_up import refuse_if_any, wrong_period


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """A category that a budget is meant for, and how much of it beside the others: with equal weights, as much as each other."""

    category: str
    weight: int = 1


async def allocate_budget(
    session: AsyncSession,
    member: Member,
    *,
    id: UUID,
    funding_source_id: UUID,
    amount_cents: int,
    starts_on: date,
    ends_on: date,
    by: UUID,
    at: datetime,
    lines: Sequence[AllocationLine] = (),
) -> Budget:
    """Give a member a budget for a period, and release what is due of it by today.

    The allocation is one sum, or split over `lines` to the cent: whole cents by weight, those that are left to the largest
    remainders, of equal ones to the earlier line. A line that gets nothing has no transfer. The lines say what the money was meant
    for; what may be bought with it the rules say, and the plan.

    Raises:
        InvalidFieldError: a period that ends before it starts or is too long, a category twice, or a source of another program.
        NotFoundError: no such funding source.
        FundingShortError: the source holds less.

    """
    refuse_if_any(wrong_period("", starts_on, ends_on))
    if len({line.category for line in lines}) != len(lines):
        raise InvalidFieldError("lines", "a category stands here twice")
    source = await session.get(FundingSource, funding_source_id)
    if source is None:
        raise NotFoundError("funding source", funding_source_id)
    if source.program_id != member.program_id:
        raise InvalidFieldError("funding_source_id", "this source does not belong to the member's program")
    program = await session.get_one(Program, member.program_id)
    today = local_date(at, program.time_zone)
    budget = Budget(
        id=id,
        program_id=program.id,
        member_id=member.id,
        funding_source_id=source.id,
        allocated_cents=amount_cents,
        starts_on=starts_on,
        ends_on=ends_on,
        release=program.release,
        periods=periods_of(program.release, starts_on, ends_on),
        released_periods=0,
        next_release_on=starts_on,
        allocated_on=today,
        created_by=by,
        created_at=at,
    )
    session.add(budget)
    journal.record(session, "budget.allocated", subject=id, by=by, at=at, member=member.id, source=source.id, amount_cents=amount_cents)
    await session.flush()
    await posting.open_accounts(session, chart.budget_accounts(program.id, id), at=at)
    shares = split_cents(amount_cents, [line.weight for line in lines]) if lines else []
    split = [(line.category, cents) for line, cents in zip(lines, shares, strict=True)]
    allocation = entries.allocation(book_id=program.id, budget_id=id, source_id=source.id, amount_cents=amount_cents, on=today, lines=split)
    await posting.post(session, allocation, *take_due(session, budget, today=today, at=at), at=at)
    return budget
