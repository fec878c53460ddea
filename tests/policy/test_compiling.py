"""A plan asks fewer rules and never gives another answer."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import combinations, product
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policy
from policy import compiling
from policy.compiling import Rows, plan_of
from policy.decision import Finding
from policy.evaluation import decide
from policy.possible import is_whole
from policy.rulebook import Bound, Rule
from policy.rules import KINDS
from tests.policy.questions import MEMBERS, PROGRAMS, a_book, a_gym_month, book, cases, facts, fixtures, spent

STAGES: tuple[policy.Stage, ...] = ("authorize", "pay", "transfer", "reserve")
HISTORY = (
    policy.Spend("TECH_COMPUTER", 52000, date(2026, 9, 1), "V-TECH", "posted"),
    policy.Spend("WELL_GYM", 4000, date(2026, 10, 15), "V-GYM", "hold", "P1"),
    policy.Spend("WELL_GYM", 4900, date(2026, 10, 14), "V-GYM", "posted"),
    policy.Spend("HLTH_DENTAL", 60000, date(2026, 10, 10), "V-DENT", "posted"),
)
APPROVALS = [
    *(policy.Approval(by, role) for by, role in (("BR-FL1", "broker"), ("DIR-FL", "director"), ("PAY-FL", "payer"), ("FL-M1", "broker"))),
    policy.Approval("DIR-FL", "director", relatives=None),  # type: ignore[arg-type]
]
AMOUNTS = [-1, 0, 1, 4000, 4999, 5000, 5001, 50000, 50001, 74999, 75000, 75001, 150000, 150001, 2_000_000, 10**5000]
TAGS = [frozenset[str](), frozenset({"debt"}), frozenset({"alcohol", "debt"}), frozenset({"harmless"}), {"copay"}, ["debt"], "debt"]
LIKELY: Mapping[str, list[Any]] = {
    "category": [*sorted(book("base").categories), "NO_SUCH"],
    "amount_cents": AMOUNTS,
    "unit_price_cents": [None, *AMOUNTS],
    "quantity": [Decimal(1), Decimal(2), Decimal(20), Decimal("NaN"), Decimal("sNaN"), Decimal(0), 1],
    "tags": TAGS,
    "goal_id": ["G-WELL", "G-WORK", "G-OLD", None],
    "service_to": [None, date(2026, 10, 1), date(2027, 9, 1)],
    "purchase_date": [date(2026, 10, 15), date(2026, 7, 1), date(2030, 1, 1)],
    "submitted_at": [datetime(2026, 10, 15, 11), datetime(2026, 10, 15, 11, tzinfo=UTC)],  # noqa: DTZ001 - a local instant, as cases have
    "beneficiary": ["member", *MEMBERS, "a neighbour"],
    "payment_method": ["vendor_direct", "member_reimbursement"],
    "memo_to_vendor": ["", "for my rehab", "blue, please"],
    "lowest_quote_cents": [None, 1, 4000],
    "owners": [frozenset[str](), frozenset({"FL-M1"}), frozenset({"P-SIS"}), frozenset({"BR-FL1"})],
    "excluded_on": [frozenset[str](), frozenset({"leie"})],
    "status": ["active", "approved", "suspended"],
    "funding": ["uninsured", "medicaid"],
    "history": [(), HISTORY[:2], HISTORY],
    "approvals": [(), (APPROVALS[0],), tuple(APPROVALS[:2]), (APPROVALS[2],), (APPROVALS[3],), (APPROVALS[4],)],
    "lines": [{}, {"WELL_GYM": 4000}],
    "overdue_receipts": [0, 1, 3],
    "quotes": [0, 1, 2],
    "tagged": [True, False],
    "source": ["available", "saved"],
}
UNLIKELY: list[Any] = [
    None,
    True,
    False,
    "",
    "x",
    0,
    1,
    -1,
    0.0,
    4000.5,
    float("nan"),
    Decimal("NaN"),
    10**30,
    (),
    [],
    {},
    {"debt": 1},
    frozenset({"x"}),
]
ODD = {
    "nothing is free": """
