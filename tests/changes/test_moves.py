"""Money moves between the lines of a plan: freely within a share, else with a yes; the signed plan stays as it is."""

import asyncio
from collections import Counter
from http import HTTPStatus

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.journal import Event
from sdc.plans.model import LineMove, Plan
from sdc.purchases.model import DecisionRecord
from tests.builders import a_house, a_member, a_representative, an_approved_plan, count_of
from tests.purchases.world import a_world, rules_in

FREE = 3_600  # a tenth of the gym's line of 36,000


async def move(world, token=None, *, key=None, plan=None, language="en", preview=False, **changes):
    """Ask to move money from the gym's line to the bus's."""
    body = {"from_category": "WELL_GYM", "to_category": "TRAN_TRANSIT", "amount_cents": FREE, **changes}
    path = f"/v1/plans/{plan or world.plan.id}/moves" + ("/preview" if preview else "")
    return await world.serving.post(path, body, token or world.member, key=key, language=language)


async def decide(world, asked, what, token, **body):
    return await world.serving.post(f"/v1/moves/{asked['id']}/{what}", body, token)


async def lines_of(world, token=None):
    plan = (await world.serving.get(f"/v1/plans/{world.plan.id}", token or world.member)).json()
    return {line["category"]: (line["amount_cents"], line["moved_cents"]) for line in plan["lines"]}


async def test_a_tenth_of_a_line_moves_freely_and_the_signed_plan_stays(database_url):
    async with a_world(database_url) as world:
        response = await move(world)

        moved = response.json()
        assert (response.status_code, moved["state"], moved["moved_on"]) == (HTTPStatus.CREATED, "approved", "2026-10-15")
        assert (moved["decision"]["outcome"], moved["decision"]["findings"], moved["open_moves"]) == ("approve", [], [])
        lines = await lines_of(world)
        assert (lines["WELL_GYM"], lines["TRAN_TRANSIT"], lines["WELL_ALT"]) == ((36_000, -FREE), (18_000, FREE), (16_000, 0))
        async with world.serving.sessions.read() as session:
            plan = await session.get_one(Plan, world.plan.id)
            record = (await session.scalars(select(DecisionRecord))).one()
        assert {line["category"]: line["amount_cents"] for line in plan.lines}["WELL_GYM"] == 36_000
        assert (record.stage, record.facts["transfer"]["planned_cents"], record.facts["plan"]["lines"]["WELL_GYM"]) == (
            "transfer",
            36_000,
            36_000,
        )


async def test_what_was_moved_counts_for_the_next_move_and_for_what_is_bought(database_url):
    async with a_world(database_url) as world:
        await move(world)

        second = await move(world, amount_cents=1)
        bus = await world.ask(world.bus, unit_price_cents=4_900, quantity=4, amount_cents=19_600)
        too_far = await world.ask(world.bus, unit_price_cents=24_000)

        assert (second.json()["state"], rules_in(second, "needs_approval")) == ("pending", ["B06"])
        assert "B11" not in rules_in(bus, "needs_approval")  # 19,600 of a line of 21,600
        assert "B11" in rules_in(too_far, "needs_approval")


async def test_a_larger_move_waits_for_the_broker_and_counts_once_they_say_yes(database_url):
    async with a_world(database_url) as world:
        waiting = (await move(world, amount_cents=FREE + 1)).json()
        assert (waiting["state"], waiting["moved_on"]) == ("pending", None)
        assert waiting["decision"]["needs"] == [{"rule": "B06", "closed_by": {"role": "broker"}}]
        assert (await lines_of(world))["WELL_GYM"] == (36_000, 0)
        queue = (await world.serving.get("/v1/moves", world.broker, state="pending")).json()["items"]
        of_plan = (await world.serving.get(f"/v1/plans/{world.plan.id}/moves", world.member)).json()["items"]
        assert [one["id"] for one in queue] == [one["id"] for one in of_plan] == [waiting["id"]]

        approved = (await decide(world, waiting, "approve", world.broker, note="they go by bus now")).json()

        assert (approved["state"], approved["decision"]["because"], approved["moved_on"]) == ("approved", "approval", "2026-10-15")
        assert approved["approvals"][0]["note"] == "they go by bus now"
        assert (await lines_of(world))["WELL_GYM"] == (36_000, -FREE - 1)
        seen = (await world.serving.get(f"/v1/moves/{waiting['id']}", world.member)).json()
        assert seen["approvals"][0]["note"] is None


async def test_more_than_a_line_has_left_is_denied_with_a_notice_in_the_callers_language(database_url):
    async with a_world(database_url) as world:
        await world.approved()  # 4,000 of the gym's line

        denied = (await move(world, amount_cents=32_001, language="es")).json()

        assert (denied["state"], rules_in(denied, "deny")) == ("denied", ["B13"])
        assert "plan" in denied["decision"]["findings"][0]["message"]
        assert (
            denied["decision"]["findings"][0]["message"]
            != (await move(world, amount_cents=32_001)).json()["decision"]["findings"][0]["message"]
        )
        notice = (await world.serving.get(f"/v1/notices/{denied['notice_id']}", world.member)).json()
        assert notice["appeal_by"] == denied["appeal_by"]
        assert "move money out of this part of your plan: gym, for $320.01" in notice["text"]["en"]["action_and_date"]


