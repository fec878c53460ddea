"""Cases of policy, notices and flows: each difference is printed, and the exit code says whether there was one."""

import json
from textwrap import dedent

import pytest

from tests.cli.typing_commands import sdc

FIXTURES = """
members:
  M: {program: florida, funding: uninsured, eligible_from: 2026-07-01, eligible_to: 2027-06-30, broker: B}
people:
  B: {role: broker, relatives: []}
budgets:
  M: {from: 2026-07-01, to: 2027-06-30, allocated_cents: 319200, reserved_cents: 0}
plans:
  M: {status: approved, from: 2026-07-01, to: 2027-06-30, goals: {G: {domain: wellness, status: active}}, lines: {WELL_GYM: 36000}}
vendors:
  V: {categories: [WELL_GYM]}
"""


def a_case(decision):
    parts = (
        'id: X1, member: M, as_of: "2026-10-15T12:00", title: a gym month',
        "request: {category: WELL_GYM, cents: 9000, vendor: V, goal: G}",
        "approvals: [{by: B, role: broker}]",
        f"expect: {{decision: {decision}, deny: [], approval: [], warn: []}}",
    )
    return f"- {{{', '.join(parts)}}}"


@pytest.fixture
def written(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(dedent(text))
        return str(tmp_path / name)

    return write


def test_policy_cases_that_hold_pass(written):
    written("fixtures.yaml", FIXTURES)

    tested = sdc("policy", "test", written("cases.yaml", f"fixtures: fixtures.yaml\ncases:\n{a_case('approve')}\n"))

    assert (tested.code, tested.out) == (0, "1 passed, 0 failed\n"), tested.err


def test_policy_cases_that_do_not_hold_are_told(written):
    fixtures = written("world.yaml", FIXTURES)

    tested = sdc("policy", "test", "--fixtures", fixtures, written("cases.yaml", f"cases:\n{a_case('deny')}\n"))

    assert tested.code == 1
    first, *facts, last = tested.out.splitlines()
    assert first.endswith("cases.yaml, line 2): decision: expected deny, got approve")
    assert first.startswith("X1 a gym month (")
    assert "    rulebook florida version 1, stage authorize, as of 2026-10-15T12:00:00" in facts
    assert any(line.startswith("    request: category WELL_GYM, amount_cents 9000, submitted_by M,") for line in facts)
    assert last == "0 passed, 1 failed"


def test_the_numbers_of_a_rule_that_spoke_are_told_and_what_a_silent_one_asks_for(written):
    fixtures = written("world.yaml", FIXTURES)
    case = a_case("needs_approval").replace("approvals: [{by: B, role: broker}], ", "").replace("approval: []", "approval: [A02, B09]")

    tested = sdc("policy", "test", "--fixtures", fixtures, written("cases.yaml", f"cases:\n{case}\n"))

    assert ": approval: expected A02, B09, got A01" in tested.out
    assert "    A01 spoke (needs_approval): over_cents 5000, most_cents 5000\n" in tested.out
    assert "    A02 said nothing: second_approval at authorize, over_cents 50000\n" in tested.out
    assert "    B09 is not in the rulebook florida\n" in tested.out


def test_policy_cases_are_told_in_json_too(written):
    fixtures = written("world.yaml", FIXTURES)
    cases = written("cases.yaml", f"cases:\n{a_case('approve')}\n{a_case('deny')}\n- {{id: X3}}\n")

    tested = sdc("policy", "test", "--json", "--fixtures", fixtures, cases)
    told = json.loads(tested.out)

    assert tested.code == 1
    assert (told["passed"], told["failed"]) == (1, 2)
    assert [case["passed"] for case in told["cases"]] == [True, False, False]
    assert told["cases"][1]["differences"] == [{"what": "decision", "expected": "deny", "got": "approve"}]
    assert told["cases"][1]["facts"]["request"]["amount_cents"] == 9000
    assert told["cases"][1]["decision"]["outcome"] == "approve"
    assert told["cases"][2]["error"] == "the case has no expect"


OWN = """
rulebook: springfield
title: A program of its own
budget: {release: monthly}
categories:
  WELL_GYM: {group: recovery_support, domains: [wellness], name: {en: gym, es: gimnasio}}
rules:
  S01:
    kind: category_cap
    severity: deny
    stage: authorize
    origin: illustrative
    source: a test
    message: {en: "Up to {cap_cents}.", es: "Hasta {cap_cents}."}
    params: {caps: {WELL_GYM: 8999}}
"""


def test_a_rulebook_that_does_not_ship_is_asked_where_it_is_named(written):
    fixtures = written("world.yaml", FIXTURES.replace("program: florida", "program: springfield"))
    case = a_case("deny").replace("deny: []", "deny: [S01], available: 106400")
    cases = written("cases.yaml", f"cases:\n{case}\n")

    without = sdc("policy", "test", "--fixtures", fixtures, cases)
    tested = sdc("policy", "test", "--fixtures", fixtures, "--rulebook", written("springfield.yaml", OWN), cases)

    assert "no rulebook springfield is here" in without.out
    assert (tested.code, tested.out) == (0, "1 passed, 0 failed\n"), tested.err


def test_a_named_rulebook_stands_in_for_the_shipped_one_and_for_what_inherits_from_it(written):
    fixtures = written("world.yaml", FIXTURES)
    cases = written("cases.yaml", f"cases:\n{a_case('approve')}\n")
    draft = written("draft.yaml", "rulebook: florida\ninherits: base\nrules: {B02: {params: {caps: {WELL_GYM: 8999}}}}\n")
    county = written("county.yaml", "rulebook: county\ninherits: florida\n")
    of_county = written("county_world.yaml", FIXTURES.replace("program: florida", "program: county"))

    assert "deny: expected none, got B02" in sdc("policy", "test", "--fixtures", fixtures, "--rulebook", draft, cases).out
    named = ("--rulebook", county, "--rulebook", draft)
    assert "deny: expected none, got B02" in sdc("policy", "test", "--fixtures", of_county, *named, cases).out


def test_a_broken_rulebook_is_refused_with_its_line(written):
    broken = written("broken.yaml", OWN.replace("severity: deny", "severity: maybe"))

    tested = sdc("policy", "test", "--rulebook", broken, written("cases.yaml", f"cases:\n{a_case('approve')}\n"))

    assert tested.code == 1
    assert "broken.yaml, line 10: rules.S01.severity" in tested.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cases: &a [*a]\n", "cases.yaml, line 1: the anchor &a"),
        ("cases: []\ncases: []\n", "cases.yaml, line 2: the key cases a second time"),
        ("cases: [\n", "not YAML"),
        ("cases: 5\n", "'cases' is no list"),
    ],
)
def test_cases_that_can_not_be_read_are_refused_with_their_line(written, text, told):
    fixtures = written("world.yaml", FIXTURES)

    tested = sdc("policy", "test", "--fixtures", fixtures, written("cases.yaml", text))

    assert tested.code == 1
    assert told in tested.err


