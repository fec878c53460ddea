"""Asking to buy: what is stored, what is answered, what is refused."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from sdc.auth.principal import Role
from sdc.journal import Event
from sdc.purchases.model import Purchase
from tests.builders import a_house, a_representative, count_of
from tests.purchases.world import a_world, changes_of, rules_in
from tests.shops import a_credential, a_vendor, an_offering


async def test_a_small_purchase_of_an_offering_is_approved_at_once_and_its_money_set_aside(database_url):
    async with a_world(database_url) as world:
        response = await world.ask(world.bus)

        shown = response.json()
        assert response.status_code == HTTPStatus.CREATED
        assert (shown["state"], shown["decision"]["outcome"]) == ("approved", "approve")
        assert (shown["item"], shown["quantity"], shown["amount_cents"], shown["from"]) == ("Bus pass", "1", 4_500, "available")
        assert shown["decision"]["rulebook"]["name"] == "florida"
        assert (shown["authorized_cents"], shown["left_cents"]) == (4_500, 4_500)
        assert len(shown["pick_up_code"]) == 6
        assert shown["expires_on"] == "2027-01-13"  # the service's day, and 90 days to bill
        assert await world.balances() == {"unreleased": 159_600, "available": 155_100, "encumbered": 4_500, "saved": 0}


async def test_overspending_is_denied_with_every_reason_a_notice_and_a_way_to_yes_and_moves_no_money(database_url):
    async with a_world(database_url, funding="uninsured") as world:
        sessions = world.serving.sessions
        yoga = await an_offering(sessions, world.vendor, category="WELL_ALT", title="Yoga class", unit_price_cents=9_500)
        community = await an_offering(sessions, world.vendor, category="WELL_ALT", title="Community class", unit_price_cents=8_000)

        response = await world.ask(yoga, quantity=20, goal_id="closed-goal")

        shown = response.json()
        assert response.status_code == HTTPStatus.CREATED
        assert shown["state"] == "denied"
        assert rules_in(shown, "deny") == ["G01", "B01", "B03", "U01"]
        assert shown["appeal_by"] == "2027-01-13"
        (remedy,) = shown["decision"]["remedies"]
        assert (remedy["quantity"], remedy["unit_price_cents"], remedy["amount_cents"]) == ("2", 8_000, 16_000)
        assert (remedy["goal_id"], remedy["offering_id"]) == (world.goal, str(community.id))
        assert [need["closed_by"] for need in remedy["needs"]] == [{"role": "broker"}]
        assert (await world.balances())["available"] == 159_600
        notice = (await world.serving.get(f"/v1/notices/{shown['notice_id']}", world.member)).json()
        assert notice["kind"] == "denial"
        assert all(part for language in notice["text"].values() for part in language.values())


async def test_the_suggestion_is_taken_when_it_is_sent(database_url):
    async with a_world(database_url) as world:
        sessions = world.serving.sessions
        yoga = await an_offering(sessions, world.vendor, category="WELL_ALT", title="Yoga class", unit_price_cents=9_500)
        await an_offering(sessions, world.vendor, category="WELL_ALT", title="Community class", unit_price_cents=8_000)
        (remedy,) = (await world.ask(yoga, quantity=20)).json()["decision"]["remedies"]

        pending = await world.pending(**({"offering": yoga, "unit_price_cents": ...} | changes_of(remedy)))
        approved = await world.move(pending, "approve", world.broker)

        assert approved.json()["state"] == "approved"


async def test_a_suggestion_with_tax_and_delivery_is_taken_when_it_is_sent(database_url):
    async with a_world(database_url) as world:
        asked: dict[str, Any] = {
            "offering_id": ...,
            "category": "WELL_ALT",
            "description": "Yoga",
            "unit_price_cents": 9_500,
            "delivery_cents": 500,
        }
        denied = (await world.ask(**asked, quantity=20, tax_cents=13_300)).json()
        (remedy,) = denied["decision"]["remedies"]
        assert (remedy["quantity"], remedy["tax_cents"], remedy["delivery_cents"]) == ("1", 560, 500)

        pending = await world.pending(**(asked | {"quantity": 20, "tax_cents": 13_300} | changes_of(remedy)))

        assert pending["amount_cents"] == remedy["amount_cents"]


async def test_reasons_are_told_in_the_callers_language(database_url):
    async with a_world(database_url) as world:
        body = world.body(unit_price_cents=900_000)

        english = await world.serving.post("/v1/purchases", body, world.member)
        spanish = await world.serving.post("/v1/purchases", body, world.member, language="es-MX,es;q=0.9,en;q=0.5")

        assert english.json()["decision"]["findings"][0]["message"] != spanish.json()["decision"]["findings"][0]["message"]
        assert "dinero" in " ".join(one["message"] for one in spanish.json()["decision"]["findings"])


async def test_a_thing_in_free_words_waits_until_somebody_has_looked(database_url):
    async with a_world(database_url) as world:
        asked = await world.ask(offering_id=..., category="WELL_GYM", description="Ten swims", unit_price_cents=4_000)

        shown = asked.json()
        assert (shown["state"], shown["item"], shown["description"]) == ("pending", "Gym", "Ten swims")
        assert shown["decision"]["needs"] == [{"rule": "T01", "closed_by": {"event": "tags_set"}}]
        tagged = await world.move(shown, "tags", world.broker, tags=[])
        assert tagged.json()["state"] == "approved"


async def test_a_price_is_the_offerings_or_follows_from_the_amount(database_url):
    async with a_world(database_url) as world:
        half = (await world.ask(quantity="0.5", tax_cents=15, delivery_cents=85)).json()
        alone = (await world.ask(offering_id=..., category="WELL_GYM", description="A swim", amount_cents=1_000)).json()

        assert (half["quantity"], half["amount_cents"]) == ("0.5", 2_100)
        assert (alone["unit_price_cents"], alone["amount_cents"]) == (1_000, 1_000)


async def test_an_emergency_is_counted_among_those_of_the_period(database_url):
    async with a_world(database_url) as world:
        for cents in (1_001, 1_002):
            await world.approved(emergency=True, unit_price_cents=cents)

        third = await world.ask(emergency=True, unit_price_cents=1_003)

        assert "E01" in rules_in(third, "needs_approval")


async def test_a_clinical_vendor_needs_its_license(database_url):
    async with a_world(database_url) as world:
        sessions = world.serving.sessions
        therapist = await a_vendor(sessions, world.house.program, categories=["CLIN_THERAPY"])
        therapy = await an_offering(sessions, therapist, category="CLIN_THERAPY", title="Therapy", unit_price_cents=4_000)

        without = await world.ask(therapy, vendor_id=str(therapist.id))
        await a_credential(sessions, therapist, kind="clinical_license")
        licensed = await world.ask(therapy, vendor_id=str(therapist.id))

        assert rules_in(without, "deny") == ["V05"]
        assert licensed.json()["state"] == "pending"
        assert rules_in(licensed, "needs_approval") == ["G03"]


async def test_what_is_due_is_released_before_a_request_is_judged(database_url):
    async with a_world(database_url, amount_cents=16_000) as world:
        world.serving.clock.move(days=90)  # the third quarter has begun, and no worker ran

        preview = await world.serving.post("/v1/purchases/preview", world.body(unit_price_cents=12_000), world.member)
        asked = await world.ask(unit_price_cents=12_000)

        assert preview.json()["decision"]["outcome"] == "needs_approval"
        assert asked.json()["state"] == "pending"
        assert (await world.balances())["available"] == 12_000


async def test_a_preview_answers_the_same_and_stores_nothing(database_url):
    async with a_world(database_url) as world:
        events = await count_of(world.serving.sessions, Event)

        preview = await world.serving.post("/v1/purchases/preview", world.body(unit_price_cents=900_000), world.member)

        assert preview.status_code == HTTPStatus.OK
        assert "B01" in rules_in(preview, "deny")
        (remedy,) = preview.json()["decision"]["remedies"]
        assert (remedy["unit_price_cents"], remedy["outcome"]) == (60_000, "needs_approval")  # the cap of a year for the gym
        assert await count_of(world.serving.sessions, Purchase) == 0
        assert await count_of(world.serving.sessions, Event) == events


async def test_unknown_ids_are_not_found(database_url):
    async with a_world(database_url) as world:
        unknown: list[dict[str, Any]] = [{name: str(uuid4())} for name in ("member_id", "budget_id", "vendor_id", "offering_id")]

        statuses = {(await world.ask(**changes)).status_code for changes in unknown}

        assert statuses == {HTTPStatus.NOT_FOUND}
        assert await count_of(world.serving.sessions, Purchase) == 0


async def test_nobody_buys_from_another_members_budget_or_at_another_programs_vendor(database_url):
    async with a_world(database_url) as world:
        sessions = world.serving.sessions
        other = await a_house(sessions)
        stranger = await world.serving.token(Role.MEMBER, other.member.id)
        elsewhere = await a_vendor(sessions, other.program)

        by_stranger = await world.ask(token=stranger)
        at_stranger = await world.ask(vendor_id=str(elsewhere.id), offering_id=..., category="WELL_GYM", description="x", amount_cents=5)
        by_other_broker = await world.ask(token=await world.serving.token(Role.BROKER, other.broker.id))

        assert {one.status_code for one in (by_stranger, at_stranger, by_other_broker)} == {HTTPStatus.NOT_FOUND}


async def test_a_representative_makes_only_the_moves_they_were_given(database_url):
    async with a_world(database_url) as world:
        sessions = world.serving.sessions
        asking = await a_representative(sessions, world.house.member, may=("request",))
        signing = await a_representative(sessions, world.house.member, may=("sign",))

        asked = await world.ask(token=await world.serving.token(Role.REPRESENTATIVE, asking.id))
        refused = await world.ask(token=await world.serving.token(Role.REPRESENTATIVE, signing.id))

        assert (asked.status_code, asked.json()["asked_role"]) == (HTTPStatus.CREATED, "representative")
        assert refused.status_code == HTTPStatus.FORBIDDEN


async def test_a_representative_may_take_back_what_they_asked_for_and_nothing_else(database_url):
    async with a_world(database_url) as world:
        asking = await a_representative(world.serving.sessions, world.house.member, may=("request",))
        token = await world.serving.token(Role.REPRESENTATIVE, asking.id)
        theirs = (await world.ask(token=token)).json()
        members = (await world.ask(offering=world.bus)).json()

        own = await world.move(theirs, "cancel", token)
        other = await world.move(members, "cancel", token)

        assert (own.status_code, own.json()["state"], other.status_code) == (HTTPStatus.OK, "canceled", HTTPStatus.FORBIDDEN)


NOT_A_PURCHASE: list[tuple[dict[str, Any], str]] = [
    ({"amount_cents": 0}, "amount_cents"),
    ({"amount_cents": 10**10 + 1}, "amount_cents"),
    ({"quantity": 0}, "quantity"),
    ({"quantity": "1e3"}, "quantity"),
    ({"quantity": 1_000_000, "unit_price_cents": 10**10}, "quantity"),
    ({"unit_price_cents": 5.0}, "unit_price_cents"),
    ({"from": "pocket"}, "from"),
    ({"category": "HOUS_RENT"}, "category"),
    ({"offering_id": ..., "category": "NO_SUCH", "description": "x", "amount_cents": 5}, "category"),
    ({"offering_id": ..., "category": "WELL_GYM", "amount_cents": 5}, "description"),
    ({"offering_id": ..., "description": "x", "amount_cents": 5}, "category"),
    ({"offering_id": ..., "category": "WELL_GYM", "description": "x", "quantity": 2, "amount_cents": 5}, "unit_price_cents"),
    ({"offering_id": ..., "category": "WELL_GYM", "description": "x", "amount_cents": 5, "tax_cents": 5}, "amount_cents"),
    ({"service_to": "2026-10-14"}, "service_to"),
    ({"memo_to_vendor": "a\u0000b"}, "memo_to_vendor"),
    ({"tags": ["alcohol"]}, "tags"),
]


async def test_what_can_not_be_a_purchase_is_refused_and_nothing_is_stored(sqlite_url):
    async with a_world(sqlite_url) as world:
        answers = [(await world.ask(**changes), field) for changes, field in NOT_A_PURCHASE]

        assert {answer.status_code for answer, _ in answers} == {HTTPStatus.UNPROCESSABLE_ENTITY}
        assert [field for answer, field in answers if field not in {one["field"] for one in answer.json()["errors"]}] == []
        assert await count_of(world.serving.sessions, Purchase) == 0
