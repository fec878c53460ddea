"""Members over HTTP: enrolled by an administrator, seen by those they are entrusted to, never by others."""

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.journal import Event
from sdc.members.model import Member, Representative
from tests.builders import a_house, a_member, a_program, a_representative, a_staff, count_of
from tests.serving import serving

NOWHERE = "01990000-0000-7000-8000-000000000000"


def a_member_body(program_id, **changes):
    return {
        "program_id": str(program_id),
        "name": "Ana Example",
        "language": "es",
        "funding": "uninsured",
        "eligible_from": "2026-07-01",
        "eligible_to": "2027-06-30",
        "relatives": ["P-SIS", "P-MOM"],
        "household": ["P-ROOM"],
        **changes,
    }


async def test_a_member_is_enrolled_given_a_broker_and_seen_by_both(database_url):
    async with serving(database_url) as here:
        program = await a_program(here.sessions)
        broker = await a_staff(here.sessions, Role.BROKER, program_ids=[program.id])
        admin = await here.token(Role.ADMIN)
        made = await here.post("/v1/members", a_member_body(program.id), admin)
        path = f"/v1/members/{made.json()['id']}"
        given = await here.post(f"{path}/broker", {"broker_id": str(broker.id)}, admin)
        member = await here.token(Role.MEMBER, (await seen_members(here))[0].id)

        as_broker = await here.get("/v1/members", await here.token(Role.BROKER, broker.id))
        as_member = await here.get(path, member)

        assert (made.status_code, given.status_code) == (201, 200)
        assert given.json()["broker_id"] == str(broker.id)
        assert as_broker.json()["items"] == [given.json()]
        assert as_member.json() == given.json()
        assert as_member.json()["relatives"] == ["P-SIS", "P-MOM"]


async def seen_members(here):
    async with here.sessions.read() as session:
        return list(await session.scalars(select(Member)))


async def test_a_name_is_sealed_and_in_no_event(sqlite_url):
    async with serving(sqlite_url) as here:
        program = await a_program(here.sessions)
        await here.post("/v1/members", a_member_body(program.id), await here.token(Role.ADMIN))

        (member,) = await seen_members(here)
        async with here.sessions.read() as session:
            events = [event.data for event in await session.scalars(select(Event))]

        assert b"Ana" not in member.name_sealed
        assert "Ana" not in str(events)


async def test_each_view_of_a_member_is_in_the_journal(sqlite_url):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions)
        broker = await here.token(Role.BROKER, house.broker.id)
        await here.get(f"/v1/members/{house.member.id}", broker)
        await here.get("/v1/members", broker)
        await here.get(f"/v1/members/{house.member.id}/representatives", broker)

        async with here.sessions.read() as session:
            seen = (await session.execute(select(Event.kind, Event.subject_id).where(Event.by == house.broker.id).order_by(Event.id))).all()

        assert [tuple(one) for one in seen] == [
            ("member.seen", house.member.id),
            ("members.listed", None),
            ("representatives.listed", house.member.id),
        ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"eligible_from": "2027-07-01"}, "eligible_to"),
        ({"eligible_from": "1826-07-01"}, "eligible_from"),
        ({"language": "fr"}, "language"),
        ({"funding": "Un Insured"}, "funding"),
        ({"name": ""}, "name"),
        ({"name": "\u202egnol"}, "name"),
        ({"relatives": ["my sister Sue"]}, "relatives[0]"),
        ({"status": "left"}, "status"),
    ],
)
async def test_a_member_that_can_not_be_is_refused(sqlite_url, changes, field):
    async with serving(sqlite_url) as here:
        program = await a_program(here.sessions)

        answer = await here.post("/v1/members", a_member_body(program.id, **changes), await here.token(Role.ADMIN))

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert await count_of(here.sessions, Member) == 0


async def test_a_member_of_a_program_that_is_not_there_is_not_found(database_url):
    async with serving(database_url) as here:
        answer = await here.post("/v1/members", a_member_body(NOWHERE), await here.token(Role.ADMIN))

        assert answer.status_code == 404


