"""Budgets over HTTP: allocated by an administrator, seen by those around the member."""

import pytest

import ledger
from sdc.auth.principal import Role
from sdc.budgets.model import Budget
from tests.builders import a_budget, a_house, count_of
from tests.serving import serving

NOWHERE = "01990000-0000-7000-8000-000000000000"


def a_budget_body(house, **changes):
    return {
        "funding_source_id": str(house.source.id),
        "amount_cents": 319_200,
        "starts_on": "2026-07-01",
        "ends_on": "2027-06-30",
        **changes,
    }


async def test_an_administrator_allocates_and_two_quarters_are_available(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions)
        path = f"/v1/members/{house.member.id}/budgets"

        made = await here.post(path, a_budget_body(house), await here.token(Role.ADMIN))
        listed = await here.get(path, await here.token(Role.MEMBER, house.member.id))

        budget = made.json()
        assert made.status_code == 201
        assert [
            budget[f"{name}_cents"] for name in ("allocated", "unreleased", "available", "encumbered", "saved", "spent", "waiting")
        ] == [
            319_200,
            159_600,
            159_600,
            0,
            0,
            0,
            0,
        ]
        assert listed.json()["items"] == [{name: budget[name] for name in listed.json()["items"][0]}]


async def test_a_budget_is_split_over_lines_to_the_cent(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions)
        lines = [{"category": "WELL_GYM"}, {"category": "COMM_PHONE", "weight": 2}, {"category": "WELL_YOGA"}, {"category": "EDU_BOOKS"}]

        made = await here.post(
            f"/v1/members/{house.member.id}/budgets", a_budget_body(house, amount_cents=99_999, lines=lines), await here.token(Role.ADMIN)
        )
        async with here.sessions.read() as session:
            page = await ledger.entries(session, house.program.id, kind="allocation")

        assert (made.status_code, made.json()["allocated_cents"]) == (201, 99_999)
        assert [(one.tag, one.amount_cents) for one in page.entries[0].entry.transfers] == [
            ("WELL_GYM", 20_000),
            ("COMM_PHONE", 39_999),
            ("WELL_YOGA", 20_000),
            ("EDU_BOOKS", 20_000),
        ]


async def test_the_same_allocation_with_the_same_key_is_one(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions)
        path, admin = f"/v1/members/{house.member.id}/budgets", await here.token(Role.ADMIN)

        first = await here.post(path, a_budget_body(house), admin, key="k")
        again = await here.post(path, a_budget_body(house), admin, key="k")

        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
        assert await count_of(here.sessions, Budget) == 1


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"amount_cents": 0}, 422, "amount_cents"),
        ({"ends_on": "2026-06-30"}, 422, "ends_on"),
        ({"ends_on": "2127-06-30"}, 422, "ends_on"),
        ({"starts_on": "1 July"}, 422, "starts_on"),
        ({"release": "annual"}, 422, "release"),
        ({"lines": [{"category": "WELL_GYM"}, {"category": "WELL_GYM", "weight": 2}]}, 422, "lines"),
        ({"lines": [{"category": "WELL_GYM", "weight": 0}]}, 422, "lines[0].weight"),
        ({"funding_source_id": NOWHERE}, 404, None),
        ({"amount_cents": 1_000_001}, 409, None),
    ],
)
async def test_a_budget_that_can_not_be_is_refused(sqlite_url, changes, status, field):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions, funded_cents=1_000_000)

        answer = await here.post(f"/v1/members/{house.member.id}/budgets", a_budget_body(house, **changes), await here.token(Role.ADMIN))

        assert answer.status_code == status
        assert field is None or answer.json()["errors"][0]["field"] == field
        assert await count_of(here.sessions, Budget) == 0


async def test_only_those_around_the_member_see_a_budget_and_only_administrators_allocate(database_url):
    async with serving(database_url) as here:
        house, other = await a_house(here.sessions), await a_house(here.sessions)
        await a_budget(here.sessions, house)
        path = f"/v1/members/{house.member.id}/budgets"

        assert (await here.get(path, await here.token(Role.BROKER, house.broker.id))).status_code == 200
        assert (await here.get(path, await here.token(Role.BROKER, other.broker.id))).status_code == 404
        assert (await here.get(path, await here.token(Role.MEMBER, other.member.id))).status_code == 404
        assert (await here.get(path, await here.token(Role.VENDOR))).status_code == 403
        assert (await here.get(path, await here.token(Role.PAYER))).status_code == 403
        assert (await here.post(path, a_budget_body(house), await here.token(Role.BROKER, house.broker.id))).status_code == 403
        assert await count_of(here.sessions, Budget) == 1
