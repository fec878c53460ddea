"""A past is judged again in its order, and what is spent, set aside and counted is what the draft would have let happen."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.history import past_of, totals_of
from policy.rolling import Rolling
from tests.policy.pasts import BROKER, FLORIDA, YEAR, a_draft, a_member, again, asks, money, replayed, told

CHEAP_GYM = "B02: {params: {caps: {WELL_GYM: 5000}}}"
A01_LOWER = "A01: {params: {over_cents: 3000}}"


def test_the_rulebook_that_decided_decides_the_same_again():
    past = [
        a_member(),
        asks("r1", "2026-07-10", 4_000),
        asks("r2", "2026-07-11", 9_000, was="needs_approval", rules=["A01"]),
        again("r2", "2026-07-12", approvals=BROKER),
        money("spent", "r1", "2026-07-20", 4_000),
        asks("r3", "2026-08-01", 95_000, was="deny", rules=["B01"]),
        money("spent", "r2", "2026-08-02", 7_000),
        money("closed", "r2", "2026-08-02"),
    ]

    found = replayed(FLORIDA, *past)

    assert [one.id for one in found.values() if one.is_changed or one.is_granted] == []
    assert [one.is_approved for one in found.values()] == [True, True, False]


def test_a_denial_of_the_draft_leaves_the_money_for_what_history_could_not_pay():
    past = [
        a_member(cents=10_000),
        asks("r1", "2026-07-10", 8_000, approvals=BROKER),
        asks("r2", "2026-08-10", 4_000, was="deny", rules=["B01"], category="TRAN_TRANSIT"),
    ]

    found = replayed(a_draft(CHEAP_GYM), *past)

    assert told(found["r1"]) == ("approve", "deny", ("B02",))
    assert told(found["r2"]) == ("deny", "approve", ("B01",))
    assert (found["r2"].was_approved, found["r2"].is_approved) == (False, True)


def test_a_cap_counts_what_the_draft_let_pass_and_not_what_history_did():
    past = [a_member(), asks("r1", "2026-07-10", 4_900), asks("r2", "2026-07-20", 4_900), asks("r3", "2026-08-20", 100)]

    found = replayed(a_draft(CHEAP_GYM), *past)

    assert [one.now for one in found.values()] == ["approve", "deny", "approve"]


def test_a_person_whom_only_the_draft_waits_for_is_taken_to_say_yes_as_history_did():
    found = replayed(
        a_draft(A01_LOWER), a_member(), asks("r1", "2026-07-10", 4_000), asks("r2", "2026-07-20", 97_000, was="deny", rules=["B01"])
    )

    assert told(found["r1"]) == ("approve", "needs_approval", ("A01",))
    assert (found["r1"].is_granted, found["r1"].is_approved) == (True, True)
    assert not found["r2"].is_changed


def test_what_nobody_said_yes_to_waits_and_holds_no_money():
    asked = asks("r1", "2026-07-10", 9_000, was="needs_approval", rules=["A01"])

    found = replayed(FLORIDA, a_member(cents=10_000), asked, asks("r2", "2026-07-20", 4_000), money("closed", "r1", "2026-08-10"))

    assert not found["r1"].is_approved
    assert found["r2"].is_approved


def test_an_approval_that_the_draft_does_not_need_is_not_waited_for():
    past = [
        a_member(cents=10_000),
        asks("r1", "2026-07-10", 9_000, was="needs_approval", rules=["A01"]),
        asks("r2", "2026-07-11", 4_000),
        again("r1", "2026-07-12", was="deny", rules=["B01"], approvals=BROKER),
    ]

    found = replayed(a_draft("A01: {params: {over_cents: 20000}}"), *past)

    assert told(found["r1"]) == ("needs_approval", "approve", ("A01",))
    assert told(found["r2"]) == ("approve", "deny", ("B01",))


def test_a_day_to_think_passes_by_itself_and_what_comes_after_sees_it():
    draft = a_draft("A05: {params: {over_cents: 3000, hours: 24}}")
    past = [
        a_member(cents=10_000),
        asks("r1", "2026-07-10", 4_000, was="deny", rules=["B01"]),
        asks("r2", "2026-07-12", 8_000, approvals=BROKER, request={"submitted_at": "2026-07-10T12:00"}),
    ]

    found = replayed(draft, *past)

    assert found["r1"].now == "needs_approval"
    assert found["r1"].is_approved
    assert told(found["r2"]) == ("approve", "deny", ("B01",))


def test_money_that_was_given_back_or_never_billed_is_there_again_under_the_draft():
    past = [
        a_member(cents=10_000),
        asks("r1", "2026-07-10", 4_000),
        money("spent", "r1", "2026-07-20", 1_000),
        money("closed", "r1", "2026-07-20"),
        asks("r2", "2026-08-20", 9_000, approvals=BROKER),
        asks("r3", "2026-08-21", 1, was="deny", rules=["B01"]),
    ]

    assert not any(one.is_changed for one in replayed(FLORIDA, *past).values())


def test_a_bill_that_was_reversed_is_set_aside_again():
    past = [
        a_member(cents=10_000),
        asks("r1", "2026-07-10", 4_000),
        money("spent", "r1", "2026-07-20", 4_100),
        money("returned", "r1", "2026-07-25", 4_100),
        money("closed", "r1", "2026-07-26"),
        asks("r2", "2026-08-20", 10_000, approvals=BROKER),
    ]

    assert replayed(FLORIDA, *past)["r2"].now == "approve"


def test_what_a_vendor_gave_back_can_be_spent_again():
    past = [
        a_member(cents=10_000),
        asks("r1", "2026-07-10", 4_000),
        money("spent", "r1", "2026-07-20", 4_000),
        money("closed", "r1", "2026-07-20"),
        money("refunded", "r1", "2026-07-26", 3_000),
        asks("r2", "2026-08-20", 9_000, approvals=BROKER),
        asks("r3", "2026-08-21", 1, was="deny", rules=["B01"]),
    ]

    assert not any(one.is_changed for one in replayed(FLORIDA, *past).values())


def test_emergencies_are_those_of_the_draft():
    draft = a_draft("E01: {params: {max_cents: 5000, max_per_period: 1}}")
    emergency = {"emergency": True, "already_bought": True}
    past = [a_member(), *(asks(f"r{month}", f"2026-{month:02}-10", 4_000, request=emergency) for month in (7, 8, 9))]

    found = replayed(draft, *past)

    assert [told(one)[1:] for one in found.values()] == [("approve", ()), ("needs_approval", ("E01",)), ("needs_approval", ("E01",))]


def test_a_bill_is_judged_by_what_the_draft_left_of_its_purchase_and_only_when_there_is_one():
    pay = {
        "authorized_cents": 4_000,
        "bill": {
            "number": "1",
            "received_on": "2026-07-20",
            "amount_cents": 4_000,
            "business": "Gym",
            "billed_on": "2026-07-19",
            "description": "July",
        },
    }
    vendor = {
        "id": "V-GYM",
        "status": "active",
        "categories": ["WELL_GYM"],
        "has_tax_form": True,
        "tin_matches": True,
        "payouts_enabled": True,
        "screened_on": "2026-07-01",
    }
    past = [
        a_member(),
        asks("r1", "2026-07-10", 4_000),
        {"line": "bill", "id": "b1", "of": "r1", "at": "2026-07-20T12:00", "was": "approve", "pay": pay, "vendor": vendor},
        money("spent", "r1", "2026-07-20", 4_000, bill="b1"),
        {
            "line": "bill",
            "id": "b2",
            "of": "r1",
            "at": "2026-07-21T12:00",
            "was": "deny",
            "rules": ["U04"],
            "pay": pay | {"paid_bills": [["V-GYM", "1"]]},
            "vendor": vendor,
        },
    ]

    same, stricter, without = (
        replayed(FLORIDA, *past),
        replayed(a_draft("V04: {params: {max_age_days: 5}}"), *past),
        replayed(a_draft("B02: {params: {caps: {WELL_GYM: 10}}}"), *past),
    )

    assert [(one.stage, one.is_changed) for one in same.values()] == [("authorize", False), ("pay", False), ("pay", False)]
    assert (stricter["b1"].now, stricter["b1"].is_granted) == ("needs_approval", True)
    assert list(without) == ["r1"]


def test_moves_and_savings_change_what_comes_after_them():
    past = [
        a_member(),
        {
            "line": "move",
            "id": "t1",
            "at": "2026-07-10T12:00",
            "was": "approve",
            "transfer": {"from_line": "TRAN_TRANSIT", "to_line": "WELL_GYM", "amount_cents": 9_000, "submitted_by": "m1"},
        },
        {
            "line": "move",
            "id": "t2",
            "at": "2026-07-11T12:00",
            "was": "needs_approval",
            "rules": ["B06"],
            "transfer": {"from_line": "TRAN_TRANSIT", "to_line": "WELL_GYM", "amount_cents": 50_000, "submitted_by": "m1"},
        },
        {
            "line": "saving",
            "id": "s1",
            "at": "2026-07-12T12:00",
            "was": "approve",
            "reserve": {"amount_cents": 30_000, "submitted_by": "m1", "purpose": "a bicycle", "goal_id": "G"},
        },
        asks("r1", "2026-07-13", 99_000, was="deny", approvals=BROKER),
        {"line": "unsaved", "at": "2026-07-14T12:00", "cents": 30_000},
        asks("r2", "2026-07-15", 99_000, approvals=BROKER, was="deny"),
    ]

    found = replayed(a_draft("B02: {params: {caps: {}}}", "B07: {params: {max_reserve_cents: 10}}"), *past)

    assert [(one.id, one.was, one.now) for one in found.values() if one.stage != "authorize"] == [
        ("t1", "approve", "approve"),
        ("t2", "needs_approval", "needs_approval"),
        ("s1", "approve", "needs_approval"),
    ]
    assert (found["r1"].now, found["r2"].now) == ("deny", "needs_approval")


def test_a_balance_that_history_tells_needs_no_release():
    budget = {**YEAR, "allocated_cents": 100_000, "available_cents": 5_000}
    past = [
        a_member(budget=budget),
        asks("r1", "2026-07-10", 4_000),
        asks("r2", "2026-08-01", 4_000, budget=budget | {"available_cents": 4_500}),
    ]

    found = replayed(a_draft(CHEAP_GYM, "B01: {severity: deny}"), *past)

    assert told(found["r2"]) == ("approve", "deny", ("B02",))
    assert replayed(FLORIDA, *past)["r2"].now == "approve"


def test_quarters_open_on_their_day():
    quarters = [["2026-07-01", 5_000], ["2026-10-01", 5_000]]
    past = [
        a_member(releases=quarters),
        asks("r1", "2026-09-30", 4_500),
        asks("r2", "2026-09-30", 4_000, was="deny", rules=["B01"], category="TRAN_TRANSIT"),
        asks("r3", "2026-10-01", 5_000, category="TRAN_TRANSIT"),
    ]

    assert not any(one.is_changed for one in replayed(FLORIDA, *past).values())


def test_days_outside_the_window_are_taken_as_they_were():
    past = [
        a_member(cents=10_000),
        asks("r1", "2026-07-10", 8_000),
        asks("r2", "2026-08-10", 4_000, was="deny", rules=["B01"]),
        asks("r3", "2026-09-10", 9_000),
    ]

    found = replayed(a_draft(CHEAP_GYM), *past, first_day=date(2026, 8, 1), last_day=date(2026, 8, 31))

    assert list(found) == ["r2"]
    assert told(found["r2"]) == ("deny", "deny", ())


def test_a_new_year_begins_anew_and_old_purchases_give_nothing_back_to_it():
    next_year = {"starts_on": "2027-07-01", "ends_on": "2028-06-30"}
    past = [
        a_member(
            cents=10_000, history=[{"category": "WELL_GYM", "cents": 100, "on": "2026-06-01", "vendor_id": "V-GYM", "kind": "posted"}]
        ),
        asks("r1", "2026-07-10", 4_000),
        a_member(cents=5_000, budget={**next_year, "allocated_cents": 5_000}, plan={**a_member()["plan"], **next_year}),
        money("closed", "r1", "2027-07-02"),
        asks("r2", "2027-07-03", 5_001, was="deny", rules=["B01"], approvals=BROKER),
        asks("r3", "2027-07-03", 5_000),
    ]

    assert not any(one.is_changed for one in replayed(FLORIDA, *past).values())


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.integers(0, 300), st.integers(0, 300), st.sampled_from("AB"), st.sampled_from("XY"), st.integers(1, 28)
        ),
        max_size=25,
    )
)
def test_a_growing_history_is_always_what_summing_it_anew_says(puts):
    starts_on, ends_on = date(2026, 7, 10), date(2026, 7, 20)
    rolling = Rolling((), starts_on, ends_on)
    about: dict[int, tuple[str, str, int]] = {}
    question = policy.facts_from_data(
        {
            "as_of": "2026-07-01T12:00",
            "member": a_member()["member"],
            "plan": a_member()["plan"],
            "budget": {**YEAR, "allocated_cents": 5, "available_cents": 5},
        }
    )
    for number, spent, left, *what in puts:
        category, vendor, day = about.setdefault(number, tuple(what))
        parts = ((spent, "posted"), (left, "hold"))
        spends = tuple(policy.Spend(category, cents, date(2026, 7, day), vendor, kind, str(number)) for cents, kind in parts if cents)  # type: ignore[arg-type]
        rolling.put(str(number), spends)

        known, anew = rolling.facts(question), totals_of(rolling.spends, starts_on, ends_on)

        assert known.totals.spent_cents == anew.spent_cents
        assert {code: cents for code, cents in known.totals.by_category.items() if cents} == {
            code: cents for code, cents in anew.by_category.items() if cents
        }
        assert {code: cents for code, cents in known.totals.by_vendor.items() if cents} == {
            code: cents for code, cents in anew.by_vendor.items() if cents
        }
        assert {code: list(some) for code, some in known.past.by_category.items() if some} == past_of(rolling.spends).by_category
        assert {code: list(some) for code, some in known.past.by_vendor.items() if some} == past_of(rolling.spends).by_vendor
        assert sum(one.cents for one in rolling.spends if one.purchase_id == str(number)) == spent + left


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ([], "line"),
        ({"line": "order"}, "line"),
        ({"line": "facts", "form": 9}, "line"),
        ({"line": "request"}, "id"),
        (asks("r", "2026-07-10", 5) | {"vendor": "V-NOBODY"}, "vendor"),
        (asks("r", "2026-07-10", 5) | {"colour": 1}, "colour"),
        (asks("r", "2026-07-10", 5) | {"was": "yes"}, "was"),
        (asks("r", "2026-07-10", 5, request={"amount_cents": "5"}), "request.amount_cents"),
        (asks("r", "2026-07-10", 5) | {"request": {"category": "X"}}, "request.amount_cents"),
        (asks("r", "2026-06-09", 5), "at"),
        (asks("r", "2026-07-10", 5) | {"at": "2026-07-10T12:00:00-04:00"}, "at"),
        (again("r9", "2026-07-10"), "id"),
        (money("spent", "r9", "2026-07-10", 5), "of"),
        (money("spent", "r1", "2026-07-10", -5), "cents"),
        (money("spent", "r1", "2026-07-10"), "cents"),
        ({"line": "bill", "id": "b", "of": "r1", "at": "2026-07-10T14:00", "was": "approve"}, "pay"),
        ({"line": "member", "program": "x"}, "member"),
        ({"line": "vendor"}, "vendor"),
    ],
    ids=str,
)
def test_a_line_that_cannot_be_is_refused_with_its_place(line, where):
    with pytest.raises(policy.StoredFactsError) as refused:
        replayed(FLORIDA, a_member(), asks("r1", "2026-07-01", 4_000), line)

    assert refused.value.where == where