rules:
  A01: {params: {over_cents: 0}}
  A02: {params: {over_cents: 0}}
  A03: {params: {over_cents: 0}, approver: payer}
  A05: {params: {over_cents: 0, hours: 24}}
  A06: {params: {at_cents: 0, quotes: 1}}
  B02: {params: {caps: {WELL_GYM: 0, CLIN_PEER: 0}}}
  B03: {params: {min_clinical_share: 1, applies_to_funding: [uninsured, medicaid]}}
  U01: {params: {ceilings: {WELL_GYM: 0}}}
  U03: {params: {limits: {WELL_GYM: {max: 0, window_months: 0}, TECH_COMPUTER: {max: 1, window_months: 36}}}}
  P07: {params: {reimbursement_allowed: true, reimbursement_max_cents: 0}}
  P15: {params: {categories: [WELL_GYM, PET_CARE]}}
  E01: {params: {max_cents: 0, max_per_period: 0}}
""",
    "nothing to say": """
rules:
  P01: {params: {tags: []}}
  B02: {params: {caps: {}}}
  B03: {params: {min_clinical_share: 0, applies_to_funding: []}}
  U01: {params: {ceilings: {}}}
  X01: {params: {words: []}}
""",
    "in its own words": """
rules:
  Z9:
    kind: expression
    severity: needs_approval
    stage: [authorize, pay]
    approver: director
    origin: illustrative
    source: a test
    message: {en: "That is much.", es: "Eso es mucho."}
    params: {condition: "request.amount_cents > 4000 && request.quotes < 2"}
""",
    "in their time": """
rules:
  P05: {effective_from: 2026-10-15}
  A01: {effective_to: 2026-10-15}
  G01: {effective_from: 2026-10-14, effective_to: 2026-10-16}
  E01: {effective_from: 2030-01-01}
""",
}


@cache
def named(name: str) -> policy.Rulebook:
    """Return a program's rulebook, an odd one, or one with only the rules named."""
    if name in ODD:
        return a_book(ODD[name])
    return book(name) if name in PROGRAMS else a_book(f"only: [{name}]")


@cache
def questions() -> list[tuple[policy.Facts, policy.Stage]]:
    """Return the facts of every case, with its stage."""
    return [(policy.case_facts(one, fixtures(), book(MEMBERS[one["member"]])), one.get("stage", "authorize")) for one in cases()]


def with_fact(question: policy.Facts, path: str, value: Any) -> policy.Facts:
    """Return the question with one fact set otherwise."""
    part, _, name = path.rpartition(".")
    changes: dict[str, Any] = {part: replace(getattr(question, part), **{name: value})} if part else {name: value}
    return replace(question, **changes)


@st.composite
def changed(draw: st.DrawFn) -> tuple[policy.Facts, policy.Stage]:
    """Draw a case and change some of its facts: mostly to what may be, sometimes to what no request can have."""
    question, stage = draw(st.sampled_from(questions()))
    for _ in range(draw(st.integers(0, 4))):
        part = draw(st.sampled_from(["", "request", "request", "vendor", "member", "plan", "budget", "pay", "transfer", "reserve"]))
        owner = getattr(question, part) if part else question
        if not is_dataclass(owner):
            continue
        name = draw(st.sampled_from([one.name for one in fields(owner) if one.init]))
        value = draw(st.sampled_from(LIKELY[name] if name in LIKELY and draw(st.booleans()) else UNLIKELY))
        question = with_fact(question, f"{part}.{name}" if part else name, value)
    return question, stage if draw(st.integers(0, 9)) else draw(st.sampled_from(STAGES))


A_FEW_RULES = st.sets(st.sampled_from(sorted(book("base").rules)), min_size=1, max_size=3).map(lambda rules: ", ".join(sorted(rules)))
BOOKS = st.one_of(st.sampled_from(PROGRAMS), st.sampled_from(PROGRAMS), st.sampled_from(sorted(ODD)), A_FEW_RULES)


def one_by_one(rulebook: policy.Rulebook, question: policy.Facts, stage: policy.Stage) -> policy.Decision:
    """Ask every rule in force."""

    def asking(bound: Bound) -> Any:
        return lambda _, facts: bound.ask(facts)

    try:
        bound = rulebook.at(stage, question.today)
    except AttributeError:  # no day
        bound = rulebook.by_stage[stage]
    rows: Rows = tuple((asking(one), one.rule) for one in bound)
    return decide(rulebook, question, stage, rows, whole=is_whole(question, stage))


