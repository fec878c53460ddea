"""Programs over HTTP: set up by an administrator, seen by those who work for them, refused with every reason."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

import ledger
from sdc.auth.principal import Role
from sdc.books import chart
from sdc.journal import Event
from sdc.outbox import Job
from sdc.programs.model import Deposit, Payer, Program, Staff, TopUp
from tests.builders import a_house, a_program, a_staff, count_of, publish_rulebooks
from tests.serving import serving

NOWHERE = "01990000-0000-7000-8000-000000000000"


def a_program_body(payer_id, **changes):
    return {
        "name": "Florida Self-Directed Care",
        "payer_id": payer_id,
        "rulebook": "florida",
        "time_zone": "America/New_York",
        "period": {"starts_on": "2026-07-01", "ends_on": "2027-06-30"},
        "release": "quarterly",
        "notice_profile": "fee_for_service",
        **changes,
    }


async def test_an_administrator_sets_up_a_program_and_its_money_arrives(database_url):
    async with serving(database_url) as here:
        await publish_rulebooks(here.sessions)
        admin = await here.token(Role.ADMIN)
        payer = (await here.post("/v1/payers", {"name": "Managing entity"}, admin)).json()
        made = await here.post("/v1/programs", a_program_body(payer["id"]), admin)
        program = made.json()
        source = (
            await here.post(f"/v1/programs/{program['id']}/funding-sources", {"payer_id": payer["id"], "name": "General revenue"}, admin)
        ).json()
        deposit = await here.post(
            f"/v1/funding-sources/{source['id']}/deposits",
            {"amount_cents": 500_000, "received_on": "2026-10-15", "reference": "wire 77"},
            admin,
        )
        top_up = await here.post(f"/v1/programs/{program['id']}/top-ups", {"amount_cents": 400_000}, admin)
        top_ups = await here.get(f"/v1/programs/{program['id']}/top-ups", admin)

        assert (made.status_code, deposit.status_code, top_up.status_code) == (201, 201, 201)
        assert program["period"] == {"starts_on": "2026-07-01", "ends_on": "2027-06-30"}
        assert top_up.json()["state"] == "pending"
        assert top_ups.json()["items"] == [top_up.json()]
        assert (await here.get(f"/v1/programs/{program['id']}", admin)).json() == program
        assert await cash_of(here, program["id"]) == {"cash.bank": 100_000, "cash.topup": 400_000, "cash.processor": 0}
        assert await count_of(here.sessions, Job) == 1


async def cash_of(here, program_id):
    async with here.sessions.read() as session:
        lines = await ledger.trial_balance(session, UUID(str(program_id)))
    return {line.account.code: line.balance_cents for line in lines if line.account.code.startswith("cash")}


async def test_more_than_is_at_the_bank_is_not_moved_to_the_processor(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions, funded_cents=1_000)
        admin = await here.token(Role.ADMIN)

        answer = await here.post(f"/v1/programs/{house.program.id}/top-ups", {"amount_cents": 1_001}, admin)

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/funding-short")
        assert (await count_of(here.sessions, TopUp), await count_of(here.sessions, Job)) == (0, 0)


async def test_two_top_ups_at_once_do_not_take_the_last_money_twice(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions, funded_cents=1_000)
        admin = await here.token(Role.ADMIN)
        path, body = f"/v1/programs/{house.program.id}/top-ups", {"amount_cents": 600}

        answers = await asyncio.gather(*(here.post(path, body, admin) for _ in range(5)))

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
        assert (await cash_of(here, house.program.id))[chart.CASH_BANK] == 400


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"time_zone": "Mars/Olympus"}, ["time_zone"]),
        ({"time_zone": "../../etc/passwd"}, ["time_zone"]),
        ({"rulebook": "nevada"}, ["rulebook"]),
        ({"rulebook": "Florida; DROP TABLE"}, ["rulebook"]),
        ({"period": {"starts_on": "2027-06-30", "ends_on": "2026-07-01"}}, ["period.ends_on"]),
        ({"period": {"starts_on": "2026-07-01", "ends_on": "2126-07-01"}}, ["period.ends_on"]),
        ({"period": {"starts_on": "2026-02-30", "ends_on": "2027-06-30"}}, ["period.starts_on"]),
        ({"period": {"starts_on": "2026-07-01"}}, ["period.ends_on"]),
        ({"release": "weekly"}, ["release"]),
        ({"notice_profile": "none"}, ["notice_profile"]),
        ({"name": " "}, ["name"]),
        ({"name": "a\u0000b"}, ["name"]),
        ({"owner": "me"}, ["owner"]),
        ({"time_zone": "X", "rulebook": "nevada"}, ["time_zone", "rulebook"]),
    ],
)
async def test_a_program_that_can_not_be_is_refused_with_every_reason(sqlite_url, changes, fields):
    async with serving(sqlite_url) as here:
        await publish_rulebooks(here.sessions)
        admin = await here.token(Role.ADMIN)
        payer = (await here.post("/v1/payers", {"name": "Managing entity"}, admin)).json()

        answer = await here.post("/v1/programs", a_program_body(payer["id"], **changes), admin)

        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == fields
        assert await count_of(here.sessions, Program) == 0


async def test_a_payer_or_program_that_is_not_there_is_not_found(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions)
        admin = await here.token(Role.ADMIN)
        money = {"amount_cents": 1, "received_on": "2026-10-15", "reference": "x"}

        answers = [
            await here.post("/v1/programs", a_program_body(NOWHERE), admin),
            await here.post(f"/v1/programs/{NOWHERE}/funding-sources", {"payer_id": str(house.program.payer_id), "name": "x"}, admin),
            await here.post(f"/v1/programs/{house.program.id}/funding-sources", {"payer_id": NOWHERE, "name": "x"}, admin),
            await here.post(f"/v1/funding-sources/{NOWHERE}/deposits", money, admin),
            await here.post(f"/v1/programs/{NOWHERE}/top-ups", {"amount_cents": 1}, admin),
            await here.get(f"/v1/programs/{NOWHERE}", admin),
        ]

        assert [answer.status_code for answer in answers] == [404] * 6


async def test_money_of_tomorrow_has_not_arrived(sqlite_url):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions)
        admin = await here.token(Role.ADMIN)
        path = f"/v1/funding-sources/{house.source.id}/deposits"

        answer = await here.post(path, {"amount_cents": 1, "received_on": "2026-10-16", "reference": "x"}, admin)

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "received_on")
        assert await count_of(here.sessions, Deposit) == 1


@pytest.mark.parametrize("amount", [0, -5, 10**10 + 1, 2**200, 5.0, "5", True, None])
async def test_an_amount_that_is_not_whole_cents_above_zero_is_refused(sqlite_url, amount):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions)
        admin = await here.token(Role.ADMIN)
        path = f"/v1/funding-sources/{house.source.id}/deposits"

        answer = await here.post(path, {"amount_cents": amount, "received_on": "2026-10-15", "reference": "x"}, admin)

        assert answer.status_code == 422
        assert await count_of(here.sessions, Deposit) == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_nobody_but_an_administrator_sets_anything_up(sqlite_url, role):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions)
        other = await here.token(role)
        before = await count_of(here.sessions, Payer)

        answers = [
            await here.post("/v1/payers", {"name": "x"}, other),
            await here.post("/v1/programs", a_program_body(str(house.program.payer_id)), other),
            await here.post(f"/v1/programs/{house.program.id}/top-ups", {"amount_cents": 1}, other),
            await here.post("/v1/staff", {"role": "admin", "name": "x"}, other),
            await here.get("/v1/staff", other),
            await here.get("/v1/payers", other),
        ]

        assert [answer.status_code for answer in answers] == [403] * 6
        assert await count_of(here.sessions, Payer) == before


async def test_staff_see_the_programs_they_work_for_and_a_payer_those_it_pays(database_url):
    async with serving(database_url) as here:
        ours, theirs = await a_program(here.sessions), await a_program(here.sessions)
        director = await a_staff(here.sessions, Role.DIRECTOR, program_ids=[ours.id])
        officer = await a_staff(here.sessions, Role.PAYER, payer_id=ours.payer_id)
        tokens = [await here.token(Role.DIRECTOR, director.id), await here.token(Role.PAYER, officer.id)]

        for token in tokens:
            listed = await here.get("/v1/programs", token)
            assert [item["id"] for item in listed.json()["items"]] == [str(ours.id)]
            assert (await here.get(f"/v1/programs/{ours.id}", token)).status_code == 200
            assert (await here.get(f"/v1/programs/{theirs.id}", token)).status_code == 404
            assert (await here.get(f"/v1/programs/{theirs.id}/funding-sources", token)).status_code == 404
        everything = await here.get("/v1/programs", await here.token(Role.ADMIN))
        assert [item["id"] for item in everything.json()["items"]] == [str(theirs.id), str(ours.id)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "member"}, "role"),
        ({"role": "broker", "program_ids": []}, "program_ids"),
        ({"role": "director", "payer_id": NOWHERE}, "program_ids"),
        ({"role": "payer"}, "payer_id"),
        ({"role": "admin", "payer_id": NOWHERE}, "payer_id"),
        ({"role": "admin", "relatives": ["Aunt Mary"]}, "relatives[0]"),
    ],
)
async def test_staff_whose_role_and_place_do_not_go_together_are_refused(sqlite_url, changes, field):
    async with serving(sqlite_url) as here:
        admin = await here.token(Role.ADMIN)

        answer = await here.post("/v1/staff", {"name": "x", **changes}, admin)

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert await count_of(here.sessions, Staff) == 0


async def test_staff_of_a_program_or_payer_that_is_not_there_are_not_found(database_url):
    async with serving(database_url) as here:
        admin = await here.token(Role.ADMIN)

        answers = [
            await here.post("/v1/staff", {"role": "broker", "name": "x", "program_ids": [NOWHERE]}, admin),
            await here.post("/v1/staff", {"role": "payer", "name": "x", "payer_id": NOWHERE}, admin),
        ]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert await count_of(here.sessions, Staff) == 0


async def test_a_staff_person_is_shown_with_their_programs_and_can_hold_tokens(database_url):
    async with serving(database_url) as here:
        program = await a_program(here.sessions)
        admin = await here.token(Role.ADMIN)
        body = {"role": "broker", "name": "Bea", "program_ids": [str(program.id)] * 2, "employer_id": "ORG-1", "relatives": ["P-1"]}
        made = (await here.post("/v1/staff", body, admin)).json()
        token = await here.post("/v1/tokens", {"role": "broker", "subject_id": made["id"]}, admin)

        listed = (await here.get("/v1/staff", admin)).json()["items"]

        assert token.status_code == 201
        assert made["program_ids"] == [str(program.id)]
        assert listed == [made]


async def test_what_is_set_up_is_in_the_journal_by_who_did_it(sqlite_url):
    async with serving(sqlite_url) as here:
        admin = await here.token(Role.ADMIN)
        payer = (await here.post("/v1/payers", {"name": "Managing entity"}, admin)).json()
        me = (await here.get("/v1/me", admin)).json()["id"]

        async with here.sessions.read() as session:
            event = (await session.scalars(select(Event).where(Event.kind == "payer.added"))).one()

        assert (str(event.subject_id), str(event.by), event.data) == (payer["id"], me, {})
