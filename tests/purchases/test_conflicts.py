"""Who owns, manages or stands close to a vendor is asked about in each purchase: family, brokers, and whom brokers work for."""

from http import HTTPStatus

import pytest

from sdc.auth.principal import Role
from tests.builders import a_staff
from tests.purchases.world import a_world, rules_in


async def change(world, table, **values):
    async with world.serving.sessions.begin() as session:
        row = await session.get_one(type(table), table.id)
        for name, value in values.items():
            setattr(row, name, value)


async def test_a_purchase_from_a_relative_waits_from_the_day_the_owner_is_named_to_the_day_they_leave(database_url):
    async with a_world(database_url) as world:
        staff = await world.serving.token(Role.ADMIN)
        await change(world, world.house.member, relatives=["P-SISTER"])
        path = f"/v1/vendors/{world.vendor.id}/persons"

        before = await world.ask()
        person = await world.serving.post(path, {"name": "Rosa Example", "role": "owner", "reference": "P-SISTER"}, staff)
        during = await world.ask(unit_price_cents=4_100)
        ended = await world.serving.post(f"{path}/{person.json()['id']}/end", {"reason": "sold"}, staff)
        after = await world.ask(world.bus, unit_price_cents=700)

        assert (before.json()["state"], during.json()["state"], after.json()["state"]) == ("approved", "pending", "approved")
        assert "C01" in rules_in(during, "needs_approval")
        assert (ended.status_code, ended.json()["is_current"]) == (HTTPStatus.OK, False)


@pytest.mark.parametrize("close", ["employer", "broker"])
async def test_a_vendor_that_stands_close_to_whom_the_broker_works_for_is_as_their_employer(database_url, close):
    async with a_world(database_url) as world:
        staff = await world.serving.token(Role.ADMIN)
        await change(world, world.house.broker, employer_id="ORG-7")
        named = {"employer": "ORG-7", "broker": str(world.house.broker.id)}[close]

        before = await world.ask()
        changed = await world.serving.http.patch(
            f"/v1/vendors/{world.vendor.id}", json={"employer_ids": [named]}, headers={"Authorization": f"Bearer {staff}"}
        )
        after = await world.ask(unit_price_cents=4_100)

        assert (before.json()["state"], changed.status_code) == ("approved", HTTPStatus.OK)
        assert "C04" in rules_in(after, "needs_approval")


async def test_the_yes_of_somebody_whose_employer_stands_close_to_the_vendor_does_not_count(database_url):
    async with a_world(database_url) as world:
        insider = await a_staff(world.serving.sessions, Role.DIRECTOR, program_ids=[world.house.program.id], employer_id="ORG-7")
        await change(world, world.vendor, employer_ids=["ORG-7"])
        pending = await world.pending()

        by_insider = await world.move(pending, "approve", await world.serving.token(Role.DIRECTOR, insider.id))
        by_director = await world.move(pending, "approve", world.directing)

        assert (by_insider.json()["state"], by_director.json()["state"]) == ("pending", "approved")
