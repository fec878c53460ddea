"""A move between lines keeps the version of the rulebook that judged it first, as a purchase does."""

import pytest
from sqlalchemy import select

from sdc.purchases.model import DecisionRecord
from tests.purchases.world import a_world
from tests.rulebooks.office import florida, staff_of

HIGHER = "  B06: {approver: director}\n"
ALSO_FOR_WHAT_WAITS = "  B06: {approver: director, applies_to_waiting: true}\n"


@pytest.mark.parametrize(
    ("rule", "state", "with_rules_of"), [(HIGHER, "approved", None), (ALSO_FOR_WHAT_WAITS, "pending", 2)], ids=["stands", "says otherwise"]
)
async def test_a_broker_s_yes_to_a_move_between_two_versions(database_url, rule, state, with_rules_of):
    async with a_world(database_url) as world:
        office = await staff_of(world.serving, world.house.program)
        body = {"from_category": "WELL_GYM", "to_category": "TRAN_TRANSIT", "amount_cents": 5_000}
        waiting = (await world.serving.post(f"/v1/plans/{world.plan.id}/moves", body, world.member)).json()
        assert waiting["state"] == "pending"
        await office.published(florida(("  B03:", rule + "  B03:")), effective_from="2026-10-20")
        world.serving.clock.move(days=6)

        approved = (await world.serving.post(f"/v1/moves/{waiting['id']}/approve", {}, world.broker)).json()

        assert approved["state"] == state
        async with world.serving.sessions.read() as session:
            records = await session.execute(
                select(DecisionRecord.rulebook_version, DecisionRecord.with_rules_of).order_by(DecisionRecord.id)
            )
            assert [tuple(row) for row in records] == [(1, None), (1, with_rules_of)]
