"""Vendors of the directory that would pass are named, and pass; the directory is read only where it may help."""

from datetime import date

import pytest

from tests.builders import an_approved_plan
from tests.purchases.answering import asked, denied, remedies, the
from tests.purchases.test_statements import counted
from tests.purchases.world import GOALS, a_world, changes_of
from tests.shops import a_credential, a_vendor, an_offering


async def test_vendors_of_the_directory_that_would_pass_are_named_and_pass(database_url):
    async with a_world(database_url) as world:
        sessions, program = world.serving.sessions, world.house.program
        waiting = await a_vendor(sessions, program, name="New Gym", state="applied")
        theirs = await an_offering(sessions, waiting, unit_price_cents=4_000)
        excluded = await a_vendor(sessions, program, name="Bad Gym", on_leie=True)
        await an_offering(sessions, excluded, unit_price_cents=4_000)
        for number in range(4):
            other = await a_vendor(sessions, program, name=f"Gym {number}")
            await an_offering(sessions, other, unit_price_cents=4_100 + number)
        body = {"offering": theirs, "vendor_id": str(waiting.id)}

        no = await denied(world, **body)

        found = remedies(no, "V01")
        assert [one["kind"] for one in found] == ["other_vendor"] * 3
        assert [one["steps"][0]["details"]["name"] for one in found] == ["Corner Gym", "Gym 0", "Gym 1"]
        for one in found:
            assert one["outcome"] == "approve"
            await asked(world, "approved", **(body | changes_of(one)))
            break  # the same thing again would be asked about


async def test_a_license_that_is_missing_is_found_at_another_vendor(database_url):
    async with a_world(database_url) as world:
        sessions, program = world.serving.sessions, world.house.program
        plan = await an_approved_plan(sessions, world.house.member, goals=GOALS, lines={"CLIN_THERAPY": 36_000})
        bare, licensed = [await a_vendor(sessions, program, categories=["CLIN_THERAPY"], name=name) for name in ("Bare", "Licensed")]
        offered = [await an_offering(sessions, one, category="CLIN_THERAPY", unit_price_cents=4_000) for one in (bare, licensed)]
        await a_credential(sessions, licensed, kind="clinical_license")
        body = {"offering": offered[0], "vendor_id": str(bare.id), "goal_id": str(plan.goals[0]["id"])}

        no = await denied(world, **body)

        (other,) = remedies(no, "V05")
        assert other["vendor_id"] == str(licensed.id)
        await asked(world, "approved", **(body | changes_of(other)))


async def test_help_that_ends_before_the_license_does_passes(database_url):
    async with a_world(database_url) as world:
        sessions = world.serving.sessions
        plan = await an_approved_plan(sessions, world.house.member, goals=GOALS, lines={"CLIN_PEER": 36_000})
        peer = await a_vendor(sessions, world.house.program, categories=["CLIN_PEER"])
        offering = await an_offering(sessions, peer, category="CLIN_PEER", unit_price_cents=4_000)
        await a_credential(sessions, peer, kind="peer_cert", expires_on=date(2026, 10, 31))
        body = {"offering": offering, "vendor_id": str(peer.id), "goal_id": str(plan.goals[0]["id"]), "service_to": "2026-11-05"}

        no = await denied(world, **body)

        await asked(world, "approved", **(body | changes_of(the(no, "V05", "date"))))


async def test_family_waits_for_the_director_or_another_vendor(database_url):
    async with a_world(database_url) as world:
        sessions = world.serving.sessions
        family = await a_vendor(sessions, world.house.program, owners=[str(world.house.member.id)])
        offering = await an_offering(sessions, family, unit_price_cents=4_000)
        body = {"offering": offering, "vendor_id": str(family.id)}

        no = await denied(world, **body)

        (other,) = no["decision"]["remedies"]
        assert other["vendor_id"] == str(world.vendor.id)
        await asked(world, "approved", **(body | changes_of(other)))


async def test_what_is_too_dear_at_its_vendor_is_found_for_less(database_url):
    async with a_world(database_url, amount_cents=6_000) as world:
        cheap = await an_offering(world.serving.sessions, world.vendor, category="TRAN_TRANSIT", title="Ten rides", unit_price_cents=2_500)

        no = await denied(world, offering=world.bus)

        (ten_rides,) = [one for one in remedies(no, "B01") if one["kind"] == "other_vendor"]
        (together,) = no["decision"]["remedies"]
        assert ten_rides["offering_id"] == together["offering_id"] == str(cheap.id)
        await asked(world, "approved", **({"offering": world.bus} | changes_of(together)))


@pytest.mark.parametrize(
    ("kind", "most"),
    [pytest.param("preview", 4, id="preview"), pytest.param("request", 10, id="request")],
)
async def test_the_directory_is_read_in_one_more_statement_and_only_where_it_may_help(postgresql_url, kind, most):
    """A preview reads who asks, what stands and the picture, and here the directory; a request still costs more."""
    async with a_world(postgresql_url) as world:
        other = await a_vendor(world.serving.sessions, world.house.program)
        await an_offering(world.serving.sessions, other, unit_price_cents=4_500)
        waiting = await a_vendor(world.serving.sessions, world.house.program, state="applied")
        theirs = await an_offering(world.serving.sessions, waiting)
        await world.approved(unit_price_cents=100)
        body = world.body(theirs, vendor_id=str(waiting.id))

        with counted(world.serving.sessions) as statements:
            path = "/v1/purchases/preview" if kind == "preview" else "/v1/purchases"
            answer = await world.serving.post(path, body, world.member)

        assert the(answer.json(), "V01", "other_vendor")
        assert len(statements) <= most, "\n\n".join(statements)
        assert sum("vendor_offerings" in one and "ORDER BY abs" in one for one in statements) == 1
