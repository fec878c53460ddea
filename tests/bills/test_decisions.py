"""What a bill was answered, and why: to the staff all of it, to the vendor what concerns the bill; found by kind, not by a rule's id."""

from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

import policy
from sdc.auth.principal import Role
from sdc.bills.model import Bill
from sdc.ids import new_id
from sdc.programs.model import Program
from sdc.purchases.model import DecisionRecord
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.publishing import SHIPPED
from tests.bills.desk import expected, rules_of
from tests.bills.test_bills import uploads
from tests.builders import NOON, a_house
from tests.shops import a_purchase, a_vendor, an_offering, principal

VISIT = {
    "service_type": "cleaning",
    "member": "code 7KQ2",
    "visited_on": "2026-10-14",
    "location": "at home",
    "worker": "W-9",
    "began_at": "09:00",
    "ended_at": "11:30",
}
SCRATCH = """rulebook: scratch
version: 1
title: A program with names of its own
inherits: base
only: [G01, B01, ZA1, ZA2]
rules:
  ZA1:
    kind: bill_within_authorization
    severity: needs_approval
    stage: pay
    approver: director
    origin: illustrative
    source: County order 12
    message: {en: "Your goal and therapy plan say {authorized_cents}.", es: "Su plan dice {authorized_cents}."}
    params: {tolerance_cents: 10}
  ZA2:
    kind: bill_deadline
    severity: deny
    stage: pay
    origin: illustrative
    source: County order 13
    message: {en: "Too late by {days}.", es: "Tarde por {days}."}
    params: {max_days: 20}
"""
BARE = "rulebook: bare\nversion: 1\ntitle: Goals and money only\ninherits: base\nonly: [G01, B01]\n"


async def home_help(desk):
    """Have help at home bought, delivered and confirmed."""
    await desk.changes_vendor(categories=["INHOME_CARE"])
    offering = await an_offering(desk.served.sessions, desk.vendor, category="INHOME_CARE", title="House cleaning", unit_price_cents=4_000)
    who = principal(desk.house.member.id, Role.MEMBER)
    whole = await a_purchase(
        desk.served.sessions, desk.house.member, desk.budget, desk.vendor, who=who, goal_id=desk.goal, offering_id=offering.id
    )
    if whole.purchase.state == "pending":
        expected(await desk.post("broker", f"/v1/purchases/{whole.purchase.id}/approve"))
    await desk.delivers(whole, 1)
    return whole


async def decided_by(desk, source, name):
    """Let the program be decided by another rulebook."""
    bases = {"base": (Path(SHIPPED) / "base.yaml").read_text(encoding="utf-8")}
    loaded = policy.load(source, bases=bases)
    async with desk.served.sessions.begin() as session:
        stored = (await session.scalars(select(RulebookVersion).where(RulebookVersion.name == "florida"))).first()
        columns = {column.name: getattr(stored, column.name) for column in RulebookVersion.__table__.columns}
        columns |= {
            "id": new_id(),
            "name": name,
            "version": 1,
            "source": source,
            "bases": bases,
            "hash": loaded.hash,
            "effective_from": NOON.date(),
        }
        session.add(RulebookVersion(**columns))
        program = await session.get_one(Program, desk.house.program.id)
        program.rulebook = name


async def test_a_bill_shows_its_decision_with_every_reason_in_the_callers_language(desk_on_each):
    desk = desk_on_each
    await desk.changes_vendor(has_tax_form=False)
    bill = await desk.bills(await desk.order(), 4_000, business=None)

    shown = {language: await spoken(desk, bill, "broker", language) for language in ("en", "es")}

    decision = shown["en"]["decision"]
    assert (decision["outcome"], [one["rule"] for one in decision["findings"]]) == ("needs_approval", ["V02", "R03"])
    assert decision["needs"] == [
        {"rule": "V02", "closed_by": {"event": "tax_form_accepted"}},
        {"rule": "R03", "closed_by": {"event": "document_added"}},
    ]
    assert (decision["rulebook"]["name"], decision["rulebook"]["version"]) == ("florida", 1)
    assert decision["rulebook"]["hash"] == decision["hash"]
    assert decision["findings"][1]["citation"] == "26 TAC 260.265(a)"
    assert "the store name" in decision["findings"][1]["message"]
    assert "el nombre de la tienda" in shown["es"]["decision"]["findings"][1]["message"]
    listed = expected(await desk.served.get("/v1/bills", desk.tokens["director"]))["items"][0]
    assert listed["decision"] == decision


async def spoken(desk, bill, who, language):
    headers = {"Authorization": f"Bearer {desk.tokens[who]}", "Accept-Language": language}
    return expected(await desk.served.http.get(f"/v1/bills/{bill['id']}", headers=headers))


async def test_every_decision_on_a_bill_is_listed_the_newest_first(desk):
    bill = await desk.bills(await desk.order(), 4_101)
    await desk.post("broker", f"/v1/bills/{bill['id']}/approve")

    decisions = expected(await desk.served.get(f"/v1/bills/{bill['id']}/decisions", desk.tokens["broker"]))["items"]

    assert [(one["because"], one["outcome"]) for one in decisions] == [("approval", "approve"), ("received", "needs_approval")]
    assert decisions[1]["findings"][0]["rule"] == "R02"


async def test_a_vendor_reads_the_reasons_for_its_bill_and_no_name_of_a_program(desk):
    whole = await desk.order(delivered=0)
    bill = await desk.bills(whole, 4_101)

    answer = await desk.served.get(f"/v1/bills/{bill['id']}/decisions", desk.tokens["vendor"])

    decision = expected(answer)["items"][0]
    assert (decision["rulebook"], decision["version"]) == (None, 1)
    assert [one["rule"] for one in decision["findings"]] == ["R02"]
    assert "$41.01" in decision["findings"][0]["message"]
    told = answer.text + (await desk.served.get("/v1/bills", desk.tokens["vendor"])).text
    private = ("florida", str(desk.house.member.id), str(whole.purchase.id), desk.goal, "WELL", "TRAN", "goal", "budget", "wellness")
    assert [word for word in private if word in told] == []


