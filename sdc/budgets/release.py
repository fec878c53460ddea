"""Release a budget period by period: cumulative shares, never more than was allocated, all of it in the end.

After q of n periods floor(allocated * q / n) is released in all, so that the shares always add up to the budget.
A first period begins with the budget; the others on the first day of a calendar month.
"""

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.books import entries, posting
from sdc.budgets.model import Budget
from sdc.money import share_cents
from sdc.programs.model import Release

AT_ONCE = frozenset({Release.ANNUAL, Release.EARNED})
"""What is allocated is released at once: all of a year's money, or what a closed month has earned."""
_MONTHS_OF = {Release.QUARTERLY: 3, Release.MONTHLY: 1}


def periods_of(release: Release, starts_on: date, ends_on: date) -> int:
    """Count the periods of a budget: one, or a quarter for each three months begun, or a month for each."""
    if release in AT_ONCE:
        return 1
    after = ends_on + timedelta(days=1)
    months = _month(after) - _month(starts_on) + (after.day > starts_on.day)
    return -(-months // _MONTHS_OF[release])


def due_periods(release: Release, starts_on: date, *, periods: int, today: date) -> int:
    """Count the periods that have begun by `today`."""
    if today < starts_on:
        return 0
    if release in AT_ONCE:
        return 1
    return min(periods, 1 + (_month(today) - _month(starts_on)) // _MONTHS_OF[release])


def period_starts_on(release: Release, starts_on: date, *, period: int) -> date:
    """Tell the first day of a period; the first is number 1."""
    if period == 1:
        return starts_on
    year, month = divmod(_month(starts_on) + (period - 1) * _MONTHS_OF[release], 12)
    return date(year, month + 1, 1)


def period_cents(allocated_cents: int, *, period: int, periods: int) -> int:
    """Tell the share of one period: what its release adds to the ones before."""
    return share_cents(allocated_cents, period, periods) - share_cents(allocated_cents, period - 1, periods)


async def release_due(session: AsyncSession, budget: Budget, *, today: date, at: datetime) -> bool:
    """Release what is due by `today`, the program's local date, and say whether anything was posted.

    The caller has locked the budget's row.
    """
    due = take_due(session, budget, today=today, at=at)
    if due:
        await posting.post(session, *due, at=at)
    return bool(due)


def take_due(session: AsyncSession, budget: Budget, *, today: date, at: datetime) -> list[ledger.Entry]:
    """Mark what is due by `today` as released, and answer the entries, which the caller posts in the same transaction."""
    first = budget.released_periods + 1
    last = due_periods(budget.release, budget.starts_on, periods=budget.periods, today=today)
    if last < first:
        return []
    due = [entry for period in range(first, last + 1) if (entry := _entry(budget, period)) is not None]
    budget.released_periods = last
    is_all = last == budget.periods
    budget.next_release_on = None if is_all else period_starts_on(budget.release, budget.starts_on, period=last + 1)
    cents = sum(transfer.amount_cents for entry in due for transfer in entry.transfers)
    journal.record(session, "budget.released", subject=budget.id, by=None, at=at, periods=last, amount_cents=cents)
    return due


def _entry(budget: Budget, period: int) -> ledger.Entry | None:
    cents = period_cents(budget.allocated_cents, period=period, periods=budget.periods)
    if cents == 0:  # a budget of fewer cents than periods
        return None
    begins_on = period_starts_on(budget.release, budget.starts_on, period=period)
    on = max(begins_on, budget.allocated_on)
    return entries.release(book_id=budget.program_id, budget_id=budget.id, period=period, amount_cents=cents, on=on)


def _month(day: date) -> int:
    """Count months without a gap at the new year."""
    return day.year * 12 + day.month - 1
