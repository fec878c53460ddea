"""Requests of the shipped cases get over HTTP what the cases expect: the application tells the rules all that they ask for."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.budgets.earning import BaselineIds, close_month, set_baseline
from sdc.budgets.model import Budget
from sdc.ids import new_id
from sdc.members.model import Member
from sdc.plans.agreeing import approve_plan, sign_plan, submit_plan
from sdc.plans.drafting import GoalDraft, LineDraft, draft_plan
from sdc.programs.model import Release
from tests.builders import KEYS, SOMEBODY, House, a_budget, a_funding_source, a_member, a_program, a_staff
from tests.policy.questions import MEMBERS, cases, fixtures
from tests.serving import Serving, serving
from tests.shops import a_credential, a_vendor
from vendors import Offering, VendorState

ZONE = ZoneInfo("America/New_York")
DAYS = {"FL-M1": "2026-10-15T12:00", "FL-M2": "2026-10-15T12:00", "TX-M1": "2026-10-15T12:00", "PA-M1": "2026-11-05T12:00"}
RELEASES = {"FL": Release.QUARTERLY, "TX": Release.ANNUAL, "WA": Release.ANNUAL, "PA": Release.EARNED}
TWO_DAYS = timedelta(days=2)
NOT_SAID_OVER_HTTP = {"rail", "submitted_at"}


@dataclass(slots=True)
class Place:
    """One member of the cases with all that is around them, by the names of the fixtures."""

    serving: Serving
    token: str
    member: UUID
    budget: UUID
    plan: UUID
    goals: Mapping[str, str]
    vendors: Mapping[str, UUID]
    staff: Mapping[str, str]  # the tokens of who says yes in the cases


def noon(member: str) -> datetime:
    return datetime.fromisoformat(DAYS.get(member, "2026-10-15T12:00")).replace(tzinfo=ZONE)


def plain_cases(member: str, *stages: str) -> list[dict[str, Any]]:
    """Return the cases that are one question of this member on the usual day, with nothing given."""
    return [
        case
        for case in cases()
        if case["member"] == member
        and case.get("stage", "authorize") in stages
        and not case.get("given")
        and datetime.fromisoformat(case["as_of"]).replace(tzinfo=ZONE) == noon(member)
        and not NOT_SAID_OVER_HTTP & set(case["request"])
    ]


def asked_of(member: str) -> list[dict[str, Any]]:
    """Return those in which the member asks and no yes matters."""
    own = [case for case in plain_cases(member, "authorize") if "submitted_by" not in case["request"]]
    return [case for case in own if case["expect"]["decision"] == "deny" or not case.get("approvals")]


def approved_of(member: str, staff: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return those in which some of the staff said yes, each of them once and in their own role."""
    people = fixtures()["people"]
    found = []
    for case in plain_cases(member, "authorize"):
        given = case.get("approvals", [])
        by = {one["by"] for one in given}
        is_own_role = all(people.get(one["by"], {}).get("role") == one["role"] for one in given)
        if given and is_own_role and len(by) == len(given) and by <= set(staff) and case["expect"]["decision"] != "deny":
            found.append(case)
    return found


@asynccontextmanager
async def a_place(url: str, member: str) -> AsyncIterator[Place]:
    """Build what the fixtures say of one member."""
    all_, at, prefix = fixtures(), noon(member), member[:2]
    told, money, plan = all_["members"][member], all_["budgets"][member], all_["plans"][member]
    period = (money["from"], money["to"])
    async with serving(url, at=at - TWO_DAYS) as served:
        sessions = served.sessions
        program = await a_program(sessions, rulebook=MEMBERS[member], release=RELEASES[prefix], period=period, at=at)
        source = await a_funding_source(sessions, program, at=at)
        person = all_["people"][told["broker"]]
        employer = person["employer"]
        ids = {name: new_id() for name in all_["vendors"]}
        broker = await a_staff(
            sessions,
            Role.BROKER,
            program_ids=[program.id],
            employer_id=str(ids.get(employer, employer)),
            relatives=person["relatives"],
            at=at,
        )
        known = ("funding", "eligible_from", "eligible_to", "relatives", "household")
        living = await a_member(sessions, program, broker=broker, at=at, **{name: told[name] for name in known})
        house = House(program, source, broker, living)
        budget = await _money(served, house, money, at=at)
        plan_id, goals = await _plan(served, living, plan, broker=broker.id, at=at)
        names = {member: str(living.id), told["broker"]: str(broker.id)}
        for name, data in all_["vendors"].items():
            vendor = await a_vendor(
                sessions,
                program,
                id=ids[name],
                name=name,
                state=VendorState.APPLIED if "status" in data else VendorState.ACTIVE,
                categories=data["categories"],
                owners=[names.get(owner, owner) for owner in data.get("owners", [])],
                is_directed_worker=data.get("is_directed_worker", False),
                on_leie=data.get("leie_match", False),
            )
            for card in data.get("credentials", []):
                await a_credential(sessions, vendor, kind=card["type"], expires_on=card["expires"])
        director = await a_staff(sessions, Role.DIRECTOR, program_ids=[program.id], at=at)
        payer = await a_staff(sessions, Role.PAYER, payer_id=program.payer_id, at=at)
        staff = {
            told["broker"]: await served.token(Role.BROKER, broker.id),
            f"DIR-{prefix}": await served.token(Role.DIRECTOR, director.id),
            f"PAY-{prefix}": await served.token(Role.PAYER, payer.id),
        }
        place = Place(served, await served.token(Role.MEMBER, living.id), living.id, budget, plan_id, goals, ids, staff)
        served.clock.at = at
        yield place


