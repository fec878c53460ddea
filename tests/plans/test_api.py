"""A plan is drafted, submitted, signed by the member and approved by the broker; every version is kept."""

import asyncio

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.journal import Event
from sdc.plans.model import Plan
from tests.builders import a_house, a_member, a_representative, an_approved_plan, count_of
from tests.serving import serving


def a_plan_body(**changes):
    return {
        "starts_on": "2026-07-01",
        "ends_on": "2027-06-30",
        "goals": [{"domain": "wellness", "title": "Feel well"}, {"id": "G-WORK", "domain": "work", "title": "Find work I like"}],
        "lines": [
            {"category": "WELL_GYM", "amount_cents": 36_000, "goal": 0},
            {"category": "EMPL_TOOLS", "amount_cents": 19_984, "goal": "G-WORK"},
            {"category": "WELL_ALT", "amount_cents": 16_000, "goal": "Feel well"},
            {"category": "EMPL_CLOTHES", "amount_cents": 1_000, "goal": "work"},
            {"category": "TECH_COMPUTER", "amount_cents": 40_000, "goal": "1"},
            {"category": "TRAN_TRANSIT", "amount_cents": 18_000},
        ],
        **changes,
    }


async def people(here):
    house = await a_house(here.sessions)
    member, broker = await here.token(Role.MEMBER, house.member.id), await here.token(Role.BROKER, house.broker.id)
    return house, f"/v1/members/{house.member.id}/plans", member, broker


async def test_a_plan_goes_from_draft_to_approved_by_the_right_hands(database_url):
    async with serving(database_url) as here:
        house, path, member, broker = await people(here)
        made = await here.post(path, a_plan_body(), member)
        plan = f"/v1/plans/{made.json()['id']}"

        moves = [
            await here.post(f"{plan}/submit", None, broker),
            await here.post(f"{plan}/sign", None, member),
            await here.post(f"{plan}/approve", None, broker),
        ]
        final = (await here.get(plan, member)).json()

        assert made.status_code == 201
        assert [(move.status_code, move.json()["state"]) for move in moves] == [(200, "submitted"), (200, "signed"), (200, "approved")]
        assert (final["version"], final["signed_by"], final["approved_by"]) == (1, str(house.member.id), str(house.broker.id))


async def test_a_line_names_its_goal_by_place_key_title_or_domain(database_url):
    async with serving(database_url) as here:
        _, path, member, _ = await people(here)

        plan = (await here.post(path, a_plan_body(), member)).json()

        wellness, work = (goal["id"] for goal in plan["goals"])
        assert [line["goal"] for line in plan["lines"]] == [wellness, work, wellness, work, work, None]
        assert [goal["title"] for goal in plan["goals"]] == ["Feel well", "Find work I like"]


async def test_titles_of_goals_are_sealed_and_in_no_event(sqlite_url):
    async with serving(sqlite_url) as here:
        _, path, member, _ = await people(here)
        await here.post(path, a_plan_body(), member)

        async with here.sessions.read() as session:
            plan = (await session.scalars(select(Plan))).one()
            events = [event.data for event in await session.scalars(select(Event))]

        assert "Feel well" not in str(plan.goals) + str(plan.lines) + str(events)
        assert b"Feel" not in plan.titles_sealed


async def test_the_next_plan_supersedes_when_it_is_approved_and_not_before(database_url):
    async with serving(database_url) as here:
        house, path, member, broker = await people(here)
        first = await an_approved_plan(here.sessions, house.member)
        second = (await here.post(path, a_plan_body(), member)).json()["id"]
        await here.post(f"/v1/plans/{second}/submit", None, member)
        await here.post(f"/v1/plans/{second}/sign", None, member)
        before = [(one["version"], one["state"]) for one in (await here.get(path, member)).json()["items"]]
        await here.post(f"/v1/plans/{second}/approve", None, broker)
        after = [(one["version"], one["state"]) for one in (await here.get(path, member)).json()["items"]]

        assert before == [(2, "signed"), (1, "approved")]
        assert after == [(2, "approved"), (1, "superseded")]
        assert (await here.get(f"/v1/plans/{first.id}", member)).status_code == 200


