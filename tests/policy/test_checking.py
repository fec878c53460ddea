"""What is wrong with a rulebook is found before it goes live: contradictions, gaps, words left behind, rules that no case shows."""

from typing import Any

import pytest

import policy
from tests.policy.questions import PROGRAMS, a_gym_month, book, cases, fixtures, text

A_RULE = (
    "kind: {kind}, severity: {severity}, stage: authorize, origin: illustrative, source: a test,"
    ' message: {{en: "We can not.", es: "No podemos."}}, params: {params}'
)


def a_rule(kind: str = "category_cap", severity: str = "deny", params: str = "{caps: {WELL_GYM: 5}}", more: str = "") -> str:
    return "{" + A_RULE.format(kind=kind, severity=severity, params=params) + more + "}"


def found(rules: str = "", *, top: str = "", inherits: str = "florida") -> list[tuple[str, int | None, str]]:
    """Check a rulebook on top of a shipped one, without cases, and tell what is said of its own lines."""
    bases = {name: text(name) for name in ("base", *PROGRAMS)}
    body = f"rulebook: mine\ninherits: {inherits}\n{top}rules:\n{rules}" if rules else f"rulebook: mine\ninherits: {inherits}\n{top}"
    told = policy.check(policy.load(body, bases=bases, source="mine.yaml"))
    return [(one.severity, one.line, one.problem) for one in told if one.source == "mine.yaml" and "no case is about" not in one.problem]


# ---- what the shipped ones are held to ------------------------------------------------------------


@pytest.mark.parametrize("name", ["base", *PROGRAMS])
def test_nothing_that_ships_has_a_mistake(name):
    assert [str(one) for one in policy.check(book(name), cases(), fixtures()) if one.severity == "error"] == []


def test_nothing_is_said_of_a_program_that_only_inherits():
    assert found("  A01: {params: {over_cents: 4000}}\n") == []


# ---- contradictions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "severity", "line", "problem"),
    [
        (
            "  A02: {params: {over_cents: 4999}}\n",
            "error",
            4,
            "A02 asks the director above 4999 cents, but A01 asks the broker only above 5000",
        ),
        ("  P01: {params: {tags: [alchohol]}}\n", "error", 4, "P01 names the unknown tag alchohol, did you mean alcohol?"),
        (
            "  U01: {params: {ceilings: {WELL_GYM: 60001}}}\n",
            "error",
            4,
            "U01 lets one WELL_GYM cost 60001 cents, but B02 allows 60000 a year",
        ),
        ("  P07: {params: {reimbursement_max_cents: 0}}\n", "error", 4, "P07 allows to pay a member back, up to 0 cents"),
        (
            "  P07: {params: {reimbursement_allowed: false}}\n",
            "error",
            4,
            "P07 pays no member back, and has a limit of 10000 cents for it",
        ),
        ("  U06: {params: {window_days: 0}}\n", "error", 4, "U06 has window_days 0: it never speaks"),
        ("  A06: {params: {quotes: 0}}\n", "error", 4, "A06 has quotes 0: it never speaks"),
        ("  U06: {params: {thresholds: [A01, A05]}}\n", "error", 4, "U06 guards A05, which is no threshold in force"),
        ("  U06: {params: {thresholds: [G01]}}\n", "error", 4, "U06 guards G01, which is no threshold in force"),
        (
            "  U03: {params: {limits: {TECH_COMPUTER: {max: 1, window_months: 0}}}}\n",
            "error",
            4,
            "U03 counts TECH_COMPUTER in a window of 0 months: it never speaks",
        ),
        ("  E01: {params: {max_per_period: 0}}\n", "warning", 4, "E01 allows 0 emergencies of 30000 cents: it holds every one"),
        ("  P15: {params: {categories: []}}\n", "warning", 4, "P15 names nothing: it never speaks"),
        (
            "  P15: {params: {categories: [WELL_GYM]}}\n  B02: {params: {caps: {WELL_GYM: 5}}}\n",
            "warning",
            5,
            "P15 refuses WELL_GYM, and B02 sets something for it",
        ),
        (
            f"  S01: {a_rule('approval_threshold', 'needs_approval', '{over_cents: 9000}', ', approver: broker')}\n",
            "warning",
            4,
            "A01 and S01 both ask the broker: the higher amount never matters",
        ),
        (f"  S01: {a_rule()}\n", "warning", 4, "B02 and S01 both cap WELL_GYM"),
        ("  B09: {params: {share: 1.0}}\n", "error", 4, "B09 counts what is earned, but budget.release is quarterly"),
    ],
)
def test_what_contradicts_itself_is_named_with_its_line(rules, severity, line, problem):
    assert (severity, line, problem) in found(rules)


