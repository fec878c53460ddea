"""The way to yes: one suggestion that is not denied, or an honest nothing."""

from decimal import Decimal

import pytest

import policy
from tests.policy.questions import BROKER, a_book, a_bus_card, a_gym_month, book, facts, spent
from tests.policy.test_evaluation import FIRST_DAYS, UNTIL_JANUARY

YOGA = {"category": "WELL_ALT", "cents": 190000, "quantity": 20, "unit_price": 9500, "vendor": "V-YOGA", "goal": "G-OLD"}


def suggestion(rulebook: str = "florida", at_most: int = 200, **parts):
    return policy.suggest(book(rulebook), facts(**parts), at_most)


def test_twenty_yoga_classes_become_two_for_a_goal_that_fits():
    remedy = suggestion(given={"holds": FIRST_DAYS}, request=YOGA)

    asked = remedy.request
    assert (asked.quantity, asked.unit_price_cents, asked.amount_cents, asked.goal_id) == (2, 8000, 16000, "G-WELL")
    assert remedy.decision.outcome == "needs_approval"
    assert [dict(need.closed_by) for need in remedy.decision.needs] == [{"role": "broker"}]
    assert remedy.evaluations <= 200
    assert remedy.message["en"] == (
        "This would work: 2 at $80.00 each. That is $160.00 in all. Pick this goal: wellness. Then we need a yes from your broker."
    )
    assert "Elija esta meta: bienestar." in remedy.message["es"]


def test_a_bus_card_one_cent_too_dear_becomes_one_that_is_not():
    remedy = suggestion(as_of="2027-01-05T12:00", given={"holds": UNTIL_JANUARY}, request=a_bus_card(cents=5001))

    assert remedy.request.amount_cents == 5000
    assert remedy.decision.outcome == "approve"
    assert [change.field for change in remedy.changes] == ["unit_price_cents", "amount_cents"]


def test_only_the_goal_changes_when_only_the_goal_was_wrong():
    remedy = suggestion(request=a_gym_month(cents=12000, quantity=4, unit_price=3000, goal=None))

    assert [(change.field, change.before, change.after) for change in remedy.changes] == [("goal_id", "", "G-WELL")]


def test_a_goal_that_does_not_fit_is_better_than_none():
    request = {"category": "SOCL_EVENT", "cents": 3000, "vendor": "V-SHOP", "goal": "G-OLD"}

    assert suggestion(request=request).request.goal_id == "G-WELL"


def test_sums_that_do_not_fit_are_set_right():
    remedy = suggestion(
        request={"category": "WELL_ALT", "cents": 4900, "quantity": 2, "unit_price": 2500, "vendor": "V-YOGA", "goal": "G-WELL"}
    )

    assert remedy.request.amount_cents == 5000
    assert remedy.decision.outcome == "approve"


def test_a_day_before_the_plan_begins_moves_to_its_first_day():
    remedy = suggestion(given={"plan": {"from": "2026-10-20"}}, request=a_bus_card())

    assert [(change.field, change.after) for change in remedy.changes] == [
        ("purchase_date", "2026-10-20"),
        ("service_to", "2026-10-20"),
    ]
    assert "Buy it on October 20, 2026." in remedy.message["en"]


def test_hours_keep_their_decimals():
    given = {"holds": [spent("CLIN_THERAPY", 139600, "2026-10-01", "V-THER")]}
    request = {"category": "CLIN_THERAPY", "cents": 25000, "quantity": "2.5", "unit_price": 10000, "vendor": "V-THER", "goal": "G-WELL"}

    assert suggestion(given=given, request=request, approvals=[BROKER]).request.quantity == Decimal("2.0")
    assert suggestion(given=given, request=request).request.quantity == Decimal("0.5")  # the most that nobody has to approve


def test_tax_shrinks_with_the_goods_and_delivery_stays():
    given = {"holds": [spent("CLIN_THERAPY", 149600, "2026-10-01", "V-THER")]}
    request = {"category": "PERS_CLOTHES", "cents": 21900, "quantity": 10, "unit_price": 2000, "tax_cents": 1400, "delivery_cents": 500}

    remedy = suggestion(given=given, request={**request, "vendor": "V-SHOP", "goal": "G-WORK"})

    assert (remedy.request.quantity, remedy.request.tax_cents, remedy.request.delivery_cents, remedy.request.amount_cents) == (
        2,
        280,
        500,
        4780,
    )
    assert remedy.decision.outcome == "approve"


def test_of_a_great_many_only_the_turning_points_are_tried():
    request = a_bus_card(cents=50_000_000, quantity=100_000, unit_price=500)

    remedy = suggestion(request=request)

    assert remedy.request.amount_cents == 5000
    assert remedy.decision.outcome == "approve"
    assert remedy.evaluations < 40


@pytest.mark.parametrize(
    "request_",
    [
        a_bus_card(tags=["alcohol"]),
        a_bus_card(vendor="V-NEW"),
        a_bus_card(beneficiary="P-MOM"),
        a_bus_card(other_payer_covers=True),
        a_bus_card(already_bought=True),
        {**YOGA, "tags": ["gift_card"]},
        a_gym_month(payment_method="member_reimbursement", cents=9000, emergency=False, tags=["bail"]),
    ],
)
def test_what_is_prohibited_has_no_way_to_yes(request_):
    assert suggestion(request=request_) is None


def test_a_plan_that_ended_has_no_way_to_yes():
    assert suggestion(as_of="2027-07-01T12:00", request=a_bus_card()) is None


def test_a_plan_without_active_goals_has_no_way_to_yes():
    assert suggestion(given={"plan": {"goals": {"G-OLD": {"domain": "social", "status": "closed"}}}}, request=a_bus_card()) is None


def test_an_empty_account_has_no_way_to_yes():
    assert suggestion(given={"holds": [spent("CLIN_THERAPY", 159600, "2026-10-01", "V-THER")]}, request=a_bus_card()) is None


def test_nothing_is_suggested_where_nothing_was_denied():
    assert suggestion(request=a_bus_card()) is None
    assert suggestion(request=a_gym_month(cents=9000)) is None


def test_the_search_stops_when_its_evaluations_are_spent():
    for at_most in range(25):
        remedy = suggestion(given={"holds": FIRST_DAYS}, request=YOGA, at_most=at_most)
        assert remedy is None or (remedy.decision.outcome != "deny" and remedy.evaluations <= at_most)


def test_paying_back_shrinks_to_what_may_be_paid_back():
    remedy = suggestion(request=a_gym_month(cents=12000, payment_method="member_reimbursement"))

    assert remedy.request.amount_cents == 10000


def test_a_small_rulebook_suggests_too():
    remedy = policy.suggest(a_book("only: [G01, B01]"), facts(request=a_bus_card(cents=200_000)))

    assert remedy is not None
    assert remedy.request.amount_cents == 159_600
    assert remedy.to_data()["outcome"] == "approve"