async def _money(served: Serving, house: House, money: Mapping[str, Any], *, at: datetime) -> UUID:
    """Allocate the budget, or let closed months earn it."""
    period = (money["from"], money["to"])
    if "allocated_cents" in money:
        return (await a_budget(served.sessions, house, amount_cents=money["allocated_cents"], period=period, at=at)).id
    async with served.sessions.begin() as session:
        member = await session.get_one(Member, house.member.id)
        baseline = {"monthly_cents": money["baseline_monthly_cents"], "starts_on": period[0], "ends_on": period[1]}
        await set_baseline(session, member, ids=BaselineIds.new(), funding_source_id=house.source.id, by=SOMEBODY, at=at, **baseline)
    for month, cents in money["closed_months"].items():
        async with served.sessions.begin() as session:
            member = await session.get_one(Member, house.member.id)
            first = datetime.fromisoformat(f"{month}-01").date()
            await close_month(session, member, id=new_id(), month=first, actual_cents=cents, by=SOMEBODY, at=at)
    async with served.sessions.read() as session:
        return (await session.scalars(select(Budget.id).where(Budget.member_id == house.member.id))).one()


async def _plan(served: Serving, member: Member, plan: Mapping[str, Any], *, broker: UUID, at: datetime) -> tuple[UUID, dict[str, str]]:
    """Put the plan in force, and return its id and those of its goals by their names."""
    ids = {name: new_id() for name in plan["goals"]}
    goals = [
        GoalDraft(id=ids[name], key=None, domain=goal["domain"], title=name, status=goal["status"]) for name, goal in plan["goals"].items()
    ]
    lines = [LineDraft(category, cents, None) for category, cents in plan["lines"].items()]
    span = {"starts_on": plan["from"], "ends_on": plan["to"]}
    async with served.sessions.begin() as session:
        draft = await draft_plan(session, KEYS, member, id=new_id(), goals=goals, lines=lines, by=member.id, at=at, **span)
        await session.flush()
        await submit_plan(session, draft, by=member.id, at=at)
        await sign_plan(session, draft, by=member.id, at=at)
        await approve_plan(session, draft, by=broker, at=at)
    return draft.id, {name: str(goal_id) for name, goal_id in ids.items()}


async def body_of(place: Place, request: Mapping[str, Any]) -> dict[str, Any]:
    """Write the request as it is posted: of an offering with its tags, or in free words that nobody has looked at."""
    price = request.get("unit_price", request["cents"])
    vendor_id = place.vendors[request["vendor"]]
    said: dict[str, Any] = {"member_id": str(place.member), "budget_id": str(place.budget), "vendor_id": str(vendor_id)}
    if request.get("tagged", True):
        offering = Offering(
            id=new_id(),
            vendor_id=vendor_id,
            category=request["category"],
            title="Thing",
            unit="piece",
            unit_price_cents=price,
            tags=request.get("tags", []),
            is_active=True,
        )
        async with place.serving.sessions.begin() as session:
            session.add(offering)
        said["offering_id"] = str(offering.id)
    else:
        said |= {"category": request["category"], "description": "a thing"}
    if request.get("goal") is not None:
        said["goal_id"] = place.goals.get(request["goal"], "none")
    said |= {"unit_price_cents": price, "amount_cents": request["cents"], "quantity": request.get("quantity", 1)}
    quotes = [{"amount_cents": request.get("lowest_quote", request["cents"])}] * max(request.get("quotes", 0), "lowest_quote" in request)
    if quotes:
        said["quotes"] = quotes
    if "other_payer_covers" in request or "other_payer_denial_on_file" in request:
        covers, denial = (request.get(f"other_payer_{name}", False) for name in ("covers", "denial_on_file"))
        said["other_payer"] = {"covers": covers, "denial_on_file": denial}
    same = (
        "tax_cents",
        "delivery_cents",
        "payment_method",
        "memo_to_vendor",
        "quote_reason",
        "sole_source_note",
        "already_bought",
        "emergency",
    )
    said |= {name: request[name] for name in same if request.get(name)}
    said |= {name: str(request[name]) for name in ("purchase_date", "service_to") if name in request}
    if "beneficiary" in request and request["beneficiary"] not in MEMBERS:
        said["beneficiary"] = request["beneficiary"]
    return said


