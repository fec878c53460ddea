"""Savings: put aside within the rules, spent only by what is bought from them, taken back, and never more than there is."""

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.budgets.model import Saving
from sdc.journal import Event
from sdc.programs.model import Release
from sdc.purchases.model import DecisionRecord
from tests.builders import a_budget, a_house, a_member, a_representative, a_staff, count_of
from tests.purchases.test_judging import publish_bare
from tests.purchases.world import a_world, rules_in

SAVED: dict[str, Any] = {"from": "saved"}

RELEASED = 159_600  # two of four quarters of 319,200


async def save(world, token=None, *, key=None, budget=None, language="en", preview=False, **changes):
    """Ask to save for a laptop."""
    body = {"amount_cents": 30_000, "purpose": "a laptop for my classes", "goal_id": world.goal, **changes}
    path = f"/v1/budgets/{budget or world.budget.id}/savings" + ("/preview" if preview else "")
    sent = {name: value for name, value in body.items() if value is not ...}
    return await world.serving.post(path, sent, token or world.member, key=key, language=language)


async def decide(world, asked, what, token, **body):
    return await world.serving.post(f"/v1/savings/{asked['id']}/{what}", body, token)


async def release(world, cents, token=None, *, key=None):
    return await world.serving.post(
        f"/v1/budgets/{world.budget.id}/savings/release", {"amount_cents": cents}, token or world.member, key=key
    )


async def a_payer(world):
    """Give a token to an officer of the program's payer."""
    officer = await a_staff(world.serving.sessions, Role.PAYER, payer_id=world.house.program.payer_id)
    return await world.serving.token(Role.PAYER, officer.id)


async def test_what_is_saved_leaves_available_and_is_spent_by_what_is_bought_from_it(database_url):
    async with a_world(database_url) as world:
        saved = await save(world)
        assert (saved.status_code, saved.json()["state"], saved.json()["saved_on"]) == (HTTPStatus.CREATED, "approved", "2026-10-15")
        assert await world.balances() == {"unreleased": RELEASED, "available": RELEASED - 30_000, "encumbered": 0, "saved": 30_000}

        bought = await world.approved(**SAVED)
        too_much = await world.ask(unit_price_cents=26_001, **SAVED)

        assert bought["from"] == "saved"
        assert await world.balances() == {"unreleased": RELEASED, "available": RELEASED - 30_000, "encumbered": 4_000, "saved": 26_000}
        assert "B01" in rules_in(too_much, "deny")
        await world.move(bought, "cancel", world.member)
        assert (await world.balances())["saved"] == 30_000
        shown = (await world.serving.get(f"/v1/budgets/{world.budget.id}", world.member)).json()
        assert (shown["saved_cents"], shown["available_cents"]) == (30_000, RELEASED - 30_000)


async def test_saved_money_is_taken_back_and_never_more_than_there_is(database_url):
    async with a_world(database_url) as world:
        await save(world)

        back = await release(world, 10_000)
        too_much = await release(world, 20_001)

        assert (back.status_code, back.json()["saved_cents"], back.json()["available_cents"]) == (201, 20_000, RELEASED - 20_000)
        assert (too_much.status_code, too_much.json()["type"]) == (HTTPStatus.CONFLICT, "/problems/funding-short")
        assert await world.balances() == {"unreleased": RELEASED, "available": RELEASED - 20_000, "encumbered": 0, "saved": 20_000}


async def test_a_saving_without_a_purpose_or_for_no_goal_of_the_plan_is_denied_in_words(database_url):
    async with a_world(database_url) as world:
        answers = [
            await save(world, purpose=...),
            await save(world, goal_id=...),
            await save(world, goal_id="G-OLD"),
            await save(world, purpose=..., language="es"),
        ]

        assert [(one.status_code, one.json()["state"], rules_in(one, "deny")) for one in answers] == [(201, "denied", ["B08"])] * 4
        english, spanish = (one.json()["decision"]["findings"][0]["message"] for one in (answers[0], answers[3]))
        assert english != spanish
        notice = (await world.serving.get(f"/v1/notices/{answers[0].json()['notice_id']}", world.member)).json()
        assert "You asked to put money aside" in notice["text"]["en"]["action_and_date"]
        assert (await world.balances())["saved"] == 0


async def test_more_than_there_is_is_denied(database_url):
    async with a_world(database_url) as world:
        answers = [await save(world, amount_cents=RELEASED + 1), await save(world, amount_cents=10**10)]

        assert [rules_in(one, "deny") for one in answers] == [["B12"]] * 2
        assert (await save(world, amount_cents=RELEASED)).json()["state"] == "approved"
        assert (await world.balances())["available"] == 0


