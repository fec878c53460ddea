"""Earn a budget: a member's baseline, and month by month what plan services cost; what stays below the baseline becomes theirs.

A month is closed once its claims have run out. In a program that releases what is earned the books follow each close and each
correction; elsewhere the months are facts for the rules alone.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.books import chart, entries, posting
from sdc.budgets.model import Baseline, Budget, MonthClose
from sdc.clock import local_date
from sdc.errors import ConflictError, FundingShortError, InvalidFieldError, NotFoundError
from sdc.ids import new_id
from sdc.members.model import Member
from sdc.programs.model import FundingSource, Program, Release
from sdc.programs.setting_up import refuse_if_any, wrong_period
from sdc.rulebooks.kinds import rules_of_kind
from sdc.rulebooks.reading import compiled, version_in_force

RUN_OUT_DAYS = 60
"""A month closes so many days after its end: until then claims for it may come (the Pennsylvania formula; the number is ours)."""
_WHOLE = 10_000
_EARNED = "earned_funds"


@dataclass(frozen=True, slots=True)
class BaselineIds:
    """The ids of a new baseline and of the budget that it may bring along."""

    baseline: UUID
    budget: UUID

    @classmethod
    def new(cls) -> Self:
        """Make ids for a baseline: at the edge, by a handler."""
        return cls(new_id(), new_id())


async def set_baseline(
    session: AsyncSession,
    member: Member,
    *,
    ids: BaselineIds,
    monthly_cents: int,
    starts_on: date,
    ends_on: date,
    funding_source_id: UUID | None,
    by: UUID,
    at: datetime,
) -> Baseline:
    """Say what a member's plan services used to cost a month, from a day to a day.

    In a program that releases what is earned, a budget of nothing begins with it, to grow month by month. The caller has locked
    the member's row.

    Raises:
        InvalidFieldError: a period that ends before it starts or is too long; a source that is missing, of another program, or
            not called for.
        NotFoundError: no such funding source.
        ConflictError: another baseline holds on some of these days.

    """
    refuse_if_any(wrong_period("", starts_on, ends_on))
    program = await session.get_one(Program, member.program_id)
    source = await _source(session, program, funding_source_id)
    standing = select(Baseline.id).where(Baseline.member_id == member.id, Baseline.starts_on <= ends_on, Baseline.ends_on >= starts_on)
    if await session.scalar(standing.limit(1)) is not None:
        raise ConflictError("a baseline of this member holds on some of these days already: correct that one")
    if source is not None:
        await _begin_budget(session, member, program, source, id=ids.budget, starts_on=starts_on, ends_on=ends_on, by=by, at=at)
    baseline = Baseline(
        id=ids.baseline,
        program_id=program.id,
        member_id=member.id,
        budget_id=None if source is None else ids.budget,
        monthly_cents=monthly_cents,
        starts_on=starts_on,
        ends_on=ends_on,
        created_by=by,
        created_at=at,
    )
    session.add(baseline)
    journal.record(session, "baseline.set", subject=ids.baseline, by=by, at=at, member=member.id, monthly_cents=monthly_cents)
    return baseline


async def correct_baseline(session: AsyncSession, baseline: Baseline, *, monthly_cents: int, by: UUID, at: datetime) -> None:
    """Correct a slip of the pen. The caller has locked the member's row.

    Raises:
        ConflictError: a month is closed against it.

    """
    if await session.scalar(select(MonthClose.id).where(MonthClose.baseline_id == baseline.id).limit(1)) is not None:
        raise ConflictError("months are closed against this baseline: it stays as it is")
    journal.record(
        session, "baseline.corrected", subject=baseline.id, by=by, at=at, before_cents=baseline.monthly_cents, monthly_cents=monthly_cents
    )
    baseline.monthly_cents = monthly_cents


async def close_month(
    session: AsyncSession, member: Member, *, id: UUID, month: date, actual_cents: int, by: UUID, at: datetime
) -> MonthClose:
    """Close a month (named by its first day): what its plan services cost is counted for good, and what it earned is the member's.

    The caller has locked the budget that it earns for, if there is one, and the member's row.

    Raises:
        InvalidFieldError: no baseline holds in this month, or its claims have not run out.
        ConflictError: it is closed.
        FundingShortError: the funding source holds less than was earned.

    """
    program = await session.get_one(Program, member.program_id)
    today = local_date(at, program.time_zone)
    baseline = await find_baseline(session, member.id, month)
    if baseline is None:
        raise InvalidFieldError("month", "no baseline of this member holds in this month")
    closes_on = last_day(month) + timedelta(days=RUN_OUT_DAYS)
    if today < closes_on:
        raise InvalidFieldError("month", f"this month closes on {closes_on.isoformat()}: until then claims for it may come")
    if await _standing_close(session, baseline, month) is not None:
        raise ConflictError("this month is closed: correct it")
    earned_cents = await _earned_cents(session, program, baseline, actual_cents, today=today)
    close = _close(baseline, id=id, month=month, actual_cents=actual_cents, earned_cents=earned_cents, by=by, at=at)
    session.add(close)
    journal.record(
        session,
        "month.closed",
        subject=id,
        by=by,
        at=at,
        member=member.id,
        month=month,
        actual_cents=actual_cents,
        earned_cents=earned_cents,
    )
    await _post(session, baseline, close, earned_cents, today=today, at=at)
    return close


async def correct_month(
    session: AsyncSession, member: Member, close: MonthClose, *, id: UUID, actual_cents: int, by: UUID, at: datetime
) -> MonthClose:
    """Correct what a closed month cost, by another row: the books give the difference, or take it back from what is available.

    The caller has locked the budget that it earns for, if there is one, and the member's row.

    Raises:
        ConflictError: a later correction has replaced this one.
        FundingShortError: the funding source holds less than is missing, or less is available than is to be taken back.

    """
    if close.replaced_at is not None:
        raise ConflictError("this was corrected before: correct what replaced it")
    program = await session.get_one(Program, member.program_id)
    baseline = await session.get_one(Baseline, close.baseline_id)
    today = local_date(at, program.time_zone)
    earned_cents = await _earned_cents(session, program, baseline, actual_cents, today=today)
    close.replaced_at = at
    await session.flush()  # one row a month counts at any moment
    corrected = _close(
        baseline, id=id, month=close.month, actual_cents=actual_cents, earned_cents=earned_cents, by=by, at=at, replaces_id=close.id
    )
    session.add(corrected)
    kept = {"actual_cents": actual_cents, "earned_cents": earned_cents, "before_cents": close.earned_cents}
    journal.record(session, "month.corrected", subject=id, by=by, at=at, member=member.id, replaces=close.id, **kept)
    await _post(session, baseline, corrected, earned_cents - close.earned_cents, today=today, at=at)
    return corrected


async def find_baseline(session: AsyncSession, member_id: UUID, month: date) -> Baseline | None:
    """Find the baseline that holds in a whole month."""
    holds = (Baseline.member_id == member_id, Baseline.starts_on <= month, Baseline.ends_on >= last_day(month))
    return await session.scalar(select(Baseline).where(*holds))


def last_day(month: date) -> date:
    """Tell the last day of a month named by its first."""
    return month.replace(day=monthrange(month.year, month.month)[1])


async def _source(session: AsyncSession, program: Program, source_id: UUID | None) -> FundingSource | None:
    """Find where earned money comes from: said where it is released, and nowhere else."""
    if program.release is not Release.EARNED:
        if source_id is not None:
            raise InvalidFieldError("funding_source_id", "this program does not release what is earned: leave this out")
        return None
    if source_id is None:
        raise InvalidFieldError("funding_source_id", "say from which source the earned money comes")
    source = await session.get(FundingSource, source_id)
    if source is None:
        raise NotFoundError("funding source", source_id)
    if source.program_id != program.id:
        raise InvalidFieldError("funding_source_id", "this source does not belong to the member's program")
    return source


async def _begin_budget(
    session: AsyncSession,
    member: Member,
    program: Program,
    source: FundingSource,
    *,
    id: UUID,
    starts_on: date,
    ends_on: date,
    by: UUID,
    at: datetime,
) -> None:
    session.add(
        Budget(
            id=id,
            program_id=program.id,
            member_id=member.id,
            funding_source_id=source.id,
            allocated_cents=0,
            starts_on=starts_on,
            ends_on=ends_on,
            release=program.release,
            periods=1,
            released_periods=1,
            next_release_on=None,
            allocated_on=local_date(at, program.time_zone),
            created_by=by,
            created_at=at,
        )
    )
    journal.record(session, "budget.allocated", subject=id, by=by, at=at, member=member.id, source=source.id, amount_cents=0)
    await session.flush()
    await posting.open_accounts(session, chart.budget_accounts(program.id, id), at=at)


def _close(
    baseline: Baseline,
    *,
    id: UUID,
    month: date,
    actual_cents: int,
    earned_cents: int,
    by: UUID,
    at: datetime,
    replaces_id: UUID | None = None,
) -> MonthClose:
    return MonthClose(
        id=id,
        program_id=baseline.program_id,
        member_id=baseline.member_id,
        baseline_id=baseline.id,
        month=month,
        actual_cents=actual_cents,
        earned_cents=earned_cents,
        replaces_id=replaces_id,
        replaced_at=None,
        closed_by=by,
        closed_at=at,
    )


async def _standing_close(session: AsyncSession, baseline: Baseline, month: date) -> MonthClose | None:
    query = select(MonthClose).where(MonthClose.baseline_id == baseline.id, MonthClose.month == month, MonthClose.replaced_at.is_(None))
    return await session.scalar(query)


async def _earned_cents(session: AsyncSession, program: Program, baseline: Baseline, actual_cents: int, *, today: date) -> int:
    """Tell what a month has earned for a budget: the member's share of what it stayed below the baseline, rounded down."""
    if baseline.budget_id is None:
        return 0
    version_id = (await session.scalars(version_in_force(program.rulebook, today))).one()
    rulebook = await compiled(session, version_id)
    shares = [rule.params.share for rule in rules_of_kind(rulebook, "authorize", _EARNED, on=today)]
    return max(0, baseline.monthly_cents - actual_cents) * min(shares, default=_WHOLE) // _WHOLE


async def _post(session: AsyncSession, baseline: Baseline, close: MonthClose, cents: int, *, today: date, at: datetime) -> None:
    """Let the books give the budget what a month has earned, or take back what it had not."""
    if baseline.budget_id is None or cents == 0:
        return
    budget = await session.get_one(Budget, baseline.budget_id)
    budget.allocated_cents += cents
    if cents > 0:
        entry = entries.earned(
            book_id=budget.program_id,
            close_id=close.id,
            budget_id=budget.id,
            source_id=budget.funding_source_id,
            amount_cents=cents,
            on=today,
        )
    else:
        available_cents = await ledger.balance(session, chart.account_id(budget.program_id, chart.available(budget.id)))
        if available_cents < -cents:
            raise FundingShortError("what is available of the budget", available_cents=available_cents, required_cents=-cents)
        entry = entries.budget_cut(
            book_id=budget.program_id,
            close_id=close.id,
            budget_id=budget.id,
            source_id=budget.funding_source_id,
            amount_cents=-cents,
            on=today,
        )
    await posting.post(session, entry, at=at)
