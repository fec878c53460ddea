"""Facts that no real question can have are a matter for a person, whatever the rulebook asks: they are never approved."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

import policy
from tests.policy.questions import DIRECTOR, a_bill, a_book, a_gym_month, book, facts

NOTHING_ASKED = "only: [P01]"
"""A rulebook that asks next to nothing: only the last check stands between these facts and a yes."""
NOT_A_DAY = datetime(2026, 10, 15, 12)  # noqa: DTZ001 - an instant where a day belongs
A_SPEND: dict[str, Any] = {"category": "WELL_GYM", "cents": 100, "on": date(2026, 9, 1), "vendor_id": "V-GYM", "kind": "posted"}
OF_STAGE: dict[policy.Stage, dict[str, Any]] = {
    "authorize": {"request": a_gym_month()},
    "pay": {"request": a_bill()},
    "transfer": {"request": {"from_line": "WELL_GYM", "to_line": "WELL_ALT", "cents": 100}},
    "reserve": {"request": {"cents": 100, "purpose": "a bicycle", "goal": "G-WELL"}},
}


def a_question(stage: policy.Stage = "authorize", **parts: Any) -> policy.Facts:
    return facts(stage=stage, approvals=[DIRECTOR], **OF_STAGE[stage], **parts)


def asked_of_nearly_nothing(question: policy.Facts, stage: policy.Stage = "authorize") -> policy.Decision:
    return policy.evaluate(a_book(NOTHING_ASKED), question, stage)


def wrong_facts(decision: policy.Decision) -> tuple[str, ...]:
    assert (decision.outcome, decision.rules("needs_approval")) == ("needs_approval", ["FACTS"])
    assert [dict(need.closed_by) for need in decision.needs] == [{"event": "facts_corrected"}]
    wrong = decision.findings[-1].facts["wrong"]
    assert isinstance(wrong, tuple)
    return wrong


@pytest.mark.parametrize("stage", OF_STAGE)
def test_what_is_right_is_not_doubted(stage):
    assert asked_of_nearly_nothing(a_question(stage), stage).outcome == "approve"


WRONG: list[tuple[policy.Stage, str, str, Any]] = [
    ("authorize", "member", "id", ""),
    ("authorize", "member", "status", None),
    ("authorize", "member", "eligible_from", "2026-07-01"),
    ("authorize", "member", "eligible_to", NOT_A_DAY),
    ("authorize", "member", "funding", None),
    ("authorize", "member", "relatives", "P-SIS"),
    ("authorize", "member", "household", [1]),
    ("authorize", "member", "broker_id", ""),
    ("authorize", "member", "broker_relatives", frozenset({None})),
    ("authorize", "member", "broker_employer", 7),
    ("authorize", "member", "overdue_receipts", -1),
    ("authorize", "plan", "status", 1),
    ("authorize", "plan", "starts_on", None),
    ("authorize", "plan", "ends_on", date(2020, 1, 1)),
    ("authorize", "plan", "goals", {"G-WELL": None}),
    ("authorize", "plan", "lines", None),
    ("authorize", "plan", "lines", {"WELL_GYM": None}),
    ("authorize", "plan", "lines", {"WELL_GYM": -1}),
    ("authorize", "plan", "lines", {"WELL_GYM": 100.0}),
    ("authorize", "budget", "starts_on", NOT_A_DAY),
    ("authorize", "budget", "ends_on", date(2020, 1, 1)),
    ("authorize", "budget", "allocated_cents", -1),
    ("authorize", "budget", "available_cents", 100_000.0),
    ("authorize", "budget", "saved_cents", True),
    ("authorize", "budget", "baseline_monthly_cents", -1),
    ("authorize", "budget", "closed_months", (policy.ClosedMonth("2026-13", 0),)),
    ("authorize", "budget", "closed_months", (policy.ClosedMonth("2026-01", -1),)),
    ("authorize", "budget", "closed_months", (policy.ClosedMonth("2026-01", 5), policy.ClosedMonth("2026-01", 5))),
    ("authorize", "vendor", "id", None),
    ("authorize", "vendor", "status", None),
    ("authorize", "vendor", "categories", "WELL_GYM"),
    ("authorize", "vendor", "owners", "P-SIS"),
    ("authorize", "vendor", "people", None),
    ("authorize", "vendor", "credentials", (policy.CredentialFacts("license", NOT_A_DAY),)),
    ("authorize", "vendor", "is_directed_worker", "no"),
    ("authorize", "vendor", "excluded_on", "leie"),
    ("pay", "vendor", "has_tax_form", "no"),
    ("pay", "vendor", "tin_matches", 1),
    ("pay", "vendor", "payouts_enabled", None),
    ("pay", "vendor", "screened_on", "2026-10-01"),
    ("authorize", "request", "category", "WELL_GIM"),
    ("authorize", "request", "amount_cents", 0),
    ("authorize", "request", "amount_cents", 4_000.0),
    ("authorize", "request", "amount_cents", 10**13),
    ("authorize", "request", "submitted_by", ""),
    ("authorize", "request", "submitted_at", datetime(2026, 10, 15, 12, 1)),  # noqa: DTZ001 - a minute after it is judged
    ("authorize", "request", "submitted_at", date(2026, 10, 15)),
    ("authorize", "request", "purchase_date", NOT_A_DAY),
    ("authorize", "request", "service_to", date(2026, 10, 14)),
    ("authorize", "request", "goal_id", 3),
    ("authorize", "request", "quantity", Decimal("0.3333")),
    ("authorize", "request", "quantity", Decimal("Infinity")),
    ("authorize", "request", "quantity", 1),
    ("authorize", "request", "unit_price_cents", -1),
    ("authorize", "request", "tax_cents", None),
    ("authorize", "request", "delivery_cents", -1),
    ("authorize", "request", "tags", "alcohol"),
    ("authorize", "request", "tagged", "no"),
    ("authorize", "request", "beneficiary", ""),
    ("authorize", "request", "source", "savings"),
    ("authorize", "request", "payment_method", "member_reimbursment"),
    ("authorize", "request", "rail", "payrol"),
    ("authorize", "request", "memo_to_vendor", None),
    ("authorize", "request", "quotes", -1),
    ("authorize", "request", "lowest_quote_cents", -1),
    ("authorize", "request", "quote_reason", True),
    ("authorize", "request", "sole_source_note", None),
    ("authorize", "request", "other_payer_covers", "no"),
    ("authorize", "request", "other_payer_denial_on_file", "yes"),
    ("authorize", "request", "already_bought", None),
    ("authorize", "request", "emergency", "no"),
    ("pay", "pay", "authorized_cents", -1),
    ("pay", "pay", "bill", None),
    ("pay", "pay", "bill", policy.BillFacts()),
    ("pay", "pay", "bill", policy.BillFacts(amount_cents=-5)),
    ("pay", "pay", "bill", policy.BillFacts(amount_cents=5, received_on=NOT_A_DAY)),
    ("pay", "pay", "paid_bills", [("V-GYM", "1")]),
    ("pay", "pay", "paid_bills", frozenset({("V-GYM", 1)})),
    ("pay", "pay", "tolerance_used_cents", -500),
    ("pay", "pay", "visit_record", {"worker": None}),
    ("transfer", "transfer", "from_line", "NO_SUCH_LINE"),
    ("transfer", "transfer", "to_line", "NO_SUCH_LINE"),
    ("transfer", "transfer", "to_line", "WELL_GYM"),
    ("transfer", "transfer", "amount_cents", 0),
    ("transfer", "transfer", "submitted_by", None),
    ("transfer", "transfer", "moved_cents", -1),
    ("transfer", "transfer", "planned_cents", -1),
    ("reserve", "reserve", "amount_cents", -1),
    ("reserve", "reserve", "submitted_by", ""),
    ("reserve", "reserve", "purpose", None),
    ("reserve", "reserve", "goal_id", 1),
]


@pytest.mark.parametrize(("stage", "part", "name", "value"), WRONG, ids=lambda value: str(value)[:40])
def test_one_wrong_fact_is_named_and_nothing_is_approved(stage, part, name, value):
    question = a_question(stage)

    decision = asked_of_nearly_nothing(replace(question, **{part: replace(getattr(question, part), **{name: value})}), stage)

    assert wrong_facts(decision) == (f"{part}.{name}",)


def test_every_fact_of_every_part_has_an_example_here():
    parts = {
        "member": policy.MemberFacts,
        "plan": policy.PlanFacts,
        "budget": policy.BudgetFacts,
        "vendor": policy.VendorFacts,
        "request": policy.RequestFacts,
        "pay": policy.PayFacts,
        "transfer": policy.TransferFacts,
        "reserve": policy.ReserveFacts,
    }
    shown = {(part, name) for _, part, name, _ in WRONG}

    assert [(part, one.name) for part, kind in parts.items() for one in fields(kind) if (part, one.name) not in shown] == []


@pytest.mark.parametrize(
    ("stage", "part"),
    [
        *((stage, part) for stage in OF_STAGE for part in ("member", "plan", "budget", "as_of")),
        *((stage, part) for stage in ("authorize", "pay") for part in ("request", "vendor")),
        ("pay", "pay"),
        ("transfer", "transfer"),
        ("reserve", "reserve"),
    ],
)
@pytest.mark.parametrize("value", [None, "something"])
def test_a_part_that_is_missing_or_is_something_else_is_never_approved(stage, part, value):
    question = replace(a_question(stage), **{part: value})

    assert asked_of_nearly_nothing(question, stage).outcome == "needs_approval"


@pytest.mark.parametrize(
    "changes",
    [
        {"cents": -100},
        {"cents": 1.5},
        {"cents": True},
        {"category": None},
        {"on": "2026-09-01"},
        {"on": NOT_A_DAY},
        {"vendor_id": 1},
        {"kind": "held"},
        {"kind": None},
        {"purchase_id": 7},
    ],
    ids=str,
)
def test_a_history_that_cannot_be_is_never_approved(changes):
    spend = policy.Spend(**{**A_SPEND, **changes})

    assert wrong_facts(asked_of_nearly_nothing(replace(a_question(), history=(policy.Spend(**A_SPEND), spend)))) == ("history",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("history", None),
        ("history", [policy.Spend(**A_SPEND)]),
        ("history", (None,)),
        ("emergencies_this_period", -5),
        ("emergencies_this_period", "0"),
        ("approvals", None),
        ("approvals", (None,)),
        ("approvals", (policy.Approval("", "broker"),)),
    ],
    ids=str,
)
def test_lists_and_counts_that_cannot_be_are_never_approved(name, value):
    decision = asked_of_nearly_nothing(replace(a_question(), **{name: value}))

    assert decision.outcome == "needs_approval"
    assert wrong_facts(decision) == (name,)


def test_an_instant_with_a_time_zone_and_one_without_cannot_be_compared():
    question = replace(a_question(), as_of=datetime(2026, 10, 15, 12, tzinfo=UTC))

    assert wrong_facts(asked_of_nearly_nothing(question)) == ("as_of",)


@pytest.mark.parametrize("funding", ["", " ", "Uninsured", "un-insured", "unisured", "uninsureed", "uninsurad"])
def test_a_funding_that_is_missing_or_a_slip_of_the_pen_does_not_pass_the_rule_that_binds_it(funding):
    question = a_question()
    question = replace(question, member=replace(question.member, funding=funding))

    assert wrong_facts(policy.evaluate(book("florida"), question)) == ("member.funding",)


@pytest.mark.parametrize("funding", ["uninsured", "insured", "public", "medicaid", "county"])
def test_a_funding_that_no_rule_names_is_the_programs_own_affair(funding):
    question = a_question()
    question = replace(question, member=replace(question.member, funding=funding))

    assert policy.evaluate(book("florida"), question).outcome == "approve"


def test_a_denial_stands_whatever_else_is_wrong():
    question = a_question()
    question = replace(question, request=replace(question.asked, tags=frozenset({"alcohol"}), quotes=-1))

    assert asked_of_nearly_nothing(question).outcome == "deny"
