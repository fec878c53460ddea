"""Two readings of the same rules agree: the evaluator, and the oracle that was written from the text of the rules alone."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import policy
from tests.policy import worlds
from tests.policy.oracle import RULES, judge
from tests.policy.questions import PROGRAMS, book, cases, fixtures, text

BOOKS = {name: book(name) for name in PROGRAMS}


def heard(case: dict[str, Any]) -> dict[str, Any]:
    """Return what the evaluator says, in the form of the oracle's answer."""
    decision = policy.run_case(case, fixtures(), BOOKS).decision
    deny, approval, warn = (sorted(decision.rules(severity)) for severity in ("deny", "needs_approval", "warn"))
    return {"decision": decision.outcome, "deny": deny, "approval": approval, "warn": warn, "available": decision.available_cents}


@settings(max_examples=500)
@given(st.integers(0, 2**32))
def test_the_evaluator_and_the_oracle_hear_the_same_rules(seed):
    case = worlds.draw(Random(seed))

    assert heard(case) == judge(case, fixtures())


def test_the_oracle_agrees_with_every_case():
    assert [case["id"] for case in cases() if not holds(case["expect"], judge(case, fixtures()))] == []


def holds(expected: dict[str, Any], said: dict[str, Any]) -> bool:
    """Tell whether an answer is what a case expects; of a denial only the denials are compared."""
    compared = {"decision", "deny", *(("available",) if "available" in expected else ())}
    if expected["decision"] != "deny":
        compared |= {"approval", "warn"}
    return all(said[name] == (sorted(expected[name]) if isinstance(expected[name], list) else expected[name]) for name in compared)


def test_the_oracle_knows_every_rule():
    assert set(RULES) == set(policy.load(text("base")).rules)
