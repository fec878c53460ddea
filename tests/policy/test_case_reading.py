"""Every key of a case does what it says, at every stage; a key that means nothing is refused."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

import policy
from tests.policy.questions import a_bill, a_book, a_bus_card, a_gym_month, ask, book, facts, fixtures, outcome, spent, tools, yes

APPROVED: tuple[str, list[str], list[str], list[str]] = ("approve", [], [], [])


def held(*rules: str) -> tuple[str, list[str], list[str], list[str]]:
    return "needs_approval", [], list(rules), []


def refused(**parts) -> str:
    case = {"id": "X1", "member": "FL-M1", "as_of": "2026-10-15T12:00", "request": a_gym_month(), "expect": {"decision": "approve"}}
    with pytest.raises(policy.CaseError, match="case X1: ") as caught:
        policy.run_case({**case, **parts}, fixtures(), {"florida": book("florida")})
    return caught.value.problem


# ---- the request ----------------------------------------------------------------------------------


def test_what_a_request_leaves_out_is_plain():
    asked = facts(request=a_gym_month()).asked

    assert (asked.quantity, asked.unit_price, asked.goods_cents()) == (Decimal(1), 4000, 4000)
    assert (asked.beneficiary, asked.submitted_by) == ("FL-M1", "FL-M1")
    assert asked.submitted_at == datetime.fromisoformat("2026-10-13T12:00")
    assert (asked.purchase_date, asked.service_to) == (date(2026, 10, 15), date(2026, 10, 15))
    assert (asked.payment_method, asked.rail, asked.source) == ("vendor_direct", "vendor_payout", "available")
    assert (asked.tags, asked.tagged, asked.quotes, asked.lowest_quote_cents) == (frozenset(), True, 0, None)
    assert (asked.already_bought, asked.emergency, asked.other_payer_covers, asked.other_payer_denial_on_file) == (False,) * 4


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (tools(cents=9000, lowest_quote=8181), ("approve", [], [], ["A07"])),
        (tools(cents=9000, lowest_quote=8182), APPROVED),
        (tools(cents=9000, lowest_quote=8000, quote_reason="closest one"), APPROVED),
        (tools(other_payer_covers=True), ("deny", ["L01"], [], [])),
        (tools(other_payer_covers=True, other_payer_denial_on_file=True), APPROVED),
        (tools(purchase_date="2027-03-01"), ("deny", ["G02", "D01", "D02"], [], [])),
        (tools(payment_method="member_reimbursement"), ("deny", ["P07"], [], [])),
        (tools(memo_to_vendor="my rehab"), held("X01")),
        (tools(cents=9000, quantity="0.5", unit_price=18000), APPROVED),
        (tools(cents=9000, quantity=Decimal("0.333"), unit_price=27027), APPROVED),
        (tools(cents=9001, quantity=2, unit_price=4000, tax_cents=500, delivery_cents=501), APPROVED),
        (tools(tagged=False), held("T01")),
        (tools(tags=["premium", "fine"]), ("deny", ["P05", "L02"], [], [])),
        (tools(beneficiary="member"), APPROVED),
    ],
)
def test_a_key_of_the_request_decides(request_, expected):
    assert outcome(ask("TX-M1", request=request_)) == expected


def test_the_members_worker_is_paid_by_payroll():
    aide = {"category": "INHOME_CARE", "cents": 6000, "quantity": 4, "unit_price": 1500, "vendor": "V-AIDE", "goal": "G-HOME"}

    assert outcome(ask("TX-M1", request=aide)) == ("deny", ["W01"], [], [])
    assert outcome(ask("TX-M1", request={**aide, "rail": "payroll"})) == APPROVED


def test_a_purchase_from_savings_is_judged_by_savings():
    given = {"budget": {"reserved_cents": 5000}}

    decisions = [ask("FL-M1", given=given, request=a_bus_card(**{"from": "saved", "cents": cents})) for cents in (5000, 5001)]

    assert [outcome(one)[:2] for one in decisions] == [("approve", []), ("deny", ["B01"])]
    assert decisions[0].available_cents == 5000


def test_a_purchase_from_earned_savings_is_judged_by_savings():
    art = {"category": "SOCL_ART", "vendor": "V-SHOP", "goal": "G-SOC", "from": "saved"}
    given = {"budget": {"reserved_cents": 2000}}

    assert outcome(ask("PA-M1", as_of="2026-11-05T12:00", given=given, request={**art, "cents": 2000})) == APPROVED
    assert outcome(ask("PA-M1", as_of="2026-11-05T12:00", given=given, request={**art, "cents": 2001})) == ("deny", ["B09"], [], [])


# ---- what is given --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "denied"),
    [
        ({"member": {"status": "left"}}, ["D01"]),
        ({"member": {"eligible_to": "2026-10-14"}}, ["D01"]),
        ({"member": {"eligible_to": "2026-10-15"}}, []),
        ({"member": {"eligible_to": None}}, []),
        ({"member": {"eligible_from": date(2026, 10, 16)}}, ["D01"]),
        ({"plan": {"status": "draft"}}, ["G02"]),
        ({"plan": {"to": "2026-10-14"}}, ["G02"]),
        ({"plan": {"goals": {"G-WELL": {"status": "closed"}}}}, ["G01"]),
        ({"plan": {"goals": {"G-NEW": {"domain": "wellness"}}}}, ["G01"]),
        ({"budget": {"available_cents": 3999}}, ["B01"]),
        ({"budget": {"allocated_cents": 7998}}, ["B01"]),
        ({"budget": {"to": "2026-10-14"}}, ["D02"]),
        ({"vendor": {"V-GYM": {"status": "suspended"}}}, ["V01"]),
        ({"vendor": {"V-GYM": {"sam_match": True}}}, ["V03"]),
        ({"vendor": {"V-GYM": {"state_list_match": True}}}, ["V03"]),
        ({"vendor": {"V-GYM": {"owners": ["FL-M1"]}}}, ["C03"]),
        ({"vendor": {"V-GYM": {"owners": ["BR-FL1"]}}}, ["C02"]),
        ({"people": {"BR-FL1": {"relatives": ["P-AUNT"]}}, "vendor": {"V-GYM": {"owners": ["P-AUNT"]}}}, ["C02"]),
        ({"people": {"BR-FL1": {"relatives": []}}, "vendor": {"V-GYM": {"owners": ["P-BRFAM"]}}}, []),
    ],
)
def test_what_is_given_is_laid_over_the_fixtures(given, denied):
    assert ask("FL-M1", given=given, request=a_gym_month()).rules("deny") == denied


def test_a_new_goal_is_open_and_a_known_one_keeps_what_is_not_said():
    plan = facts(
        request=a_gym_month(), given={"plan": {"goals": {"G-NEW": {"domain": "social"}, "G-WELL": {"title": "Run"}, "G-OLD": {}}}}
    ).plan

    assert {name: (goal.domain, goal.status, goal.title) for name, goal in plan.goals.items()} == {
        "G-NEW": ("social", "active", ""),
        "G-WELL": ("wellness", "active", "Run"),
        "G-OLD": ("social", "closed", ""),
    }


def test_a_line_given_as_null_is_taken_out_of_the_plan():
    assert outcome(ask(given={"lines": {"WELL_GYM": None}}, request=a_gym_month())) == held("G03")
    assert "WELL_GYM" not in facts(request=a_gym_month(), given={"plan": {"lines": {"TRAN_TRANSIT": 100}}}).plan.lines


def test_a_member_without_a_plan_can_buy_nothing():
    world = {**fixtures(), "plans": {}}
    case = {"id": "X1", "member": "FL-M1", "as_of": "2026-10-15T12:00", "request": a_gym_month(), "expect": {"decision": "deny"}}

    assert policy.run_case(case, world, {"florida": book("florida")}).decision.rules("deny") == ["G01", "G02"]


def test_funding_decides_whose_share_is_kept_for_care():
    given: dict[str, Any] = {"posted": [spent("HLTH_DENTAL", 165000, "2026-12-01", "V-DENT")]}
    request = {"category": "TRAN_TRANSIT", "cents": 5000, "vendor": "V-BUS", "goal": "G-WORK"}

    assert ask("FL-M1", as_of="2027-05-10T12:00", given=given, request=request).rules("deny") == ["B03"]
    given |= {"member": {"funding": "insured"}}
    assert ask("FL-M1", as_of="2027-05-10T12:00", given=given, request=request).rules("deny") == []


def test_the_employer_of_a_broker_may_be_given():
    people = {"people": {"BR-FL1": {"employer": "V-GYM"}}}

    assert outcome(ask(given=people, request=a_gym_month())) == held("C04")


def test_a_vendor_may_be_given_whole_and_its_credentials_too():
    vendor = {"V-NEW2": {"categories": ["CLIN_PEER"], "credentials": [{"type": "peer_cert", "expires": "2026-12-01"}]}}
    request = {"category": "CLIN_PEER", "cents": 4000, "vendor": "V-NEW2", "goal": "G-WELL"}

    assert outcome(ask(given={"vendor": vendor}, request=request)) == APPROVED
    assert ask(given={"vendor": vendor}, request={**request, "service_to": "2026-12-02"}).rules("deny") == ["V05"]


@pytest.mark.parametrize(
    ("closed", "cents", "denied"), [({"2026-01": 110000}, 10000, []), ({"2026-01": 110000}, 10001, ["B09"]), ({}, 1, ["B09"])]
)
def test_closed_months_may_be_given(closed, cents, denied):
    given = {"budget": {"closed_months": closed}}
    request = {"category": "EDUC_CLASS", "cents": cents, "vendor": "V-COLL", "goal": "G-EDU"}

    assert ask("PA-M1", as_of="2026-11-05T12:00", given=given, request=request).rules("deny") == denied


def test_the_share_that_is_earned_is_that_of_the_rule_whatever_its_id():
    half = a_book(
        "budget: {release: earned}\nonly: [B01, S09]\n"
        "rules:\n  S09: {kind: earned_funds, severity: deny, stage: authorize, origin: illustrative, source: a test,"
        " message: {en: No., es: No hay.}, params: {share: 0.5}}\n"
    )

    earned = policy.case_facts(
        {"member": "PA-M1", "as_of": "2026-11-05T12:00", "request": {"category": "SOCL_ART", "cents": 1}}, fixtures(), half
    )

    assert earned.budget.available_cents == 70000


# ---- stages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, APPROVED),
        ({"vendor": {"V-GYM": {"screened_on": "2026-09-13"}}}, held("V04")),
        ({"vendor": {"V-GYM": {"screened_on": None}}}, held("V04")),
        ({"vendor": {"V-GYM": {"tin_match": False}}}, held("V02")),
        ({"vendor": {"V-GYM": {"leie_match": True}}}, ("deny", ["V03"], [], [])),
        ({"paid_invoices": [{"vendor": "V-GYM", "number": "A1"}]}, ("deny", ["U04"], [], [])),
        ({"paid_invoices": [{"vendor": "V-YOGA", "number": "A1"}]}, APPROVED),
    ],
)
def test_what_is_given_decides_at_the_bill(given, expected):
    assert outcome(ask(stage="pay", given=given, request=a_bill())) == expected


def test_a_yes_counts_at_every_stage():
    director = [yes("DIR-FL", "director")]
    over = a_bill(invoice={"amount_cents": 9101})
    move = {"from_line": "WELL_GYM", "to_line": "TRAN_TRANSIT", "cents": 3601}
    saving = {"cents": 10001, "purpose": "a bicycle", "goal": "G-WELL"}
    full = {"budget": {"reserved_cents": 340000, "available_cents": 50000}}

    assert [outcome(ask(stage="pay", request=over, approvals=given)) for given in ([], director)] == [held("R02"), APPROVED]
    assert [outcome(ask(stage="transfer", request=move, approvals=given)) for given in ([], director)] == [held("B06"), APPROVED]
    assert [outcome(ask(stage="reserve", given=full, request=saving, approvals=given)) for given in ([], [yes("PAY-FL", "payer")])] == [
        held("B07"),
        APPROVED,
    ]


def test_whoever_asks_does_not_approve_at_any_stage():
    move = {"from_line": "WELL_GYM", "to_line": "TRAN_TRANSIT", "cents": 3601, "submitted_by": "BR-FL1"}

    assert outcome(ask(stage="transfer", request=move, approvals=[yes("BR-FL1", "broker")])) == held("B06")


def test_a_bill_that_leaves_out_its_category_is_for_what_the_vendor_sells_first():
    bill = a_bill()
    del bill["category"]

    assert facts(stage="pay", request=bill).asked.category == "WELL_GYM"
    assert outcome(ask(stage="pay", request=bill)) == APPROVED
    assert ask("TX-M1", stage="pay", request={**bill, "vendor": "V-HOMEAG"}).rules("needs_approval") == ["W02"]


def test_moves_of_the_period_count():
    move = {"from_line": "WELL_GYM", "to_line": "TRAN_TRANSIT", "cents": 601}

    assert outcome(ask(stage="transfer", given={"moved_from_line": {"WELL_GYM": 3000}}, request=move)) == held("B06")


# ---- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"requests": {}}, "the case has an unknown key requests"),
        ({"given": {"approvals": []}}, "given has an unknown key approvals, expected one of: budget,"),
        ({"given": {"member": {"state": "active"}}}, "given.member has an unknown key state"),
        ({"given": {"people": {"BR-FL1": {"boss": "X"}}}}, "given.people.BR-FL1 has an unknown key boss"),
        ({"given": {"budget": {"left": 5}}}, "given.budget has an unknown key left"),
        ({"given": {"plan": {"line": {}}}}, "given.plan has an unknown key line"),
        ({"given": {"plan": {"goals": {"G-NEW": {}}}}}, "goal G-NEW has no domain"),
        ({"given": {"vendor": {"V-GYM": {"screened": 1}}}}, "given.vendor.V-GYM has an unknown key screened"),
        ({"given": {"posted": [{"category": "WELL_GYM", "cents": 1}]}}, "posted has no date"),
        ({"given": {"posted": [{"category": "WELL_GYM", "date": "2026-10-01"}]}}, "posted has no cents"),
        ({"given": []}, "given is [], expected fields and their values"),
        ({"request": a_gym_month(colour="red")}, "request has an unknown key colour"),
        ({"request": a_gym_month(cents="40")}, "request.cents is '40', expected whole cents"),
        ({"request": {"cents": 100}}, "request has no category"),
        ({"request": {"category": "WELL_GYM"}}, "request has no cents"),
        ({"request": a_gym_month(vendor="V-NOWHERE")}, "nothing is known of the vendor V-NOWHERE"),
        ({"request": a_gym_month(quantity="many")}, "quantity is 'many', expected a number"),
        ({"request": a_gym_month(rail="cash")}, "request.rail is 'cash', expected vendor_payout or payroll"),
        ({"request": a_gym_month(**{"from": "pocket"})}, "request.from is 'pocket', expected available or saved"),
        ({"request": a_gym_month(emergency="yes")}, "emergency is 'yes', expected true or false"),
        ({"request": a_gym_month(tags="alcohol")}, "tags is 'alcohol', expected a list"),
        ({"request": a_gym_month(service_to="soon")}, "service_to is 'soon', expected a date like 2026-10-15"),
        ({"request": a_gym_month(submitted_at="soon")}, "submitted_at is 'soon', expected an instant"),
        ({"approvals": [{"role": "broker"}]}, "approval has no by"),
        ({"approvals": [{"by": "SOMEBODY"}]}, "approval by SOMEBODY has no role"),
        ({"approvals": [{"by": "BR-FL1", "rol": "broker"}]}, "an approval has an unknown key rol"),
        ({"member": "NOBODY"}, "the fixtures have no NOBODY among their members"),
        ({"member": "TX-M1"}, "no rulebook texas is here, expected one of: florida"),
        ({"as_of": "yesterday"}, "as_of is 'yesterday', expected an instant"),
        ({"as_of": None}, "case has no as_of"),
        ({"stage": "later"}, "stage is 'later', expected authorize or pay or transfer or reserve"),
        ({"stage": "transfer"}, "request has no from_line"),
        ({"expect": None}, "the case has no expect"),
        ({"expect": {}}, "expect has no decision"),
        ({"expect": {"decision": "maybe"}}, "expect.decision is 'maybe'"),
        ({"expect": {"decision": "deny", "denials": []}}, "expect has an unknown key denials"),
    ],
)
def test_what_a_case_says_wrongly_is_named(parts, problem):
    assert problem in refused(**parts)