async def test_a_broker_is_a_broker_of_the_same_program(database_url):
    async with serving(database_url) as here:
        house, other = await a_house(here.sessions), await a_house(here.sessions)
        director = await a_staff(here.sessions, Role.DIRECTOR, program_ids=[house.program.id])
        admin = await here.token(Role.ADMIN)
        path = f"/v1/members/{house.member.id}/broker"

        answers = [
            await here.post(path, {"broker_id": NOWHERE}, admin),
            await here.post(path, {"broker_id": str(director.id)}, admin),
            await here.post(path, {"broker_id": str(other.broker.id)}, admin),
            await here.post(f"/v1/members/{NOWHERE}/broker", {"broker_id": str(house.broker.id)}, admin),
        ]

        assert [answer.status_code for answer in answers] == [404, 422, 422, 404]
        assert {member.broker_id for member in await seen_members(here)} == {house.broker.id, other.broker.id}


async def test_a_broker_who_lost_a_member_does_not_see_them_any_more(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions)
        successor = await a_staff(here.sessions, Role.BROKER, program_ids=[house.program.id])
        before = await here.token(Role.BROKER, house.broker.id)
        await here.post(f"/v1/members/{house.member.id}/broker", {"broker_id": str(successor.id)}, await here.token(Role.ADMIN))

        assert (await here.get(f"/v1/members/{house.member.id}", before)).status_code == 404
        assert (await here.get("/v1/members", before)).json()["items"] == []


async def test_a_representative_is_named_with_a_term_and_moves(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions)
        admin = await here.token(Role.ADMIN)
        path = f"/v1/members/{house.member.id}/representatives"
        body = {"name": "Ray Example", "from": "2026-10-01", "to": "2027-03-31", "may": ["request", "confirm", "request"]}

        made = await here.post(path, body, admin)
        listed = await here.get(path, await here.token(Role.MEMBER, house.member.id))

        assert made.status_code == 201
        assert (made.json()["from"], made.json()["to"], made.json()["may"]) == ("2026-10-01", "2027-03-31", ["request", "confirm"])
        assert listed.json()["items"] == [made.json()]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to": "2026-09-30"}, "to"),
        ({"may": ["everything"]}, "may[0]"),
        ({"from": None}, "from"),
        ({"starts_on": "2026-10-01"}, "starts_on"),
    ],
)
async def test_a_representative_that_can_not_be_is_refused(sqlite_url, changes, field):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions)
        body = {"name": "Ray", "from": "2026-10-01", "to": "2027-03-31", **changes}

        answer = await here.post(f"/v1/members/{house.member.id}/representatives", body, await here.token(Role.ADMIN))

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert await count_of(here.sessions, Representative) == 0


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_nobody_but_an_administrator_enrols_anybody(sqlite_url, role):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions)
        other = await here.token(role)
        path = f"/v1/members/{house.member.id}"

        answers = [
            await here.post("/v1/members", a_member_body(house.program.id), other),
            await here.post(f"{path}/broker", {"broker_id": str(house.broker.id)}, other),
            await here.post(f"{path}/representatives", {"name": "x", "from": "2026-10-01", "to": "2027-03-31"}, other),
        ]

        assert [answer.status_code for answer in answers] == [403] * 3
        assert await count_of(here.sessions, Member) == 1


async def test_vendors_and_payers_see_no_member_and_members_no_other_member(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions)
        neighbour = await a_member(here.sessions, house.program)
        stranger = await a_representative(here.sessions, neighbour)
        path = f"/v1/members/{house.member.id}"

        assert (await here.get(path, await here.token(Role.VENDOR))).status_code == 403
        assert (await here.get(path, await here.token(Role.PAYER))).status_code == 403
        assert (await here.get(path, await here.token(Role.MEMBER, neighbour.id))).status_code == 404
        assert (await here.get(path, await here.token(Role.REPRESENTATIVE, stranger.id))).status_code == 404
        assert (await here.get(f"/v1/members/{neighbour.id}", await here.token(Role.REPRESENTATIVE, stranger.id))).status_code == 200
