"""Facts are written as plain data and read back whole; data that are not facts are refused, with the place of what is wrong."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from tests.policy.questions import BROKER, DIRECTOR, MEMBERS, a_bill, a_gym_month, book, cases, facts, fixtures, spent

ZONES: st.SearchStrategy[Any] = st.none() | st.sampled_from(
    [ZoneInfo("America/New_York"), ZoneInfo("America/Chicago"), ZoneInfo("UTC"), UTC, timezone(timedelta(hours=-7))]
)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES, allow_imaginary=False)  # noqa: DTZ001
QUANTITIES = st.decimals(min_value=0, max_value=10**9, places=3) | st.sampled_from([Decimal("1E+2"), Decimal(1), Decimal("0.50")])


def a_part(part: type, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw every field of a part, also those that have a default."""
    names = [one for one in part.__dataclass_fields__.values() if one.init]  # type: ignore[attr-defined]
    return st.builds(part, **{one.name: known.get(one.name, ...) for one in names})


REQUESTS = a_part(policy.RequestFacts, submitted_at=INSTANTS, quantity=QUANTITIES)
ANY_FACTS = a_part(
    policy.Facts,
    as_of=INSTANTS,
    member=a_part(policy.MemberFacts),
    plan=a_part(policy.PlanFacts),
    budget=a_part(policy.BudgetFacts, closed_months=st.lists(a_part(policy.ClosedMonth), max_size=3).map(tuple)),
    vendor=st.none() | a_part(policy.VendorFacts),
    request=st.none() | REQUESTS,
    history=st.lists(a_part(policy.Spend), max_size=4).map(tuple),
    approvals=st.lists(a_part(policy.Approval), max_size=2).map(tuple),
    transfer=st.none() | a_part(policy.TransferFacts),
    reserve=st.none() | a_part(policy.ReserveFacts),
    pay=st.none() | a_part(policy.PayFacts, bill=st.none() | a_part(policy.BillFacts)),
)


@given(ANY_FACTS)
def test_any_facts_read_back_as_they_were(question):
    data = policy.facts_to_data(question)
    read = policy.facts_from_data(json.loads(json.dumps(data)))

    assert read == question
    assert policy.facts_to_data(read) == data


def test_every_case_is_decided_by_its_stored_facts_to_the_same_byte():
    for case in cases():
        rulebook = book(MEMBERS[case["member"]])
        question, stage = policy.case_facts(case, fixtures(), rulebook), case.get("stage", "authorize")

        read = policy.facts_from_data(json.loads(json.dumps(policy.facts_to_data(question))))

        assert policy.evaluate(rulebook, read, stage).to_json() == policy.evaluate(rulebook, question, stage).to_json()


def test_a_time_that_is_said_in_words_keeps_its_zone_when_the_clocks_change():
    zone = ZoneInfo("America/Chicago")  # clocks go back on 2026-11-01: a day later is eleven in the morning
    request = {"category": "EMPL_TOOLS", "cents": 120000, "vendor": "V-TOOL", "goal": "G-WORK", "quotes": 3}
    question = facts("TX-M1", given={"lines": {"EMPL_TOOLS": 120000}}, request=request)
    asked_at, now = datetime(2026, 10, 31, 12, tzinfo=zone), datetime(2026, 10, 31, 13, tzinfo=zone)
    question = replace(question, as_of=now, request=replace(question.asked, submitted_at=asked_at, purchase_date=date(2026, 10, 31)))

    decision = policy.evaluate(book("texas"), policy.facts_from_data(policy.facts_to_data(question)))

    assert policy.facts_to_data(question)["as_of"] == "2026-10-31T13:00:00-05:00[America/Chicago]"
    assert decision.to_json() == policy.evaluate(book("texas"), question).to_json()
    assert any("11:00 am" in finding.message["en"] for finding in decision.findings)


def test_what_has_a_default_may_be_left_out():
    least = {
        "as_of": "2026-10-15T12:00:00",
        "member": {"id": "m", "status": "active", "eligible_from": "2026-07-01"},
        "plan": {"status": "approved", "starts_on": "2026-07-01", "ends_on": "2027-06-30"},
        "budget": {"starts_on": "2026-07-01", "ends_on": "2027-06-30", "allocated_cents": 5, "available_cents": 5},
    }

    assert policy.facts_from_data(least).member.relatives == frozenset()


