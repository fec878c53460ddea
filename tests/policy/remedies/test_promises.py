"""What a suggestion promises holds for every question: the cases of four programs changed at random, and questions made up."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

import policy
from tests.policy.questions import MEMBERS, book, cases, fixtures
from tests.policy.remedies.asking import candidate
from tests.policy.test_promises import questions

Question = tuple[str, policy.Facts, policy.Stage]
"""The name of a shipped rulebook (a whole one is too much to print), the facts, the stage."""

CANDIDATES = tuple(
    candidate(vendor, category, price)
    for vendor, data in sorted(fixtures()["vendors"].items())
    for category in sorted(data["categories"])
    for price in (3000, 9000)
)
CHOICES = st.sampled_from(
    [
        None,
        policy.Choices(candidates=CANDIDATES),
        policy.Choices(candidates=CANDIDATES, may_add_lines=True, may_use_payroll=False, moved_cents={"WELL_GYM": 1000}),
        policy.Choices(least_unit_price_cents=2500, may_move=False),
    ]
)
PEOPLE = ["BR-FL1", "DIR-FL", "PAY-FL", "BR-TX1", "FL-M1"]


@st.composite
def changed_cases(draw: st.DrawFn) -> Question:
    """Take a case, and change some of its numbers, days, tags and people."""
    case = draw(st.sampled_from(cases()))
    stage: policy.Stage = case.get("stage", "authorize")
    request = dict(case["request"])
    if "cents" in request and draw(st.booleans()):
        request["cents"] = draw(st.sampled_from([1, request["cents"] * 10, request["cents"] + 1, 5001, 200_000]))
        request.pop("unit_price", None)
        request.pop("quantity", None)
    if stage == "authorize" and draw(st.booleans()):
        quantity = draw(st.sampled_from([1, 2, 7, 30, "2.5"]))
        price = draw(st.integers(1, 20_000))
        tax, delivery = draw(st.sampled_from([(0, 0), (7, 0), (113, 500)]))
        goods = int((Decimal(str(quantity)) * price + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR"))
        request |= {"quantity": quantity, "unit_price": price, "tax_cents": tax, "delivery_cents": delivery}
        request["cents"] = goods + tax + delivery + draw(st.sampled_from([0, 0, 0, 1]))
    if stage == "authorize":
        request |= draw(
            st.sampled_from(
                [
                    {},
                    {},
                    {"goal": None},
                    {"tagged": False},
                    {"memo_to_vendor": "for my rehab"},
                    {"tags": ["alcohol"]},
                    {"other_payer_covers": True},
                    {"payment_method": "member_reimbursement"},
                    {"vendor": "V-NEW"},
                    {"vendor": "V-AIDE"},
                ]
            )
        )
    approvals = [{"by": by, "role": by[:2]} for by in draw(st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True))]
    roles = {"BR": "broker", "DI": "director", "PA": "payer", "FL": "broker"}
    changed = {
        **case,
        "request": request,
        "as_of": str(case["as_of"]),
        "approvals": [*case.get("approvals", ()), *({**one, "role": roles[one["role"]]} for one in approvals)]
        if draw(st.booleans())
        else [],
    }
    rulebook = book(MEMBERS[case["member"]])
    facts = policy.case_facts(changed, fixtures(), rulebook)
    if facts.request is not None and stage == "authorize" and draw(st.booleans()):
        on = facts.today + timedelta(days=draw(st.integers(-200, 400)))
        facts = replace(facts, request=replace(facts.request, purchase_date=on, service_to=on))
    return rulebook.name, facts, stage


MADE_UP = questions().map(lambda question: (question[0].name, question[1], "authorize"))
ANY = st.one_of(changed_cases(), MADE_UP)


def answer(question: Question, choices: policy.Choices | None, at_most: int = 200) -> tuple[policy.Decision, policy.WayToYes]:
    name, facts, stage = question
    rulebook = book(name)
    decision = policy.evaluate(rulebook, facts, stage)
    return decision, policy.suggest(rulebook, facts, decision, stage=stage, choices=choices, at_most=at_most)


def in_the_way(rule: str, before: policy.Decision, after: policy.Decision) -> set[str]:
    """Name what keeps a remedy from being one: the rule itself, or one that did not speak before."""
    spoke = {*before.rules("deny"), *before.rules("needs_approval")}
    grave = {*after.rules("deny")} if rule in before.rules("deny") else {*after.rules("deny"), *after.rules("needs_approval")}
    return {one for one in grave if one == rule or one not in spoke}


@given(ANY, CHOICES)
@settings(max_examples=400, deadline=None)
def test_the_request_that_passes_everything_is_answered_as_promised(question, choices):
    name, _, stage = question
    rulebook = book(name)
    decision, way = answer(question, choices)

    assert way.evaluations <= 200
    assert (way.request is None) == (decision.outcome == "approve")
    found = way.suggestion
    if found is not None:
        assert policy.evaluate(rulebook, found.facts, stage) == found.decision
        assert found.decision.outcome != "deny"
        assert policy.evaluate(rulebook, found.final_facts, stage) == found.final
        assert found.final.outcome != "deny"
    elif isinstance(way.request, policy.NoRequest):
        assert way.request.why in {"none_exists", "search_spent"}


@given(ANY, CHOICES)
@settings(max_examples=400, deadline=None)
def test_every_remedy_ends_its_finding_and_wakes_nothing(question, choices):
    name, _, stage = question
    rulebook = book(name)
    decision, way = answer(question, choices)

    for one in way.remedies:
        assert policy.evaluate(rulebook, one.facts, stage) == one.decision
        assert in_the_way(one.rule, decision, one.decision) == set()
        assert all(one.message.values())


@given(ANY, st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_no_more_is_spent_than_may_be(question, at_most):
    _, way = answer(question, None, at_most)

    assert way.evaluations <= at_most


@given(ANY, CHOICES)
@settings(max_examples=400, deadline=None)
def test_an_amount_is_the_largest_one_more_does_not_pass(question, choices):
    name, facts, stage = question
    rulebook = book(name)
    decision, way = answer(question, choices)

    for one in way.remedies:
        if one.kind in {"amount", "quantity"} and _is_less(one, facts):
            assert in_the_way(one.rule, decision, policy.evaluate(rulebook, _one_more(one, facts, stage), stage)), (one.rule, one.changes)


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_a_day_is_the_first_the_day_before_does_not_pass(question):
    name, facts, stage = question
    rulebook = book(name)
    decision, way = answer(question, None)

    for one in way.remedies:
        if one.kind == "date" and one.steps[0].details["may_come"] == "later":
            on = one.facts.asked.purchase_date
            before = _dated(one, facts, on - timedelta(days=1))
            is_past = on <= max(facts.today, facts.asked.purchase_date)
            after = policy.evaluate(rulebook, before, stage)
            assert is_past or in_the_way(one.rule, decision, after) or _fails_beside(decision, after), (one.rule, on)


@given(MADE_UP, CHOICES)
@settings(max_examples=200, deadline=None)
def test_what_it_is_and_who_it_is_for_never_change_and_nothing_grows(question, choices):
    facts = question[1]
    _, way = answer(question, choices)

    told: list[policy.Remedy | policy.Suggestion] = [*way.remedies]
    for one in [*told, *([way.suggestion] if way.suggestion else [])]:
        asked, was = one.facts.asked, facts.asked
        assert (asked.category, asked.beneficiary, asked.emergency, asked.already_bought, asked.source) == (
            was.category,
            was.beneficiary,
            was.emergency,
            was.already_bought,
            was.source,
        )
        assert asked.quantity <= was.quantity
        assert asked.quantity == asked.quantity.to_integral_value()
        if not any(step.kind == "other_vendor" for step in one.steps):
            assert asked.tags == was.tags
            assert asked.unit_price <= was.unit_price
            assert choices is None or asked.unit_price >= min(was.unit_price, choices.least_unit_price_cents)


def _is_less(one: policy.Remedy, facts: policy.Facts) -> bool:
    """Tell a smaller amount from a sum that is set right."""
    return (
        one.facts.request is None
        or one.facts.pay is not None
        or one.facts.asked.unit_price != facts.asked.unit_price
        or (one.facts.asked.quantity != facts.asked.quantity)
    )


def _one_more(one: policy.Remedy, facts: policy.Facts, stage: policy.Stage) -> policy.Facts:
    """Return the question of a remedy with one cent, or one piece, more."""
    if stage == "transfer":
        return replace(one.facts, transfer=replace(one.facts.moved, amount_cents=one.facts.moved.amount_cents + 1))
    if stage == "reserve":
        return replace(one.facts, reserve=replace(one.facts.saved, amount_cents=one.facts.saved.amount_cents + 1))
    if stage == "pay":
        bill = one.facts.billed.bill
        assert bill is not None
        assert bill.amount_cents is not None
        return replace(one.facts, pay=replace(one.facts.billed, bill=replace(bill, amount_cents=bill.amount_cents + 1)))
    asked, was = one.facts.asked, facts.asked
    quantity, price = asked.quantity, asked.unit_price
    if one.kind == "amount":
        price += 1
    else:
        quantity += Decimal(1).scaleb(min(0, int(was.quantity.normalize().as_tuple().exponent)))
    goods = int((quantity * price + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR"))
    base = was.goods_cents()
    tax = (2 * was.tax_cents * goods + base) // (2 * base) if was.tax_cents else 0
    request = replace(asked, quantity=quantity, unit_price_cents=price, tax_cents=tax, amount_cents=goods + tax + was.delivery_cents)
    return replace(one.facts, request=request)


def _dated(one: policy.Remedy, facts: policy.Facts, on: date) -> policy.Facts:
    asked = one.facts.asked
    is_one_day = facts.asked.service_to in {None, facts.asked.purchase_date}
    return replace(one.facts, request=replace(asked, purchase_date=on, service_to=on if is_one_day else asked.service_to))


def _fails_beside(before: policy.Decision, after: policy.Decision) -> bool:
    """Tell whether another rule about days, which denied from the start, still denies."""
    return bool({"G02", "D01", "D02"} & set(before.rules("deny")) & set(after.rules("deny")))