def differences(case: Mapping[str, Any], said: Mapping[str, Any]) -> list[str]:
    expected, decision = case["expect"], said["decision"]
    found = [] if decision["outcome"] == expected["decision"] else [f"{expected['decision']}, not {decision['outcome']}"]
    compared = {"deny": "deny", "approval": "needs_approval", "warn": "warn"}
    for name, severity in compared.items() if expected["decision"] != "deny" else [("deny", "deny")]:
        spoken = sorted(one["rule"] for one in decision["findings"] if one["severity"] == severity)
        if spoken != sorted(expected[name]):
            found.append(f"{name}: {expected[name]}, not {spoken}")
    return found


@pytest.mark.parametrize("member", sorted(MEMBERS))
async def test_requests_of_the_shipped_cases_get_what_they_expect(sqlite_url, member):
    wrong = {}
    async with a_place(sqlite_url, member) as place:
        for case in asked_of(member):
            response = await place.serving.post("/v1/purchases/preview", await body_of(place, case["request"]), place.token)
            if response.status_code != HTTPStatus.OK:
                wrong[case["id"]] = response.text
            elif found := differences(case, response.json()):
                wrong[case["id"]] = f"{case['title']}: {found}"

    assert wrong == {}


async def walk(place: Place, case: Mapping[str, Any]) -> dict[str, Any]:
    """Ask two days before, as the cases have it, and let those who say yes say it on the usual day as long as it waits."""
    clock, today = place.serving.clock, noon(case["member"])
    asking = place.staff.get(case["request"].get("submitted_by"), place.token)
    body = {"purchase_date": str(today.date())} | await body_of(place, case["request"])
    clock.at = today - TWO_DAYS
    said: dict[str, Any] = (await place.serving.post("/v1/purchases", body, asking)).json()
    clock.at = today
    for one in case["approvals"]:
        if said["state"] == "pending":
            said = (await place.serving.post(f"/v1/purchases/{said['id']}/approve", {}, place.staff[one["by"]])).json()
    return said


@pytest.mark.parametrize("member", sorted(MEMBERS))
async def test_who_says_yes_in_the_shipped_cases_says_it_over_http(sqlite_url, member):
    wrong = {}
    async with a_place(sqlite_url, member) as place:
        for case in approved_of(member, place.staff):
            said = await walk(place, case)
            if case["expect"]["approval"] == ["A04"] and said["state"] == "approved":
                continue  # over HTTP nobody is asked about what passes at once
            if found := differences(case, said):
                wrong[case["id"]] = f"{case['title']}: {found}"
            await place.serving.post(f"/v1/purchases/{said['id']}/cancel", {}, place.token)  # the next case finds all the money again

    assert wrong == {}


@pytest.mark.parametrize("member", sorted(MEMBERS))
async def test_moves_and_savings_of_the_shipped_cases_get_what_they_expect(sqlite_url, member):
    wrong = {}
    async with a_place(sqlite_url, member) as place:
        lines = {None, *fixtures()["plans"][member]["lines"]}
        for case in plain_cases(member, "transfer", "reserve"):
            asked = case["request"]
            if case.get("approvals") or not {asked.get("from_line"), asked.get("to_line")} <= lines:
                continue  # over HTTP a line that the plan does not have is refused before any rule is asked
            if case["stage"] == "transfer":
                path = f"/v1/plans/{place.plan}/moves/preview"
                body = {"from_category": asked["from_line"], "to_category": asked["to_line"], "amount_cents": asked["cents"]}
            else:
                path = f"/v1/budgets/{place.budget}/savings/preview"
                body = {"amount_cents": asked["cents"], "purpose": asked.get("purpose") or None}
                body |= {"goal_id": place.goals.get(asked["goal"], "none")} if "goal" in asked else {}
            response = await place.serving.post(path, body, place.token)
            if response.status_code != HTTPStatus.OK:
                wrong[case["id"]] = response.text
            elif found := differences(case, response.json()):
                wrong[case["id"]] = f"{case['title']}: {found}"

    assert wrong == {}
