"""Many at once: the last money is given once, and one key has one effect."""

import asyncio
from collections import Counter
from http import HTTPStatus

from sqlalchemy import func, select

from sdc.purchases.model import Authorization, DecisionRecord, Purchase
from tests.builders import a_budget
from tests.purchases.world import a_world, rules_in

AT_ONCE = 50


async def test_of_fifty_requests_for_the_last_money_one_is_approved_and_the_others_are_denied_in_full(database_url):
    async with a_world(database_url, amount_cents=14_000) as world:  # half is released: $70.00, and a bus pass is $45.00
        responses = await asyncio.gather(*(world.ask(world.bus) for _ in range(AT_ONCE)))

        assert {response.status_code for response in responses} == {HTTPStatus.CREATED}
        states = Counter(response.json()["state"] for response in responses)
        assert states == {"approved": 1, "denied": AT_ONCE - 1}
        denied = [response for response in responses if response.json()["state"] == "denied"]
        assert all("B01" in rules_in(response, "deny") for response in denied)
        assert all(response.json()["notice_id"] for response in denied)
        assert (await world.balances())["available"] == 2_500
        assert (await world.balances())["encumbered"] == 4_500
        async with world.serving.sessions.read() as session:
            assert await session.scalar(select(func.count()).select_from(Authorization)) == 1
            assert await session.scalar(select(func.count()).select_from(DecisionRecord)) == AT_ONCE


async def test_one_request_sent_fifty_times_at_once_with_one_key_is_one_purchase(database_url):
    async with a_world(database_url) as world:
        responses = await asyncio.gather(*(world.ask(world.bus, key="the one key") for _ in range(AT_ONCE)))

        statuses = Counter(response.status_code for response in responses)
        assert set(statuses) <= {HTTPStatus.CREATED, HTTPStatus.CONFLICT}
        assert len({response.json()["id"] for response in responses if response.status_code == HTTPStatus.CREATED}) == 1
        again = await world.ask(world.bus, key="the one key")
        assert again.headers["idempotency-replayed"] == "true"
        async with world.serving.sessions.read() as session:
            assert await session.scalar(select(func.count()).select_from(Purchase)) == 1
        assert (await world.balances())["encumbered"] == 4_500


async def test_a_cancel_and_an_approval_at_once_leave_no_money_behind(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending()

        answers = await asyncio.gather(world.move(pending, "approve", world.broker), world.move(pending, "cancel", world.member))

        assert all(answer.status_code in {HTTPStatus.OK, HTTPStatus.CONFLICT} for answer in answers)
        shown = (await world.serving.get(f"/v1/purchases/{pending['id']}", world.member)).json()
        assert shown["state"] == "canceled"  # before the approval, or after it: nothing was billed
        assert (await world.balances())["encumbered"] == 0


async def test_a_release_that_is_due_is_posted_once_when_many_ask_at_once(database_url):
    async with a_world(database_url, amount_cents=12_000) as world:  # $60.00 is released, $30.00 more with the third quarter
        world.serving.clock.move(days=90)

        responses = await asyncio.gather(*(world.ask(unit_price_cents=4_000 + number) for number in range(10)))

        assert {response.status_code for response in responses} == {HTTPStatus.CREATED}
        assert "approved" in {response.json()["state"] for response in responses}
        held = await world.balances()
        assert held["unreleased"] == 3_000
        assert held["available"] + held["encumbered"] == 9_000


async def test_two_budgets_of_one_member_are_asked_one_after_the_other(database_url):
    async with a_world(database_url) as world:
        other = await a_budget(world.serving.sessions, world.house, amount_cents=100_000)
        budgets = (world.budget.id, other.id)

        answers = await asyncio.gather(*(world.ask(world.bus, budget_id=str(budget_id)) for budget_id in budgets))

        assert sorted(answer.json()["state"] for answer in answers) == ["approved", "pending"]
