"""Every rule is asked, the strictest answer wins, and nothing is approved by default."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import policy
from tests.policy.questions import (
    BROKER,
    DIRECTOR,
    a_book,
    a_bus_card,
    a_gym_month,
    ask,
    book,
    facts,
    outcome,
    spent,
    tools,
)

FIRST_DAYS = [
    spent("TRAN_TRANSIT", 5000, "2026-10-15", "V-BUS"),
    spent("WELL_GYM", 9000, "2026-10-15", "V-GYM"),
    spent("TECH_COMPUTER", 52000, "2026-10-15", "V-TECH"),
]
UNTIL_JANUARY = [
    *FIRST_DAYS,
    spent("WELL_ALT", 16000, "2026-10-15", "V-YOGA"),
    spent("HLTH_DENTAL", 50000, "2026-12-01", "V-DENT"),
    spent("EMPL_TOOLS", 19984, "2026-12-01", "V-TOOL"),
    spent("WELL_GYM", 9000, "2027-01-05", "V-GYM"),
]


def changed(question: policy.Facts, **parts: Any) -> policy.Facts:
    """Return the question with other facts about the request."""
    return replace(question, request=replace(question.asked, **parts))


def test_twenty_yoga_classes_are_denied_for_all_four_reasons_at_once():
    request = {"category": "WELL_ALT", "cents": 190000, "quantity": 20, "unit_price": 9500, "vendor": "V-YOGA", "goal": "G-OLD"}

    decision = ask(given={"holds": FIRST_DAYS}, request=request)

    assert decision.outcome == "deny"
    assert sorted(decision.rules("deny")) == ["B01", "B03", "G01", "U01"]
    assert decision.available_cents == 93600


def test_one_cent_past_the_share_for_therapy_is_denied_by_that_rule_alone():
    decision = ask(as_of="2027-01-05T12:00", given={"holds": UNTIL_JANUARY}, request=a_bus_card(cents=5001))

    assert decision.outcome == "deny"
    assert decision.rules("deny") == ["B03"]
    assert decision.available_cents == 78416


def test_the_last_cent_outside_the_share_for_therapy_is_approved_at_once():
    decision = ask(as_of="2027-01-05T12:00", given={"holds": UNTIL_JANUARY}, request=a_bus_card(cents=5000))

    assert outcome(decision) == ("approve", [], [], [])


def test_findings_and_needs_stand_in_the_order_of_the_rulebook():
    decision = ask(request=a_gym_month(cents=60000, tags=["debt", "alcohol"]))
    order = list(book("florida").rules)

    assert [finding.rule for finding in decision.findings] == sorted((one.rule for one in decision.findings), key=order.index)
    assert [need.rule for need in decision.needs] == decision.rules("needs_approval")


def test_a_need_names_the_person_the_event_or_the_instant_that_closes_it():
    request = tools(cents=120000, submitted_at="2026-10-15T09:00", memo_to_vendor="rehab", quotes=1)

    needs = {need.rule: dict(need.closed_by) for need in ask("TX-M1", given={"lines": {"EMPL_TOOLS": 120000}}, request=request).needs}

    assert needs == {
        "A01": {"role": "broker"},
        "A02": {"role": "director"},
        "A05": {"date": "2026-10-16T09:00:00"},
        "A06": {"event": "quotes_or_note_added"},
        "X01": {"event": "memo_edited"},
    }


def test_an_instant_with_a_time_zone_is_told_in_utc_and_counts_real_hours():
    zone = ZoneInfo("America/Chicago")  # clocks go back on 2026-11-01
    question = facts("TX-M1", given={"lines": {"EMPL_TOOLS": 120000}}, request=tools(cents=120000, quotes=3))
    question = changed(question, submitted_at=datetime(2026, 10, 31, 12, tzinfo=zone))

    early = policy.evaluate(book("texas"), replace(question, as_of=datetime(2026, 11, 1, 10, 59, tzinfo=zone)))
    late = policy.evaluate(book("texas"), replace(question, as_of=datetime(2026, 11, 1, 11, 0, tzinfo=zone)))

    assert {"date": "2026-11-01T17:00:00Z"} in [dict(need.closed_by) for need in early.needs]
    assert "A05" not in late.rules("needs_approval")


def test_a_warning_changes_nothing():
    assert outcome(ask(request=a_gym_month(goal="G-WORK"))) == ("approve", [], [], ["G04"])


def test_a_rule_that_cannot_be_computed_refers_to_a_person():
    decision = policy.evaluate(book("florida"), replace(facts(request=a_gym_month()), vendor=None))

    assert decision.outcome == "needs_approval"
    assert {need.closed_by["role"] for need in decision.needs} == {"director"}
    assert all(finding.facts == {"not_computed": "vendor"} for finding in decision.findings)


def test_a_director_answers_a_rule_that_cannot_be_computed_and_it_stays_to_be_seen():
    question = facts(request=a_gym_month(), approvals=[DIRECTOR])

    decision = policy.evaluate(a_book("only: [B09, A01]"), question)

    assert outcome(decision) == ("approve", [], [], ["B09"])
    assert decision.findings[0].facts == {"not_computed": "budget.baseline_monthly_cents"}


def test_a_broker_does_not_answer_a_rule_that_cannot_be_computed():
    question = facts(request=a_gym_month(category="NO_SUCH_CATEGORY"), approvals=[BROKER])

    assert policy.evaluate(a_book("only: [G04, A01]"), question).outcome == "needs_approval"


@pytest.mark.parametrize(
    "impossible",
    [
        {"amount_cents": 0, "unit_price_cents": 0},
        {"amount_cents": -4000},
        {"amount_cents": 4000.0},
        {"amount_cents": True},
        {"quantity": Decimal(0)},
        {"quantity": Decimal(-1)},
        {"quantity": Decimal("NaN")},
        {"quantity": "two"},
        {"unit_price_cents": -1},
        {"tax_cents": -1},
        {"delivery_cents": -1},
    ],
)
def test_facts_that_no_request_can_have_are_never_approved(impossible):
    question = changed(facts(request=a_gym_month(), approvals=[DIRECTOR]), **impossible)

    for rulebook in (book("florida"), a_book("only: [G01]")):
        assert policy.evaluate(rulebook, question).outcome != "approve"


def test_approvals_that_cannot_be_read_are_no_approval():
    broken = policy.Approval("DIR-FL", "director", relatives=None)  # type: ignore[arg-type]

    decision = policy.evaluate(book("florida"), replace(facts(request=a_gym_month(cents=9000)), approvals=(broken,)))

    assert decision.outcome == "needs_approval"


def test_a_stage_without_its_facts_is_never_approved():
    for stage in ("authorize", "pay", "transfer", "reserve"):
        question = replace(facts(request=a_gym_month()), request=None)

        assert policy.evaluate(a_book("only: [G01, R02, B06, B12]"), question, stage).outcome == "needs_approval"


def test_what_the_books_refused_is_denied_once_by_whoever_says_so_first():
    without_a_rule, with_one = a_book("only: [G01]"), a_book("only: [G01, B01]")
    question = replace(facts(request=a_gym_month()), refused_by_books=True)
    saving = replace(facts(stage="reserve", request={"cents": 100, "purpose": "a bicycle", "goal": "G-WELL"}), refused_by_books=True)

    assert outcome(policy.evaluate(without_a_rule, question)) == ("deny", ["BOOKS"], [], [])
    assert outcome(policy.evaluate(without_a_rule, saving, "reserve")) == ("deny", ["BOOKS"], [], [])
    poor = replace(question, budget=replace(question.budget, available_cents=0))
    assert policy.evaluate(with_one, poor).rules("deny") == ["B01"]


def test_a_rule_is_asked_only_in_its_time():
    dated = a_book("only: [A01]\nrules:\n  A01: {effective_from: 2026-10-15, effective_to: 2026-10-16}")

    outcomes = [
        policy.evaluate(dated, facts(as_of=f"2026-10-{day}T12:00", request=a_gym_month(cents=9000))).outcome for day in (14, 15, 16, 17)
    ]

    assert outcomes == ["approve", "needs_approval", "needs_approval", "approve"]


def test_a_decision_is_the_same_bytes_every_time_and_reads_back():
    decisions = [ask(request=a_gym_month(cents=60000, tags=["debt", "bail", "fine"])) for _ in range(2)]

    assert decisions[0].to_json() == decisions[1].to_json()
    assert policy.Decision.from_json(decisions[0].to_json()) == decisions[0]
    assert policy.Decision.from_json(decisions[0].to_json()).to_json() == decisions[0].to_json()


def test_a_decision_names_the_rulebook_that_gave_it():
    data = ask(request=a_gym_month()).to_data()

    assert data["rulebook"] == {"name": "florida", "version": 1, "hash": book("florida").hash}
