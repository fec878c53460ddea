"""Emergencies: judged by their own limits, and looked at after the fact by somebody, in time."""

from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.journal import Event
from tests.builders import a_house, a_representative
from tests.purchases.world import a_world, rules_in

URGENT: dict[str, Any] = {"emergency": True, "already_bought": True}


async def urgent(world, cents=4_500, **changes):
    """Say that a bus pass was bought in an emergency."""
    response = await world.ask(world.bus, unit_price_cents=cents, **(URGENT | changes))
    assert response.status_code == HTTPStatus.CREATED, response.text
    return response.json()


async def queue(world, token=None, **parameters):
    shown = (await world.serving.get("/v1/emergencies", token or world.broker, **({"state": "open"} | parameters))).json()
    return [one["id"] for one in shown["items"]]


async def test_a_small_emergency_that_was_bought_is_approved_and_the_broker_looks_at_it_later(database_url):
    async with a_world(database_url) as world:
        bought = await urgent(world)

        assert (bought["state"], bought["already_bought"], rules_in(bought, "deny")) == ("approved", True, [])
        review = bought["review"]
        assert (review["role"], review["reviewer_id"], review["due_on"]) == ("broker", str(world.house.broker.id), "2026-10-18")
        assert (review["number"], review["is_over_limits"], review["outcome"]) == (1, False, None)
        assert await queue(world) == [bought["id"]]

        looked = await world.move(bought, "review", world.broker, outcome="in_order", note="the bus strike")

        assert (looked.status_code, looked.json()["review"]["outcome"], looked.json()["review"]["note"]) == (
            200,
            "in_order",
            "the bus strike",
        )
        assert looked.json()["review"]["reviewed_by"] == str(world.house.broker.id)
        assert (await queue(world), await queue(world, state="done")) == ([], [bought["id"]])
        assert (await world.serving.get(f"/v1/purchases/{bought['id']}", world.member)).json()["review"]["note"] is None


async def test_what_was_bought_without_an_emergency_is_denied(sqlite_url):
    async with a_world(sqlite_url) as world:
        denied = await urgent(world, emergency=False)

        assert (rules_in(denied, "deny"), denied["review"]) == (["D04"], None)


async def test_an_emergency_that_needs_a_yes_is_looked_at_by_whoever_says_it(database_url):
    async with a_world(database_url) as world:
        waiting = await urgent(world, 15_000)
        assert (waiting["state"], rules_in(waiting, "needs_approval")) == ("pending", ["A01"])
        assert (waiting["review"]["role"], waiting["review"]["due_on"]) == ("broker", "2026-10-18")
        early = await world.move(waiting, "review", world.broker, outcome="in_order")

        approved = (await world.move(waiting, "approve", world.broker)).json()

        assert (early.status_code, early.json()["open_moves"]) == (HTTPStatus.CONFLICT, ["approve", "decline"])
        assert (approved["state"], approved["review"]["outcome"]) == ("approved", "approved")
        assert approved["review"]["reviewed_by"] == str(world.house.broker.id)
        assert await queue(world) == []


async def test_an_emergency_past_the_limit_waits_for_the_director_today(database_url):
    async with a_world(database_url) as world:
        waiting = await urgent(world, 30_001)

        assert "E01" in rules_in(waiting, "needs_approval")
        assert (waiting["review"]["role"], waiting["review"]["due_on"], waiting["review"]["is_over_limits"]) == (
            "director",
            "2026-10-15",
            True,
        )
        assert await queue(world, world.directing, role="director") == [waiting["id"]]
        by_broker = (await world.move(waiting, "approve", world.broker)).json()
        by_director = (await world.move(waiting, "approve", world.directing)).json()
        assert (by_broker["state"], by_broker["review"]["outcome"]) == ("pending", None)
        assert (by_director["state"], by_director["review"]["outcome"]) == ("approved", "approved")


async def test_emergencies_of_the_period_are_counted_from_what_was_set_aside(database_url):
    async with a_world(database_url) as world:
        first, second = await urgent(world, 1_000), await urgent(world, 1_100)
        third = await urgent(world, 1_200)
        assert [one["review"]["number"] for one in (first, second, third)] == [1, 2, 3]
        assert ([one["state"] for one in (first, second, third)], rules_in(third, "needs_approval")) == (
            ["approved", "approved", "pending"],
            ["E01"],
        )

        await world.move(second, "cancel", world.member)  # nothing was bought after all
        fourth = await urgent(world, 1_300)

        assert (fourth["state"], fourth["review"]["number"]) == ("approved", 2)