@given(BOOKS, changed())
@settings(max_examples=400, deadline=None)
def test_a_plan_decides_as_if_every_rule_were_asked_one_by_one(name, question):
    rulebook, (asked, stage) = named(name), question

    planned = policy.evaluate(rulebook, replace(asked), stage)

    assert planned.to_json() == one_by_one(rulebook, replace(asked), stage).to_json()


@pytest.mark.parametrize("name", ["florida", "nothing is free"])
def test_no_two_changes_together_find_a_rule_that_was_left_out(name):
    usual = facts(given={"budget": {"available_cents": 10**9}}, request=a_gym_month())
    paths = {path for kind in KINDS.values() for path in kind.silence.when} | {"request.category", "request.tags", "request.amount_cents"}
    read = {
        *paths,
        "request.quotes",
        "request.goal_id",
        "request.service_to",
        "request.submitted_at",
        "approvals",
        "history",
        "member.funding",
    }
    changes = [(path, value) for path in sorted(read) for value in LIKELY.get(path.split(".")[-1], [True])]

    for one, other in combinations(changes, 2):
        question = with_fact(with_fact(usual, *one), *other)
        planned = policy.evaluate(named(name), question)
        asked = one_by_one(named(name), replace(question), "authorize")
        assert [finding.rule for finding in planned.findings] == [finding.rule for finding in asked.findings], (one, other)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_case_is_decided_by_every_program_as_if_every_rule_were_asked(name):
    for asked, stage in questions():
        planned = policy.evaluate(book(name), replace(asked), stage)

        assert planned.to_json() == one_by_one(book(name), replace(asked), stage).to_json()


def test_a_usual_question_is_asked_of_a_third_of_the_rules():
    question = facts(request=a_gym_month())

    plan = plan_of(book("florida"), "authorize", question.today)

    assert len(plan.rows(question)) * 3 <= len(plan.everyone)


def test_what_has_a_banned_tag_is_asked_about_by_every_rule_of_tags():
    rows = plan_of(book("texas"), "authorize", date(2026, 10, 15)).rows(facts("TX-M1", request=a_gym_month(tags=["debt"])))

    assert {rule.id for _, rule in rows if rule.kind == "prohibited_tags"} == {
        one.rule.id for one in book("texas").rules.values() if one.rule.kind == "prohibited_tags"
    }


def test_a_rule_that_its_parameters_leave_nothing_to_say_is_not_asked():
    rows = plan_of(named("nothing to say"), "authorize", date(2026, 10, 15)).rows(facts(request=a_gym_month(tags=["alcohol"])))

    assert not {"P01", "B02", "U01"} & {rule.id for _, rule in rows}


@pytest.mark.parametrize(
    "change",
    [
        {"request": None},
        {"vendor": None},
        {"plan": None},
        {"request": {"category": "NO_SUCH"}},
        {"request": {"category": []}},
        {"request": {"amount_cents": 40.0}},
        {"request": {"tags": "debt"}},
        {"vendor": {"owners": ["FL-M1"]}},
        {"approvals": (APPROVALS[4],)},
    ],
    ids=str,
)
def test_a_question_that_is_not_whole_is_asked_of_every_rule(change):
    whole = facts(request=a_gym_month())
    parts = {name: replace(getattr(whole, name), **value) if isinstance(value, dict) else value for name, value in change.items()}
    question = replace(whole, **parts)

    decision = policy.evaluate(book("florida"), replace(question))

    assert decision.outcome != "approve"
    assert decision.to_json() == one_by_one(book("florida"), replace(question), "authorize").to_json()


def test_a_kind_that_claims_nothing_is_always_asked():
    said: list[str] = []

    def judge(rule: Rule[Any], _: policy.Facts) -> Finding:
        said.append(rule.id)
        return rule.finding()

    florida = book("florida")
    warning = replace(florida.rules["G04"].rule, id="Z01", kind="a kind nobody knows")
    rules = {**florida.rules, "Z01": Bound(warning, judge, None)}
    by_stage = {**florida.by_stage, "authorize": (*florida.by_stage["authorize"], rules["Z01"])}
    other = replace(florida, rules=MappingProxyType(rules), by_stage=MappingProxyType(by_stage))

    findings = [policy.evaluate(other, facts(request=request)).findings[-1] for request in (a_gym_month(), a_gym_month(tags=["debt"]))]

    assert [one.rule for one in findings] == said == ["Z01", "Z01"]
    assert "Z01" not in florida.rules