async def test_the_books_say_no_under_a_rulebook_without_a_rule_about_it(database_url):
    await publish_bare(database_url)
    async with a_world(database_url, rulebook="bare", release=Release.ANNUAL, amount_cents=20_000) as world:
        answer = (await save(world, amount_cents=20_001)).json()

        assert (answer["state"], rules_in(answer, "deny")) == ("denied", ["BOOKS"])
        assert (await world.balances())["available"] == 20_000


async def test_above_the_cap_the_payer_decides_and_reads_no_word_of_what_it_is_for(database_url):
    async with a_world(database_url, amount_cents=900_000, release=Release.ANNUAL) as world:
        payer = await a_payer(world)
        await save(world, amount_cents=340_000)
        waiting = (await save(world, amount_cents=10_001)).json()
        assert waiting["decision"]["needs"] == [{"rule": "B07", "closed_by": {"role": "payer"}}]
        assert (await world.balances())["saved"] == 340_000

        by_director = (await decide(world, waiting, "approve", world.directing)).json()
        queue = (await world.serving.get("/v1/savings", payer, state="pending")).json()["items"]
        by_payer = (await decide(world, waiting, "approve", payer)).json()

        assert (by_director["state"], by_payer["state"]) == ("pending", "approved")
        assert [(one["id"], one["purpose"]) for one in queue] == [(waiting["id"], None)]
        assert by_payer["purpose"] is None
        assert by_director["purpose"] == "a laptop for my classes"
        assert (await world.balances())["saved"] == 350_001


async def test_money_that_is_gone_when_the_yes_comes_is_not_saved(database_url):
    async with a_world(database_url, amount_cents=700_000, release=Release.ANNUAL) as world:
        payer = await a_payer(world)
        waiting = (await save(world, amount_cents=400_000)).json()
        assert (await save(world, amount_cents=310_000)).json()["state"] == "approved"

        answer = (await decide(world, waiting, "approve", payer)).json()

        assert (answer["state"], rules_in(answer, "deny")) == ("denied", ["B12"])
        assert await world.balances() == {"unreleased": 0, "available": 390_000, "encumbered": 0, "saved": 310_000}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        pytest.param({"amount_cents": 0}, ["amount_cents"], id="nothing"),
        pytest.param({"amount_cents": -5}, ["amount_cents"], id="below nothing"),
        pytest.param({"amount_cents": 10**10 + 1}, ["amount_cents"], id="too much for anything"),
        pytest.param({"amount_cents": True}, ["amount_cents"], id="not a number"),
        pytest.param({"purpose": "   "}, ["purpose"], id="a purpose of blanks"),
        pytest.param({"purpose": "x" * 201}, ["purpose"], id="a purpose too long"),
        pytest.param({"goal_id": "no spaces please"}, ["goal_id"], id="not a goal's id"),
        pytest.param({"goal": "G"}, ["goal"], id="an unknown field"),
    ],
)
async def test_what_can_not_be_a_saving_is_refused_and_writes_nothing(sqlite_url, changes, fields):
    async with a_world(sqlite_url) as world:
        response = await save(world, **changes)

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert [one["field"] for one in response.json()["errors"]] == fields
        assert await count_of(world.serving.sessions, Saving) == await count_of(world.serving.sessions, DecisionRecord) == 0


async def test_nothing_is_saved_from_a_budget_whose_days_are_over(sqlite_url):
    async with a_world(sqlite_url) as world:
        world.serving.clock.move(days=260)

        late = await save(world)

        assert (late.status_code, await count_of(world.serving.sessions, Saving)) == (HTTPStatus.CONFLICT, 0)
        assert "over" in late.json()["detail"]


async def test_a_preview_says_the_same_and_stores_nothing(database_url):
    async with a_world(database_url) as world:
        fine, too_much = await save(world, preview=True), await save(world, preview=True, amount_cents=RELEASED + 1)

        assert (fine.json()["decision"]["outcome"], rules_in(too_much, "deny")) == ("approve", ["B12"])
        assert await count_of(world.serving.sessions, Saving) == 0
        assert (await world.balances())["saved"] == 0


async def test_a_preview_counts_what_a_request_would_release_first(sqlite_url):
    async with a_world(sqlite_url) as world:
        world.serving.clock.move(days=90)  # a third quarter is due, and no worker runs

        preview = (await save(world, preview=True, amount_cents=RELEASED + 79_800)).json()
        saved = (await save(world, amount_cents=RELEASED + 79_800)).json()

        assert (preview["decision"]["outcome"], saved["state"]) == ("approve", "approved")


