"""A remedy is taken exactly as the API gives it, and passes: each kind, sent or done as a member, a broker or a vendor would."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sdc.auth.principal import Role
from sdc.purchases.answers import RemedyOut
from sdc.purchases.sweeps import reask_sweep
from tests.builders import a_staff, an_approved_plan
from tests.purchases.answering import asked, denied, remedies, the
from tests.purchases.test_papers import PDF, upload
from tests.purchases.world import GOALS, LINES, a_world, changes_of, rules_in
from tests.shops import an_offering

FREE: Mapping[str, Any] = {"offering_id": ..., "category": "WELL_GYM", "description": "Ten swims"}


async def test_the_largest_amount_passes_and_one_cent_more_does_not(database_url):
    async with a_world(database_url) as world:
        no = await denied(world, offering=world.bus, unit_price_cents=900_000)

        most = changes_of(the(no, "B01", "amount"))
        more = await denied(world, offering=world.bus, unit_price_cents=most["unit_price_cents"] + 1)
        await asked(world, "pending", offering=world.bus, **most)

        assert most == {"unit_price_cents": 159_600, "amount_cents": 159_600}
        assert rules_in(more, "deny") == ["B01"]


async def test_an_amount_that_nobody_has_to_approve_passes_at_once(database_url):
    async with a_world(database_url) as world:
        waits = await asked(world, "pending", unit_price_cents=9_000)

        smaller = the(waits, "A01", "amount")
        assert smaller["outcome"] == "approve"
        await asked(world, "approved", **changes_of(smaller))


async def test_fewer_pieces_pass_at_the_vendors_price(database_url):
    async with a_world(database_url) as world:
        no = await denied(world, quantity=50)

        fewer = the(no, "B01", "quantity")
        assert changes_of(fewer) == {"quantity": "39", "amount_cents": 156_000}
        (all_of_it,) = no["decision"]["remedies"]
        assert (all_of_it["unit_price_cents"], all_of_it["quantity"]) == (4_000, "1")
        await asked(world, "approved", **changes_of(all_of_it))


async def test_a_goal_of_the_plan_is_named_by_its_id(database_url):
    async with a_world(database_url) as world:
        no = await denied(world, goal_id="closed-goal")

        goal = the(no, "G01", "goal")
        assert goal["message"] == "Pick this goal: wellness."
        await asked(world, "approved", **changes_of(goal))


async def test_a_day_within_the_budget_is_named(database_url):
    async with a_world(database_url) as world:
        no = await denied(world, purchase_date="2027-08-01")

        (day,) = remedies(no, "D02")
        (together,) = no["decision"]["remedies"]
        assert changes_of(day)["purchase_date"] == "2027-06-30"
        await asked(world, "approved", **({"purchase_date": "2027-08-01"} | changes_of(together)))


async def test_money_that_opens_later_is_waited_for(database_url):
    async with a_world(database_url) as world:
        body = {"offering": world.bus, "unit_price_cents": 200_000}
        no = await denied(world, **body)

        wait = the(no, "B01", "wait")
        (on,) = [step["details"]["on"] for step in wait["steps"]]
        assert on == "2027-01-01"
        world.serving.clock.move(days=77)  # December 31
        assert "B01" in rules_in(await denied(world, **body, **changes_of(wait)), "deny")
        world.serving.clock.move(days=1)
        await asked(world, "pending", **body, **changes_of(wait))


async def test_money_is_moved_to_the_line_as_the_remedy_says(database_url):
    async with a_world(database_url) as world:
        plan = await an_approved_plan(world.serving.sessions, world.house.member, goals=GOALS, lines=LINES | {"TRAN_TRANSIT": 4_000})
        body = {"offering": world.bus, "goal_id": str(plan.goals[0]["id"])}
        waits = await asked(world, "pending", **body)

        (move,) = the(waits, "B11", "move_line")["steps"]
        details = move["details"]
        moved = await world.serving.post(
            f"/v1/plans/{details.pop('plan_id')}/moves", {name: details[name] for name in details}, world.member
        )

        assert details == {"from_category": "TECH_COMPUTER", "to_category": "TRAN_TRANSIT", "amount_cents": 91}
        assert (moved.status_code, moved.json()["state"]) == (HTTPStatus.CREATED, "approved"), moved.text
        await asked(world, "approved", **body)


async def test_what_was_moved_before_is_not_moved_again(database_url):
    async with a_world(database_url) as world:
        lines = {"WELL_GYM": 36_000, "TRAN_TRANSIT": 3_000}
        plan = await an_approved_plan(world.serving.sessions, world.house.member, goals=GOALS, lines=lines)
        body = {"offering": world.bus, "goal_id": str(plan.goals[0]["id"])}
        given = {"from_category": "WELL_GYM", "to_category": "TRAN_TRANSIT", "amount_cents": 1_000}
        await world.serving.post(f"/v1/plans/{plan.id}/moves", given, world.member)

        waits = await asked(world, "pending", **body, unit_price_cents=4_900)
        (step,) = the(waits, "B11", "move_line")["steps"]
        too_much = await asked(world, "pending", **body, unit_price_cents=4_900, quantity=2)

        assert step["details"]["amount_cents"] == 455
        assert [one["kind"] for one in remedies(too_much, "B11")] == ["ask_approver"]


async def test_the_person_who_is_named_says_yes_and_it_passes(database_url):
    async with a_world(database_url) as world:
        waits = await asked(world, "pending", unit_price_cents=9_000)

        (together,) = waits["decision"]["remedies"]
        assert [(one["kind"], one["details"]) for one in together["then"]] == [("ask_approver", {"role": "broker"})]
        assert (together["changes"], together["outcome"], together["ends_in"]) == ([], "needs_approval", "approve")
        approved = await world.move(waits, "approve", world.broker)
        assert approved.json()["state"] == "approved"


async def test_a_broker_who_asked_is_told_to_ask_the_director(database_url):
    async with a_world(database_url) as world:
        waits = await asked(world, "pending", unit_price_cents=9_000, token=world.broker)

        assert the(waits, "A01", "ask_approver")["steps"][0]["details"] == {"role": "director"}
        approved = await world.move(waits, "approve", world.directing)
        assert approved.json()["state"] == "approved"


async def test_a_letter_of_the_health_plan_lets_it_pass(database_url):
    async with a_world(database_url) as world:
        no = await denied(world, other_payer={"covers": True})

        letter = the(no, "L01", "add_document")
        assert letter["steps"][0]["details"] == {"document": "denial_letter"}
        await asked(world, "approved", **changes_of(letter))


async def test_quotes_or_a_note_let_something_big_pass(database_url):
    async with a_world(database_url) as world:
        waits = await asked(world, "pending", offering=world.bus, unit_price_cents=80_000)
        assert the(waits, "A06", "add_document")["steps"][0]["details"] == {"document": "quote", "count": 2}

        noted = await asked(world, "pending", offering=world.bus, unit_price_cents=80_000, sole_source_note="No other place has it")

        assert "A06" not in rules_in(noted, "needs_approval")


async def test_as_many_quotes_as_are_said_close_the_need(database_url):
    async with a_world(database_url) as world:
        waits = await asked(world, "pending", offering=world.bus, unit_price_cents=80_000)
        (step,) = the(waits, "A06", "add_document")["steps"]

        for number in range(step["details"]["count"]):
            added = await upload(world, waits["id"], world.member, content=PDF + b"%d" % number, kind=step["details"]["document"])
            assert added.status_code == HTTPStatus.CREATED, added.text

        shown = (await world.serving.get(f"/v1/purchases/{waits['id']}", world.member)).json()
        assert "A06" not in rules_in(shown, "needs_approval")


async def test_hours_to_think_are_waited_for_until_the_instant_that_is_said(database_url):
    async with a_world(database_url, rulebook="texas") as world:
        waits = await asked(world, "pending", offering=world.bus, unit_price_cents=110_000, sole_source_note="No other place has it")

        wait = the(waits, "A05", "wait")
        assert wait["steps"][0]["details"] == {"until": "2026-10-16T16:00:00Z"}
        for token in (world.broker, world.directing):
            waits = (await world.move(waits, "approve", token)).json()
        assert waits["state"] == "pending"
        world.serving.clock.move(days=1)
        assert await reask_sweep(world.serving.work) == 1
        shown = (await world.serving.get(f"/v1/purchases/{waits['id']}", world.member)).json()
        assert "A05" not in rules_in(shown, "needs_approval")


async def test_a_price_within_the_ceiling_passes(database_url):
    async with a_world(database_url) as world:
        free = {"offering_id": ..., "category": "WELL_ALT", "description": "Yoga", "unit_price_cents": 9_500}
        no = await denied(world, **free)

        price = the(no, "U01", "price")
        assert changes_of(price) == {"unit_price_cents": 8_000, "amount_cents": 8_000}
        await asked(world, "pending", **(free | changes_of(price)))


async def test_a_note_about_health_is_left_out_and_its_words_are_not_repeated(database_url):
    async with a_world(database_url) as world:
        waits = await asked(world, "pending", memo_to_vendor="For my depression group on Maple Street")

        (together,) = waits["decision"]["remedies"]
        assert changes_of(together) == {"memo_to_vendor": None}
        assert "Maple" not in str(waits["decision"])
        edited = await world.move(waits, "memo", world.member, **changes_of(together))
        assert edited.json()["state"] == "approved"


async def test_the_store_is_paid_where_the_member_is_not_paid_back(database_url):
    async with a_world(database_url, rulebook="texas") as world:
        body = {"payment_method": "member_reimbursement"}
        no = await denied(world, **body)

        await asked(world, "approved", **(body | changes_of(the(no, "P07", "pay_vendor"))))


async def test_a_thing_in_free_words_is_looked_at_by_the_broker(database_url):
    async with a_world(database_url) as world:
        waits = await asked(world, "pending", **FREE, unit_price_cents=4_000)

        assert the(waits, "T01", "ask_review")["steps"][0]["details"] == {"role": "broker"}
        tagged = await world.move(waits, "tags", world.broker, tags=[])
        assert tagged.json()["state"] == "approved"


async def test_where_there_is_no_way_the_answer_says_so(database_url):
    async with a_world(database_url) as world:
        wine = await an_offering(world.serving.sessions, world.vendor, title="Wine club", tags=("alcohol",))

        no = await denied(world, offering=wine)

        assert no["decision"]["remedies"] == []
        assert remedies(no, "P01") == []
        assert no["decision"]["no_request"]["why"] == "none_exists"
        assert no["decision"]["no_request"]["message"].startswith("We looked for a way to say yes")


async def test_an_approval_has_no_remedies(database_url):
    async with a_world(database_url) as world:
        yes = await world.approved()

        assert (yes["decision"]["remedies"], yes["decision"]["no_request"]) == ([], None)


async def test_remedies_are_told_in_the_callers_language_and_kept_in_both(database_url):
    async with a_world(database_url) as world:
        body = world.body(world.bus, unit_price_cents=900_000)

        spanish = await world.serving.post("/v1/purchases", body, world.member, language="es")
        english = await world.serving.get(f"/v1/purchases/{spanish.json()['id']}", world.member)

        first, second = (one.json()["decision"]["remedies"][0]["message"] for one in (spanish, english))
        assert first.startswith("Esto sí funcionaría: $1,596.00 en total.")
        assert second.startswith("This would work: $1,596.00 in all.")
        assert remedies(english.json(), "A01")[0]["message"] == "Ask your broker to say yes."


async def test_a_preview_has_the_same_remedies_as_the_request(database_url):
    async with a_world(database_url) as world:
        body = world.body(unit_price_cents=900_000, goal_id=None)

        preview = (await world.serving.post("/v1/purchases/preview", body, world.member)).json()["decision"]
        stored = (await world.serving.post("/v1/purchases", body, world.member)).json()["decision"]

        assert preview["remedies"] == stored["remedies"]
        assert preview["findings"] == stored["findings"]


async def test_what_is_open_after_a_yes_is_told_anew(database_url):
    async with a_world(database_url) as world:
        director = await a_staff(world.serving.sessions, Role.DIRECTOR, program_ids=[world.house.program.id])
        waits = await asked(world, "pending", unit_price_cents=52_000)

        after = (await world.move(waits, "approve", world.broker)).json()

        (together,) = after["decision"]["remedies"]
        assert [one["details"] for one in together["then"]] == [{"role": "director"}]
        token = await world.serving.token(Role.DIRECTOR, director.id)
        assert (await world.move(after, "approve", token)).json()["decision"]["remedies"] == []


def test_a_remedy_that_was_kept_before_they_were_whole_is_still_shown():
    request = {"category": "WELL_GYM", "quantity": "2", "unit_price_cents": 8_000, "amount_cents": 16_000, "goal_id": None}
    days = {"purchase_date": "2026-10-15", "service_to": "2026-10-15"}
    kept = {**request, **days, "outcome": "approve", "needs": [], "message": {"en": "This would work.", "es": "Esto sí."}}

    shown = RemedyOut.of(kept, "es")

    assert (shown.rule, shown.kind, shown.message, shown.unit_price_cents) == (None, "request", "Esto sí.", 8_000)
