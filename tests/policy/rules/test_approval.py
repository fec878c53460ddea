"""Thresholds, the second person, nobody in their own cause, the day to think, the emergency lane."""

import pytest

from tests.policy.questions import (
    BROKER,
    DIRECTOR,
    PAYER,
    TEXAS_BROKER,
    TEXAS_DIRECTOR,
    a_bus_card,
    a_gym_month,
    ask,
    outcome,
    tools,
    yes,
)

PLAN = {"lines": {"EMPL_TOOLS": 400000, "HLTH_DENTAL": 300000, "HOUS_FURN": 200000}}


def a_tooth(cents: int, **changes):
    return {"category": "HLTH_DENTAL", "cents": cents, "vendor": "V-DENT", "goal": "G-WELL", "quotes": 2, **changes}


@pytest.mark.parametrize(
    ("cents", "approvals", "needed"),
    [
        (5000, [], []),
        (5001, [], ["A01"]),
        (5001, [BROKER], []),
        (50000, [BROKER], []),
        (50001, [BROKER], ["A02"]),
        (50001, [DIRECTOR], []),
        (50001, [PAYER], []),
        (50001, [BROKER, DIRECTOR], []),
        (50001, [yes("DIR-FL", "broker"), DIRECTOR], ["A02"]),
        (50001, [BROKER, yes("DIR-FL", "broker"), DIRECTOR], []),
    ],
)
def test_who_has_to_say_yes_grows_with_the_amount(cents, approvals, needed):
    decision = ask(given=PLAN, request=a_tooth(cents), approvals=approvals)

    assert decision.rules("deny") == []
    assert decision.rules("needs_approval") == needed


def test_the_very_big_needs_the_payer_alone_or_beside_others():
    request = tools(cents=250001, quotes=3)

    assert ask("TX-M1", given=PLAN, request=request, approvals=[TEXAS_BROKER, TEXAS_DIRECTOR]).rules("needs_approval") == ["A03"]
    assert outcome(ask("TX-M1", given=PLAN, request=request, approvals=[yes("PAY-TX", "payer")]))[2] == []


@pytest.mark.parametrize(
    "approval",
    [
        yes("FL-M1", "broker"),  # who asked
        yes("V-GYM", "director"),  # the vendor
        yes("P-OWNER", "director"),  # an owner
        yes("P-CLERK", "director"),  # who works there, as the vendor says
        yes("DIR-2", "director", employer="V-GYM"),  # who works there, as the person says
        yes("DIR-3", "director", relatives=["P-OWNER"]),  # who is related to an owner
    ],
)
def test_a_yes_from_who_asked_or_is_paid_or_is_related_is_absent(approval):
    given = {"vendor": {"V-GYM": {"owners": ["P-OWNER"], "people": ["P-CLERK"]}}}

    alone = ask(given=given, request=a_gym_month(cents=9000), approvals=[approval])
    beside = ask(given=given, request=a_gym_month(cents=9000), approvals=[approval, BROKER])

    assert alone.rules("needs_approval") == ["A01", "A04"]
    assert {"event": "independent_approval"} in [dict(need.closed_by) for need in alone.needs]
    assert beside.outcome == "approve"


def test_an_unneeded_yes_in_ones_own_cause_is_told_too():
    decision = ask(request=a_gym_month(submitted_by="BR-FL1"), approvals=[BROKER])

    assert decision.rules("needs_approval") == ["A04"]


def test_the_brokers_family_and_employer_are_known_from_the_member():
    request = {"category": "WELL_ALT", "cents": 9000, "vendor": "V-MHA", "goal": "G-WELL"}
    given = {"vendor": {"V-MHA": {"categories": ["WELL_ALT"]}}}

    decision = ask("PA-M1", as_of="2026-11-05T12:00", given=given, request=request, approvals=[yes("BR-PA1", "broker")])

    assert decision.rules("needs_approval") == ["A01", "A04", "C04"]


@pytest.mark.parametrize(
    ("as_of", "cents", "waits"),
    [
        ("2026-10-16T08:59", 100001, True),
        ("2026-10-16T09:00", 100001, False),
        ("2026-10-15T09:00", 100000, False),
    ],
)
def test_a_big_buy_waits_its_hours(as_of, cents, waits):
    request = tools(cents=cents, quotes=3, submitted_at="2026-10-15T09:00")

    decision = ask("TX-M1", as_of=as_of, given=PLAN, request=request, approvals=[TEXAS_DIRECTOR])

    assert decision.rules("needs_approval") == (["A05"] if waits else [])


@pytest.mark.parametrize(
    ("cents", "before", "fires"),
    [(30000, 0, False), (30001, 0, True), (30000, 1, False), (30000, 2, True)],
)
def test_an_emergency_has_a_limit_in_money_and_in_number(cents, before, fires):
    given = {"emergencies_this_period": before, "lines": {"TRAN_TRANSIT": 60000}}
    request = a_bus_card(cents=cents, emergency=True, already_bought=True)

    decision = ask(given=given, request=request, approvals=[BROKER])

    assert decision.rules("deny") == []
    assert decision.rules("needs_approval") == (["E01"] if fires else [])


def test_the_lane_skips_the_quotes_and_the_wait_while_it_is_open():
    request = {"category": "HOUS_FURN", "cents": 50000, "vendor": "V-SHOP", "goal": "G-HOME", "emergency": True}

    within = ask("TX-M1", given=PLAN, request=request, approvals=[TEXAS_BROKER])
    beyond = ask("TX-M1", given=PLAN, request={**request, "cents": 50001}, approvals=[TEXAS_BROKER])
    let_pass = ask("TX-M1", given=PLAN, request={**request, "cents": 50001}, approvals=[TEXAS_DIRECTOR])

    assert within.outcome == "approve"
    assert beyond.rules("needs_approval") == ["A06", "E01"]
    assert let_pass.outcome == "approve"
