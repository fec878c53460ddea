"""A move or a saving that is held or refused says what would pass, and that passes as it is said."""

from tests.changes.test_moves import FREE, decide, move
from tests.changes.test_savings import save
from tests.purchases.world import a_world, changes_of


def remedies(answer, rule):
    (finding,) = [one for one in answer.json()["decision"]["findings"] if one["rule"] == rule]
    return {one["kind"]: one for one in finding["remedies"]}


async def test_a_move_may_be_smaller_come_from_another_line_or_be_asked_of_the_broker(database_url):
    async with a_world(database_url) as world:
        waits = await move(world, amount_cents=FREE + 100)

        found = remedies(waits, "B06")
        assert set(found) == {"other_line", "ask_approver", "amount"}
        assert changes_of(found["amount"]) == {"amount_cents": FREE}
        assert changes_of(found["other_line"]) == {"from_category": "TECH_COMPUTER"}
        assert waits.json()["decision"]["remedies"][0]["message"] == "You can leave it as it is. Then we need a yes from your broker."
        assert (await move(world, **({"amount_cents": FREE + 100} | changes_of(found["other_line"])))).json()["state"] == "approved"
        assert (await move(world, **changes_of(found["amount"]))).json()["state"] == "approved"
        assert (await decide(world, waits.json(), "approve", world.broker)).json()["state"] == "approved"


async def test_another_line_gives_no_more_than_what_has_not_left_it_yet(database_url):
    async with a_world(database_url) as world:
        await move(world, from_category="TECH_COMPUTER", amount_cents=5_000)

        waits = await move(world, amount_cents=FREE + 100)

        assert "other_line" not in remedies(waits, "B06")


async def test_a_line_that_has_spent_its_money_gives_what_is_left(database_url):
    async with a_world(database_url) as world:
        refused = await move(world, preview=True, amount_cents=36_001)

        found = remedies(refused, "B13")
        assert changes_of(found["amount"]) == {"amount_cents": 36_000}
        (together,) = refused.json()["decision"]["remedies"]
        waits = await move(world, **changes_of(together))
        assert [step["details"]["role"] for step in together["then"]] == ["broker"]
        assert (await decide(world, waits.json(), "approve", world.broker)).json()["state"] == "approved"


async def test_a_saving_without_a_goal_is_told_which_one_and_how_much(database_url):
    async with a_world(database_url) as world:
        refused = await save(world, goal_id=None, purpose=None, amount_cents=400_000)

        (together,) = refused.json()["decision"]["remedies"]
        assert [step["kind"] for step in together["steps"]] == ["add_note", "goal", "amount"]
        assert changes_of(together) == {"goal_id": world.goal, "amount_cents": 159_600}
        assert (await save(world, **changes_of(together))).json()["state"] == "approved"


async def test_more_than_is_there_waits_for_the_day_on_which_more_opens(database_url):
    async with a_world(database_url) as world:
        refused = await save(world, amount_cents=200_000)

        wait = remedies(refused, "B12")["wait"]
        assert wait["steps"][0]["details"] == {"on": "2027-01-01"}
        world.serving.clock.move(days=78)
        assert (await save(world, amount_cents=200_000)).json()["state"] == "approved"


async def test_remedies_of_changes_are_told_in_spanish_too(database_url):
    async with a_world(database_url) as world:
        waits = await move(world, amount_cents=FREE + 1, language="es")

        assert waits.json()["decision"]["remedies"][0]["message"].startswith("Puede dejarlo como está.")
