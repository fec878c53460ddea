"""Every acceptance case holds, and a case that does not hold says where."""

from copy import deepcopy
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

import policy
from tests.policy.questions import PROGRAMS, a_gym_month, book, cases, fixtures, text

BOOKS = {name: book(name) for name in PROGRAMS}


def a_case(**changes: Any) -> dict[str, Any]:
    expect = {"decision": "approve", "deny": [], "approval": [], "warn": [], "available": 159600}
    return {"id": "X1", "member": "FL-M1", "as_of": "2026-10-15T12:00", "request": a_gym_month(), "expect": expect, **changes}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_every_case_of_the_four_programs_holds(case):
    assert policy.run_case(case, fixtures(), BOOKS).differences == ()


def test_every_rule_of_every_program_speaks_in_some_case():
    spoken = {finding.rule for case in cases() for finding in policy.run_case(case, fixtures(), BOOKS).decision.findings}

    assert set(policy.load(text("base")).rules) == spoken


def test_a_case_that_holds_has_no_difference():
    assert policy.run_case(a_case(), fixtures(), BOOKS).passed


def test_a_case_that_does_not_hold_says_what_was_expected_and_what_came():
    wrong = {"decision": "needs_approval", "deny": [], "approval": ["A01"], "warn": [], "available": 1}

    result = policy.run_case(a_case(expect=wrong), fixtures(), BOOKS)

    assert result.differences == (
        policy.Difference("decision", "needs_approval", "approve"),
        policy.Difference("approval", "A01", "none"),
        policy.Difference("available", "1", "159600"),
    )


def test_of_a_denial_only_the_denials_are_compared():
    case = a_case(request=a_gym_month(cents=9000, goal="G-OLD"), expect={"decision": "deny", "deny": ["G01"]})

    assert policy.run_case(case, fixtures(), BOOKS).passed


@pytest.mark.parametrize(
    ("as_of", "available"),
    [
        ("2026-06-30T12:00", 0),
        ("2026-07-01T00:00", 79800),
        ("2026-09-30T23:59", 79800),
        ("2026-10-01T00:00", 159600),
        ("2027-01-01T00:00", 239400),
        ("2027-04-01T00:00", 319200),
        ("2028-04-01T00:00", 319200),
    ],
)
def test_quarters_open_with_their_first_month(as_of, available):
    expect = {"decision": "deny", "deny": ["L02"], "available": available}
    case = a_case(as_of=as_of, request=a_gym_month(tags=["copay"], purchase_date="2026-10-15"), expect=expect)

    result = policy.run_case(case, fixtures(), BOOKS)

    assert result.decision.available_cents == available


def test_a_month_opens_its_twelfth_rounded_down():
    monthly = policy.load("rulebook: texas\ninherits: base\nbudget: {release: monthly}\nonly: [B01]", bases={"base": text("base")})
    case = a_case(member="TX-M1", request=a_gym_month(), expect={"decision": "approve", "available": 266666})

    assert policy.run_case(case, fixtures(), {"texas": monthly}).passed  # floor(400000 * 8 / 12)


VALUES = st.sampled_from([None, True, -1, 0, 1.5, "x", "", [], {}, [1], {"a": 1}, 10**30, "2026-01-01", ["a"], float("nan")])


def parts_of(value, path=()):
    """Go through the paths of all that a case holds."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from parts_of(one, (*path, key))


@hypothesis.given(st.sampled_from(cases()), st.data())
def test_a_case_with_anything_in_it_is_run_or_refused_by_its_name_and_nothing_else_happens(case, data):
    broken = deepcopy(case)
    *path, key = data.draw(st.sampled_from(list(parts_of(broken))), "part")
    part: Any = broken
    for step in path:
        part = part[step]
    part[key] = data.draw(VALUES, "value")

    assert outcome_of(broken) in {"approve", "needs_approval", "deny", f"case {broken['id']}"}


def outcome_of(case: dict[str, Any]) -> str:
    """Return how a case was decided, or what its refusal begins with."""
    try:
        return policy.run_case(case, fixtures(), BOOKS).decision.outcome
    except policy.CaseError as error:
        return str(error).partition(": ")[0]
