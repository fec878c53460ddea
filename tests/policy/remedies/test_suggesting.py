"""The way to yes: one request that passes everything, or an honest no."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import policy
from tests.policy.questions import BROKER, a_bill, a_book, a_bus_card, a_gym_month, book, facts, spent
from tests.policy.remedies.asking import YOGA, candidate, changed, suggestion, way, why_none
from tests.policy.test_evaluation import FIRST_DAYS, UNTIL_JANUARY


def test_twenty_yoga_classes_become_two_for_a_goal_that_fits():
    found = suggestion(given={"holds": FIRST_DAYS}, request=YOGA)

    asked = found.facts.asked
    assert (asked.quantity, asked.unit_price_cents, asked.amount_cents, asked.goal_id) == (Decimal(2), 8000, 16000, "G-WELL")
    assert found.decision.outcome == "needs_approval"
    assert [(step.kind, step.details["role"]) for step in found.then] == [("ask_approver", "broker")]
    assert found.final.outcome == "approve"
    assert found.message["en"] == (
        "This would work: 2 at $80.00 each. That is $160.00 in all. Pick this goal: wellness. Then we need a yes from your broker."
    )
    assert "Elija esta meta: bienestar." in found.message["es"]


def test_what_a_vendor_sells_for_more_than_the_ceiling_is_bought_where_it_costs_less():
    choices = policy.Choices(candidates=(candidate("V-SISCO", "WELL_ALT", 7500),), least_unit_price_cents=9500)

    found = suggestion(given={"holds": FIRST_DAYS}, request=YOGA, choices=choices)

    assert changed(found) == {
        "vendor_id": "V-SISCO",
        "offering_id": "O-V-SISCO-7500",
        "goal_id": "G-WELL",
        "quantity": "2",
        "unit_price_cents": 7500,
        "amount_cents": 15000,
    }
    assert "You can get it here: The V-SISCO. One costs $75.00 there." in found.message["en"]
    assert [step.details["role"] for step in found.then] == ["broker", "director"]  # the owner is family


def test_a_price_never_falls_below_what_its_vendor_sells_it_for():
    assert why_none(request=YOGA, choices=policy.Choices(least_unit_price_cents=9500)) == "none_exists"
    offered = policy.Choices(least_unit_price_cents=4000)

    gym = suggestion(request=a_gym_month(cents=200_000, quantity=50, unit_price=4000), choices=offered)

    assert gym.facts.asked.unit_price_cents == 4000
    assert gym.facts.asked.quantity == 1


def test_a_bus_card_one_cent_too_dear_becomes_one_that_is_not():
    found = suggestion(as_of="2027-01-05T12:00", given={"holds": UNTIL_JANUARY}, request=a_bus_card(cents=5001))

    assert changed(found) == {"unit_price_cents": 5000, "amount_cents": 5000}
    assert found.decision.outcome == "approve"


def test_only_the_goal_changes_when_only_the_goal_was_wrong():
    found = suggestion(request=a_gym_month(cents=12000, quantity=4, unit_price=3000, goal=None))

    assert [(change.field, change.before, change.after) for change in found.changes] == [("goal_id", None, "G-WELL")]


def test_a_goal_that_does_not_fit_is_better_than_none():
    request = {"category": "SOCL_EVENT", "cents": 3000, "vendor": "V-SHOP", "goal": "G-OLD"}

    assert suggestion(request=request).facts.asked.goal_id == "G-WELL"


def test_sums_that_do_not_fit_are_set_right():
    found = suggestion(
        request={"category": "WELL_ALT", "cents": 4900, "quantity": 2, "unit_price": 2500, "vendor": "V-YOGA", "goal": "G-WELL"}
    )

    assert changed(found) == {"amount_cents": 5000}
    assert found.decision.outcome == "approve"


def test_a_day_before_the_plan_begins_moves_to_its_first_day():
    found = suggestion(given={"plan": {"from": "2026-10-20"}}, request=a_bus_card())

    assert changed(found) == {"purchase_date": "2026-10-20", "service_to": "2026-10-20"}
    assert "Buy it on October 20, 2026, not sooner." in found.message["en"]


def test_a_day_after_plan_budget_and_enrolment_moves_back_to_the_last_that_all_cover():
    found = suggestion(given={"plan": {"to": "2027-06-15"}}, request=a_bus_card(purchase_date="2027-08-01"))

    assert changed(found) == {"purchase_date": "2027-06-15", "service_to": "2027-06-15"}
    assert len(found.steps) == 1


def test_hours_keep_their_decimals():
    given = {"holds": [spent("CLIN_THERAPY", 139600, "2026-10-01", "V-THER")]}
    request = {"category": "CLIN_THERAPY", "cents": 25000, "quantity": "2.5", "unit_price": 10000, "vendor": "V-THER", "goal": "G-WELL"}

    assert suggestion(given=given, request=request, approvals=[BROKER]).facts.asked.quantity == Decimal("2.0")
    assert suggestion(given=given, request=request).facts.asked.quantity == Decimal("0.5")  # the most that nobody has to approve


def test_tax_shrinks_with_the_goods_and_delivery_stays():
    given = {"holds": [spent("CLIN_THERAPY", 149600, "2026-10-01", "V-THER")]}
    request = {"category": "PERS_CLOTHES", "cents": 21900, "quantity": 10, "unit_price": 2000, "tax_cents": 1400, "delivery_cents": 500}

    found = suggestion(given=given, request={**request, "vendor": "V-SHOP", "goal": "G-WORK"})

    assert changed(found) == {"quantity": "2", "tax_cents": 280, "amount_cents": 4780}
    assert found.decision.outcome == "approve"


def test_of_a_great_many_only_the_turning_points_are_tried():
    answer = way(request=a_bus_card(cents=50_000_000, quantity=100_000, unit_price=500))

    assert answer.suggestion is not None
    assert answer.suggestion.facts.asked.amount_cents == 5000
    assert answer.suggestion.decision.outcome == "approve"
    assert answer.evaluations < 80


def test_an_empty_account_waits_for_the_day_on_which_more_money_opens():
    given = {"holds": [spent("CLIN_THERAPY", 159600, "2026-10-01", "V-THER")]}

    found = suggestion(given=given, request=a_bus_card())

    assert [(step.kind, step.details) for step in found.steps] == [("wait", {"on": "2027-01-01"})]
    assert changed(found) == {"purchase_date": "2027-01-01", "service_to": "2027-01-01"}
    assert found.facts.budget.available_cents == 79_800
    assert "Ask again on January 1, 2027." in found.message["en"]
    as_told = facts(as_of="2027-01-01T12:00", given=given, request=a_bus_card(purchase_date="2027-01-01"))
    assert policy.evaluate(book("florida"), as_told).outcome == "approve"


def test_an_empty_account_of_a_year_that_is_all_released_has_no_way_to_yes():
    given = {"holds": [spent("CLIN_THERAPY", 319200, "2026-10-01", "V-THER")]}

    assert why_none(as_of="2027-05-01T12:00", given=given, request=a_bus_card()) == "none_exists"


def test_a_letter_of_the_other_payer_is_part_of_the_way():
    found = suggestion(request=a_bus_card(other_payer_covers=True))

    assert [(step.kind, step.details) for step in found.steps] == [("add_document", {"document": "denial_letter"})]
    assert changed(found) == {"other_payer_denial_on_file": True}


@pytest.mark.parametrize(
    "request_",
    [
        a_bus_card(tags=["alcohol"]),
        a_bus_card(vendor="V-NEW"),
        a_bus_card(beneficiary="P-MOM"),
        a_bus_card(already_bought=True),
        {**YOGA, "tags": ["gift_card"]},
        a_gym_month(payment_method="member_reimbursement", cents=9000, emergency=False, tags=["bail"]),
        a_gym_month(payment_method="member_reimbursement", cents=9000, already_bought=True),
    ],
)
def test_what_is_prohibited_has_no_way_to_yes(request_):
    answer = way(request=request_)

    assert isinstance(answer.request, policy.NoRequest)
    assert answer.request.why == "none_exists"
    assert answer.request.message["en"].startswith("We looked for a way to say yes")


def test_a_plan_that_ended_has_no_way_to_yes():
    assert why_none(as_of="2027-07-01T12:00", request=a_bus_card()) == "none_exists"


def test_a_plan_without_active_goals_has_no_way_to_yes():
    assert why_none(given={"plan": {"goals": {"G-OLD": {"domain": "social", "status": "closed"}}}}, request=a_bus_card()) == "none_exists"


def test_a_yes_needs_no_way():
    answer = way(request=a_bus_card())

    assert answer == policy.WayToYes((), None, 0)
    assert answer.to_data() == []


def test_the_search_stops_when_its_evaluations_are_spent_and_says_so():
    outcomes = set()
    for at_most in range(120):
        answer = way(given={"holds": FIRST_DAYS}, request=YOGA, at_most=at_most)
        assert answer.evaluations <= at_most
        outcomes.add(answer.request.why if isinstance(answer.request, policy.NoRequest) else "found")
    assert outcomes == {"search_spent", "found"}


def test_paying_back_shrinks_to_what_may_be_paid_back():
    assert changed(suggestion(request=a_gym_month(cents=12000, payment_method="member_reimbursement"))) == {
        "unit_price_cents": 10000,
        "amount_cents": 10000,
    }


def test_where_nothing_is_paid_back_the_store_is_paid():
    found = suggestion("TX-M1", request={"category": "EMPL_TOOLS", "cents": 9000, "vendor": "V-TOOL", "goal": "G-WORK",
                                         "payment_method": "member_reimbursement"})  # fmt: skip

    assert changed(found) == {"payment_method": "vendor_direct"}


def test_a_small_rulebook_suggests_too():
    found = suggestion(rulebook=a_book("only: [G01, B01]"), request=a_bus_card(cents=200_000))

    assert found.facts.asked.amount_cents == 159_600
    assert found.to_data()["outcome"] == "approve"


def test_what_waits_is_told_who_and_what_it_waits_for():
    request = {"category": "EDUC_TUITION", "cents": 110000, "vendor": "V-COLL", "goal": "G-EDU", "submitted_at": "2026-10-15T10:00"}

    found = suggestion("TX-M1", request=request)

    assert found.changes == ()
    assert [(step.kind, dict(step.details)) for step in found.then] == [
        ("ask_approver", {"role": "broker"}),
        ("ask_approver", {"role": "director"}),
        ("wait", {"until": "2026-10-16T10:00:00"}),
        ("add_document", {"document": "quote", "count": 3}),
    ]
    assert found.final.outcome == "approve"


def test_a_purchase_that_only_its_line_holds_up_needs_nobody_once_money_is_moved():
    found = suggestion(given={"lines": {"TRAN_TRANSIT": 3000}}, request=a_bus_card(cents=4000))

    (move,) = found.steps
    assert move.details == {"from_category": "CLIN_THERAPY", "to_category": "TRAN_TRANSIT", "amount_cents": 637}
    assert found.decision.outcome == "approve"


def test_a_note_about_health_is_left_out():
    found = suggestion(request=a_bus_card(memo_to_vendor="For my depression group"))

    assert [(change.field, change.before, change.after) for change in found.changes] == [("memo_to_vendor", None, None)]
    assert "depression" not in str(found.message)


def test_a_bill_is_told_what_it_needs_and_nothing_of_the_member():
    found = suggestion(
        stage="pay",
        request=a_bill(invoice={"amount_cents": 9500, "business": ""}),
        given={"vendor": {"V-GYM": {"w9": False, "payouts_enabled": False, "screened_on": "2026-01-01"}}},
    )

    assert [step.kind for step in found.then] == ["add_document", "ask_review", "set_up_payout", "ask_approver", "add_document"]
    assert found.final.outcome == "approve"
    assert "broker" not in found.message["en"]
    assert not {"gym", "goal", "wellness"} & set(found.message["en"].lower().split())


def test_a_bill_that_is_refused_stays_refused():
    assert why_none(stage="pay", request=a_bill(invoice={"received_on": "2027-05-02"})) == "none_exists"


def test_a_move_shrinks_to_what_the_line_still_has():
    found = suggestion(stage="transfer", request={"from_line": "WELL_GYM", "to_line": "WELL_ALT", "cents": 40000})

    assert changed(found) == {"amount_cents": 36000}
    assert [step.details["role"] for step in found.then] == ["broker"]


def test_a_saving_gets_a_goal_a_purpose_and_an_amount():
    found = suggestion(stage="reserve", request={"cents": 400000, "purpose": "", "goal": "G-OLD"})

    assert changed(found) == {"goal_id": "G-WELL", "amount_cents": 159_600}
    assert [step.kind for step in found.steps] == ["add_note", "goal", "amount"]
    assert found.decision.outcome == "approve"


def test_what_the_books_refused_shrinks_to_what_they_hold_also_without_a_rule_about_it():
    bare = a_book("only: [G01]")
    refused = replace(facts(request=a_bus_card(cents=200_000)), refused_by_books=True)
    decision = policy.evaluate(bare, refused)

    answer = policy.suggest(bare, refused, decision)

    assert decision.rules("deny") == ["BOOKS"]
    assert answer.suggestion is not None
    assert answer.suggestion.facts.asked.amount_cents == 159_600
    assert answer.suggestion.decision == policy.evaluate(bare, answer.suggestion.facts)
    assert answer.suggestion.decision.outcome == "approve"
    assert [one.kind for one in answer.of("BOOKS")] == ["amount"]  # its year is all released


def test_what_is_too_dear_at_its_vendor_is_bought_where_it_costs_less():
    given = {"holds": [spent("CLIN_THERAPY", 157_000, "2026-10-01", "V-THER")]}
    offered = policy.Choices(candidates=(candidate("V-YOGA", "WELL_GYM", 2500, categories=["WELL_GYM"]),), least_unit_price_cents=4000)
    nowhere = replace(offered, candidates=(candidate("V-YOGA", "WELL_GYM", 4500),), releases=())

    found = suggestion("FL-M1", given=given, request=a_gym_month(), choices=offered)

    assert changed(found)["unit_price_cents"] == 2500
    assert [one.kind for one in way("FL-M1", given=given, request=a_gym_month(), choices=offered).of("B01")] == ["wait", "other_vendor"]
    assert why_none("FL-M1", given=given, request=a_gym_month(), choices=nowhere) == "none_exists"


PARTS = ("member", "plan", "budget", "vendor", "request", "history", "approvals", "as_of", "transfer", "reserve", "pay")
STRANGE: tuple[object, ...] = (None, "", 5, -1.5, (), Decimal("NaN"))
QUESTIONS: dict[policy.Stage, dict[str, Any]] = {
    "authorize": {"request": YOGA},
    "transfer": {"request": {"from_line": "WELL_GYM", "to_line": "WELL_ALT", "cents": 40000}},
    "reserve": {"request": {"cents": 400000, "purpose": "", "goal": "G-OLD"}},
    "pay": {"request": a_bill(invoice={"amount_cents": 9500, "business": ""})},
}


@pytest.mark.parametrize("stage", QUESTIONS)
@pytest.mark.parametrize("strange", STRANGE, ids=repr)
def test_facts_that_no_request_can_have_raise_nothing(stage, strange):
    question = facts(stage=stage, **QUESTIONS[stage])
    whole: Any = question
    wrong = [replace(whole, **{part: strange}) for part in PARTS]
    if question.request is not None:
        asked: Any = question.request
        wrong += [
            replace(question, request=replace(asked, **{field: strange}))
            for field in ("amount_cents", "quantity", "unit_price_cents", "purchase_date", "service_to", "tags", "goal_id", "category")
        ]

    for one in wrong:
        decision = policy.evaluate(book("florida"), one, stage)
        answer = policy.suggest(book("florida"), one, decision, stage=stage)
        assert answer.evaluations <= 200
        assert (answer.request is None) == (decision.outcome == "approve")
