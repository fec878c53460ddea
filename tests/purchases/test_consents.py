"""A vendor learns a name or an address only as the member lets it, for one order, until that is delivered."""

from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select

from sdc.journal.model import Event
from sdc.outbox.work import Work
from sdc.purchases.model import OrderConsent
from sdc.purchases.sweeps import forget_consents_sweep
from tests.purchases.world import World, a_world

ADDRESS = "12 Oak Street, Apt 4"


async def consent(world: World, purchase_id: str, token: str, **told):
    return await world.serving.post(f"/v1/purchases/{purchase_id}/consents", told, token)


async def order_of(world: World, order_id: str) -> Any:
    order = (await world.serving.get(f"/v1/orders/{order_id}", world.selling)).json()
    (listed,) = [one for one in (await world.serving.get("/v1/orders", world.selling)).json()["items"] if one["id"] == order_id]
    assert listed == order
    return order


async def test_a_vendor_learns_nobody_s_name_unless_it_is_let(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()

        before = await order_of(world, approved["order_id"])
        given = await consent(world, approved["id"], world.member, name=True, address=ADDRESS)
        told = await order_of(world, approved["order_id"])
        only_address = await consent(world, approved["id"], world.member, address=ADDRESS)
        less = await order_of(world, approved["order_id"])

        assert before["recipient"] is None
        assert given.status_code == only_address.status_code == HTTPStatus.CREATED, given.text
        assert given.json()["shows"] == ["address", "name"]
        assert ADDRESS not in given.text
        assert told["recipient"]["address"] == ADDRESS
        assert told["recipient"]["name"]
        assert less["recipient"] == {"name": None, "address": ADDRESS}
        async with world.serving.work.sessions.read() as session:
            seen = await session.scalars(select(Event).where(Event.kind == "order.recipient_seen"))
            assert len(list(seen)) == 4, "each look of the vendor at a name or address is written down"


async def test_what_was_told_is_deleted_when_the_member_takes_it_back(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        await consent(world, approved["id"], world.member, name=True)

        back = await world.serving.post(f"/v1/purchases/{approved['id']}/consents/withdraw", None, world.member)

        assert back.json()["items"][0]["withdrawn_at"] is not None
        assert (await order_of(world, approved["order_id"]))["recipient"] is None
        assert await words_kept(world) == []


async def test_what_was_told_is_deleted_after_the_delivery(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        await consent(world, approved["id"], world.member, name=True, address=ADDRESS)
        await world.serving.post(f"/v1/purchases/{approved['order_id']}/deliver", {}, world.selling)
        still = await order_of(world, approved["order_id"])
        await world.serving.post(f"/v1/purchases/{approved['id']}/confirm", None, world.member)

        shown = await order_of(world, approved["order_id"])
        work: Work = world.serving.work
        assert await forget_consents_sweep(work) == 1
        assert await forget_consents_sweep(work) == 0

        assert still["recipient"] is not None
        assert shown["recipient"] is None, "not even until the next sweep"
        assert await words_kept(world) == []
        (listed,) = (await world.serving.get(f"/v1/purchases/{approved['id']}/consents", world.broker)).json()["items"]
        assert listed["forgotten_at"] is not None
        assert listed["shows"] == ["address", "name"]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"name": False}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"name": "yes"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"address": " "}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"address": "x" * 301}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"name": True, "diagnosis": "none"}, HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
async def test_a_consent_says_what_it_lets_be_known(sqlite_url, told, status):
    async with a_world(sqlite_url) as world:
        approved = await world.approved()

        assert (await consent(world, approved["id"], world.member, **told)).status_code == status
        assert (await order_of(world, approved["order_id"]))["recipient"] is None


async def test_only_the_member_lets_a_vendor_know_and_only_while_something_is_to_be_delivered(sqlite_url):
    async with a_world(sqlite_url) as world:
        approved = await world.approved()
        denied = (await world.ask(unit_price_cents=900_000)).json()

        by_others = [await consent(world, approved["id"], token, name=True) for token in (world.broker, world.selling)]
        too_late = await consent(world, denied["id"], world.member, name=True)

        assert [answer.status_code for answer in by_others] == [HTTPStatus.FORBIDDEN] * 2
        assert too_late.status_code == HTTPStatus.CONFLICT
        assert (await order_of(world, approved["order_id"]))["recipient"] is None


async def words_kept(world: World) -> list[bytes]:
    async with world.serving.work.sessions.read() as session:
        return [one.told_sealed for one in await session.scalars(select(OrderConsent)) if one.told_sealed is not None]
