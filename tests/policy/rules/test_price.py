"""Ceilings, arithmetic, quotes."""

import pytest

from tests.policy.questions import TEXAS_BROKER, ask, tools

ROOM = {"lines": {"EMPL_TOOLS": 60000, "CLIN_THERAPY": 90000}}


def therapy(**changes):
    return {"category": "CLIN_THERAPY", "cents": 11000, "vendor": "V-THER", "goal": "G-WELL", **changes}


@pytest.mark.parametrize(("price", "denied"), [(11000, []), (11001, ["U01"])])
def test_a_price_may_reach_its_ceiling(price, denied):
    assert ask(request=therapy(cents=price)).rules("deny") == denied


@pytest.mark.parametrize(
    ("quantity", "price", "extra", "cents", "denied"),
    [
        ("0.5", 5001, 0, 2501, []),  # half a cent is rounded up
        ("0.5", 5001, 0, 2500, ["U02"]),
        (0.5, 5000, 0, 2500, []),
        ("1.333", 3000, 0, 3999, []),
        ("0.001", 500, 0, 1, []),
        (2, 2000, 300, 4300, []),
        (2, 2000, 300, 4000, ["U02"]),
    ],
)
def test_count_times_price_and_what_comes_on_top_make_the_total(quantity, price, extra, cents, denied):
    request = therapy(quantity=quantity, unit_price=price, cents=cents, delivery_cents=extra)

    assert ask(request=request).rules("deny") == denied


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"cents": 25000}, []),
        ({"cents": 25001, "quotes": 2}, ["A06"]),
        ({"cents": 25001, "quotes": 3}, []),
        ({"cents": 25001, "sole_source_note": "only one in town"}, []),
        ({"cents": 25001, "sole_source_note": "  "}, ["A06"]),
    ],
)
def test_something_big_needs_quotes_or_a_reason(changes, needed):
    assert ask("TX-M1", given=ROOM, request=tools(**changes), approvals=[TEXAS_BROKER]).rules("needs_approval") == needed


def test_care_needs_no_quotes():
    request = therapy(cents=90000, quantity=9, unit_price=10000, goal="G-HLTH")

    assert ask("TX-M1", given=ROOM, request=request, approvals=[TEXAS_BROKER]).outcome == "approve"


@pytest.mark.parametrize(
    ("changes", "warned"),
    [({"cents": 9901}, []), ({"cents": 9902}, ["A07"]), ({"cents": 9902, "quote_reason": "nearer"}, [])],
)
def test_a_dearer_choice_asks_for_a_reason(changes, warned):
    assert ask("TX-M1", request=tools(lowest_quote=9001, **changes)).rules("warn") == warned
