"""What the money is never for, other payers, goals, dates, vendors, conflicts, privacy: one sentence a rule."""

import pytest

from tests.policy.questions import BROKER, DIRECTOR, PAYER, a_bus_card, a_gym_month, ask, book, outcome, yes


@pytest.mark.parametrize("program", ["FL-M1", "WA-M1"])
def test_every_banned_tag_is_denied_by_its_rule_whoever_agrees(program):
    name = {"FL-M1": "florida", "WA-M1": "washington_new_freedom"}[program]
    bans = {
        tag: rule_id
        for rule_id, bound in book(name).rules.items()
        if bound.rule.kind == "prohibited_tags"
        for tag in bound.rule.params.tags
    }

    for tag, rule_id in bans.items():
        assert rule_id in ask(program, request={**a_gym_month(), "tags": [tag]}, approvals=[DIRECTOR, PAYER]).rules("deny")


@pytest.mark.parametrize(("cents", "denied"), [(10000, []), (10001, ["P07"])])
def test_florida_pays_a_member_back_up_to_a_limit(cents, denied):
    request = a_gym_month(cents=cents, payment_method="member_reimbursement")

    assert ask(request=request, approvals=[BROKER]).rules("deny") == denied


def test_what_is_for_someone_else_is_denied():
    assert ask(request=a_gym_month(beneficiary="P-MOM")).rules("deny") == ["P10"]
    assert ask(request=a_gym_month(beneficiary="member")).outcome == "approve"


def test_another_payer_comes_first_until_its_no_is_on_file():
    assert ask(request=a_gym_month(other_payer_covers=True)).rules("deny") == ["L01"]
    assert ask(request=a_gym_month(other_payer_covers=True, other_payer_denial_on_file=True)).outcome == "approve"


def test_what_nobody_looked_at_waits_for_a_look_or_for_the_broker():
    assert [dict(need.closed_by) for need in ask(request=a_bus_card(tagged=False)).needs] == [{"event": "tags_set"}]
    assert ask(request=a_bus_card(tagged=False), approvals=[BROKER]).outcome == "approve"


@pytest.mark.parametrize("goal", [None, "G-OLD", "G-NONE"])
def test_a_purchase_needs_an_active_goal(goal):
    assert ask(request=a_bus_card(goal=goal)).rules("deny") == ["G01"]


@pytest.mark.parametrize(
    ("plan", "denied"),
    [
        ({"status": "signed"}, ["G02"]),
        ({"from": "2026-10-16"}, ["G02"]),
        ({"from": "2026-10-15", "to": "2026-10-15"}, []),
        ({"to": "2026-10-14"}, ["G02"]),
    ],
)
def test_the_plan_is_in_force_on_the_day(plan, denied):
    assert ask(given={"plan": plan}, request=a_bus_card()).rules("deny") == denied


@pytest.mark.parametrize(
    ("member", "denied"),
    [
        ({"status": "suspended"}, ["D01"]),
        ({"eligible_to": "2026-10-14"}, ["D01"]),
        ({"eligible_to": "2026-10-15"}, []),
        ({"eligible_from": "2026-10-16"}, ["D01"]),
        ({"eligible_to": None}, []),
    ],
)
def test_the_member_is_in_the_program_on_the_day(member, denied):
    assert ask(given={"member": member}, request=a_bus_card()).rules("deny") == denied


@pytest.mark.parametrize(("until", "needed"), [("2026-11-15", []), ("2026-11-16", ["D05"])])
def test_a_month_may_be_paid_ahead(until, needed):
    assert ask(request=a_bus_card(service_to=until)).rules("needs_approval") == needed
    assert ask(request=a_bus_card(service_to=until), approvals=[DIRECTOR]).outcome == "approve"


@pytest.mark.parametrize(("until", "denied"), [("2026-10-31", []), ("2026-11-01", ["V05"])])
def test_a_credential_covers_the_last_day_of_the_service(until, denied):
    request = {"category": "CLIN_PEER", "cents": 4800, "vendor": "V-PEER", "goal": "G-WELL", "service_to": until}

    assert ask(request=request).rules("deny") == denied


def test_a_worker_of_the_member_is_paid_by_payroll():
    request = {"category": "INHOME_CARE", "cents": 6000, "vendor": "V-AIDE", "goal": "G-HOME"}

    assert ask("TX-M1", request=request).rules("deny") == ["W01"]
    assert ask("TX-M1", request={**request, "rail": "payroll"}).outcome == "approve"


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        (["P-SIS"], ("needs_approval", [], ["C01"], [])),
        (["P-ROOM"], ("needs_approval", [], ["C01"], [])),
        (["BR-FL1"], ("deny", ["C02"], [], [])),
        (["P-BRFAM"], ("deny", ["C02"], [], [])),
        (["FL-M1"], ("deny", ["C03"], [], [])),
        (["P-STRANGER"], ("approve", [], [], [])),
    ],
)
def test_who_owns_the_vendor_matters(owners, expected):
    assert outcome(ask(given={"vendor": {"V-GYM": {"owners": owners}}}, request=a_gym_month())) == expected


def test_only_the_payer_lets_the_brokers_employer_sell():
    request = {"category": "EDUC_CLASS", "cents": 6000, "vendor": "V-MHA", "goal": "G-EDU"}

    for approval, result in ((yes("DIR-PA", "director"), "needs_approval"), (yes("PAY-PA", "payer"), "approve")):
        assert ask("PA-M1", as_of="2026-11-05T12:00", request=request, approvals=[approval]).outcome == result


@pytest.mark.parametrize("memo", ["for my REHAB", "Mental Health day", "detoxing"])
def test_a_note_that_names_health_waits_until_it_is_edited(memo):
    decision = ask(request=a_gym_month(memo_to_vendor=memo), approvals=[PAYER])

    assert [dict(need.closed_by) for need in decision.needs] == [{"event": "memo_edited"}]