async def test_next_years_plan_leaves_this_years_in_force(database_url):
    async with serving(database_url) as here:
        house, path, member, broker = await people(here)
        await an_approved_plan(here.sessions, house.member)
        later = (await here.post(path, a_plan_body(starts_on="2027-07-01", ends_on="2028-06-30"), member)).json()["id"]
        for move, who in (("submit", member), ("sign", member), ("approve", broker)):
            await here.post(f"/v1/plans/{later}/{move}", None, who)

        assert [one["state"] for one in (await here.get(path, member)).json()["items"]] == ["approved", "approved"]


async def test_a_goal_that_is_carried_over_keeps_its_id(database_url):
    async with serving(database_url) as here:
        house, path, member, _ = await people(here)
        earlier = (await here.post(path, a_plan_body(), member)).json()["goals"][0]["id"]
        goals = [{"id": earlier, "domain": "wellness", "title": "Feel better"}, {"id": "new", "domain": "home", "title": "A home"}]

        plan = (await here.post(path, a_plan_body(goals=goals, lines=[]), member)).json()

        assert plan["goals"][0]["id"] == earlier
        assert plan["goals"][1]["id"] != "new"
        stranger = await a_member(here.sessions, house.program)
        other = await here.post(
            f"/v1/members/{stranger.id}/plans", a_plan_body(goals=goals, lines=[]), await here.token(Role.MEMBER, stranger.id)
        )
        assert other.json()["goals"][0]["id"] != earlier


@pytest.mark.parametrize(
    ("done", "move", "open_moves"),
    [
        ([], "sign", ["close_goal", "submit"]),
        ([], "approve", ["close_goal", "submit"]),
        (["submit"], "submit", ["close_goal", "sign"]),
        (["submit", "sign"], "sign", ["approve", "close_goal"]),
        (["submit", "sign", "approve"], "approve", ["close_goal"]),
    ],
)
async def test_a_move_that_is_not_open_is_refused_with_those_that_are(sqlite_url, done, move, open_moves):
    async with serving(sqlite_url) as here:
        _, path, member, broker = await people(here)
        plan = f"/v1/plans/{(await here.post(path, a_plan_body(), member)).json()['id']}"
        hands = {"submit": member, "sign": member, "approve": broker}
        for one in done:
            await here.post(f"{plan}/{one}", None, hands[one])

        answer = await here.post(f"{plan}/{move}", None, hands[move])

        assert (answer.status_code, answer.json()["open_moves"]) == (409, open_moves)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"ends_on": "2026-06-30"}, ["ends_on"]),
        ({"lines": [{"category": "ROCKETS", "amount_cents": 1}]}, ["lines[0].category"]),
        ({"lines": [{"category": "WELL_GYM", "amount_cents": 1}, {"category": "WELL_GYM", "amount_cents": 2}]}, ["lines[1].category"]),
        ({"lines": [{"category": "WELL_GYM", "amount_cents": 0}]}, ["lines[0].amount_cents"]),
        ({"lines": [{"category": "WELL_GYM", "amount_cents": 1, "goal": "G-HOME"}]}, ["lines[0].goal"]),
        ({"lines": [{"category": "WELL_GYM", "amount_cents": 1, "goal": 2}]}, ["lines[0].goal"]),
        (
            {"goals": [{"domain": "work", "title": "a"}, {"domain": "work", "title": "b"}]},
            ["lines[1].goal", "lines[2].goal", "lines[3].goal"],
        ),
        (
            {"goals": [{"id": "A", "domain": "work", "title": "a"}, {"id": "A", "domain": "home", "title": "b"}], "lines": []},
            ["goals[1].id"],
        ),
        ({"goals": [{"domain": "work", "title": "a", "status": "maybe"}], "lines": []}, ["goals[0].status"]),
        ({"ends_on": "2026-06-30", "lines": [{"category": "ROCKETS", "amount_cents": 1}]}, ["ends_on", "lines[0].category"]),
    ],
)
async def test_a_plan_that_can_not_be_is_refused_with_every_reason(sqlite_url, changes, fields):
    async with serving(sqlite_url) as here:
        _, path, member, _ = await people(here)

        answer = await here.post(path, a_plan_body(**changes), member)

        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == fields
        assert await count_of(here.sessions, Plan) == 0


