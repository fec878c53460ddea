"""The vendor delivers, the member confirms or disputes; what nobody disputes confirms itself, what nobody bills expires."""

from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import select, true

from sdc.auth.principal import Role
from sdc.books import posting
from sdc.ids import new_id
from sdc.outbox import Job
from sdc.purchases import sweeps
from sdc.purchases.authorizing import receive_bill, refuse_bill, release_authorization, spend_authorization
from sdc.purchases.confirm import close_if_finished
from sdc.purchases.locking import find_purchase
from sdc.purchases.model import Authorization
from sdc.purchases.sweeps import confirm_sweep, expire_sweep, reask_sweep
from tests.builders import a_house, an_approved_plan
from tests.purchases.world import LINES, World, a_world
from tests.shops import a_vendor


async def delivered(world: World, purchase, **body):
    return await world.serving.post(f"/v1/purchases/{purchase['order_id']}/deliver", body, world.selling)


async def billed(world: World, purchase, *, cents: int, is_accepted: bool) -> None:
    """Do to the authorisation what a bill does."""
    at = world.serving.clock.now()
    async with world.serving.sessions.begin() as session:
        standing, row = await find_purchase(session, UUID(purchase["id"]), scope=true(), at=at)
        authorization = (await session.scalars(select(Authorization).where(Authorization.purchase_id == row.id))).one()
        receive_bill(authorization)
        if is_accepted:
            bill_id = new_id()
            spent = spend_authorization(authorization, bill_id=bill_id, encumbered_cents=cents, tolerance_cents=0, on=standing.today)
            close_if_finished(session, row, authorization, by=None, at=at)
            await posting.post(session, spent, at=at)