async def test_who_asked_does_not_decide(sqlite_url):
    async with a_world(sqlite_url) as world:
        waiting = (await move(world, world.broker, amount_cents=FREE + 1)).json()

        own = (await decide(world, waiting, "approve", world.broker)).json()
        again = await decide(world, waiting, "approve", world.broker)
        other = (await decide(world, waiting, "approve", world.directing)).json()

        assert (own["state"], again.status_code, other["state"]) == ("pending", HTTPStatus.CONFLICT, "approved")


async def test_a_no_is_told_in_writing_and_moves_nothing(sqlite_url):
    async with a_world(sqlite_url) as world:
        waiting = (await move(world, amount_cents=FREE + 1)).json()

        declined = (await decide(world, waiting, "decline", world.broker, reason="The gym is paid until June.")).json()
        late = await decide(world, waiting, "approve", world.directing)

        assert declined["state"] == "declined"
        notice = (await world.serving.get(f"/v1/notices/{declined['notice_id']}", world.member)).json()
        assert "The gym is paid until June." in notice["text"]["en"]["reasons"]
        assert (late.status_code, late.json()["open_moves"]) == (HTTPStatus.CONFLICT, [])
        assert (await lines_of(world))["WELL_GYM"] == (36_000, 0)


async def test_a_move_that_waits_is_taken_back(sqlite_url):
    async with a_world(sqlite_url) as world:
        waiting = (await move(world, amount_cents=FREE + 1)).json()

        canceled = (await decide(world, waiting, "cancel", world.member)).json()

        assert canceled["state"] == "canceled"
        assert (await decide(world, waiting, "approve", world.broker)).status_code == HTTPStatus.CONFLICT


async def test_a_preview_says_the_same_and_stores_nothing(database_url):
    async with a_world(database_url) as world:
        free, larger = await move(world, preview=True), await move(world, preview=True, amount_cents=FREE + 1)

        assert (free.status_code, free.json()["decision"]["outcome"]) == (HTTPStatus.OK, "approve")
        assert larger.json()["decision"]["needs"] == [{"rule": "B06", "closed_by": {"role": "broker"}}]
        assert await count_of(world.serving.sessions, LineMove) == await count_of(world.serving.sessions, DecisionRecord) == 0


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        pytest.param({"amount_cents": 0}, ["amount_cents"], id="nothing"),
        pytest.param({"amount_cents": -1}, ["amount_cents"], id="below nothing"),
        pytest.param({"amount_cents": 10**10 + 1}, ["amount_cents"], id="too much for anything"),
        pytest.param({"amount_cents": 1.5}, ["amount_cents"], id="half a cent"),
        pytest.param({"amount_cents": "100"}, ["amount_cents"], id="text"),
        pytest.param({"to_category": "WELL_GYM"}, ["to_category"], id="the same line"),
        pytest.param({"to_category": "PET_CARE"}, ["to_category"], id="a line that the plan does not have"),
        pytest.param({"from_category": "PET_CARE"}, ["from_category"], id="from a line that the plan does not have"),
        pytest.param({"from_category": "NO_SUCH", "to_category": "NONE_EITHER"}, ["from_category", "to_category"], id="no categories"),
        pytest.param({"from_category": "gym'; --"}, ["from_category"], id="not a category"),
        pytest.param({"to_line": "TRAN_TRANSIT"}, ["to_line"], id="an unknown field"),
    ],
)
async def test_what_can_not_be_a_move_is_refused_with_its_field_and_writes_nothing(sqlite_url, changes, fields):
    async with a_world(sqlite_url) as world:
        response = await move(world, **changes)

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert [one["field"] for one in response.json()["errors"]] == fields
        assert await count_of(world.serving.sessions, LineMove) == await count_of(world.serving.sessions, DecisionRecord) == 0


async def test_the_largest_amount_there_is_is_denied_and_breaks_nothing(database_url):
    async with a_world(database_url) as world:
        response = await move(world, amount_cents=10**10)

        assert (response.status_code, rules_in(response, "deny")) == (HTTPStatus.CREATED, ["B13"])


async def test_only_the_plan_in_force_is_moved_in(sqlite_url):
    async with a_world(sqlite_url) as world:
        waiting = (await move(world, amount_cents=FREE + 1)).json()
        await an_approved_plan(world.serving.sessions, world.house.member, lines={"WELL_GYM": 1_000, "TRAN_TRANSIT": 1_000})

        superseded = await move(world)
        approved = await decide(world, waiting, "approve", world.broker)
        world.serving.clock.move(days=300)
        over = await move(
            world, plan=(await world.serving.get(f"/v1/members/{world.house.member.id}/plans", world.member)).json()["items"][0]["id"]
        )

        assert [one.status_code for one in (superseded, approved, over)] == [HTTPStatus.CONFLICT] * 3
        assert "superseded" in superseded.json()["detail"]
        assert "over" in over.json()["detail"]


