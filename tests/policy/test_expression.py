"""A condition in CEL says what no kind covers: checked when it is loaded, bounded, and what is neither true nor false goes to a person."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import policy
from policy.expression_facts import NAMES, PLACES
from tests.policy.questions import DIRECTOR, a_bill, a_book, a_gym_month, facts, outcome, spent, text

A_RULE = """rules:
  S01:
    kind: expression
    severity: {severity}
    stage: {stage}
    origin: illustrative
    source: a test
    message:
      en: "{en}"
      es: "{es}"
    params:
      condition: >-
        {condition}
"""


def a_rule(
    condition: str, *, severity: str = "deny", stage: str = "authorize", en: str = "We can not.", es: str = "No podemos.", more: str = ""
) -> str:
    return A_RULE.format(condition=condition, severity=severity, stage=stage, en=en, es=es) + more


def a_book_with(condition: str, **parts: Any) -> policy.Rulebook:
    return a_book("only: [B12, S01]\n" + a_rule(condition, **parts))


def speaks(condition: str, *, stage: policy.Stage = "authorize", **parts: Any) -> bool:
    """Tell whether a rule with this condition denies."""
    parts.setdefault("request", a_gym_month())
    decision = policy.evaluate(a_book_with(condition, stage=stage), facts(stage=stage, **parts), stage)
    assert all("not_computed" not in one.facts for one in decision.findings), decision.findings
    return decision.rules("deny") == ["S01"]


def refused(condition: str, **parts: Any) -> tuple[int | None, str, str]:
    with pytest.raises(policy.RulebookError) as caught:
        a_book_with(condition, **parts)
    (one,) = caught.value.problems
    assert one.source == "test.yaml"
    assert one.problem.startswith("rules.S01.params.condition: ")
    return one.line, one.problem.removeprefix("rules.S01.params.condition: "), one.expected


# ---- what it can say ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        ("request.amount_cents > 3999", True),
        ("request.amount_cents > 4000", False),
        ('request.category == "WELL_GYM" && !request.emergency', True),
        ('request.category in ["TRAN_RIDE", "WELL_GYM"]', True),
        ('request.category.startsWith("TRAN_")', False),
        ('request.category_group == "clinical"', False),
        ('request.goal_domain == "wellness" ? request.amount_cents > 1 : false', True),
        ('"WELL_GYM" in plan.lines && request.amount_cents * 100 > plan.lines["WELL_GYM"] * 12', False),
        ("budget.available_cents - request.amount_cents < 155601", True),
        ("request.amount_cents / 1000 == 4 && request.amount_cents % 1000 == 0", True),
        ("request.quantity_thousandths == 1000", True),
        ('today >= date("2026-10-15") && today < date("2026-10-16")', True),
        ("days(plan.starts_on, request.purchase_on) == 106", True),
        ("year(today) == 2026 && month(today) == 10 && weekday(today) == 4", True),
        ("vendor.screened_on_is_known && days(vendor.screened_on, today) > 13", True),
        ("request.has_lowest_quote && request.lowest_quote_cents < 1", False),
        ("size(request.tags) == 0 && request.is_tagged", True),
        ("request.is_for_member && request.is_by_member", True),
        ('plan.goals.exists(g, plan.goals[g] == "home")', True),
        ("size(approvals) > 0", False),
        ("member.eligible_to_on_is_known && member.eligible_to_on < plan.ends_on", False),
    ],
)
def test_a_condition_looks_at_the_facts(condition, is_true):
    assert speaks(condition) is is_true


def test_it_looks_back_at_each_earlier_purchase():
    given = {
        "posted": [spent("WELL_GYM", 3000, "2026-10-01", "V-GYM"), spent("TRAN_RIDE", 9000, "2026-08-01", "V-BUS")],
        "holds": [spent("WELL_GYM", 2000, "2026-10-14", "V-GYM")],
    }
    month = "sum(history.filter(h, h.category == request.category && h.days_ago <= 30).map(h, h.cents)) + request.amount_cents"

    assert speaks(f"{month} == 9000", given=given)
    assert speaks("history.exists_one(h, h.is_set_aside) && history.all(h, h.cents >= 2000)", given=given)
    assert speaks('spent.by_category["WELL_GYM"] == 5000 && spent.by_vendor["V-BUS"] == 9000 && spent.total_cents == 14000', given=given)


def test_every_stage_has_its_facts():
    move = {"from_line": "WELL_GYM", "to_line": "TRAN_TRANSIT", "cents": 600}

    assert speaks("pay.has_bill && pay.bill_cents > pay.authorized_cents - 1 && pay.received_on_is_known", stage="pay", request=a_bill())
    assert speaks('transfer.from_line == "WELL_GYM" && transfer.amount_cents + transfer.moved_cents == 600', stage="transfer", request=move)
    assert speaks("reserve.amount_cents == 500 && !reserve.has_purpose", stage="reserve", request={"cents": 500, "goal": "G-WELL"})


def test_every_fact_can_be_named_at_each_of_its_stages():
    ways = {
        "whole number": "{} >= 0",
        "text": '{} != "?"',
        "yes or no": "{} || true",
        "day": '{} >= date("1990-01-01")',
        "texts": "size({}) >= 0",
        "numbers by name": "size({}) >= 0",
        "texts by name": "size({}) >= 0",
        "purchases": "size({}) >= 0",
    }

    for one in NAMES:
        for stage in one.stages:
            assert a_book_with(ways[one.type].format(one.name), stage=stage).rule("S01") is not None


def test_the_finding_keeps_the_facts_it_used_and_the_words_print_them():
    rulebook = a_book_with(
        "request.amount_cents > budget.saved_cents && today < plan.ends_on",
        en="{amount_cents} is more than {budget_saved_cents}, for {category}, until {plan_ends_on}.",
        es="{amount_cents} es más que {budget_saved_cents}, para {category}, hasta el {plan_ends_on}.",
    )

    (finding,) = policy.evaluate(rulebook, facts(request=a_gym_month())).findings

    assert finding.message["en"] == "$40.00 is more than $0.00, for gym, until June 30, 2027."
    assert finding.message["es"] == "$40.00 es más que $0.00, para gimnasio, hasta el 30 de junio de 2027."
    assert dict(finding.facts) == {
        "amount_cents": 4000,
        "budget_saved_cents": 0,
        "today": "2026-10-15",
        "plan_ends_on": "2027-06-30",
        "category": "WELL_GYM",
    }


def test_a_need_is_closed_by_the_person_it_names():
    rulebook = a_book_with("request.amount_cents > 5", severity="needs_approval\n    approver: director")
    question = facts(request=a_gym_month())

    assert outcome(policy.evaluate(rulebook, question)) == ("needs_approval", [], ["S01"], [])
    assert policy.evaluate(rulebook, facts(request=a_gym_month(), approvals=[DIRECTOR])).outcome == "approve"


def test_a_member_own_words_are_no_fact_and_never_told():
    assert not any(name in {one.name for one in NAMES} for name in ("request.memo_to_vendor", "reserve.purpose", "member.id"))
    assert "tags" not in PLACES


# ---- what is refused when it is loaded ------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "problem", "expected"),
    [
        ("request.amout_cents > 5", "unknown name request.amout_cents, did you mean request.amount_cents?", "a fact"),
        ("amount > 5", "unknown name amount", "a fact"),
        ("transfer.amount_cents > 5", "transfer.amount_cents is not known at stage authorize", "a rule of stage transfer"),
        ('request.amount_cents > "5"', "> can not be used with a whole number and a text", "two of the same type"),
        ("today > 5", "> can not be used with a day and a whole number", "two of the same type"),
        ("!request.amount_cents", "! can not be used with a whole number", "another"),
        ("request.amount_cents + 5", "the condition gives a whole number", "true or false"),
        ("history.map(h, h.cents)", "the condition gives a list", "true or false"),
        ("1 < 2", "the condition looks at no fact", "a condition about the question"),
        ("history.all(a, history.all(b, a.cents == b.cents))", "a loop (all) within a loop", "one loop at a time"),
        ("request.tags.exists(t, request.tags.map(u, u) == [t])", "a loop (map) within a loop", "one loop at a time"),
        (" || ".join(["request.tags.exists(t, t == 'x')"] * 5), "5 loops", "at most 4"),
        ("history.exists(h, h.cent > 5)", "h.cent: a purchase of the past has no cent", "one of: category, cents,"),
        (
            'history.exists(h, h.cents > "5")',
            "the condition can not be computed with ordinary numbers: it compares or adds what does not go together",
            "true or false",
        ),
        ("request.amount_cents / request.quotes > 5", "it divides by request, which may be zero", "above zero behind / and %"),
        ("request.amount_cents / 0 > 5", "it divides by 0, which may be zero", "above zero behind / and %"),
        ("request.amount_cents % (1 - 1) > 5", "it divides by (, which may be zero", "above zero behind / and %"),
        ("request.amount_cents / 0.5 > 5", "it divides by 0.5, which may be zero", "above zero behind / and %"),
        ("request.amount_cents > 0.5", "the number 0.5", "a whole number up to"),
        ("request.amount_cents > 1e3", "the number 1e3", "a whole number up to"),
        ("request.amount_cents + 9223372036854775807 > 5", "the number 9223372036854775807", "a whole number up to"),
        (
            "request.amount_cents > 1000000000000 * 1000000000000",
            "the condition can not be computed with the smallest numbers: a number grows too large",
            "true or false",
        ),
        (
            "request.amount_cents * request.amount_cents > 5",
            "the condition can not be computed with the largest numbers: a number grows too large",
            "true or false",
        ),
        (
            'request.tags[0] == "x"',
            "the condition can not be computed with the smallest numbers: it takes something out of an empty list",
            "true or false",
        ),
        ('request.category.matches("(a+)+$")', "unknown function matches", "one of: all, contains,"),
        ("cel.bind(x, request.amount_cents, x > 5)", "unknown function bind", "one of: all, contains,"),
        ('string(request.amount_cents) == "5"', "unknown function string", "one of: all, contains,"),
        ('today > date("2026-02-30")', 'date("2026-02-30")', "a day written like"),
        ("today > date(request.category)", "date(request)", "a day written like"),
        ("(" * 11 + "request.emergency" + ")" * 11, "brackets within brackets, too deep", "at most 10 levels"),
        ("!" * 300 + "request.emergency", "the condition has 303 words", "at most 250"),
        ("request.emergency &&", "the condition can not be read at line 1", "a condition like"),
        ("request.amount_cents > $5", "the condition can not be read at '$5'", "names, numbers, texts and signs"),
        ("import os", "the condition can not be read at line 1", "a condition like"),
    ],
)
def test_what_a_condition_may_not_say_is_refused_with_its_line(condition, problem, expected):
    line, told, wanted = refused(condition)

    assert line == 15
    assert told.startswith(problem)
    assert expected in wanted


def test_a_condition_without_end_is_refused():
    with pytest.raises(policy.RulebookError, match="at most 1000 letters"):
        a_book_with("request.amount_cents > 5 || " * 100 + "request.emergency")


def test_a_place_that_no_fact_has_is_refused():
    with pytest.raises(policy.RulebookError, match=r"unknown place \{price\}"):
        a_book_with("request.emergency", en="{price}")


def test_a_fact_of_one_stage_only_is_refused_in_a_rule_of_two():
    with pytest.raises(policy.RulebookError, match=r"spent\.total_cents is not known at stage authorize and pay"):
        a_book_with("spent.total_cents > 5", stage="[authorize, pay]")
    assert a_book_with("request.amount_cents > 5", stage="[authorize, pay]").rule("S01") is not None


# ---- what goes to a person when it is asked -------------------------------------------------------


def referred(condition: str, question: policy.Facts, stage: policy.Stage = "authorize") -> object:
    decision = policy.evaluate(a_book_with(condition, stage=stage), question, stage)
    assert (decision.outcome, decision.rules("needs_approval")) == ("needs_approval", ["S01"])
    return decision.findings[0].facts["not_computed"]


def test_a_fact_that_is_not_known_goes_to_a_person_unless_it_was_asked_for_first():
    unscreened = {"vendor": {"V-GYM": {"screened_on": None}}}

    assert referred("days(vendor.screened_on, today) > 13", facts(request=a_gym_month(), given=unscreened)) == "vendor.screened_on"
    assert referred("request.lowest_quote_cents > 5", facts(request=a_gym_month())) == "request.lowest_quote_cents"
    assert referred("pay.bill_cents > 5", facts(stage="pay", request=a_bill() | {"invoice": None}), "pay") == "pay.bill"
    assert not speaks("vendor.screened_on_is_known && today > plan.ends_on", given=unscreened)


def test_a_line_that_the_plan_lacks_goes_to_a_person():
    assert referred('plan.lines["PET_CARE"] > 5', facts(request=a_gym_month())) == "NotComputedError"
    assert not speaks('"PET_CARE" in plan.lines && plan.lines["PET_CARE"] > 5')


@pytest.mark.parametrize("cents", [10**19, 10**18, 40.5, "4000", True, None])
def test_a_number_too_large_or_of_another_type_goes_to_a_person(cents):
    question = facts(request=a_gym_month())
    assert question.request is not None
    odd = replace(question, request=replace(question.request, amount_cents=cents, unit_price_cents=4000))

    assert referred("request.amount_cents * 1000 > 5", odd) == "NotComputedError"


def test_a_history_too_long_to_look_through_goes_to_a_person():
    question = facts(request=a_gym_month())
    one = policy.Spend("WELL_GYM", 1, question.today, "V-GYM", "posted")

    assert referred("history.exists(h, h.cents > 5)", replace(question, history=(one,) * 5001)) == "NotComputedError"
    assert not speaks("history.exists(h, h.cents > 5)", given={"posted": [spent("WELL_GYM", 1, "2026-10-01", "V-GYM")] * 1000})


def test_a_quantity_that_is_not_exact_goes_to_a_person():
    question = facts(request=a_gym_month())
    assert question.request is not None
    odd = replace(question, request=replace(question.request, quantity=Decimal("0.0005")))

    assert referred("request.quantity_thousandths > 5", odd) == "request.quantity"


# ---- without the library --------------------------------------------------------------------------

WITHOUT = """
import sys
sys.modules["cel_expr_python"] = None
import policy
base, mine = sys.stdin.read().split("=====")
assert policy.load(base)
try:
    policy.load(mine, bases={"base": base}, source="mine.yaml")
except policy.RulebookError as error:
    print(error)
"""


def test_where_the_library_is_not_installed_only_such_a_rulebook_is_refused():
    mine = "rulebook: mine\ninherits: base\n" + a_rule("request.emergency")

    done = subprocess.run([sys.executable, "-c", WITHOUT], input=f"{text('base')}====={mine}", capture_output=True, text=True, check=True)

    assert done.stdout == (
        "mine.yaml, line 14: rules.S01.params.condition: an expression can not be checked here "
        "(expected the CEL library: install sdc with its extra, sdc[cel])\n"
    )
