"""Release is arithmetic: cumulative, never above what was allocated, and all of it in the end."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdc.budgets.release import due_periods, period_cents, period_starts_on, periods_of
from sdc.programs.model import Release

starts = st.dates(date(2020, 1, 1), date(2035, 12, 31))
lengths = st.integers(0, 3_652)
releases = st.sampled_from(Release)


def a_period(release, starts_on, length):
    ends_on = starts_on + timedelta(days=length)
    return ends_on, periods_of(release, starts_on, ends_on)


@pytest.mark.parametrize(
    ("release", "starts_on", "ends_on", "periods"),
    [
        (Release.ANNUAL, date(2026, 7, 1), date(2027, 6, 30), 1),
        (Release.QUARTERLY, date(2026, 7, 1), date(2027, 6, 30), 4),
        (Release.MONTHLY, date(2026, 7, 1), date(2027, 6, 30), 12),
        (Release.QUARTERLY, date(2026, 7, 15), date(2027, 7, 14), 4),
        (Release.MONTHLY, date(2026, 10, 15), date(2027, 6, 30), 9),
        (Release.QUARTERLY, date(2026, 10, 15), date(2027, 6, 30), 3),
        (Release.QUARTERLY, date(2026, 9, 1), date(2027, 6, 30), 4),
        (Release.MONTHLY, date(2028, 2, 29), date(2028, 2, 29), 1),
    ],
)
def test_a_budget_has_as_many_periods_as_its_span_begins(release, starts_on, ends_on, periods):
    assert periods_of(release, starts_on, ends_on) == periods


def test_two_quarters_of_a_florida_budget_are_due_in_october():
    due = due_periods(Release.QUARTERLY, date(2026, 7, 1), periods=4, today=date(2026, 10, 15))

    assert due == 2
    assert sum(period_cents(319_200, period=period, periods=4) for period in (1, 2)) == 159_600


def test_nothing_is_due_before_a_budget_starts():
    for release in Release:
        assert due_periods(release, date(2026, 7, 1), periods=4, today=date(2026, 6, 30)) == 0


@given(st.integers(1, 10**10), st.integers(1, 120))
def test_the_shares_add_up_to_all_of_it_and_none_is_below_zero(allocated_cents, periods):
    shares = [period_cents(allocated_cents, period=period, periods=periods) for period in range(1, periods + 1)]

    assert sum(shares) == allocated_cents
    assert min(shares) >= 0
    assert max(shares) - min(shares) <= 1


@given(releases, starts, lengths, st.integers(0, 4_000), st.integers(0, 400))
def test_time_releases_more_and_never_less_and_never_too_much(release, starts_on, length, wait, more):
    _, periods = a_period(release, starts_on, length)
    first_day = starts_on + timedelta(days=wait)

    sooner = due_periods(release, starts_on, periods=periods, today=first_day)
    later = due_periods(release, starts_on, periods=periods, today=first_day + timedelta(days=more))

    assert 1 <= sooner <= later <= periods


@given(releases, starts, lengths)
def test_all_is_released_by_the_last_day(release, starts_on, length):
    ends_on, periods = a_period(release, starts_on, length)

    assert due_periods(release, starts_on, periods=periods, today=ends_on) == periods


@given(releases, starts, lengths)
def test_each_period_is_due_from_its_first_day_and_not_a_day_before(release, starts_on, length):
    ends_on, periods = a_period(release, starts_on, length)

    for period in range(1, periods + 1):
        first_day = period_starts_on(release, starts_on, period=period)
        assert starts_on <= first_day <= ends_on
        assert due_periods(release, starts_on, periods=periods, today=first_day) == period
        assert due_periods(release, starts_on, periods=periods, today=first_day - timedelta(days=1)) == period - 1