async def test_what_was_moved_under_an_older_plan_counts_in_the_same_year(sqlite_url):
    async with a_world(sqlite_url) as world:
        await move(world)
        plan = await an_approved_plan(world.serving.sessions, world.house.member, lines={"WELL_GYM": 36_000, "TRAN_TRANSIT": 18_000})

        again = (await move(world, plan=plan.id, amount_cents=1)).json()

        assert rules_in(again, "needs_approval") == ["B06"]


async def test_a_plan_of_somebody_else_is_not_there(sqlite_url):
    async with a_world(sqlite_url) as world:
        sessions = world.serving.sessions
        other = await a_house(sessions)
        plan = await an_approved_plan(sessions, other.member)
        neighbour = await a_member(sessions, world.house.program)
        stranger = await world.serving.token(Role.MEMBER, neighbour.id)
        mine = (await move(world, amount_cents=FREE + 1)).json()
        far_broker = await world.serving.token(Role.BROKER, other.broker.id)

        answers = [
            await move(world, plan=plan.id),
            await move(world, stranger),
            await world.serving.get(f"/v1/plans/{plan.id}/moves", world.member),
            await world.serving.get(f"/v1/plans/{world.plan.id}/moves", stranger),
            await move(world, plan="00000000-0000-7000-8000-00000000abcd"),
            await world.serving.get(f"/v1/moves/{mine['id']}", stranger),
            await decide(world, mine, "cancel", stranger),
            await decide(world, mine, "approve", far_broker),
            await decide(world, mine, "decline", far_broker, reason="no"),
        ]

        assert {one.status_code for one in answers} == {HTTPStatus.NOT_FOUND}
        assert (await world.serving.get("/v1/moves", stranger)).json()["items"] == []
        assert await count_of(sessions, LineMove) == 1


async def test_each_role_may_do_its_part_and_no_more(sqlite_url):
    async with a_world(sqlite_url) as world:
        waiting = (await move(world, amount_cents=FREE + 1)).json()
        tokens = {role: await world.serving.token(role) for role in (Role.AUDITOR, Role.ADMIN, Role.PAYER, Role.VENDOR)}
        tokens |= {Role.DIRECTOR: world.directing}

        asks = {role: (await move(world, token)).status_code for role, token in tokens.items()}
        decides = {
            role: (await decide(world, waiting, "approve", tokens[role])).status_code for role in (Role.AUDITOR, Role.ADMIN, Role.VENDOR)
        }
        by_member = await decide(world, waiting, "approve", world.member)
        sees_vendor = await world.serving.get("/v1/moves", tokens[Role.VENDOR])
        sees_nobody = await world.serving.get("/v1/moves")

        assert set(asks.values()) == set(decides.values()) == {HTTPStatus.FORBIDDEN}
        assert (by_member.status_code, sees_vendor.status_code, sees_nobody.status_code) == (403, 403, 401)
        assert (await world.serving.get("/v1/moves", tokens[Role.ADMIN])).json()["items"][0]["id"] == waiting["id"]


async def test_a_representative_moves_only_when_plans_were_left_to_them(sqlite_url):
    async with a_world(sqlite_url) as world:
        sessions, member = world.serving.sessions, world.house.member
        may = await world.serving.token(Role.REPRESENTATIVE, (await a_representative(sessions, member, may=("plan",))).id)
        may_not = await world.serving.token(Role.REPRESENTATIVE, (await a_representative(sessions, member, may=("request",))).id)

        assert (await move(world, may)).status_code == HTTPStatus.CREATED
        assert (await move(world, may_not)).status_code == HTTPStatus.FORBIDDEN
        assert (await move(world, may_not, preview=True)).status_code == HTTPStatus.FORBIDDEN


async def test_moves_at_once_never_pass_the_free_share_together(database_url):
    async with a_world(database_url) as world:
        responses = await asyncio.gather(*(move(world, amount_cents=1_000) for _ in range(12)))

        assert Counter(response.json()["state"] for response in responses) == {"approved": 3, "pending": 9}
        assert (await lines_of(world))["WELL_GYM"] == (36_000, -3_000)


async def test_one_key_is_one_move(database_url):
    async with a_world(database_url) as world:
        first = await move(world, key="move-1")
        again = await move(world, key="move-1")
        other = await move(world, key="move-1", amount_cents=1)

        assert again.json() == first.json()
        assert (again.headers["idempotency-replayed"], other.status_code) == ("true", HTTPStatus.UNPROCESSABLE_ENTITY)
        assert await count_of(world.serving.sessions, LineMove) == 1


async def test_the_journal_tells_who_asked_and_who_decided(sqlite_url):
    async with a_world(sqlite_url) as world:
        waiting = (await move(world, amount_cents=FREE + 1)).json()
        await decide(world, waiting, "approve", world.broker)

        async with world.serving.sessions.read() as session:
            events = [one for one in await session.scalars(select(Event).order_by(Event.id)) if str(one.subject_id) == waiting["id"]]

        assert [one.kind for one in events] == ["move.requested", "move.decided", "move.approval_given", "move.decided"]
        assert {one.by for one in events} == {world.house.member.id, world.house.broker.id}
