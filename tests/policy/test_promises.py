"""What holds for every question that can be made up."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import policy
from tests.policy.questions import MEMBERS, book, facts, fixtures

TAGS = ["alcohol", "debt", "gift_card", "copay", "medication", "warranty", "harmless"]
PEOPLE = ["BR-FL1", "BR-PA1", "DIR-FL", "PAY-FL", "FL-M1", "P-SIS", "V-GYM", "P-ROOM"]
DAYS = st.dates(date(2026, 6, 1), date(2027, 8, 1))
MONEY = st.one_of(st.integers(1, 20_000), st.sampled_from([5000, 5001, 50_000, 50_001, 150_001]), st.integers(1, 400_000))
CATEGORIES = sorted(book("base").categories)

approvals = st.lists(
    st.builds(policy.Approval, by=st.sampled_from(PEOPLE), role=st.sampled_from(["broker", "director", "payer", "member"])), max_size=3
)
history = st.lists(
    st.builds(
        policy.Spend,
        category=st.sampled_from(CATEGORIES),
        cents=st.integers(1, 60_000),
        on=DAYS,
        vendor_id=st.sampled_from(sorted(fixtures()["vendors"])),
        kind=st.sampled_from(["posted", "hold"]),
    ),
    max_size=6,
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[policy.Rulebook, policy.Facts]:
    """Make up a request of some member, mostly a reasonable one."""
    member = draw(st.sampled_from(sorted(MEMBERS)))
    as_of = datetime.combine(draw(DAYS), datetime.min.time()) + timedelta(hours=12)
    goals = [*fixtures()["plans"][member]["goals"], None]
    quantity = draw(st.sampled_from([1, 1, 2, 5, 20, 500]))
    price = draw(MONEY)
    request: dict[str, Any] = {
        "category": draw(st.sampled_from(CATEGORIES)),
        "vendor": draw(st.sampled_from(sorted(fixtures()["vendors"]))),
        "goal": draw(st.sampled_from(goals)),
        "quantity": quantity,
        "unit_price": price,
        "cents": draw(st.sampled_from([quantity * price, quantity * price, quantity * price, price + 1])),
        "tags": draw(st.lists(st.sampled_from(TAGS), max_size=1)) if draw(st.booleans()) else [],
        "emergency": draw(st.booleans()),
        "already_bought": draw(st.booleans()) and draw(st.booleans()),
    }
    question = facts(member, as_of=as_of.isoformat(), request=request)
    return book(MEMBERS[member]), replace(question, history=tuple(draw(history)), approvals=tuple(draw(approvals)))


@given(questions())
@settings(max_examples=300, deadline=None)
def test_the_outcome_is_the_strictest_finding(question):
    decision = policy.evaluate(*question)

    severities = {finding.severity for finding in decision.findings}
    assert decision.outcome == ("deny" if "deny" in severities else "needs_approval" if "needs_approval" in severities else "approve")
    assert [need.rule for need in decision.needs] == decision.rules("needs_approval")
    assert all("not_computed" not in finding.facts for finding in decision.findings)
    assert policy.Decision.from_json(decision.to_json()) == decision


@given(questions(), approvals)
@settings(max_examples=200, deadline=None)
def test_one_more_yes_never_makes_a_denial(question, more):
    rulebook, before = question
    after = replace(before, approvals=(*before.approvals, *more))

    assert (policy.evaluate(rulebook, before).outcome == "deny") == (policy.evaluate(rulebook, after).outcome == "deny")


@given(questions())
@settings(max_examples=100, deadline=None)
def test_who_asked_cannot_help_by_saying_yes(question):
    rulebook, before = question
    own = policy.Approval(by=before.asked.submitted_by, role="payer")

    if policy.evaluate(rulebook, before).outcome == "needs_approval":
        assert policy.evaluate(rulebook, replace(before, approvals=(*before.approvals, own))).outcome == "needs_approval"


@given(questions(), st.integers(1, 10**9))
@settings(max_examples=200, deadline=None)
def test_money_that_is_not_there_is_never_approved(question, more):
    rulebook, asked = question
    amount = max(0, asked.budget.available_cents) + more
    request = replace(asked.asked, amount_cents=amount, unit_price_cents=amount, quantity=Decimal(1))

    if rulebook.rule("B01") is not None:
        assert "B01" in policy.evaluate(rulebook, replace(asked, request=request)).rules("deny")