async def test_the_vendor_sees_its_order_and_nothing_of_the_person(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved(memo_to_vendor="For the Monday group")

        order = (await delivered(world, approved, proof="photo 7")).json()

        assert order["id"] == approved["order_id"]
        assert (order["item"], order["memo"], order["pick_up_code"]) == ("Gym month", "For the Monday group", approved["pick_up_code"])
        assert order["deliveries"][0] | {"id": ""} == {
            "id": "",
            "quantity": "1",
            "delivered_on": "2026-10-15",
            "state": "claimed",
            "proof": "photo 7",
            "confirm_on": "2026-10-20",
        }
        told = str(order)
        hidden = (approved["id"], approved["member_id"], approved["budget_id"], approved["goal_id"], "Ana", "WELL_GYM", "florida")
        assert not [one for one in hidden if one in told]


async def test_what_is_delivered_in_parts_is_confirmed_in_parts(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved(quantity=3, unit_price_cents=1_000)
        first = (await delivered(world, approved, quantity=1)).json()["deliveries"][0]
        await delivered(world, approved, quantity="2")

        one = await world.move(approved, "confirm", world.member, delivery_id=first["id"])
        rest = await world.move(approved, "confirm", world.broker)

        assert (one.json()["state"], rest.json()["state"]) == ("approved", "delivered")
        async with world.serving.sessions.read() as session:
            names = (await session.scalars(select(Job.name).where(Job.name == "look_at_bills"))).all()
        assert len(names) == 2


async def test_no_more_is_delivered_than_was_ordered_not_tomorrow_and_not_before_it_was_bought(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved(quantity=3, unit_price_cents=1_000)
        await delivered(world, approved, quantity="2.5")

        too_much = await delivered(world, approved, quantity=1)
        tomorrow = await delivered(world, approved, delivered_on="2026-10-16")
        before = await delivered(world, approved, delivered_on="2026-10-14")
        rest = await delivered(world, approved)
        nothing_left = await delivered(world, approved)

        assert [answer.status_code for answer in (too_much, tomorrow, before, rest, nothing_left)] == [422, 422, 422, 200, 422]
        assert [one["quantity"] for one in rest.json()["deliveries"]] == ["2.5", "0.5"]


async def test_only_the_orders_own_vendor_delivers(database_url):
    async with a_world(database_url) as world:
        approved, pending = await world.approved(unit_price_cents=100), await world.pending()
        other = await a_vendor(world.serving.sessions, world.house.program)
        selling = await world.serving.token(Role.VENDOR, other.id)

        by_other = await world.serving.post(f"/v1/purchases/{approved['order_id']}/deliver", {}, selling)
        not_ordered = await delivered(world, pending)

        assert (by_other.status_code, not_ordered.status_code) == (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND)


async def test_what_came_with_proof_is_confirmed_by_itself_after_five_days(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        await delivered(world, approved, proof=True)

        world.serving.clock.move(days=4)
        early = await confirm_sweep(world.serving.work)
        world.serving.clock.move(days=1)
        due = await confirm_sweep(world.serving.work)

        assert (early, due, await confirm_sweep(world.serving.work)) == (0, 1, 0)
        shown = (await world.serving.get(f"/v1/purchases/{approved['id']}", world.member)).json()
        assert (shown["state"], shown["deliveries"][0]["state"]) == ("delivered", "confirmed")


async def test_a_dispute_stops_the_days_and_is_settled_by_a_confirmation(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        delivery = (await delivered(world, approved, proof=True)).json()["deliveries"][0]

        disputed = await world.move(approved, "dispute", world.member, reason="It was closed.")
        world.serving.clock.move(days=6)
        swept = await confirm_sweep(world.serving.work)
        settled = await world.move(approved, "confirm", world.member, delivery_id=delivery["id"])

        assert (disputed.json()["deliveries"][0]["state"], disputed.json()["deliveries"][0]["dispute"]) == ("disputed", "It was closed.")
        assert swept == 0
        assert settled.json()["state"] == "delivered"


async def test_what_was_disputed_and_delivered_again_is_confirmed_once(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        first = (await delivered(world, approved)).json()["deliveries"][0]
        await world.move(approved, "dispute", world.member, reason="It was broken.")
        await delivered(world, approved)

        both = await world.move(approved, "confirm", world.member, delivery_id=first["id"])
        second = await world.move(approved, "confirm", world.member)

        assert (both.status_code, second.json()["state"]) == (HTTPStatus.CONFLICT, "delivered")
        assert [one["state"] for one in second.json()["deliveries"]] == ["disputed", "confirmed"]


async def test_orders_that_were_canceled_do_not_stand_before_others_that_confirm_themselves(database_url, monkeypatch):
    monkeypatch.setattr(sweeps, "AT_ONCE", 1)
    async with a_world(database_url) as world:
        canceled = await world.approved()
        await delivered(world, canceled, proof=True)
        await world.move(canceled, "cancel", world.member)
        approved = await world.approved(offering=world.bus)
        await delivered(world, approved, proof=True)

        world.serving.clock.move(days=5)

        assert await confirm_sweep(world.serving.work) == 1
        assert (await world.serving.get(f"/v1/purchases/{approved['id']}", world.member)).json()["state"] == "delivered"


async def test_a_confirmed_delivery_is_disputed_only_while_no_bill_stands_on_it(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        delivery = (await delivered(world, approved)).json()["deliveries"][0]
        await world.move(approved, "confirm", world.member)

        disputed = await world.move(approved, "dispute", world.member, delivery_id=delivery["id"], reason="Broken.")
        await world.move(approved, "confirm", world.member, delivery_id=delivery["id"])
        await billed(world, approved, cents=3_000, is_accepted=True)
        too_late = await world.move(approved, "dispute", world.member, delivery_id=delivery["id"], reason="Broken.")

        assert disputed.json()["state"] == "approved"
        assert too_late.status_code == HTTPStatus.CONFLICT


async def test_nothing_claimed_is_nothing_to_confirm(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()

        nothing = await world.move(approved, "confirm", world.member)
        unknown = await world.move(approved, "confirm", world.member, delivery_id=str(new_id()))

        assert (nothing.status_code, unknown.status_code) == (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)


async def test_what_was_billed_is_not_canceled_and_closes_when_nothing_is_left(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        await delivered(world, approved)
        await billed(world, approved, cents=0, is_accepted=False)
        waiting = await world.move(approved, "cancel", world.member)
        await world.move(approved, "confirm", world.member)

        async with world.serving.sessions.begin() as session:
            refuse_bill((await session.scalars(select(Authorization))).one())
        await billed(world, approved, cents=4_000, is_accepted=True)

        assert waiting.status_code == HTTPStatus.CONFLICT
        shown = (await world.serving.get(f"/v1/purchases/{approved['id']}", world.member)).json()
        assert (shown["state"], shown["spent_cents"], shown["left_cents"]) == ("closed", 4_000, 0)
        budget = (await world.serving.get(f"/v1/budgets/{world.budget.id}", world.member)).json()
        assert budget["spent_cents"] == 4_000


async def test_a_request_that_waits_too_long_expires(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending()
        assert pending["expires_on"] == "2026-11-14"

        world.serving.clock.move(days=30)
        early = await expire_sweep(world.serving.work)
        world.serving.clock.move(days=1)
        due = await expire_sweep(world.serving.work)

        assert (early, due, await expire_sweep(world.serving.work)) == (0, 1, 0)
        assert (await world.serving.get(f"/v1/purchases/{pending['id']}", world.member)).json()["state"] == "expired"


async def test_an_approved_purchase_that_nobody_bills_expires_and_gives_its_money_back(database_url):
    async with a_world(database_url) as world:
        await world.approved(service_to="2026-10-31")

        world.serving.clock.move(days=16 + 90)
        early = await expire_sweep(world.serving.work)
        world.serving.clock.move(days=1)
        due = await expire_sweep(world.serving.work)

        assert (early, due) == (0, 1)
        assert (await world.balances())["encumbered"] == 0


async def test_while_a_bill_waits_nothing_expires(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        await billed(world, approved, cents=0, is_accepted=False)

        world.serving.clock.move(days=200)

        assert await expire_sweep(world.serving.work) == 0
        assert (await world.balances())["encumbered"] == 4_000


async def test_a_date_closes_its_need_by_itself(database_url):
    async with a_world(database_url, rulebook="texas", amount_cents=900_000) as world:
        sessions = world.serving.sessions
        await an_approved_plan(sessions, world.house.member, goals={"work": "Work"}, lines=LINES | {"EDUC_TUITION": 500_000})
        college = await a_vendor(sessions, world.house.program, categories=["EDUC_TUITION"])
        plan = (await world.serving.get(f"/v1/members/{world.house.member.id}/plans", world.member)).json()["items"][0]
        pending = await world.pending(
            offering_id=...,
            vendor_id=str(college.id),
            category="EDUC_TUITION",
            description="A term",
            unit_price_cents=110_000,
            goal_id=plan["goals"][0]["id"],
            sole_source_note="The only college here",
        )
        approved = await world.move(pending, "approve", world.directing)
        needs = approved.json()["decision"]["needs"]
        assert needs == [{"rule": "A05", "closed_by": {"date": "2026-10-16T16:00:00Z"}}]

        early = await reask_sweep(world.serving.work)
        world.serving.clock.at += timedelta(hours=24)
        due = await reask_sweep(world.serving.work)

        assert (early, due, await reask_sweep(world.serving.work)) == (0, 1, 0)
        shown = (await world.serving.get(f"/v1/purchases/{pending['id']}", world.member)).json()
        assert (shown["state"], shown["decision"]["because"]) == ("approved", "date")


async def test_what_is_left_after_a_part_is_spent_is_released_once(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        await billed(world, approved, cents=1_500, is_accepted=True)

        async with world.serving.sessions.begin() as session:
            authorization = (await session.scalars(select(Authorization))).one()
            at, event_id = world.serving.clock.now(), new_id()
            entry = release_authorization(authorization, event_id=event_id, on=at.date(), at=at)
            again = release_authorization(authorization, event_id=event_id, on=at.date(), at=at)
            assert entry is not None
            await posting.post(session, entry, at=at)

        assert again is None
        assert (await world.balances())["available"] == 159_600 - 1_500
        assert (authorization.authorized_cents, authorization.spent_cents, authorization.released_cents) == (4_000, 1_500, 2_500)


async def test_a_members_notices_are_not_anothers(database_url):
    async with a_world(database_url) as world:
        denied = (await world.ask(unit_price_cents=900_000)).json()
        other = await a_house(world.serving.sessions)
        stranger = await world.serving.token(Role.MEMBER, other.member.id)

        one = await world.serving.get(f"/v1/notices/{denied['notice_id']}", stranger)
        all_of_them = await world.serving.get(f"/v1/members/{world.house.member.id}/notices", stranger)

        assert (one.status_code, all_of_them.status_code) == (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND)
        assert (await world.serving.get(f"/v1/notices/{denied['notice_id']}", world.broker)).status_code == HTTPStatus.OK


async def test_what_was_delivered_and_never_billed_gives_its_money_back_after_the_last_day_for_bills(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()
        await delivered(world, approved)
        shown = (await world.move(approved, "confirm", world.member)).json()

        world.serving.clock.move(days=90)
        early = await expire_sweep(world.serving.work)
        world.serving.clock.move(days=1)
        due = await expire_sweep(world.serving.work)

        assert (shown["state"], early, due) == ("delivered", 0, 1)
        assert (await world.serving.get(f"/v1/purchases/{approved['id']}", world.member)).json()["state"] == "expired"
        assert (await world.balances())["encumbered"] == 0