async def test_a_budget_of_somebody_else_is_not_there(sqlite_url):
    async with a_world(sqlite_url) as world:
        sessions = world.serving.sessions
        other = await a_house(sessions)
        budget = await a_budget(sessions, other)
        neighbour = await world.serving.token(Role.MEMBER, (await a_member(sessions, world.house.program)).id)
        mine = (await save(world)).json()

        answers = [
            await save(world, budget=budget.id),
            await save(world, neighbour),
            await world.serving.get(f"/v1/budgets/{world.budget.id}/savings", neighbour),
            await release(world, 1, neighbour),
            await world.serving.get(f"/v1/savings/{mine['id']}", neighbour),
            await decide(world, mine, "cancel", neighbour),
            await decide(world, mine, "approve", await world.serving.token(Role.BROKER, other.broker.id)),
        ]

        assert {one.status_code for one in answers} == {HTTPStatus.NOT_FOUND}
        assert await count_of(sessions, Saving) == 1


async def test_each_role_may_do_its_part_and_no_more(sqlite_url):
    async with a_world(sqlite_url) as world:
        tokens = {role: await world.serving.token(role) for role in (Role.AUDITOR, Role.ADMIN, Role.PAYER, Role.VENDOR)}
        tokens |= {Role.DIRECTOR: world.directing}

        asks = {(await save(world, token)).status_code for token in tokens.values()}
        takes_back = {(await release(world, 1, token)).status_code for token in tokens.values()}
        by_broker = await save(world, world.broker)
        sees_vendor = await world.serving.get("/v1/savings", tokens[Role.VENDOR])

        assert asks == takes_back == {HTTPStatus.FORBIDDEN}
        assert (by_broker.json()["state"], sees_vendor.status_code) == ("approved", HTTPStatus.FORBIDDEN)
        assert (await world.serving.get("/v1/savings", world.directing)).json()["items"][0]["asked_role"] == "broker"


async def test_a_representative_saves_only_when_plans_were_left_to_them(sqlite_url):
    async with a_world(sqlite_url) as world:
        named = [await a_representative(world.serving.sessions, world.house.member, may=may) for may in (("plan",), ("request",))]
        may, may_not = [await world.serving.token(Role.REPRESENTATIVE, one.id) for one in named]

        assert (await save(world, may)).status_code == HTTPStatus.CREATED
        assert {(await save(world, may_not)).status_code, (await release(world, 1, may_not)).status_code} == {HTTPStatus.FORBIDDEN}


async def test_many_savings_at_once_never_take_more_than_there_is(database_url):
    async with a_world(database_url, amount_cents=20_000) as world:  # 10,000 are released
        responses = await asyncio.gather(*(save(world, amount_cents=3_000) for _ in range(10)))

        assert Counter(response.json()["state"] for response in responses) == {"approved": 3, "denied": 7}
        assert await world.balances() == {"unreleased": 10_000, "available": 1_000, "encumbered": 0, "saved": 9_000}


async def test_a_saving_and_a_purchase_at_once_do_not_both_take_the_last_money(database_url):
    async with a_world(database_url, amount_cents=14_000) as world:  # 7,000 are released
        saved, bought = await asyncio.gather(save(world, amount_cents=4_000), world.ask(world.bus))

        assert sorted([saved.json()["state"], bought.json()["state"]]) == ["approved", "denied"]


async def test_one_key_is_one_saving_and_one_release(database_url):
    async with a_world(database_url) as world:
        first, again = await save(world, key="save-1"), await save(world, key="save-1")
        back, once = await release(world, 5_000, key="back-1"), await release(world, 5_000, key="back-1")
        other = await save(world, key="save-1", amount_cents=1)

        listed = (await world.serving.get(f"/v1/budgets/{world.budget.id}/savings", world.member)).json()["items"]
        assert [one["id"] for one in listed] == [first.json()["id"]]
        assert (again.json(), once.json()) == (first.json(), back.json())
        assert {again.headers["idempotency-replayed"], once.headers["idempotency-replayed"]} == {"true"}
        assert other.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert (await world.balances())["saved"] == 25_000


async def test_no_event_and_no_decision_holds_a_word_of_what_it_is_for(sqlite_url):
    async with a_world(sqlite_url) as world:
        await save(world)
        await release(world, 1_000)

        async with world.serving.sessions.read() as session:
            events = [one for one in await session.scalars(select(Event).order_by(Event.id)) if one.kind.startswith("saving")]
            record = (await session.scalars(select(DecisionRecord))).one()
            saving = (await session.scalars(select(Saving))).one()

        assert [one.kind for one in events] == ["saving.requested", "saving.decided", "saving.released"]
        assert "laptop" not in str([one.data for one in events]) + str(record.facts) + str(record.decision)
        assert b"laptop" not in (saving.purpose_sealed or b"laptop")
        assert record.facts["reserve"]["purpose"] == "(sealed)"
