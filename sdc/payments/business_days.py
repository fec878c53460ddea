"""The days on which banks move money: Monday to Friday without the holidays of the Federal Reserve.

The holidays are those of the Reserve Banks' own schedule (5 U.S.C. 6103(a)). One that falls on a Sunday is kept on the Monday after; one
that falls on a Saturday is kept on no other day: the Reserve Banks are open on the Friday before.
"""

from datetime import date, timedelta
from functools import cache
from typing import Final

EXPECTED_BUSINESS_DAYS: Final = 2
"""How long sent money takes to a vendor's bank."""
_SATURDAY, _SUNDAY, _MONDAY, _THURSDAY = 5, 6, 0, 3
_A_DAY = timedelta(days=1)


def is_business_day(day: date) -> bool:
    """Say whether banks move money on a day."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)


def business_days_after(day: date, count: int) -> date:
    """Tell the day that is so many business days after another."""
    while count:
        day += _A_DAY
        count -= is_business_day(day)
    return day


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Name the weekdays of a year on which the Federal Reserve rests."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    kept = [day + _A_DAY if day.weekday() == _SUNDAY else day for day in fixed]
    moving = [
        _nth(year, 1, _MONDAY, 3),  # Martin Luther King, Jr.
        _nth(year, 2, _MONDAY, 3),  # Washington's Birthday
        _nth(year, 6, _MONDAY, 1) - timedelta(days=7),  # Memorial Day: the last Monday of May
        _nth(year, 9, _MONDAY, 1),  # Labor Day
        _nth(year, 10, _MONDAY, 2),  # Columbus Day
        _nth(year, 11, _THURSDAY, 4),  # Thanksgiving
    ]
    return frozenset(day for day in (*kept, *moving) if day.weekday() < _SATURDAY)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
