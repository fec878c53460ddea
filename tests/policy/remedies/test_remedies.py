"""Each denial and need carries what would let it pass, and that is so when the evaluator is asked again."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

import policy
from tests.policy.questions import (
    BROKER,
    DIRECTOR,
    MEMBERS,
    TEXAS_BROKER,
    TEXAS_DIRECTOR,
    a_bill,
    a_book,
    a_bus_card,
    a_gym_month,
    book,
    facts,
    spent,
    yes,
)
from tests.policy.remedies.asking import YOGA, candidate, changed, way

TUITION = {"category": "EDUC_TUITION", "cents": 110000, "vendor": "V-COLL", "goal": "G-EDU", "submitted_at": "2026-10-15T10:00"}
COMPUTER = {"category": "TECH_COMPUTER", "cents": 44001, "vendor": "V-TECH", "goal": "G-WORK"}
AIDE = {"category": "INHOME_CARE", "cents": 9000, "vendor": "V-AIDE", "goal": "G-HOME"}


def remedies(rule: str, **parts: Any) -> list[policy.Remedy]:
    return list(way(**parts).of(rule))


def kinds(rule: str, **parts: Any) -> list[str]:
    return [one.kind for one in remedies(rule, **parts)]


def bill_from(**vendor: Any) -> dict[str, Any]:
    """Return the question about a bill of the gym, with something of the gym changed."""
    return {"stage": "pay", "request": a_bill(), "given": {"vendor": {"V-GYM": vendor}}}


# ---- amounts --------------------------------------------------------------------------------------


def test_an_amount_is_the_largest_that_passes():
    (by_broker, amount) = remedies("A01", request=a_bus_card(cents=6000))

    assert (by_broker.kind, dict(by_broker.steps[0].details)) == ("ask_approver", {"role": "broker"})
    assert (amount.kind, amount.steps[0].details["most_cents"], amount.decision.outcome) == ("amount", 5000, "approve")
    assert policy.evaluate(book("florida"), facts(request=a_bus_card(cents=5001))).outcome == "needs_approval"


def test_an_amount_wakes_no_other_rule():
    """At $50.00 the split rule would speak: with what was bought days ago it comes to more than the threshold."""
    given = {"posted": [spent("WELL_GYM", 3000, "2026-10-14", "V-GYM")]}

    (_, amount) = remedies("A01", given=given, request=a_gym_month(cents=6000))

    assert amount.steps[0].details["most_cents"] == 2000
    assert amount.decision.outcome == "approve"


def test_fewer_pieces_come_before_a_lower_price():
    assert changed(remedies("A01", request=a_gym_month(cents=12000, quantity=4, unit_price=3000))[1]) == {
        "quantity": "1",
        "amount_cents": 3000,
    }
    assert changed(remedies("A01", request=a_gym_month(cents=20000, quantity=2, unit_price=10000))[1]) == {
        "quantity": "1",
        "unit_price_cents": 5000,
        "amount_cents": 5000,
    }


def test_an_expression_is_asked_where_it_changes_its_mind():
    own = a_book(
        "only: [G01, E9]\nrules:\n  E9:\n    kind: expression\n    severity: deny\n    stage: authorize\n    origin: illustrative\n"
        "    source: ours\n    message: {en: 'That is too much.', es: 'Eso es demasiado.'}\n"
        "    params: {condition: 'request.amount_cents > 4321'}\n"
    )

    (amount,) = remedies("E9", rulebook=own, request=a_bus_card(cents=6000))

    assert amount.steps[0].details["most_cents"] == 4321


# ---- dates ----------------------------------------------------------------------------------------


def test_one_may_wait_until_the_hours_to_think_are_over():
    (wait, amount) = remedies("A05", member="TX-M1", request=TUITION, approvals=[TEXAS_BROKER, TEXAS_DIRECTOR])

    assert wait.steps[0].details == {"until": "2026-10-16T10:00:00"}
    assert wait.facts.as_of == datetime.fromisoformat("2026-10-16T10:00")
    assert policy.evaluate(book("texas"), replace(wait.facts, as_of=wait.facts.as_of - timedelta(seconds=1))).rules("needs_approval") == [
        "A05",
        "A06",
    ]
    assert amount.steps[0].details["most_cents"] == 100_000


def test_more_money_opens_on_the_first_day_of_a_quarter():
    (wait, amount) = remedies("B01", member="FL-M2", request={**COMPUTER, "category": "WELL_GYM", "vendor": "V-GYM", "goal": "G-WELL",
                                                              "cents": 100_000})  # fmt: skip

    assert wait.steps[0].details == {"on": "2027-01-01"}
    assert amount.steps[0].details["most_cents"] == 83_600
    again = {"category": "WELL_GYM", "vendor": "V-GYM", "goal": "G-WELL", "cents": 100_000}
    assert "B01" in policy.evaluate(book("florida"), facts("FL-M2", as_of="2026-12-31T12:00", request=again)).rules("deny")
    assert "B01" not in policy.evaluate(book("florida"), facts("FL-M2", as_of="2027-01-01T12:00", request=again)).rules("deny")


def test_releases_may_be_told_by_who_knows_them():
    releases = (policy.Release(date(2026, 11, 1), 10), policy.Release(date(2026, 12, 1), 500_000))

    (wait, _) = remedies("B01", request=a_bus_card(cents=160_000), choices=policy.Choices(releases=releases))

    assert wait.steps[0].details == {"on": "2026-12-01"}


@pytest.mark.parametrize(
    ("given", "request_", "rule", "on"),
    [
        ({"plan": {"from": "2026-10-20"}}, a_bus_card(), "G02", "2026-10-20"),
        ({"member": {"eligible_from": "2026-11-01"}}, a_bus_card(), "D01", "2026-11-01"),
        ({}, a_bus_card(purchase_date="2027-07-05"), "D02", "2027-06-30"),
        ({}, a_bus_card(service_to="2026-12-20"), "D05", "2026-11-19"),
        ({"posted": [spent("TRAN_TRANSIT", 3000, "2026-10-14", "V-BUS")]}, a_bus_card(), "U05", "2026-10-18"),
        ({"posted": [spent("TRAN_TRANSIT", 4000, "2026-10-14", "V-BUS")]}, a_bus_card(), "U06", "2026-10-21"),
        (
            {"posted": [spent("TECH_COMPUTER", 40000, "2023-12-20", "V-TECH")]},
            {**COMPUTER, "cents": 4000},
            "U03",
            "2026-12-20",
        ),
    ],
)
def test_another_day_is_the_first_on_which_it_passes(given, request_, rule, on):
    one = remedies(rule, given=given, request=request_)[0]

    assert (one.kind, changed(one)["purchase_date"]) == ("date", on)
    later = one.steps[0].details["may_come"] == "later"
    beside = date.fromisoformat(on) - timedelta(days=1 if later else -1)
    asked = one.facts.asked
    day_before = replace(asked, purchase_date=beside, service_to=beside if asked.service_to == asked.purchase_date else asked.service_to)
    decision = policy.evaluate(book("florida"), replace(one.facts, request=day_before))
    assert rule in decision.rules("deny") + decision.rules("needs_approval")


def test_help_may_end_while_the_license_is_good():
    one = remedies(
        "V05", request={"category": "CLIN_PEER", "cents": 4000, "vendor": "V-PEER", "goal": "G-WELL", "service_to": "2026-11-20"}
    )[0]

    assert changed(one) == {"service_to": "2026-10-31"}


def test_what_was_bought_already_is_not_dated_otherwise():
    request = a_bus_card(already_bought=True, emergency=True)

    assert remedies("G02", given={"plan": {"from": "2026-10-20"}}, request=request) == []


# ---- lines ----------------------------------------------------------------------------------------


def test_money_is_moved_within_the_free_share_and_the_move_passes_by_itself():
    (move, by_broker, amount) = remedies("B11", given={"lines": {"TRAN_TRANSIT": 3000}}, request=a_bus_card(cents=4000))

    details = move.steps[0].details
    assert details == {"from_category": "CLIN_THERAPY", "to_category": "TRAN_TRANSIT", "amount_cents": 637}
    transfer = {"from_line": "CLIN_THERAPY", "to_line": "TRAN_TRANSIT", "cents": 637}
    moved = policy.evaluate(book("florida"), facts(stage="transfer", request=transfer), "transfer")
    assert moved.outcome == "approve"
    assert move.decision.outcome == "approve"
    one_less = facts(given={"lines": {"TRAN_TRANSIT": 3636, "CLIN_THERAPY": 123216 - 636}}, request=a_bus_card(cents=4000))
    assert policy.evaluate(book("florida"), one_less).rules("needs_approval") == ["B11"]
    assert (by_broker.kind, amount.steps[0].details["most_cents"]) == ("ask_approver", 3300)


def test_what_was_moved_before_counts():
    lines = {"TRAN_TRANSIT": 3000, "WELL_GYM": 36000, "CLIN_THERAPY": 10000}
    plan = {"plan": {"lines": lines}}
    free = policy.Choices(moved_cents={"WELL_GYM": 3100}, planned_cents={"WELL_GYM": 39000})

    by_one = remedies("B11", given=plan, request=a_bus_card(cents=4000), choices=free)[0]
    by_two = remedies("B11", given=plan, request=a_bus_card(cents=4200), choices=free)[0]

    assert [step.details["from_category"] for step in by_one.steps] == ["WELL_GYM"]
    assert [(step.details["from_category"], step.details["amount_cents"]) for step in by_two.steps] == [("CLIN_THERAPY", 819)]


def test_several_lines_give_what_one_can_not():
    plan = {"plan": {"lines": {"TRAN_TRANSIT": 3000, "WELL_GYM": 5000, "CLIN_THERAPY": 4000}}}

    one = remedies("B11", given=plan, request=a_bus_card(cents=4000))[0]

    assert [(step.details["from_category"], step.details["amount_cents"]) for step in one.steps] == [
        ("WELL_GYM", 500),
        ("CLIN_THERAPY", 137),
    ]
    assert one.decision.outcome == "approve"


def test_no_line_gives_more_than_it_may():
    plan = {"plan": {"lines": {"TRAN_TRANSIT": 3000, "WELL_GYM": 6000}}}

    assert kinds("B11", given=plan, request=a_bus_card(cents=4000)) == ["ask_approver", "amount"]


def test_a_line_that_the_plan_does_not_have_is_opened_only_where_that_can_be():
    missing = {"given": {"lines": {"TRAN_TRANSIT": None}}, "request": a_bus_card(cents=4000)}

    assert kinds("G03", **missing) == ["ask_approver"]
    assert kinds("G03", **missing, choices=policy.Choices(may_add_lines=True)) == ["move_line", "ask_approver"]
    assert kinds(
        "B11", given={"lines": {"TRAN_TRANSIT": 3000}}, request=a_bus_card(cents=4000), choices=policy.Choices(may_move=False)
    ) == [
        "ask_approver",
        "amount",
    ]


def test_a_move_may_come_from_another_line_ask_the_broker_or_be_smaller():
    asked = {"from_line": "WELL_GYM", "to_line": "WELL_ALT", "cents": 4000}

    (line, by_broker, amount) = remedies("B06", stage="transfer", request=asked)

    assert changed(line) == {"from_line": "CLIN_THERAPY"}
    assert by_broker.kind == "ask_approver"
    assert changed(amount) == {"amount_cents": 3600}
    assert kinds("B13", stage="transfer", request={**asked, "cents": 37000}) == ["other_line", "amount"]


# ---- people ---------------------------------------------------------------------------------------


def test_a_yes_that_would_not_count_is_not_asked_for():
    """The broker asked for it themselves, so the next one higher is asked."""
    (someone, *_) = remedies("A01", request=a_bus_card(cents=6000, submitted_by="BR-FL1"))

    assert someone.steps[0].details == {"role": "director"}
    assert someone.decision.outcome == "approve"


def test_somebody_else_says_yes_where_the_only_yes_does_not_count():
    conflicted = remedies("A04", request=a_bus_card(cents=6000, submitted_by="BR-FL1"), approvals=[BROKER])

    assert [one.kind for one in conflicted] == ["ask_approver"]
    assert conflicted[0].decision.outcome == "approve"


def test_a_second_person_is_a_director_beside_the_broker():
    (someone, *_) = remedies("A02", given={"lines": {"TECH_COMPUTER": 60000}}, request={**COMPUTER, "cents": 50001}, approvals=[BROKER])

    assert someone.steps[0].details == {"role": "director"}
    assert someone.decision.outcome == "approve"


@pytest.mark.parametrize(("rule", "vendor", "role"), [("C01", "V-SISCO", "director"), ("V06", "V-GYM", "director")])
def test_what_a_person_may_allow_is_asked_of_them(rule, vendor, role):
    found = remedies(rule, request={"category": "WELL_ALT", "cents": 4000, "vendor": vendor, "goal": "G-WELL"})

    assert [(one.kind, one.steps[0].details["role"]) for one in found] == [("ask_approver", role)]


def test_a_rule_that_can_not_be_computed_is_asked_of_the_director():
    found = remedies("B09", member="PA-M1", given={"budget": {"baseline_monthly_cents": None}},
                     request={"category": "SOCL_ART", "cents": 3000, "vendor": "V-SHOP", "goal": "G-SOC"})  # fmt: skip

    assert [(one.kind, one.decision.outcome) for one in found] == [("ask_approver", "approve")]


# ---- papers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "parts", "expected"),
    [
        ("L01", {"request": a_bus_card(other_payer_covers=True)}, [("add_document", {"document": "denial_letter"})]),
        ("T01", {"request": a_bus_card(tagged=False)}, [("ask_review", {"role": "broker"})]),
        ("X01", {"request": a_bus_card(memo_to_vendor="My REHAB days")}, [("edit_memo", {"words": ("rehab",)})]),
        (
            "R04",
            {"request": a_bus_card(), "given": {"member": {"overdue_receipts": 5}}},
            [("add_document", {"document": "receipt", "count": 3}), ("ask_approver", {"role": "broker"})],
        ),
        (
            "A06",
            {"member": "TX-M1", "request": {**TUITION, "cents": 30000}},
            [("add_document", {"document": "quote", "count": 3}), ("amount", {"most_cents": 25000})],
        ),
        ("B08", {"stage": "reserve", "request": {"cents": 100, "purpose": "A bike", "goal": None}}, [("goal", {"goal_id": "G-WELL"})]),
        ("R01", {"stage": "pay", "request": {**a_bill(), "invoice": None}}, [("add_document", {"document": "bill"})]),
        (
            "R02",
            {"stage": "pay", "request": a_bill(invoice={"amount_cents": 9101})},
            [("ask_approver", {"role": "broker"}), ("amount", {"most_cents": 9100})],
        ),
        (
            "R03",
            {"stage": "pay", "request": a_bill(invoice={"business": ""})},
            [("add_document", {"document": "bill", "missing": ("business",)})],
        ),
        ("V02", bill_from(w9=False), [("add_document", {"document": "tax_form"})]),
        ("V04", bill_from(screened_on="2026-01-01"), [("ask_review", {})]),
        ("V07", bill_from(payouts_enabled=False), [("set_up_payout", {})]),
        ("D03", {"stage": "pay", "request": a_bill(invoice={"received_on": "2027-05-02"})}, []),
        ("U04", {"stage": "pay", "request": a_bill(), "given": {"paid_invoices": [{"vendor": "V-GYM", "number": "A1"}]}}, []),
        ("P01", {"request": a_bus_card(tags=["alcohol"])}, []),
        ("P10", {"request": a_bus_card(beneficiary="P-MOM")}, []),
        ("D04", {"request": a_bus_card(already_bought=True)}, []),
    ],
)  # fmt: skip
def test_a_paper_a_note_or_nothing(rule, parts, expected):
    answer = way(**parts)

    assert rule in {one.rule for one in policy_findings(parts)}
    assert [(one.kind, dict(one.steps[0].details)) for one in answer.of(rule)] == expected


def policy_findings(parts: dict[str, Any]) -> tuple[policy.Finding, ...]:
    member, stage = parts.get("member", "FL-M1"), parts.get("stage", "authorize")
    given = {name: part for name, part in parts.items() if name not in {"member", "stage"}}
    return policy.evaluate(book(MEMBERS[member]), facts(member, stage=stage, **given), stage).findings


# ---- vendors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "request_"),
    [
        ("V01", {"category": "WELL_GYM", "cents": 4000, "vendor": "V-NEW", "goal": "G-WELL"}),
        ("V03", {"category": "WELL_ALT", "cents": 4000, "vendor": "V-EXCL", "goal": "G-WELL"}),
        ("V06", {"category": "WELL_ALT", "cents": 4000, "vendor": "V-GYM", "goal": "G-WELL"}),
        ("C01", {"category": "WELL_ALT", "cents": 4000, "vendor": "V-SISCO", "goal": "G-WELL"}),
        ("C02", {"category": "WELL_ALT", "cents": 4000, "vendor": "V-BRFAM", "goal": "G-WELL"}),
        ("C03", {"category": "EMPL_TOOLS", "cents": 4000, "vendor": "V-SELF", "goal": "G-WORK"}),
    ],
)
def test_vendors_of_the_directory_that_would_pass_are_named(rule, request_):
    choices = policy.Choices(
        candidates=(
            candidate("V-EXCL", "WELL_ALT", 4000),
            candidate("V-YOGA", "WELL_ALT", 4500),
            candidate("V-GYM", "WELL_GYM", 4000),
            candidate("V-TOOL", "EMPL_TOOLS", 3500),
        )
    )

    found = [one for one in remedies(rule, request=request_, choices=choices) if one.kind == "other_vendor"]

    assert [one.steps[0].details["vendor_id"] for one in found] == [
        {"WELL_GYM": "V-GYM", "WELL_ALT": "V-YOGA", "EMPL_TOOLS": "V-TOOL"}[str(request_["category"])]
    ]
    assert all(one.decision.outcome == "approve" for one in found)


def test_at_most_three_vendors_are_named_the_nearest_price_first():
    prices = (4300, 3900, 4100, 4200)
    choices = policy.Choices(candidates=tuple(candidate("V-YOGA", "WELL_ALT", price) for price in prices))

    found = remedies("V03", request={"category": "WELL_ALT", "cents": 4000, "vendor": "V-EXCL", "goal": "G-WELL"}, choices=choices)

    assert [one.steps[0].details["unit_price_cents"] for one in found] == [3900, 4100, 4200]


def test_another_offering_of_the_same_vendor_is_a_remedy_for_a_price_and_not_for_a_ban():
    choices = policy.Choices(candidates=(candidate("V-YOGA", "WELL_ALT", 8000),), least_unit_price_cents=9500)

    (cheaper,) = remedies("U01", request={**YOGA, "goal": "G-WELL", "quantity": 1, "cents": 9500}, choices=choices)

    assert changed(cheaper) == {"offering_id": "O-V-YOGA-8000", "unit_price_cents": 8000, "amount_cents": 8000}


def test_a_members_own_worker_is_paid_by_payroll_or_an_agency_comes():
    agency = policy.Choices(candidates=(candidate("V-HOMEAG", "INHOME_CARE"),))

    assert kinds("W01", member="TX-M1", request=AIDE, choices=agency) == ["payroll", "other_vendor"]
    without = replace(agency, may_use_payroll=False)
    assert kinds("W01", member="TX-M1", request=AIDE, choices=without) == ["other_vendor"]


def test_the_directory_is_wanted_only_where_it_may_help():
    def wants(**parts: Any) -> bool:
        question = facts(**parts)
        return policy.wants_candidates(policy.evaluate(book("florida"), question))

    assert wants(request=a_bus_card(vendor="V-NEW"))
    assert wants(request={"category": "WELL_ALT", "cents": 4000, "vendor": "V-SISCO", "goal": "G-WELL"})
    assert not wants(request=a_bus_card())
    assert not wants(
        request=a_bus_card(cents=200_000), approvals=[DIRECTOR, yes("PAY-FL", "payer")], given={"budget": {"allocated_cents": 10**7}}
    )