async def test_a_goal_is_closed_once_by_the_member_or_the_broker(database_url):
    async with serving(database_url) as here:
        house, _, member, broker = await people(here)
        plan = await an_approved_plan(here.sessions, house.member)
        path = f"/v1/plans/{plan.id}/goals/{plan.goals[0]['id']}/close"

        closed = await here.post(path, None, broker)
        again = await here.post(path, None, member)
        unknown = await here.post(f"/v1/plans/{plan.id}/goals/G-NONE/close", None, member)

        assert (closed.status_code, closed.json()["goals"][0]["status"], closed.json()["state"]) == (200, "closed", "approved")
        assert (again.status_code, unknown.status_code) == (409, 404)


async def test_a_representative_signs_when_that_was_left_to_them(database_url):
    async with serving(database_url) as here:
        house, path, member, _ = await people(here)
        signs = await here.token(Role.REPRESENTATIVE, (await a_representative(here.sessions, house.member, may=("sign",))).id)
        plans = await here.token(Role.REPRESENTATIVE, (await a_representative(here.sessions, house.member, may=("plan",))).id)
        refused = await here.post(path, a_plan_body(), signs)
        made = await here.post(path, a_plan_body(), plans)
        plan = f"/v1/plans/{made.json()['id']}"
        await here.post(f"{plan}/submit", None, member)

        assert (refused.status_code, made.status_code) == (403, 201)
        assert (await here.post(f"{plan}/sign", None, plans)).status_code == 403
        assert (await here.post(f"{plan}/sign", None, signs)).json()["state"] == "signed"


async def test_the_hands_of_others_are_refused(database_url):
    async with serving(database_url) as here:
        house, path, member, _ = await people(here)
        other = await a_house(here.sessions)
        plan = f"/v1/plans/{(await here.post(path, a_plan_body(), member)).json()['id']}"
        stranger, strange_broker = await here.token(Role.MEMBER, other.member.id), await here.token(Role.BROKER, other.broker.id)

        not_theirs = [
            await here.get(plan, stranger),
            await here.get(path, strange_broker),
            await here.post(path, a_plan_body(), strange_broker),
            await here.post(f"{plan}/submit", None, stranger),
            await here.post(f"{plan}/sign", None, stranger),
            await here.post(f"{plan}/approve", None, strange_broker),
        ]
        not_their_role = [
            await here.post(path, a_plan_body(), await here.token(Role.DIRECTOR)),
            await here.post(f"{plan}/sign", None, strange_broker),
            await here.post(f"{plan}/approve", None, member),
            await here.get(plan, await here.token(Role.VENDOR)),
            await here.get(plan, await here.token(Role.PAYER)),
        ]

        assert [answer.status_code for answer in not_theirs] == [404] * 6
        assert [answer.status_code for answer in not_their_role] == [403] * 5
        assert await count_of(here.sessions, Plan) == 1
        assert house.member.id != other.member.id


async def test_drafts_written_at_once_get_versions_of_their_own(database_url):
    async with serving(database_url) as here:
        _, path, member, broker = await people(here)

        answers = await asyncio.gather(*(here.post(path, a_plan_body(), who) for who in (member, broker) * 4))

        assert [answer.status_code for answer in answers] == [201] * 8
        assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))


async def test_two_approvals_at_once_leave_one_plan_in_force(database_url):
    async with serving(database_url) as here:
        _, path, member, broker = await people(here)
        plans = [f"/v1/plans/{(await here.post(path, a_plan_body(), member)).json()['id']}" for _ in range(3)]
        for plan in plans:
            await here.post(f"{plan}/submit", None, member)
            await here.post(f"{plan}/sign", None, member)

        answers = await asyncio.gather(*(here.post(f"{plan}/approve", None, broker) for plan in plans))

        states = [one["state"] for one in (await here.get(path, member)).json()["items"]]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert sorted(states) == ["approved", "superseded", "superseded"]


async def test_a_replay_shows_a_plan_only_to_those_who_may_still_see_it(database_url):
    async with serving(database_url) as here:
        house, path, _, broker = await people(here)
        first = await here.post(path, a_plan_body(), broker, key="again")
        again = await here.post(path, a_plan_body(), broker, key="again")
        successor = await a_house(here.sessions)
        async with here.sessions.begin() as session:
            member = await session.get_one(type(house.member), house.member.id)
            member.broker_id = successor.broker.id
        lost = await here.post(path, a_plan_body(), broker, key="again")

        assert again.json() == first.json()
        assert again.headers["Idempotency-Replayed"] == "true"
        assert lost.status_code == 404