def test_a_documented_ban_that_is_softened_is_told():
    (told,) = found("  P04: {severity: warn}\n  P01: {severity: needs_approval, approver: director}\n")

    assert told[:2] == ("warning", 5)
    assert told[2].startswith("P01 forbids by a documented source (England PHB exclusions")
    assert told[2].endswith("and is needs_approval here")


def test_a_higher_threshold_may_be_equal_and_a_ceiling_may_be_the_cap():
    assert found("  A02: {params: {over_cents: 5000}}\n  U01: {params: {ceilings: {WELL_GYM: 60000}}}\n") == []


def test_earned_money_needs_the_rule_that_counts_it():
    assert ("error", None, "budget.release is earned, but no rule counts what is earned") in found(top="budget: {release: earned}\n")


def test_a_rule_that_is_set_and_turned_off_is_told():
    assert found("  G04: {severity: warn}\n", top="disabled: [G04]\n") == [("error", 5, "G04 is written here and disabled here: it is off")]
    told = found("  A01: {params: {over_cents: 1}}\n", top="only: [G01, B12, B13, R01]\n")
    assert told == [("error", 5, "A01 is written here and left out of `only` here: it is off")]


def test_a_stage_without_rules_is_told():
    told = found(top="only: [G01, R01]\n")

    assert ("warning", None, "no rule is asked at stage transfer: every move between lines would be allowed") in told
    assert ("warning", None, "no rule is asked at stage reserve: every saving would be allowed") in told
    assert not any("stage pay" in problem for _, _, problem in told)


# ---- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "severity", "problem"),
    [
        ('  A01: {message: {en: "Ask first.", es: "ask first. "}}\n', "error", "the Spanish of A01 is the English"),
        (
            '  A01: {message: {en: "Above {over_cents} ask.", es: "Pregunte."}}\n',
            "warning",
            "the Spanish of A01 leaves out {over_cents}",
        ),
        (
            '  A01: {message: {en: "Ask.", es: "Pregunte desde {over_cents}."}}\n',
            "warning",
            "the English of A01 leaves out {over_cents}",
        ),
    ],
)
def test_words_that_were_not_translated_are_told(rules, severity, problem):
    assert found(rules) == [(severity, 4, problem)]


def test_a_category_that_was_not_translated_or_changed_its_group_is_told():
    rule = f"  S01: {a_rule(params='{caps: {FOOD: 5}}')}\n"
    food = "categories:\n  FOOD: {group: recovery_support, domains: [any], name: {en: fresh food, es: fresh food}}\n"
    gym = "categories:\n  WELL_GYM: {group: clinical, domains: [any], name: {en: gym, es: gimnasio}}\n"

    assert found(rule, top=food) == [("error", 4, "the Spanish name of FOOD is the English one")]

    told = found(rule.replace("FOOD", "WELL_ALT"), top=gym)

    assert ("warning", 4, "WELL_GYM is clinical here and recovery_support in what it inherits") in told


# ---- dates ----------------------------------------------------------------------------------------


def two(first: str, second: str, params: str = "{caps: {SOCL_ART: 5}}") -> str:
    one, other = (a_rule(params=params, more=f", {dates}" if dates else "") for dates in (first, second))
    return f"  S01: {one}\n  S02: {other}\n"


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("effective_to: 2026-12-31", "effective_from: 2027-01-01", []),
        (
            "effective_to: 2026-12-31",
            "effective_from: 2027-01-02",
            [("error", 5, "no rule of this kind is in force from 2027-01-01 to 2027-01-01: S01 ended")],
        ),
        (
            "effective_to: 2026-12-31",
            "effective_from: 2026-12-31",
            [
                ("error", 5, "S01 and S02 are both in force from 2026-12-31 to 2026-12-31"),
                ("warning", 5, "S01 and S02 both cap SOCL_ART"),
            ],
        ),
        (
            "effective_from: 2026-08-01, effective_to: 2026-12-31",
            "effective_from: 2027-01-01, effective_to: 2027-03-31",
            [("warning", 5, "S02 ends on 2027-03-31, and nothing of its kind follows")],
        ),
        (
            "effective_to: 2026-06-30",
            "effective_from: 2026-07-01",
            [("warning", 4, "S01 is never in force from 2026-07-01 to 2027-06-30, the budget's year")],
        ),
    ],
)
def test_gaps_and_overlaps_of_dates_are_told(first, second, told):
    assert sorted(found(two(first, second))) == sorted(told)