def test_a_category_that_some_rule_does_not_know_is_asked_of_every_rule():
    florida = book("florida")
    newer = florida.rules["B03"]  # as when the rules of two versions are asked together
    less = {code: category for code, category in newer.rule.categories.items() if code != "CLIN_PEER"}
    other = replace(newer, rule=replace(newer.rule, categories=less))
    by_stage: dict[Any, Any] = {"authorize": tuple(other if one is newer else one for one in florida.by_stage["authorize"])}
    both = replace(florida, rules=MappingProxyType({**florida.rules, "B03": other}), by_stage=MappingProxyType(by_stage))
    question = facts(request=a_gym_month(category="CLIN_PEER"))

    decision = policy.evaluate(both, replace(question))

    assert {"not_computed": "KeyError"} in [finding.facts for finding in decision.findings]
    assert decision.to_json() == one_by_one(both, replace(question), "authorize").to_json()


def test_each_day_has_the_plan_of_its_time():
    dated = named("in their time")

    plans = [plan_of(dated, "authorize", date(2026, 10, day)) for day in range(12, 20)]

    assert len({id(one) for one in plans}) == 5
    for plan, day in zip(plans, range(12, 20), strict=True):
        assert [rule for _, rule in plan.everyone] == [one.rule for one in dated.at("authorize", date(2026, 10, day))]


def test_situations_are_forgotten_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr(compiling, "MOST_SITUATIONS", 10)
    rulebook = a_book("")
    plan = plan_of(rulebook, "authorize", date(2026, 10, 15))

    for category, emergency, cents in product(["WELL_GYM", "PET_CARE", "CLIN_PEER"], [True, False], [4000, 60000, 200000]):
        question = facts(request=a_gym_month(category=category, emergency=emergency, cents=cents))
        assert policy.evaluate(rulebook, question).to_json() == one_by_one(rulebook, replace(question), "authorize").to_json()
        assert len(plan._known) <= 10


def test_what_a_kind_claims_is_there_to_be_read():
    question = facts(request=a_gym_month())
    claimed = {path for kind in KINDS.values() for path in kind.silence.when}

    assert len(claimed) > 10
    for path in claimed:
        attrgetter(path)(question)


def test_a_search_keeps_what_it_has_summed():
    given = {"posted": [spent("WELL_GYM", 4000, "2026-10-01", "V-GYM")]}
    first = facts(given=given, request=a_gym_month(), approvals=[{"by": "BR-FL1", "role": "broker"}])
    policy.evaluate(book("florida"), first)
    request = replace(first.asked, amount_cents=9000, unit_price_cents=9000)

    other = first.varied(request=request)

    assert other == replace(first, request=request)
    assert other.totals is first.totals
    assert other.past is first.past
    assert other.counted_approvals is first.counted_approvals


def test_an_approval_is_judged_again_when_somebody_else_asks_or_is_paid():
    first = facts(request=a_gym_month(), approvals=[{"by": "BR-FL1", "role": "broker"}])
    assert first.approved_rank == 1
    own = replace(first.seller, owners=frozenset({"BR-FL1"}))

    assert first.varied(request=replace(first.asked, submitted_by="BR-FL1")).approved_rank == 0
    assert first.varied(vendor=own).approved_rank == 0
    assert first.varied(approvals=()).approved_rank == 0


def test_a_caller_may_sum_a_history_of_its_own():
    question = replace(facts(request=a_gym_month(cents=55000)), history=HISTORY)
    totals = policy.totals_of(HISTORY, question.budget.starts_on, question.budget.ends_on)

    kept = replace(question).remembering(totals, policy.past_of(HISTORY))

    assert policy.evaluate(book("florida"), kept).to_json() == one_by_one(book("florida"), question, "authorize").to_json()
