"""What waits does not wait for ever, two who decide at once decide once, and an auditor finds the way back from a saving's entry."""

import asyncio
from collections import Counter
from http import HTTPStatus

from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.jobs import drain
from sdc.journal import Event
from sdc.programs.model import Release
from tests.builders import a_staff, an_approved_plan
from tests.changes.test_moves import FREE, lines_of, move
from tests.changes.test_savings import a_payer, save
from tests.purchases.world import a_world


async def state_of(world, kind, asked):
    return (await world.serving.get(f"/v1/{kind}/{asked['id']}", world.member)).json()["state"]


async def test_a_change_that_nobody_decides_expires_after_thirty_days(database_url):
    async with a_world(database_url, amount_cents=900_000, release=Release.ANNUAL) as world:
        moving, saving = (await move(world, amount_cents=FREE + 1)).json(), (await save(world, amount_cents=350_001)).json()
        world.serving.clock.move(days=30)
        await drain(world.serving.work)
        before = [await state_of(world, "moves", moving), await state_of(world, "savings", saving)]

        world.serving.clock.move(days=1)
        await drain(world.serving.work)

        assert before == ["pending", "pending"]
        assert [await state_of(world, "moves", moving), await state_of(world, "savings", saving)] == ["expired", "expired"]
        late = await world.serving.post(f"/v1/moves/{moving['id']}/approve", {}, world.broker)
        assert (late.status_code, late.json()["open_moves"]) == (HTTPStatus.CONFLICT, [])
        async with world.serving.sessions.read() as session:
            kinds = [one.kind for one in await session.scalars(select(Event)) if one.kind.endswith(".expired")]
        assert sorted(kinds) == ["move.expired", "saving.expired"]


async def test_a_move_of_a_plan_that_another_superseded_expires_at_once(sqlite_url):
    async with a_world(sqlite_url) as world:
        moving = (await move(world, amount_cents=FREE + 1)).json()
        await an_approved_plan(world.serving.sessions, world.house.member, lines={"WELL_GYM": 1_000, "TRAN_TRANSIT": 1_000})

        await drain(world.serving.work)

        assert await state_of(world, "moves", moving) == "expired"


async def test_two_who_say_yes_at_once_move_the_money_once(database_url):
    async with a_world(database_url) as world:
        moving = (await move(world, amount_cents=FREE + 1)).json()

        answers = await asyncio.gather(
            *(world.serving.post(f"/v1/moves/{moving['id']}/approve", {}, token) for token in (world.broker, world.directing))
        )

        assert Counter(answer.status_code for answer in answers) == {HTTPStatus.OK: 1, HTTPStatus.CONFLICT: 1}
        assert (await lines_of(world))["WELL_GYM"] == (36_000, -FREE - 1)


async def test_two_yeses_that_pass_the_cap_together_are_judged_one_after_the_other(database_url):
    async with a_world(database_url, amount_cents=900_000, release=Release.ANNUAL) as world:
        payer = await a_payer(world)
        waiting = [(await save(world, amount_cents=500_000)).json() for _ in range(2)]

        answers = await asyncio.gather(*(world.serving.post(f"/v1/savings/{one['id']}/approve", {}, payer) for one in waiting))

        assert sorted(answer.json()["state"] for answer in answers) == ["approved", "denied"]
        assert (await world.balances())["saved"] == 500_000


async def test_an_auditor_goes_from_the_entry_of_a_saving_to_its_decision_and_who_said_yes(sqlite_url):
    async with a_world(sqlite_url, amount_cents=900_000, release=Release.ANNUAL) as world:
        payer = await a_payer(world)
        waiting = (await save(world, amount_cents=350_001)).json()
        await world.serving.post(f"/v1/savings/{waiting['id']}/approve", {}, payer)
        staff = await a_staff(world.serving.sessions, Role.AUDITOR, program_ids=[world.house.program.id])
        auditor = await world.serving.token(Role.AUDITOR, staff.id)

        entries = (await world.serving.get("/v1/ledger/entries", auditor, program_id=world.house.program.id, limit=200)).json()["items"]

        (entry,) = [one for one in entries if one["kind"] == "saving"]
        assert (entry["subject"], entry["cause"]["decision"]["outcome"]) == (waiting["id"], "approve")
        assert [(one["to"], one["role"]) for one in entry["cause"]["approvals"]] == [("saving", "payer")]
