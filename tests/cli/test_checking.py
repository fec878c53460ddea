"""Cases of policy, notices and flows: each difference is printed, and the exit code says whether there was one."""

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
    assert tested.out == "X1 a gym month: decision: expected deny, got approve\n0 passed, 1 failed\n"


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
