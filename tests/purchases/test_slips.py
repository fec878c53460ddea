"""Slips that a member owes are counted from what they paid themselves; who works for a vendor does not decide for it."""

from http import HTTPStatus
from uuid import uuid4

import pytest

from sdc.auth.principal import Role
from tests.builders import a_staff
from tests.purchases.world import a_world, rules_in

PDF = b"%PDF-1.7 a slip"


async def pays_themselves(world, times):
    """Buy small things that the member pays, and is paid back for."""
    bought = []
    for number in range(times):
        answer = await world.ask(world.bus, unit_price_cents=500 + number, payment_method="member_reimbursement")
        assert answer.json()["state"] == "approved", answer.text
        bought.append(answer.json())
    return bought


async def turns_in(world, purchase):
    headers = {"Authorization": f"Bearer {world.member}", "Idempotency-Key": uuid4().hex}
    path = f"/v1/purchases/{purchase['id']}/documents"
    answer = await world.serving.http.post(path, data={"kind": "receipt"}, files={"file": ("slip.pdf", PDF)}, headers=headers)
    assert answer.status_code == HTTPStatus.CREATED, answer.text


async def test_slips_that_are_long_due_hold_the_next_purchase_until_they_are_turned_in(database_url):
    async with a_world(database_url) as world:
        bought = await pays_themselves(world, 3)
        in_time = await world.ask(world.bus, unit_price_cents=700)
        world.serving.clock.move(days=31)

        late = await world.ask(world.bus, unit_price_cents=701)
        await turns_in(world, bought[0])
        after = await world.ask(world.bus, unit_price_cents=702)

        assert in_time.json()["state"] == "approved"
        assert (late.json()["state"], rules_in(late, "needs_approval")) == ("pending", ["R04"])
        assert after.json()["state"] == "approved"


async def test_what_the_vendor_is_paid_for_owes_no_slip(sqlite_url):
    async with a_world(sqlite_url) as world:
        for number in range(4):
            await world.approved(unit_price_cents=600 + number)
        world.serving.clock.move(days=40)

        assert (await world.ask(world.bus, unit_price_cents=700)).json()["state"] == "approved"


async def test_what_was_taken_back_owes_no_slip(sqlite_url):
    async with a_world(sqlite_url) as world:
        for purchase in await pays_themselves(world, 3):
            await world.move(purchase, "cancel", world.member)
        world.serving.clock.move(days=40)

        assert (await world.ask(world.bus, unit_price_cents=700)).json()["state"] == "approved"


@pytest.mark.parametrize("role", [Role.BROKER, Role.DIRECTOR])
async def test_the_yes_of_somebody_who_works_for_the_vendor_does_not_count(database_url, role):
    async with a_world(database_url) as world:
        sessions, program = world.serving.sessions, world.house.program
        insider = await a_staff(sessions, role, program_ids=[program.id], employer_id=str(world.vendor.id))
        if role is Role.BROKER:
            async with sessions.begin() as session:
                world.house.member.broker_id = insider.id
                session.add(world.house.member)
        pending = await world.pending()

        by_insider = await world.move(pending, "approve", await world.serving.token(role, insider.id))
        by_director = await world.move(pending, "approve", world.directing)

        assert by_insider.json()["state"] == "pending"
        assert {"A01", "A04"} <= set(rules_in(by_insider, "needs_approval"))
        assert by_director.json()["state"] == ("pending" if role is Role.BROKER else "approved")  # C04: the broker's employer
