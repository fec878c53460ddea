"""A rulebook is inherited, checked and bound; each mistake is refused with its line and what was expected."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from tests.policy.questions import PROGRAMS, a_book, a_gym_month, book, facts, text

SMALL = """
rulebook: small
categories:
  FOOD: {group: recovery_support, domains: [any], name: {en: food, es: comida}}
rules:
  K01:
    kind: category_cap
    severity: deny
    stage: authorize
    origin: illustrative
    source: a test
    message: {en: "Up to {cap_cents}.", es: "Hasta {cap_cents}."}
    params: {caps: {FOOD: 100}}
"""


def refused(rulebook: str, **options) -> policy.RulebookError:
    with pytest.raises(policy.RulebookError) as caught:
        policy.load(rulebook, source="mine.yaml", **options)
    return caught.value


def test_the_base_has_71_rules_and_each_says_where_it_comes_from():
    rules = [bound.rule for bound in book("base").rules.values()]

    assert len(rules) == 71
    assert all(rule.provenance.source and rule.message.en.text and rule.message.es.text for rule in rules)


@pytest.mark.parametrize(
    ("program", "count", "disabled"),
    [
        ("florida", 68, ["P14", "B09", "A05"]),
        ("texas", 68, ["B03", "B09", "P14"]),
        ("pennsylvania_crif", 65, ["B01", "B03", "B04", "B10", "A05", "P14"]),
        ("washington_new_freedom", 66, ["B03", "B09", "A05", "A06", "A07"]),
    ],
)
def test_a_program_turns_off_what_it_does_not_use(program, count, disabled):
    assert len(book(program).rules) == count
    assert [rule_id for rule_id in disabled if book(program).rule(rule_id)] == []


def test_a_program_changes_a_parameter_and_keeps_the_rest():
    rule = book("florida").rules["A06"].rule

    assert (rule.params.at_cents, rule.params.quotes) == (75000, 2)
    assert book("florida").parameter("D05", "max_prepay_days") == 31
    assert book("florida").parameter("D03", "max_days") == 90
    assert book("florida").parameter("B09", "share") is None
    assert book("florida").rules["B03"].rule.provenance.parameters_origin == "documented"


def test_a_share_is_exact():
    assert book("florida").parameter("B03", "min_clinical_share") == 4800


def test_only_keeps_what_it_names():
    small = a_book("only: [G01, B01, B12, R02]")

    assert list(small.rules) == ["G01", "B01", "B12", "R02"]
    assert policy.evaluate(small, facts(request=a_gym_month(cents=60000))).outcome == "approve"


def test_a_rulebook_may_stand_alone():
    alone = policy.load(SMALL)

    decision = policy.evaluate(alone, facts(request=a_gym_month(category="FOOD", cents=101)))

    assert [finding.message["es"] for finding in decision.findings] == ["Hasta $1.00."]


def test_a_rulebook_may_inherit_from_one_that_inherits():
    bases = {"base": text("base"), "florida": text("florida")}

    county = policy.load("rulebook: county\ninherits: florida\nrules: {A01: {params: {over_cents: 4000}}}", bases=bases)

    assert county.parameter("A01", "over_cents") == 4000
    assert county.parameter("A02", "over_cents") == 50000
    assert county.release == "quarterly"
    assert county.title == "Florida Self-Directed Care"


def test_the_hash_is_of_what_is_decided_by():
    assert len({book(name).hash for name in PROGRAMS}) == 4
    assert policy.load(SMALL).hash == policy.load(SMALL + "\n# a remark\n", version=7).hash
    assert policy.load(SMALL).hash != policy.load(SMALL.replace("100}}", "101}}")).hash
    assert policy.load(SMALL, version=7).version == 7


def test_it_loads_in_a_fraction_of_a_second():
    assert policy.load(text("florida"), bases={"base": text("base")}).hash == book("florida").hash


@pytest.mark.parametrize(
    ("before", "after", "line", "problem", "expected"),
    [
        ("kind: category_cap", "kind: category_cup", 7, "unknown kind category_cup, did you mean category_cap?", "one of: active_goal,"),
        ("severity: deny", "severity: maybe", 8, "severity is wrong: 'maybe'", "'deny', 'needs_approval' or 'warn'"),
        ("severity: deny", "severity: needs_approval", 8, "nothing closes K01", "approver or closed_by"),
        ("severity: deny", "severity: deny\n    approver: broker", 8, "K01 is deny", "needs_approval"),
        ("stage: authorize", "stage: pay", 9, "category_cap cannot be asked at pay", "authorize"),
        ("stage: authorize", "stage: buy", 9, "stage is wrong: 'buy'", "'authorize', 'pay', 'transfer' or 'reserve', or a list"),
        ("stage: authorize", "stages: authorize", 9, "stages is unknown, did you mean stage?", "one of: applies_to_waiting, approver,"),
        ("FOOD: 100", "FOD: 100", 13, "params.caps.FOD: unknown category FOD, did you mean FOOD?", "one of: FOOD"),
        ("FOOD: 100", "FOOD: 1.5", 13, "params.caps.FOOD is wrong: 1.5", "a whole number"),
        ("FOOD: 100", 'FOOD: "100"', 13, "params.caps.FOOD is wrong: '100'", "a whole number"),
        ("FOOD: 100", "FOOD: -1", 13, "params.caps.FOOD is wrong: -1", "a number that is 0 or more"),
        ("FOOD: 100", "FOOD: true", 13, "params.caps.FOOD is wrong: true", "a whole number"),
        ("params: {caps", "params: {cups", 13, "params.cups is unknown, did you mean caps?", "one of: caps"),
        ("Up to {cap_cents}.", "Up to {cap}.", 12, "unknown place {cap}", "{cap_cents}"),
        ("Up to {cap_cents}.", "Up to {}.", 12, "a place is written {name}", "no other braces"),
        (', es: "Hasta {cap_cents}."', "", 12, "message.es is missing", "a text"),
        ("    origin: illustrative\n", "", 6, "K01 has no origin", "a whole rule"),
        ("K01:", "k-1:", 6, "rules.k-1 is no name", "a rule id like A01"),
        ("rulebook: small", "rulebook: small\nrulebook: small", 3, "the key rulebook a second time", "each key once"),
        ("rules:", "disabled: [K09]\nrules:", 5, "disabled names K09", "a rule that is there"),
        ("rules:", "only: [K09]\nrules:", 5, "only names K09", "a rule that is there"),
        (
            "source: a test",
            "source: a test\n    effective_from: 2026-02-01\n    effective_to: 2026-01-01",
            6,
            "K01",
            "effective_to on effective_from or later",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_what_was_expected(before, after, line, problem, expected):
    assert before in SMALL

    error = refused(SMALL.replace(before, after))

    assert error.line == line
    assert problem in error.problem
    assert expected in error.expected
    assert str(error).startswith(f"mine.yaml, line {line}: ")


def test_a_mistake_in_a_program_is_shown_in_the_program_not_in_its_base():
    error = refused("rulebook: mine\ninherits: base\nrules:\n  A01:\n    params: {over: 5}", bases={"base": text("base")})

    assert (error.source, error.line) == ("mine.yaml", 5)


def test_an_unknown_base_is_refused():
    assert "inherits from nothing" in refused("rulebook: mine\ninherits: nothing").problem


def test_a_circle_of_bases_is_refused():
    bases = {"one": "rulebook: one\ninherits: two", "two": "rulebook: two\ninherits: one"}

    assert "again" in refused("rulebook: mine\ninherits: one", bases=bases).problem


def test_a_threshold_that_no_rule_has_is_refused():
    error = refused("rulebook: mine\ninherits: base\nrules: {U06: {params: {thresholds: [A99]}}}", bases={"base": text("base")})

    assert "unknown rule A99" in error.problem
    assert error.expected == "a rule of this rulebook"


MANY = """
rulebook: small
title: ""
color: red
disabled: [K7]
categories:
  FOOD: {group: recovery_support, domains: [any], name: {en: food, es: comida}}
  GYM: {group: fun, domains: [any], name: {en: gym}}