async def test_emergencies_that_wait_are_counted_when_somebody_says_yes(database_url):
    async with a_world(database_url) as world:
        waiting = [await urgent(world, cents) for cents in (6_000, 6_100, 6_200)]
        assert [one["state"] for one in waiting] == ["pending"] * 3

        answers = [(await world.move(one, "approve", world.broker)).json() for one in waiting]

        assert [one["state"] for one in answers] == ["approved", "approved", "pending"]
        assert (rules_in(answers[2], "needs_approval"), answers[2]["review"]["role"]) == (["E01"], "director")
        assert (answers[2]["review"]["is_over_limits"], answers[2]["review"]["due_on"]) == (True, "2026-10-15")


async def test_who_asked_does_not_look_at_it_themselves(sqlite_url):
    async with a_world(sqlite_url) as world:
        bought = (await world.ask(world.bus, token=world.broker, **URGENT)).json()
        assert (bought["review"]["role"], bought["review"]["reviewer_id"]) == ("director", None)

        own = await world.move(bought, "review", world.broker, outcome="in_order")
        other = await world.move(bought, "review", world.directing, outcome="concern", note="why not the usual pass?")
        again = await world.move(bought, "review", world.directing, outcome="in_order")

        assert (own.status_code, other.json()["review"]["outcome"], again.status_code) == (409, "concern", 409)
        assert other.json()["state"] == "approved"  # a concern takes nothing back


async def test_the_yes_of_who_asked_is_no_look_at_it(sqlite_url):
    async with a_world(sqlite_url) as world:
        words: dict[str, Any] = {"offering_id": ..., "category": "TRAN_TRANSIT", "description": "a ride at night", "amount_cents": 1_000}
        waiting = (await world.ask(token=world.broker, **words, **URGENT)).json()
        assert rules_in(waiting, "needs_approval") == ["T01"]
        await world.move(waiting, "approve", world.broker)

        tagged = (await world.move(waiting, "tags", world.directing, tags=[])).json()

        assert (tagged["state"], tagged["review"]["outcome"], tagged["review"]["role"]) == ("pending", None, "director")
        approved = (await world.move(waiting, "approve", world.directing)).json()
        assert (approved["state"], approved["review"]["reviewed_by"]) == ("approved", str(world.director.id))


async def test_a_no_and_a_change_of_mind_end_the_waiting(sqlite_url):
    async with a_world(sqlite_url) as world:
        declined = (await world.move(await urgent(world, 15_000), "decline", world.broker, reason="It was not urgent.")).json()
        canceled = (await world.move(await urgent(world, 15_100), "cancel", world.member)).json()

        assert (declined["review"]["outcome"], canceled["review"]["outcome"]) == ("declined", "dropped")
        assert await queue(world) == []


async def test_a_purchase_that_is_no_emergency_has_no_review(sqlite_url):
    async with a_world(sqlite_url) as world:
        plain = await world.approved()

        answer = await world.move(plain, "review", world.broker, outcome="in_order")

        assert (plain["review"], answer.status_code) == (None, HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("body", [{}, {"outcome": "fine"}, {"outcome": "in_order", "note": ""}, {"outcome": "in_order", "by": "me"}])
async def test_what_can_not_be_a_review_is_refused(sqlite_url, body):
    async with a_world(sqlite_url) as world:
        bought = await urgent(world)

        assert (await world.move(bought, "review", world.broker, **body)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert await queue(world) == [bought["id"]]


async def test_each_role_sees_and_does_its_part(sqlite_url):
    async with a_world(sqlite_url) as world:
        bought = await urgent(world)
        other = await a_house(world.serving.sessions)
        far = await world.serving.token(Role.BROKER, other.broker.id)
        representative = await a_representative(world.serving.sessions, world.house.member)
        tokens = [world.member, await world.serving.token(Role.REPRESENTATIVE, representative.id), world.selling]

        reviews = [(await world.move(bought, "review", token, outcome="in_order")).status_code for token in tokens]
        lists = [(await world.serving.get("/v1/emergencies", token)).status_code for token in tokens]
        auditor = await world.serving.token(Role.AUDITOR)

        assert set(reviews) == set(lists) == {HTTPStatus.FORBIDDEN}
        assert (await world.move(bought, "review", auditor, outcome="in_order")).status_code == HTTPStatus.FORBIDDEN
        assert (await world.move(bought, "review", far, outcome="in_order")).status_code == HTTPStatus.NOT_FOUND
        assert await queue(world, far) == []
        assert await queue(world, await world.serving.token(Role.ADMIN)) == [bought["id"]]


async def test_the_journal_tells_who_looked(sqlite_url):
    async with a_world(sqlite_url) as world:
        bought = await urgent(world)
        await world.move(bought, "review", world.broker, outcome="in_order", note="words for colleagues")

        async with world.serving.sessions.read() as session:
            events = [one for one in await session.scalars(select(Event).order_by(Event.id)) if one.kind.startswith("emergency.")]

        assert [one.kind for one in events] == ["emergency.noted", "emergency.reviewed"]
        assert "words" not in str([one.data for one in events])
