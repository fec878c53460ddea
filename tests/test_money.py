"""Money is whole cents: nothing is lost when it is split, nothing is gained when it is rounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdc.money import dollars, line_total_cents, share_cents, split_cents

cents = st.integers(min_value=0, max_value=10**10)


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0.00"), (5, "$0.05"), (165_984, "$1,659.84"), (-500, "-$5.00"), (10**10, "$100,000,000.00")]
)
def test_cents_are_written_as_a_person_reads_them(amount, text):
    assert dollars(amount) == text


@pytest.mark.parametrize(
    ("thousandths", "price", "total"), [(500, 5_000, 2_500), (1_500, 333, 500), (1, 499, 0), (1, 500, 1), (20_000, 9_500, 190_000)]
)
def test_a_quantity_times_a_price_rounds_half_a_cent_up(thousandths, price, total):
    assert line_total_cents(thousandths, price) == total


@given(cents, st.integers(min_value=1, max_value=12))
def test_the_shares_of_all_periods_are_the_whole(amount, periods):
    shares = [share_cents(amount, q, periods) for q in range(periods + 1)]

    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == amount


@given(cents, st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=12))
def test_a_split_by_largest_remainder_loses_no_cent_and_is_never_off_by_one(amount, weights):
    shares = split_cents(amount, weights)

    assert sum(shares) == amount
    assert all(0 <= share - amount * weight // sum(weights) <= 1 for share, weight in zip(shares, weights, strict=True))
