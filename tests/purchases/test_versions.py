"""A purchase keeps the version of the rulebook that judged it first, unless a rule of the newer one says that it is also for what waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select

import policy
from sdc.purchases.model import DecisionRecord, Purchase
from sdc.rulebooks.reading import compiled_between, find_version
from tests.bills.desk import Desk, a_desk, rules_of
from tests.purchases.world import World, a_world, rules_in
from tests.rulebooks.office import Office, florida, staff_of
from tests.scripted_rail import ScriptedRail
from tests.serving import serving

GYM = "WELL_GYM: 60000"
STRICTER = florida((GYM, "WELL_GYM: 8000"))
"""A year of gym for at most $80.00: a month at $90.00, which waits for the broker under version 1, is denied."""
MARKED = florida(("  B02:\n", "  B02:\n    applies_to_waiting: true\n"))
STRICTER_ALSO_FOR_WHAT_WAITS = MARKED.replace(GYM, "WELL_GYM: 8000")
NEW_RULE = """
  Z01:
    kind: category_cap
    severity: deny
    stage: authorize
    origin: illustrative
    source: a county order of October 2026
    applies_to_waiting: true
    message: {en: "The most is {cap_cents} for this: {category}.", es: "Lo más es {cap_cents} para esto: {category}."}
    params: {caps: {WELL_GYM: 8000}}