async def test_rules_are_found_by_what_they_do_in_a_program_from_scratch(desk_on_each):
    desk = desk_on_each
    await decided_by(desk, SCRATCH, "scratch")
    whole = await desk.order(1_000, quantity=3)
    shown = expected(await desk.served.get(f"/v1/purchases/{whole.purchase.id}", desk.tokens["broker"]))
    assert shown["expires_on"] == "2026-11-04"  # twenty days after the service

    within = await desk.bills(whole, 1_010, final=False)
    beyond = await desk.bills(whole, 2_001, final=False)

    assert within["state"] == "accepted"
    assert (beyond["state"], rules_of(beyond)) == ("held", ["ZA1"])
    assert beyond["held_because"][0]["closed_by"] == {"role": "director"}
    for_broker = await spoken(desk, beyond, "broker", "en")
    assert "say $19.90" in for_broker["held_because"][0]["message"]


async def test_a_bill_above_the_yes_waits_also_where_no_rule_says_so(desk):
    await decided_by(desk, BARE, "bare")
    whole = await desk.order()

    bill = await desk.bills(whole, 4_001)

    assert (bill["state"], rules_of(bill)) == ("held", ["over_authorization"])
    assert bill["held_because"][0]["closed_by"] == {"role": "broker"}
    assert expected(await desk.post("broker", f"/v1/bills/{bill['id']}/approve"))["state"] == "accepted"


async def test_words_of_a_rule_that_is_not_about_the_bill_do_not_reach_the_vendor(desk):
    bill = await desk.bills(await desk.order(delivered=0), 4_000)
    async with desk.served.sessions.begin() as session:
        stored = await session.get_one(Bill, UUID(bill["id"]))
        secret = {"rule": "X99", "kind": "expression", "message": {"en": "her therapy goal", "es": "su terapia"}, "citation": "Florida"}
        stored.held_because = [{**secret, "closed_by": {"role": "director"}}]

    for_vendor, for_broker = await desk.bill(bill), await desk.bill(bill, who="broker")

    assert for_vendor["held_because"][0]["message"] == "The program has to look at this bill before it can be paid."
    assert (for_vendor["held_because"][0]["rule"], for_vendor["held_because"][0]["citation"]) == ("X99", None)
    assert for_broker["held_because"][0]["message"] == "her therapy goal"


async def test_help_at_home_waits_for_the_six_facts_of_the_visit(desk_on_each):
    desk = desk_on_each
    bill = await desk.bills(await home_help(desk), 4_000)
    assert (bill["state"], rules_of(bill), bill["visit_says"]) == ("held", ["W02"], [])

    paper = (await uploads(desk, bill, {"kind": "visit_record"})).json()["bill"]
    some = (await uploads(desk, bill, {"kind": "visit_record", "worker": "W-9", "began_at": "09:00", "location": "at home"})).json()["bill"]
    whole = (await uploads(desk, bill, {"kind": "visit_record", **VISIT, "worker": "somebody else"})).json()["bill"]

    assert (paper["state"], some["state"], whole["state"]) == ("held", "held", "accepted")
    assert some["visit_says"] == ["location", "worker"]
    assert "who got help, the date, when it began and ended" in some["held_because"][0]["message"].replace("what was done, ", "")
    assert whole["visit_says"] == ["begin_end", "date", "location", "member", "service_type", "worker"]


async def test_what_a_visit_says_is_sealed_and_in_no_decision(desk):
    bill = await desk.bills(await home_help(desk), 4_000)
    await uploads(desk, bill, {"kind": "visit_record", **VISIT})

    async with desk.served.sessions.read() as session:
        stored = await session.get_one(Bill, UUID(bill["id"]))
        facts = [record.facts for record in await session.scalars(select(DecisionRecord).where(DecisionRecord.subject_id == stored.id))]

    assert b"7KQ2" not in stored.visit_sealed
    assert "7KQ2" not in str(facts)
    assert facts[-1]["pay"]["visit_record"]["worker"] == "on record"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visited_on": "2026-10-16"}, "visited_on"),
        ({"visited_on": "yesterday"}, "visited_on"),
        ({"began_at": "9:00"}, "began_at"),
        ({"ended_at": "25:00"}, "ended_at"),
        ({"ended_at": "09:00"}, "ended_at"),
        ({"worker": "   "}, "worker"),
        ({"location": "x" * 201}, "location"),
        ({"diagnosis": "x"}, "diagnosis"),
        ({"kind": "receipt"}, "service_type"),
    ],
)
async def test_what_can_not_be_a_visit_is_refused_and_writes_nothing(desk, changes, field):
    bill = await desk.bills(await home_help(desk), 4_000)

    response = await uploads(desk, bill, {"kind": "visit_record", **VISIT, **changes})

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert field in response.text
    assert (await desk.bill(bill))["visit_says"] == []


async def test_others_see_no_decision_on_a_bill(desk):
    bill = await desk.bills(await desk.order(), 4_000)
    sessions = desk.served.sessions
    other_vendor = await desk.served.token(Role.VENDOR, (await a_vendor(sessions, desk.house.program)).id)
    far_broker = await desk.served.token(Role.BROKER, (await a_house(sessions)).broker.id)
    path = f"/v1/bills/{bill['id']}/decisions"

    answers = [(await desk.served.get(path, token)).status_code for token in (other_vendor, far_broker, desk.tokens["member"], None)]

    assert answers == [HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED]