def test_what_version_0_2_stored_reads_back():
    stored = policy.facts_to_data(facts(request=a_gym_month(), approvals=[BROKER])) | {"as_of": "2026-10-15T12:00:00-04:00"}
    del stored["form"], stored["refused_by_books"]

    assert policy.facts_from_data(stored).as_of == datetime(2026, 10, 15, 16, tzinfo=UTC)


def plain() -> dict[str, Any]:
    question = facts(stage="pay", request=a_bill(tags=["x"]), approvals=[DIRECTOR], given={"posted": [spent("A", 1, "2026-09-01", "V")]})
    data: dict[str, Any] = json.loads(json.dumps(policy.facts_to_data(question)))
    return data


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set what stands at a path."""
    inside: Any = data
    *steps, last = path.split(".")
    for step in steps:
        inside = inside[int(step)] if isinstance(inside, list) else inside[step]
    if value is ...:
        del inside[last]
    else:
        inside[int(last) if isinstance(inside, list) else last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("form", 3),
        ("form", True),
        ("form", "2"),
        ("as_of", "2026-10-15"),
        ("as_of", "2026-10-15T25:00:00"),
        ("as_of", "2026-10-15T12:00:00-04:00[America/No_Such_Place]"),
        ("as_of", "2026-10-15T12:00:00-04:00[../../etc/passwd]"),
        ("as_of", 1_760_000_000),
        ("member", None),
        ("member", []),
        ("member.id", ...),
        ("member.id", 7),
        ("member.relatives", "P-SIS"),
        ("member.overdue_receipts", 1.0),
        ("member.overdue_receipts", True),
        ("member.eligible_from", "20260701"),
        ("member.eligible_from", "2026-02-30"),
        ("plan.goals.G-WELL", None),
        ("plan.lines.WELL_GYM", "36000"),
        ("plan.lines.WELL_GYM", None),
        ("budget.allocated_cents", 1e3),
        ("request.quantity", 1),
        ("request.quantity", "NaN"),
        ("request.quantity", "1_000"),
        ("request.source", "savings"),
        ("request.tagged", 1),
        ("request.colour", "red"),
        ("request.tags.0", 1),
        ("request.tags", ["x", "x"]),
        ("history.0.kind", "held"),
        ("history.0.may_be", True),
        ("approvals.0", "DIR-FL"),
        ("pay.paid_bills", [["V-GYM"]]),
        ("pay.paid_bills", [["V-GYM", 1]]),
        ("pay.bill.amount_cents", "9000"),
        ("refused_by_books", "no"),
        ("nothing_known", 1),
    ],
)
def test_data_that_are_not_facts_are_refused_with_their_place(path, value):
    with pytest.raises(policy.StoredFactsError) as refused:
        policy.facts_from_data(changed(plain(), path, value))

    assert refused.value.where.startswith(path) or path.startswith(refused.value.where)
    assert str(refused.value).startswith(refused.value.where)


@pytest.mark.parametrize("data", [None, [], "facts", 1, {}])
def test_what_is_no_object_of_facts_is_refused(data):
    with pytest.raises(policy.StoredFactsError):
        policy.facts_from_data(data)


def test_an_offset_that_the_zone_does_not_have_is_refused():
    with pytest.raises(policy.StoredFactsError, match="not the time in that zone"):
        policy.facts_from_data(plain() | {"as_of": "2026-10-15T12:00:00-05:00[America/New_York]"})


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("request", {"amount_cents": 4_000.0}),
        ("request", {"amount_cents": True}),
        ("request", {"quantity": Decimal("NaN")}),
        ("request", {"tagged": "no"}),
        ("request", {"tags": "alcohol"}),
        ("request", {"purchase_date": datetime(2026, 10, 15, tzinfo=UTC)}),
        ("plan", {"lines": {"WELL_GYM": None}}),
        ("plan", {"goals": {"G-WELL": "wellness"}}),
        ("member", {"id": None}),
    ],
)
def test_facts_that_could_not_be_read_back_are_not_written(part, changes: Mapping[str, Any]):
    question = facts(request=a_gym_month())
    question = replace(question, **{part: replace(getattr(question, part), **changes)})

    with pytest.raises(policy.StoredFactsError) as refused:
        policy.facts_to_data(question)

    assert refused.value.where.startswith(f"{part}.{next(iter(changes))}")