"""


@asynccontextmanager
async def a_world_with_an_office(url: str, **program: Any) -> AsyncIterator[tuple[World, Office]]:
    """Set up the world of purchases, and those who write its rulebook."""
    async with a_world(url, **program) as world:
        yield world, await staff_of(world.serving, world.house.program)


async def in_force(world: World, office: Office, source: str) -> None:
    """Publish a version, and let its first day come."""
    await office.published(source, effective_from="2026-10-20")
    world.serving.clock.move(days=6)


async def decisions_on(world: World, purchase: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await world.serving.get(f"/v1/purchases/{purchase['id']}/decisions", world.member)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_an_approval_between_two_versions_counts_under_the_one_that_was_asked(database_url):
    async with a_world_with_an_office(database_url) as (world, office):
        pending = await world.pending()
        await in_force(world, office, STRICTER)

        approved = await world.move(pending, "approve", world.broker)

        assert approved.json()["state"] == "approved"
        assert [one["rulebook"] for one in await decisions_on(world, pending)] == [pending["decision"]["rulebook"]] * 2
        assert pending["decision"]["rulebook"]["version"] == 1
        asked_now = await world.ask(unit_price_cents=9_000)
        assert asked_now.json()["decision"]["rulebook"]["version"] == 2
        assert rules_in(asked_now, "deny") == ["B02"]


async def test_a_rule_that_says_so_is_asked_of_what_waits(database_url):
    async with a_world_with_an_office(database_url) as (world, office):
        pending = await world.pending()
        await in_force(world, office, STRICTER_ALSO_FOR_WHAT_WAITS.replace("over_cents: 5000}", "over_cents: 4500}"))

        late = await world.move(pending, "approve", world.broker)

        assert late.json()["state"] == "denied"
        assert rules_in(late, "deny") == ["B02"]
        assert late.json()["notice_id"]
        rulebook = late.json()["decision"]["rulebook"]
        versions = (await world.serving.get("/v1/rulebooks/florida/versions", office.broker)).json()["items"]
        assert (rulebook["version"], rulebook["with_rules_of"]) == (1, 2)
        assert rulebook["hash"] not in {one["hash"] for one in versions}


async def test_a_new_rule_that_says_so_is_asked_beside_the_old_ones(sqlite_url):
    async with a_world_with_an_office(sqlite_url) as (world, office):
        pending = await world.pending()
        await in_force(world, office, florida() + NEW_RULE)

        late = await world.move(pending, "approve", world.broker)

        assert rules_in(late, "deny") == ["Z01"]
        assert "$80.00" in late.json()["decision"]["findings"][-1]["message"]


async def test_a_rule_that_did_not_change_takes_nothing_from_the_version(sqlite_url):
    async with a_world_with_an_office(sqlite_url) as (world, office):
        pending = await world.pending()
        await in_force(world, office, MARKED.replace("A01: {params: {over_cents: 5000}", "A01: {params: {over_cents: 4500}"))

        approved = await world.move(pending, "approve", world.broker)

        assert approved.json()["decision"]["rulebook"] == pending["decision"]["rulebook"]


async def test_what_a_rule_allows_more_of_is_for_what_waits_too_when_it_says_so(sqlite_url):
    async with a_world_with_an_office(sqlite_url) as (world, office):
        pending = await world.pending()
        looser = "A01: {params: {over_cents: 9000}, applies_to_waiting: true"
        await in_force(world, office, florida(("A01: {params: {over_cents: 5000}", looser)))

        tagged = await world.move(pending, "tags", world.broker, tags=[])

        assert tagged.json()["state"] == "approved"


@pytest.mark.parametrize("source", [STRICTER, STRICTER_ALSO_FOR_WHAT_WAITS], ids=["stands", "says otherwise"])
@pytest.mark.parametrize("move", ["tags", "answer", "memo"])
async def test_every_later_judgment_keeps_the_version(sqlite_url, source, move):
    async with a_world_with_an_office(sqlite_url) as (world, office):
        pending = await world.pending()
        if move == "answer":
            await world.move(pending, "ask", world.broker, question="Which gym is it?")
        await in_force(world, office, source)

        moved = {
            "tags": lambda: world.move(pending, "tags", world.broker, tags=[]),
            "answer": lambda: world.move(pending, "answer", world.member, answer="The one on Main Street."),
            "memo": lambda: world.move(pending, "memo", world.member, memo_to_vendor="For the Monday group"),
        }
        shown = (await moved[move]()).json()

        assert shown["decision"]["rulebook"]["version"] == 1
        assert (shown["state"], shown["decision"]["rulebook"]["with_rules_of"]) == (
            ("pending", None) if source is STRICTER else ("denied", 2)
        )


async def test_a_version_that_is_not_in_force_yet_says_nothing(sqlite_url):
    async with a_world_with_an_office(sqlite_url) as (world, office):
        pending = await world.pending()
        await office.published(STRICTER_ALSO_FOR_WHAT_WAITS, effective_from="2026-10-20")

        approved = await world.move(pending, "approve", world.broker)

        assert approved.json()["state"] == "approved"
        assert approved.json()["decision"]["rulebook"] == pending["decision"]["rulebook"]


async def test_what_stands_after_two_versions_is_said_by_the_newest_one(sqlite_url):
    async with a_world_with_an_office(sqlite_url) as (world, office):
        pending = await world.pending()
        await in_force(world, office, STRICTER_ALSO_FOR_WHAT_WAITS)
        await office.published(
            florida(("A01: {params: {over_cents: 5000}", "A01: {params: {over_cents: 4500}")), effective_from="2026-10-22"
        )
        world.serving.clock.move(days=2)

        approved = await world.move(pending, "approve", world.broker)

        assert approved.json()["state"] == "approved"  # version 3 took the cap back, and says nothing about what waits


async def test_a_decline_between_two_versions_is_told_as_ever(sqlite_url):
    async with a_world_with_an_office(sqlite_url) as (world, office):
        pending = await world.pending()
        await in_force(world, office, STRICTER)

        declined = await world.move(pending, "decline", world.broker, reason="Try the center first.")

        assert declined.json()["state"] == "declined"


async def test_a_decision_of_two_versions_is_made_again_byte_for_byte(database_url):
    async with a_world_with_an_office(database_url) as (world, office):
        pending = await world.pending()
        await in_force(world, office, STRICTER_ALSO_FOR_WHAT_WAITS)
        await world.move(pending, "approve", world.broker)

        async with world.serving.sessions.read() as session:
            purchase = (await session.scalars(select(Purchase))).one()
            record = await session.get_one(DecisionRecord, purchase.decision_id)
            assert record.with_rules_of is not None
            ids = [(await find_version(session, "florida", one)).id for one in (record.rulebook_version, record.with_rules_of)]
            rulebook = await compiled_between(session, *ids)
        made = policy.evaluate(rulebook, policy.facts_from_data(record.facts))

        assert purchase.rulebook_version_id == ids[0]
        assert rulebook.hash == record.rulebook_hash
        assert made.to_data() == record.decision


@pytest.mark.parametrize(("cap", "amounts"), [(10_000, [4_000]), (8_000, [2_000])])
async def test_what_is_suggested_after_a_denial_passes_by_the_version_that_judges_a_new_request(sqlite_url, cap, amounts):
    async with a_world_with_an_office(sqlite_url, amount_cents=20_000) as (world, office):  # $100.00 is released
        own_words: dict[str, Any] = {"offering_id": ..., "category": "WELL_GYM", "description": "a month at the gym"}
        first, second = await world.pending(unit_price_cents=6_000), await world.pending(**own_words, unit_price_cents=8_000)
        await world.move(second, "tags", world.broker, tags=[])
        assert (await world.move(first, "approve", world.broker)).json()["state"] == "approved"
        await in_force(world, office, florida((GYM, f"WELL_GYM: {cap}")))

        late = (await world.move(second, "approve", world.broker)).json()

        assert (late["state"], rules_in(late, "deny")) == ("denied", ["B01"])
        assert [one["amount_cents"] for one in late["decision"]["remedies"]] == amounts  # version 1 alone would say $40.00 both times
        again = await world.ask(**own_words, unit_price_cents=amounts[0])
        assert rules_in(again, "deny") == []


# ---- bills ----------------------------------------------------------------------------------------

ONE_DAY = "D03: {params: {max_days: 1}"
DEADLINE = "D03: {params: {max_days: 90}"


@asynccontextmanager
async def an_order_and_a_newer_version(url: str, source: str) -> AsyncIterator[tuple[Desk, Any]]:
    """Have something bought and delivered under version 1, then let version 2 come."""
    async with serving(url, rail=ScriptedRail()) as served:
        desk = await a_desk(served)
        office = await staff_of(served, desk.house.program)
        whole = await desk.order(4_000)
        await office.published(source, effective_from="2026-10-20")
        served.clock.move(days=6)
        yield desk, whole


async def test_a_bill_is_judged_by_the_version_of_its_purchase(database_url):
    async with an_order_and_a_newer_version(database_url, florida((DEADLINE, ONE_DAY))) as (desk, whole):
        bill = await desk.bills(whole, 4_000, billed_on="2026-10-21")

        assert bill["state"] == "accepted"


async def test_a_rule_for_what_waits_is_for_what_is_billed_too(database_url):
    async with an_order_and_a_newer_version(database_url, florida((DEADLINE, ONE_DAY + ", applies_to_waiting: true"))) as (desk, whole):
        bill = await desk.bills(whole, 4_000, billed_on="2026-10-21")

        assert bill["state"] == "rejected"
        assert rules_of(bill) == ["D03"]
        async with desk.served.sessions.read() as session:
            record = (await session.scalars(select(DecisionRecord).where(DecisionRecord.stage == "pay"))).one()
        assert (record.rulebook_version, record.with_rules_of) == (1, 2)


async def test_what_can_not_be_asked_beside_an_older_version_keeps_a_draft_from_being_published(sqlite_url):
    async with a_world_with_an_office(sqlite_url) as (_, office):
        source = florida().replace("disabled: [P14, B09, A05]", "disabled: [P14, B09]").replace(
            "  D03:",
            "  U06: {params: {thresholds: [Z09]}, applies_to_waiting: true}\n  D03:",
        ) + NEW_RULE.replace("Z01", "Z09").replace("    applies_to_waiting: true\n", "")
        drafted = await office.draft(source)
        assert drafted.status_code == HTTPStatus.CREATED, drafted.text

        report = (await office.check(2)).json()["check"]

        assert any("beside version 1" in (one["expected"] or "") for one in report["problems"]), report
        assert not report["passed"]
