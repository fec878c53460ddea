"""Numbers that others issue are known by their own rules."""

from hypothesis import given
from hypothesis import strategies as st

from vendors import TinKind, tin_digits, why_no_npi, why_no_tin


@given(st.integers(min_value=10**8, max_value=3 * 10**8 - 1), st.integers(min_value=0, max_value=9))
def test_one_check_digit_of_ten_fits_an_npi(base, digit):
    fitting = [last for last in range(10) if why_no_npi(f"{base}{last}") is None]

    assert len(fitting) == 1
    assert (why_no_npi(f"{base}{digit}") is None) is (digit == fitting[0])


@given(st.text(max_size=12))
def test_no_text_is_taken_for_a_number_that_is_none(words):
    digits = tin_digits(words)

    assert digits is None or (len(digits) == 9 and digits.isascii() and digits.isdigit())
    if digits is not None:
        assert all(digits not in (why_no_tin(kind, digits) or "") for kind in TinKind)