def test_dated_rules_about_different_things_do_not_follow_one_another():
    rules = two("effective_to: 2026-12-31", "effective_from: 2027-02-01", params="{caps: {SOCL_ART: 5}}")
    first, _, second = rules.partition("  S02:")

    told = found(f"{first}  S02:{second.replace('SOCL_ART', 'PET_CARE')}")

    assert told == [("warning", 4, "S01 ends on 2026-12-31, and nothing of its kind follows")]


# ---- what cases show ------------------------------------------------------------------------------


def a_case(case_id: str, **changes: Any) -> dict[str, Any]:
    expect = {"decision": "approve", "deny": [], "approval": [], "warn": []}
    return {"id": case_id, "member": "FL-M1", "as_of": "2026-10-15T12:00", "request": a_gym_month(), "expect": expect, **changes}


SMALL = (
    "rulebook: florida\ntitle: Small\ncategories:\n"
    "  WELL_GYM: {group: recovery_support, domains: [wellness], name: {en: gym, es: gimnasio}}\n"
    "  FOOD: {group: recovery_support, domains: [any], name: {en: food, es: comida}}\n"
    f"rules:\n  K01: {a_rule(params='{caps: {WELL_GYM: 4000}}')}\n"
)


def told_of(cases_: list[dict[str, Any]], rulebook: str = SMALL) -> list[tuple[str, int | None, str]]:
    small = policy.load(rulebook, source="small.yaml")
    told = [(one.severity, one.line, one.problem) for one in policy.check(small, cases_, fixtures()) if "stage" not in one.problem]
    return [one for one in told if "FOOD" not in one[2]]


DENIED = {"decision": "deny", "deny": ["K01"]}
STOPPED = a_case("X2", request=a_gym_month(cents=4001), expect=DENIED)


def test_a_rulebook_without_cases_of_its_program_is_told():
    assert told_of([]) == [("warning", None, "no case is about florida")]
    assert told_of([a_case("X1", member="TX-M1")]) == [("warning", None, "no case is about florida")]


def test_a_rule_that_no_case_makes_speak_and_one_that_no_case_passes_are_told():
    assert told_of([a_case("X1")]) == [("warning", 7, "no case makes K01 speak")]
    assert told_of([STOPPED]) == [("warning", 7, "no case passes K01")]
    assert told_of([a_case("X1"), STOPPED]) == []


def test_a_rule_that_could_not_be_computed_has_not_spoken():
    broken = SMALL.replace("category_cap", "vendor_share").replace("{caps: {WELL_GYM: 4000}}", "{max_vendor_share: 0.5, min_cents: 1}")
    request = a_gym_month()
    del request["vendor"]
    case = a_case("X1", request=request, expect={"decision": "needs_approval", "deny": [], "approval": ["K01"], "warn": []})

    assert ("warning", 7, "no case makes K01 speak") in told_of([case], broken)


def test_a_case_that_does_not_hold_is_an_error():
    told = told_of([a_case("X1", expect=DENIED), STOPPED])

    assert told == [("error", None, "case X1: decision is approve"), ("error", None, "case X1: deny is none")]


def test_a_case_that_can_not_be_read_is_an_error():
    told = told_of([a_case("X1", request={"color": "red"}), STOPPED])

    assert [problem.partition(",")[0] for severity, _, problem in told if severity == "error"] == [
        "case X1: request has an unknown key color"
    ]


def test_a_category_of_its_own_that_nothing_uses_is_told():
    small = policy.load(SMALL, source="small.yaml")

    told = [(one.line, one.problem) for one in policy.check(small, [a_case("X1"), STOPPED], fixtures()) if "FOOD" in one.problem]

    assert told == [(5, "no rule names FOOD and no case buys it")]


def test_inherited_rules_that_no_case_shows_are_told_in_one_line():
    child = policy.load("rulebook: florida\ninherits: small\n", bases={"small": SMALL.replace("florida", "small")}, source="child.yaml")

    told = [one.problem for one in policy.check(child, [a_case("X1")], fixtures())]

    assert "no case makes these inherited rules speak: K01" in told
    assert not any(problem.startswith("no case makes K01") for problem in told)


def test_a_problem_says_all_of_itself():
    (one, *_) = policy.check(policy.load(SMALL, source="small.yaml"), [a_case("X1")], fixtures())

    assert str(one) == "small.yaml, line 5: no rule names FOOD and no case buys it (expected a use for it)"
    assert one.to_data() == {
        "severity": "warning",
        "source": "small.yaml",
        "line": 5,
        "rule": None,
        "problem": "no rule names FOOD and no case buys it",
        "expected": "a use for it",
    }