rules:
  K01:
    kind: category_cap
    severity: maybe
    stage: authorize
    origin: illustrative
    source: a test
    message: {en: "Up to {cap_cents}.", es: "Hasta {cap_cents}."}
    params: {caps: {FOOD: -1}}
  K02:
    kind: category_cap
    severity: needs_approval
    stage: pay
    origin: illustrative
    message: {en: "Up to {cap} or {most}.", es: "{"}
    params: {caps: {FOD: yes, GYM: 5, FOOD: 1.5}, cups: 1}
  K03: {kind: clinical_share, params: {min_clinical_share: 1.5}}
  K02: {kind: own_use}
  K04: {kind: split_purchase, params: {window_days: 7, thresholds: [K01, K99]}}
"""


def test_all_mistakes_are_told_at_once_each_with_its_line():
    told = [(one.line, one.problem) for one in refused(MANY).problems]

    assert told == [
        (3, "title is wrong: ''"),
        (4, "color is unknown"),
        (5, "disabled names K7"),
        (8, "categories.GYM.group is wrong: 'fun'"),
        (8, "categories.GYM.name.es is missing"),
        (12, "rules.K01.severity is wrong: 'maybe'"),
        (18, "K02 has no source"),
        (20, "nothing closes K02"),
        (21, "category_cap cannot be asked at pay"),
        (23, "unknown place {cap}, did you mean cap_cents?"),
        (23, "unknown place {most}, did you mean most_cents?"),
        (23, "a place is written {name}"),
        (24, "yes may be read in two ways"),
        (24, "rules.K02.params.caps.FOD: unknown category FOD, did you mean FOOD?"),
        (24, "rules.K02.params.caps.FOOD is wrong: 1.5"),
        (24, "rules.K02.params.cups is unknown, did you mean caps?"),
        (25, "K03 has no severity, stage, origin, source, message"),
        (25, "rules.K03.params.min_clinical_share is wrong: 1.5"),
        (25, "rules.K03.params.applies_to_funding is missing"),
        (26, "the key K02 a second time"),
        (27, "K04 has no severity, stage, origin, source, message"),
        (27, "rules.K04.params.thresholds.1: unknown rule K99"),
    ]


def test_a_share_is_refused_in_the_words_of_a_share():
    error = refused("rulebook: mine\ninherits: base\nrules: {B03: {params: {min_clinical_share: 1.5}}}", bases={"base": text("base")})

    assert (
        str(error)
        == "mine.yaml, line 3: rules.B03.params.min_clinical_share is wrong: 1.5 (expected a share between 0 and 1 (0.48 is 48 percent))"
    )


def test_a_refusal_says_all_its_mistakes_one_a_line():
    error = refused(SMALL.replace("severity: deny", "severity: maybe").replace("source: a test", "sauce: a test"))

    assert str(error).splitlines() == [
        "mine.yaml, line 8: rules.K01.severity is wrong: 'maybe' (expected 'deny', 'needs_approval' or 'warn')",
        "mine.yaml, line 11: rules.K01.sauce is unknown, did you mean source? (expected one of: " + error.problems[1].expected[8:] + ")",
    ]


@pytest.mark.parametrize("rulebook", ["rulebook: mine\ninherits: base\nonly: []", "rulebook: mine"])
def test_a_rulebook_without_a_rule_would_approve_everything_and_is_refused(rulebook):
    assert "everything would be approved" in refused(rulebook, bases={"base": text("base")}).problem


def test_a_mistake_in_a_base_is_told_of_the_base():
    error = refused("rulebook: mine\ninherits: base", bases={"base": SMALL.replace("FOOD: 100", "FOD: 100")})

    assert (error.source, error.line) == ("base", 13)


def test_of_very_many_mistakes_the_first_hundred_are_told():
    broken = SMALL + "".join(f"  K{number}: {{kind: nothing}}\n" for number in range(100, 300))

    problems = refused(broken).problems

    assert len(problems) == 101
    assert problems[-1].problem == "and 300 more mistakes"


ODD = ("null", "true", "[]", "{}", "-1", "1.5", "'x'", "yes", "2026-02-30", "[1, 2]", "{a: b}", "*a", "&b c", "!!int 3", "9" * 20, "é")
"""What a slip of the hand may leave behind a colon."""


@given(st.sampled_from(PROGRAMS), st.data())
def test_a_slip_of_the_hand_is_loaded_or_refused_in_plain_words_and_nothing_else_happens(program, data):
    lines = text(program).splitlines()
    for _ in range(data.draw(st.integers(1, 3), "slips")):
        at = data.draw(st.integers(0, len(lines) - 1), "line")
        slip = data.draw(st.sampled_from(("value", "gone", "twice", "indented")), "slip")
        if slip == "value":
            lines[at] = f"{lines[at].rpartition(':')[0]}: {data.draw(st.sampled_from(ODD), 'odd')}"
        elif slip == "gone":
            lines[at] = ""
        elif slip == "twice":
            lines.insert(at, lines[at])
        else:
            lines[at] = f"  {lines[at]}"

    problems = mistakes_of("\n".join(lines))

    assert all(one.source in {"mine.yaml", "base"} and one.problem and one.expected for one in problems)
    assert not re.search(r"pydantic|Decimal\(|Input should|\[key\]|literal\[|tuple\[", "".join(map(str, problems)))


def mistakes_of(rulebook: str) -> tuple[policy.Problem, ...]:
    """Return what is wrong with a program on top of the base, nothing when it loads."""
    try:
        policy.load(rulebook, bases={"base": text("base")}, source="mine.yaml")
    except policy.RulebookError as error:
        return error.problems
    return ()
