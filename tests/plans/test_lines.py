"""Moves change what a line comes to, and never what all lines come to; the signed lines stay apart."""

from hypothesis import given
from hypothesis import strategies as st

from sdc.plans.lines import moved_lines, signed_lines

CATEGORIES = st.sampled_from(["WELL_GYM", "TRAN_TRANSIT", "WELL_ALT"])
LINES = st.dictionaries(CATEGORIES, st.integers(1, 10**10))
MOVES = st.lists(st.tuples(CATEGORIES, CATEGORIES, st.integers(1, 10**10)))


def test_lines_of_one_category_add_up():
    lines = [{"category": "A", "amount_cents": 1}, {"category": "B", "amount_cents": 5}, {"category": "A", "amount_cents": 2}]

    assert signed_lines(lines) == {"A": 3, "B": 5}


@given(LINES, MOVES)
def test_what_is_moved_out_of_one_line_is_in_another(signed, moves):
    before = dict(signed)

    moved = moved_lines(signed, moves)

    assert sum(moved.values()) == sum(signed.values())
    assert signed == before


@given(LINES, MOVES)
def test_the_order_of_moves_does_not_matter(signed, moves):
    assert moved_lines(signed, moves) == moved_lines(signed, reversed(moves))
