"""Replacements, repeats, splits."""

from datetime import date

import pytest

from policy.rules.frequency import months_before
from tests.policy.questions import TEXAS_BROKER, TEXAS_DIRECTOR, a_bill, ask, spent


def a_computer(**changes):
    return {"category": "TECH_COMPUTER", "cents": 30000, "vendor": "V-TECH", "goal": "G-WORK", **changes}


def a_ride(cents: int = 4000, **changes):
    return {"category": "TRAN_RIDE", "cents": cents, "vendor": "V-BUS", "goal": "G-WORK", **changes}


@pytest.mark.parametrize(("on", "needed"), [("2023-10-15", []), ("2023-10-16", ["U03"])])
def test_a_replacement_waits_its_months(on, needed):
    decision = ask(
        given={"posted": [spent("TECH_COMPUTER", 30000, on, "V-TECH")]},
        request=a_computer(),
        approvals=[{"by": "BR-FL1", "role": "broker"}],
    )

    assert decision.rules("needs_approval") == needed


def test_the_paid_and_the_held_part_of_a_purchase_count_once():
    parts = {
        "posted": [spent("TRAN_RIDE", 1500, "2026-10-14", "V-BUS", purchase="P-1")],
        "holds": [spent("TRAN_RIDE", 2500, "2026-10-14", "V-BUS", purchase="P-1")],
    }

    assert ask("TX-M1", given=parts, request=a_ride(4000)).rules("needs_approval") == ["U05"]
    assert ask("TX-M1", given=parts, request=a_ride(2500)).rules("needs_approval") == []


@pytest.mark.parametrize(
    ("on", "months", "expected"),
    [
        (date(2026, 10, 15), 36, date(2023, 10, 15)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 29), 12, date(2025, 1, 28)),
        (date(2026, 1, 5), 1, date(2025, 12, 5)),
        (date(2026, 12, 5), 24, date(2024, 12, 5)),
    ],
)
def test_months_back_end_on_a_day_that_every_month_has(on, months, expected):
    assert months_before(on, months) == expected


@pytest.mark.parametrize(
    ("earlier", "needed"),
    [
        (spent("TRAN_RIDE", 4000, "2026-10-12", "V-BUS"), ["U05"]),
        (spent("TRAN_RIDE", 4000, "2026-10-18", "V-BUS"), ["U05"]),
        (spent("TRAN_RIDE", 4000, "2026-10-11", "V-BUS"), []),
        (spent("TRAN_RIDE", 4001, "2026-10-15", "V-BUS"), []),
        (spent("TRAN_TRANSIT", 4000, "2026-10-15", "V-BUS"), []),
        (spent("TRAN_RIDE", 4000, "2026-10-15", "V-SHOP"), []),
    ],
)
def test_the_same_again_within_three_days_is_asked_about(earlier, needed):
    assert ask("TX-M1", given={"holds": [earlier]}, request=a_ride()).rules("needs_approval") == needed


@pytest.mark.parametrize(
    ("on", "earlier_cents", "needed"),
    [
        ("2026-10-09", 6001, ["U06"]),  # six days ago
        ("2026-10-08", 6001, []),  # seven
        ("2026-10-09", 6000, []),  # exactly the threshold together
        ("2026-10-16", 6001, []),  # a later day does not count
    ],
)
def test_small_buys_at_one_place_add_up(on, earlier_cents, needed):
    given = {"posted": [spent("TRAN_TRANSIT", earlier_cents, on, "V-BUS")]}

    decision = ask("TX-M1", given=given, request=a_ride())

    assert decision.rules("needs_approval") == needed
    assert [dict(need.closed_by) for need in decision.needs] == [{"role": "broker"}] * len(needed)
    assert ask("TX-M1", given=given, request=a_ride(), approvals=[TEXAS_BROKER]).outcome == "approve"


def test_a_split_is_closed_by_whom_the_sum_would_need():
    given = {"posted": [spent("EDUC_TUITION", 60000, "2026-10-14", "V-COLL")]}
    request = {"category": "EDUC_TUITION", "cents": 50000, "vendor": "V-COLL", "goal": "G-EDU", "quotes": 3}

    decision = ask("TX-M1", given=given, request=request, approvals=[TEXAS_BROKER])

    assert [(need.rule, dict(need.closed_by)) for need in decision.needs] == [("U06", {"role": "director"})]
    assert ask("TX-M1", given=given, request=request, approvals=[TEXAS_BROKER, TEXAS_DIRECTOR]).outcome == "approve"


def test_a_bill_number_is_paid_once_for_each_vendor():
    paid = {"paid_invoices": [{"vendor": "V-GYM", "number": "A1"}]}

    assert ask(stage="pay", given=paid, request=a_bill()).rules("deny") == ["U04"]
    assert ask(stage="pay", given={"paid_invoices": [{"vendor": "V-BUS", "number": "A1"}]}, request=a_bill()).outcome == "approve"


def test_a_bill_without_a_number_is_no_repeat_of_nothing_and_otherwise_a_question():
    unnumbered = a_bill(invoice={"number": None})

    assert ask(stage="pay", request=unnumbered).outcome == "approve"
    assert ask(stage="pay", given={"paid_invoices": [{"vendor": "V-GYM", "number": "A1"}]}, request=unnumbered).outcome == "needs_approval"