def test_a_case_with_an_unknown_key_fails_and_the_others_are_still_run(written):
    fixtures = written("world.yaml", FIXTURES)
    wrong = a_case("approve").replace("request: {", "request: {color: red, ")

    tested = sdc("policy", "test", "--fixtures", fixtures, written("cases.yaml", f"cases:\n{wrong}\n{a_case('approve')}\n"))

    assert "X1 (" in tested.out
    assert "line 2): request has an unknown key color, expected one of: already_bought," in tested.out
    assert tested.out.endswith("1 passed, 1 failed\n")


def test_a_rulebook_is_checked_with_its_cases(written):
    fixtures = written("world.yaml", FIXTURES.replace("program: florida", "program: springfield"))
    cases = written("cases.yaml", f"cases:\n{a_case('deny').replace('deny: []', 'deny: [S01]')}\n")
    book = written("springfield.yaml", OWN)

    checked = sdc("policy", "check", "--rulebook", book, "--cases", cases, "--fixtures", fixtures)

    assert checked.code == 0, checked.err
    assert checked.out.splitlines() == [
        f"warning: {book}, line 8: no case passes S01 (expected a case that it lets through)",
        f"warning: {book}: no rule is asked at stage pay: every bill would be paid (expected at least one)",
        f"warning: {book}: no rule is asked at stage transfer: every move between lines would be allowed (expected at least one)",
        f"warning: {book}: no rule is asked at stage reserve: every saving would be allowed (expected at least one)",
        "0 errors, 4 warnings",
    ]


def test_mistakes_of_several_rulebooks_are_told_together_and_the_exit_code_says_so(written):
    one = written("one.yaml", "rulebook: one\ninherits: base\nrules:\n  A01: {params: {over: 5}}\n  P01: {severity: never}\n")
    other = written("other.yaml", "rulebook: other\ninherits: bas\n")

    checked = sdc("policy", "check", "--rulebook", one, "--rulebook", other)

    assert checked.code == 1
    assert [line.partition(" (expected")[0] for line in checked.out.splitlines()] == [
        f"error: {one}, line 4: rules.A01.params.over is unknown, did you mean over_cents?",
        f"error: {one}, line 5: rules.P01.severity is wrong: 'never'",
        f"error: {other}, line 2: inherits from bas, did you mean base?",
        "3 errors, 0 warnings",
    ]


def test_a_check_is_told_in_json_too(written):
    book = written("draft.yaml", "rulebook: florida\ninherits: base\nrules:\n  A02: {params: {over_cents: 1}}\n")

    checked = sdc("policy", "check", "--json", "--rulebook", book)
    told = json.loads(checked.out)

    assert checked.code == 1
    assert told["errors"] == len([one for one in told["problems"] if one["severity"] == "error"])
    assert {
        "severity": "error",
        "source": book,
        "line": 4,
        "rule": "A02",
        "problem": "A02 asks the director above 1 cents, but A01 asks the broker only above 5000",
        "expected": "over_cents of 5000 or more",
    } in told["problems"]


def test_what_ships_may_go_live():
    checked = sdc("policy", "check")

    assert checked.code == 0
    assert "error:" not in checked.out
    assert checked.out.splitlines()[-1].startswith("0 errors, ")


def test_a_file_without_cases_is_refused(written):
    tested = sdc("policy", "test", written("cases.yaml", "rules: []\n"))

    assert tested.code == 1
    assert "holds no 'cases'" in tested.err


def test_notice_dates_that_hold_pass_and_others_are_told(written):
    cases = """
        cases:
        - {id: N1, profile: fee_for_service, what: notice dated 2026-11-20, expect: {hearing_last_day: 2027-02-18}}
        - {id: N2, profile: managed_care, what: adverse notice dated 2026-10-08, expect: {appeal_last_day: 2026-12-08}}
        - {id: N3, profile: any, what: one purchase denied for no goal, expect: {notice: true, advance_needed: false}}
        - {id: N4, profile: any, what: the moon is full, expect: {notice: false}}
    """

    tested = sdc("notices", "test", written("cases.yaml", cases))

    assert tested.code == 1
    assert tested.out.splitlines() == [
        "N2 adverse notice dated 2026-10-08: appeal_last_day: expected 2026-12-08, got 2026-12-07",
        "N4 the moon is full: not built: 'the moon is full' for the profile any",
        "2 passed, 2 failed",
    ]
