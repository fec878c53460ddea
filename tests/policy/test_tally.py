"""What a dry run tells holds no number with one to ten members behind it, nor one from which such a number follows."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from benchmarks.policy.history import a_year, head
from policy.tally import FEWEST, shown
from tests.policy.pasts import FLORIDA, HEAD, a_draft, a_member, asks


def a_past(members: int, *, cents: int, category: str = "WELL_GYM", first: int = 0) -> list[dict[str, Any]]:
    """Let some members ask for the same."""
    return [
        line
        for number in range(first, first + members)
        for line in (a_member(f"m{number}"), asks(f"r{number}", "2026-07-10", cents, category=category))
    ]


def report(*past: dict[str, Any], draft: policy.Rulebook | None = None) -> dict[str, Any]:
    stricter = a_draft("B02: {params: {caps: {WELL_GYM: 5000, TRAN_TRANSIT: 5000}}}", "A01: {params: {over_cents: 3000}}")
    return policy.run_draft([*HEAD, *past], draft or stricter).tally.report()


def test_nothing_changes_under_the_same_rules():
    told = report(*a_past(3, cents=2_000), *a_past(12, cents=4_000, first=3), draft=FLORIDA)

    assert told["decisions"] == 15
    assert told["changed"] == {"decisions": 0, "members": 0, "no_longer_cents": 0, "newly_cents": 0}


def test_changes_are_told_by_change_rule_category_and_program_with_their_cents():
    told = report(
        *a_past(12, cents=4_900),
        *a_past(20, cents=4_950, category="TRAN_TRANSIT", first=12),
        *a_past(30, cents=100, first=32),
        draft=a_draft("B02: {params: {caps: {WELL_GYM: 100, TRAN_TRANSIT: 100}}}"),
    )

    assert told["decisions"] == 62
    assert told["changed"] == {"decisions": 32, "members": 32, "no_longer_cents": 12 * 4_900 + 20 * 4_950, "newly_cents": 0}
    assert told["by_change"] == {"approve -> deny": told["changed"]}
    assert told["by_rule"] == {"B02": told["changed"]}
    assert told["by_program"] == {"north": told["changed"]}
    assert told["by_category"]["WELL_GYM"] == {"decisions": 12, "members": 12, "no_longer_cents": 58_800, "newly_cents": 0}
    assert (
        told["examples"]
        == [
            {"stage": "authorize", "category": "WELL_GYM", "about_cents": 5_000, "was": "approve", "now": "deny", "rules": ["B02"]},
        ]
        * 3
    )


def test_a_change_of_few_members_is_told_without_any_number():
    told = report(*a_past(10, cents=4_000), *a_past(50, cents=100, first=10))

    assert told["decisions"] is None
    assert told["changed"] == {"decisions": None, "members": None, "no_longer_cents": 0, "newly_cents": 0}
    assert [told[f"by_{table}"] for table in ("change", "rule", "category", "program", "stage")] == [{}] * 5
    assert told["examples"] == []


def test_eleven_members_are_enough():
    assert report(*a_past(11, cents=4_000), *a_past(50, cents=100, first=11))["changed"]["members"] == 11


def test_the_smallest_shown_cell_is_hidden_too_when_one_would_follow_from_the_total():
    told = report(*a_past(3, cents=4_000), *a_past(15, cents=4_000, category="TRAN_TRANSIT", first=3), *a_past(40, cents=100, first=18))

    assert told["changed"]["members"] == 18
    assert {name: cell["members"] for name, cell in told["by_category"].items()} == {"WELL_GYM": None, "TRAN_TRANSIT": None}
    assert told["examples"] == []


def test_the_number_of_all_decisions_is_hidden_when_few_members_keep_theirs():
    told = report(*a_past(40, cents=4_000), *a_past(4, cents=100, first=40))

    assert told["changed"]["members"] == 40
    assert told["decisions"] is None


def test_money_of_few_is_hidden_although_the_decisions_of_many_are_told():
    told = report(
        *a_past(20, cents=4_000),
        *a_past(2, cents=4_900, first=20),
        *a_past(30, cents=100, first=22),
        draft=a_draft("A01: {params: {over_cents: 3000}}", "P02: {params: {tags: [x]}}", "B02: {params: {caps: {WELL_GYM: 4500}}}"),
    )

    assert told["changed"] == {"decisions": 22, "members": 22, "no_longer_cents": None, "newly_cents": 0}


COUNTS = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 60), min_size=1, max_size=8)


@given(COUNTS, st.data())
def test_no_hidden_number_follows_from_the_total_and_the_others(counts, data):
    cells = {
        name: {
            "members": members,
            "decisions": members + data.draw(st.integers(0, 5)),
            "no_longer_members": 0,
            "no_longer_cents": 0,
            "newly_members": 0,
            "newly_cents": 0,
        }
        for name, members in counts.items()
    }

    told = shown(cells)

    hidden = [name for name, cell in told.items() if cell["members"] is None]
    assert all(cell["members"] is None or cell["members"] == 0 or cell["members"] >= FEWEST for cell in told.values())
    assert all((cell["members"] is None) == (cell["decisions"] is None) for cell in told.values())
    is_all_there_is = all(name in hidden for name, members in counts.items() if members)
    assert not hidden or is_all_there_is or (len(hidden) > 1 and sum(counts[name] for name in hidden) >= FEWEST)


def test_a_tally_adds_up_and_reads_back():
    first = policy.run_draft([*HEAD, *a_past(12, cents=4_000)], a_draft("A01: {params: {over_cents: 3000}}")).tally
    second = policy.run_draft(
        [*HEAD, *a_past(9, cents=4_000, category="TRAN_TRANSIT", first=12)], a_draft("A01: {params: {over_cents: 3000}}")
    ).tally
    both = policy.run_draft(
        [*HEAD, *a_past(12, cents=4_000), *a_past(9, cents=4_000, category="TRAN_TRANSIT", first=12)],
        a_draft("A01: {params: {over_cents: 3000}}"),
    ).tally

    first.add(policy.Tally.from_data(second.to_data()))

    assert first == both


@pytest.mark.parametrize("seed", range(6))
def test_years_of_requests_are_the_same_again_under_the_rulebook_that_decided_them(seed):
    years = [line for number in range(3) for line in _year_of(f"m{number}", random.Random(seed * 10 + number))]

    found = policy.run_draft([*head(), *years], FLORIDA)

    assert (found.tally.judged, found.tally.all_of_it["decisions"], found.tally.examples) == (150, 0, {})
    assert found.tally.apart["other_reasons"]["decisions"] == 0


def _year_of(member_id: str, chance: random.Random) -> list[dict[str, Any]]:
    first, *lines = a_year(chance)
    return [first | {"member": first["member"] | {"id": member_id}}, *lines]
