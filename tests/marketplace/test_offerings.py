"""Offerings over HTTP: prices that change and are kept, what is retired and put back, and who says what is in it."""

from http import HTTPStatus

import pytest

from sdc.auth.principal import Role
from tests.builders import a_budget, a_house, a_member, a_program, a_staff, an_approved_plan
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_vendor

MONTH = {"category": "WELL_GYM", "title": "Gym month", "unit": "month", "unit_price_cents": 4_000, "tags": ["sport"]}


class Shop:
    """A gym, its member, and who reviews it."""

    def __init__(self, served, house, vendor, tokens):
        self.served, self.house, self.vendor, self.tokens = served, house, vendor, tokens

    async def sells(self, who="vendor", *, key=None, **changes):
        """Put something on offer."""
        return await self.served.post(f"/v1/vendors/{self.vendor.id}/offerings", MONTH | changes, self.tokens[who], key=key)

    async def moves(self, who, offering, move, *, key=None, **body):
        """Change an offering."""
        return await self.served.post(f"/v1/offerings/{offering['id']}/{move}", body, self.tokens[who], key=key)

    async def shows(self, who, offering):
        """Read an offering."""
        return await self.served.get(f"/v1/offerings/{offering['id']}", self.tokens[who])


@pytest.fixture
async def shop(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        house = await a_house(served.sessions)
        vendor = await a_vendor(served.sessions, house.program)
        other = await a_program(served.sessions)
        people = {
            "vendor": (Role.VENDOR, vendor.id),
            "rival": (Role.VENDOR, (await a_vendor(served.sessions, house.program)).id),
            "director": (Role.DIRECTOR, (await a_staff(served.sessions, Role.DIRECTOR, program_ids=[house.program.id])).id),
            "member": (Role.MEMBER, house.member.id),
            "stranger": (Role.MEMBER, (await a_member(served.sessions, other)).id),
            "broker": (Role.BROKER, house.broker.id),
        }
        yield Shop(served, house, vendor, {name: await served.token(role, subject) for name, (role, subject) in people.items()})


async def test_every_price_is_kept_and_only_a_new_one_is_a_change(shop):
    offering = (await shop.sells(description="Any day of it")).json()
    shop.served.clock.move(days=1)

    changed = await shop.moves("vendor", offering, "price", unit_price_cents=4_500)
    again = await shop.moves("director", offering, "price", unit_price_cents=4_500)
    shown = (await shop.shows("member", offering)).json()

    assert changed.status_code == again.status_code == HTTPStatus.OK
    assert [(one["unit_price_cents"], one["from_at"]) for one in again.json()["prices"]] == [
        (4_500, "2026-10-16T16:00:00Z"),
        (4_000, "2026-10-15T16:00:00Z"),
    ]
    assert (shown["unit_price_cents"], shown["description"], shown["unit"]) == (4_500, "Any day of it", "month")
    assert [one["by"] for one in changed.json()["prices"]] == [str(shop.vendor.id)] * 2
    assert [one["by"] for one in shown["prices"]] == [None, None]


async def test_what_was_bought_keeps_its_price_and_what_is_retired_can_not_be_asked_for(shop):
    offering = (await shop.sells()).json()
    budget = await a_budget(shop.served.sessions, shop.house)
    plan = await an_approved_plan(shop.served.sessions, shop.house.member)
    body = {"member_id": str(shop.house.member.id), "budget_id": str(budget.id), "vendor_id": str(shop.vendor.id)}
    body |= {"offering_id": offering["id"], "goal_id": plan.goals[0]["id"]}
    bought = (await shop.served.post("/v1/purchases", body, shop.tokens["member"])).json()

    await shop.moves("vendor", offering, "price", unit_price_cents=4_500)
    assert (await shop.moves("vendor", offering, "retire")).json()["is_active"] is False

    kept = (await shop.served.get(f"/v1/purchases/{bought['id']}", shop.tokens["member"])).json()
    assert (kept["unit_price_cents"], kept["state"]) == (4_000, "approved")
    for path in ("/v1/purchases", "/v1/purchases/preview"):
        refused = await shop.served.post(path, body, shop.tokens["member"])
        assert refused.status_code == HTTPStatus.CONFLICT
        assert "not on offer any more" in refused.json()["detail"]
    listed = await shop.served.get(f"/v1/vendors/{shop.vendor.id}/offerings", shop.tokens["member"])
    assert listed.json()["items"] == []
    assert (await shop.moves("vendor", offering, "restore")).json()["unit_price_cents"] == 4_500
    assert (await shop.served.post("/v1/purchases", body, shop.tokens["member"])).json()["unit_price_cents"] == 4_500


async def test_a_move_that_is_closed_names_those_that_are_open(shop):
    offering = (await shop.sells()).json()

    assert (await shop.moves("vendor", offering, "restore")).json()["open_moves"] == ["price", "retire"]
    await shop.moves("vendor", offering, "retire")
    for move, body in (("retire", {}), ("price", {"unit_price_cents": 1})):
        closed = await shop.moves("vendor", offering, move, **body)
        assert (closed.status_code, closed.json()["open_moves"]) == (HTTPStatus.CONFLICT, ["restore"])


async def test_reviewers_alone_say_what_is_in_it(shop):
    offering = (await shop.sells()).json()

    for who in ("vendor", "broker", "member"):
        assert (await shop.moves(who, offering, "tags", tags=["pool"])).status_code == HTTPStatus.FORBIDDEN
    tagged = await shop.moves("director", offering, "tags", tags=["pool", "alcohol", "pool"])
    slip = await shop.moves("director", offering, "tags", tags=["alchohol"])

    assert tagged.json()["tags"] == ["alcohol", "pool"]
    assert slip.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (await shop.shows("vendor", offering)).json()["tags"] == ["alcohol", "pool"]


async def test_nobody_touches_or_sees_what_another_vendor_or_program_sells(shop):
    offering = (await shop.sells()).json()

    for who in ("rival", "stranger"):
        assert (await shop.shows(who, offering)).status_code == HTTPStatus.NOT_FOUND
    for move, body in (("price", {"unit_price_cents": 1}), ("retire", {}), ("restore", {})):
        assert (await shop.moves("rival", offering, move, **body)).status_code == HTTPStatus.NOT_FOUND
        assert (await shop.moves("member", offering, move, **body)).status_code == HTTPStatus.FORBIDDEN
    for cents in (0, -1, 10**11, "5", 1.5):
        assert (await shop.moves("vendor", offering, "price", unit_price_cents=cents)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (await shop.shows("vendor", offering)).json()["unit_price_cents"] == 4_000


async def test_the_same_change_again_is_made_once(shop):
    offering = (await shop.sells(key="sell")).json()
    assert (await shop.sells(key="sell")).json() == offering

    first, second = [await shop.moves("vendor", offering, "price", key="price", unit_price_cents=5_000) for _ in range(2)]

    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len((await shop.shows("vendor", offering)).json()["prices"]) == len(["before", "after"])


async def test_a_shelf_has_an_end_and_what_is_retired_makes_room(shop, monkeypatch):
    monkeypatch.setattr("sdc.marketplace.offerings.MOST_ON_OFFER", 2)
    first = (await shop.sells()).json()
    await shop.sells(title="Gym day")

    refused = await shop.sells(title="Gym hour")
    await shop.moves("vendor", first, "retire")
    taken = await shop.sells(title="Gym hour")
    back = await shop.moves("vendor", first, "restore")

    assert [one.status_code for one in (refused, taken, back)] == [HTTPStatus.CONFLICT, HTTPStatus.CREATED, HTTPStatus.CONFLICT]
