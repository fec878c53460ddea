"""People decide: yes, no, a question, what a thing is; and whoever asked may take it back."""

from http import HTTPStatus

from sdc.auth.principal import Role
from tests.builders import a_house, a_staff
from tests.purchases.world import a_world, rules_in


async def test_the_broker_says_yes_and_the_money_is_set_aside(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending()
        assert pending["decision"]["needs"] == [{"rule": "A01", "closed_by": {"role": "broker"}}]
        assert (await world.balances())["encumbered"] == 0

        approved = await world.move(pending, "approve", world.broker, note="fits the goal")

        shown = approved.json()
        assert approved.status_code == HTTPStatus.OK
        assert (shown["state"], shown["left_cents"]) == ("approved", 9_000)
        assert [(one["role"], one["note"]) for one in shown["approvals"]] == [("broker", "fits the goal")]
        assert (await world.balances())["encumbered"] == 9_000


async def test_a_large_purchase_needs_the_broker_and_then_a_director(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending(category=..., unit_price_cents=52_000, offering_id=str(world.gym.id))
        first = await world.move(pending, "approve", world.broker)

        second = await world.move(pending, "approve", world.directing)

        assert first.json()["state"] == "pending"
        assert {"role": "director"} in [need["closed_by"] for need in first.json()["decision"]["needs"]]
        assert second.json()["state"] == "approved"
        history = (await world.serving.get(f"/v1/purchases/{pending['id']}/decisions", world.member)).json()["items"]
        assert [(one["because"], one["outcome"]) for one in history] == [
            ("approval", "approve"),
            ("approval", "needs_approval"),
            ("request", "needs_approval"),
        ]


async def test_nobody_approves_twice(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending(unit_price_cents=52_000)
        await world.move(pending, "approve", world.broker)

        again = await world.move(pending, "approve", world.broker)

        assert again.status_code == HTTPStatus.CONFLICT


async def test_a_broker_who_asked_does_not_count_as_the_one_who_says_yes(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending(token=world.broker)

        own = await world.move(pending, "approve", world.broker)
        other = await world.move(pending, "approve", world.directing)

        assert own.json()["state"] == "pending"
        assert "A04" in rules_in(own, "needs_approval")
        assert other.json()["state"] == "approved"


async def test_an_approver_who_owns_the_vendor_does_not_count(database_url):
    async with a_world(database_url) as world:
        async with world.serving.sessions.begin() as session:
            world.vendor.owners = [str(world.director.id)]
            session.add(world.vendor)
        pending = await world.pending()

        own = await world.move(pending, "approve", world.directing)

        assert own.json()["state"] == "pending"
        assert "A04" in rules_in(own, "needs_approval")


async def test_a_payer_approves_what_is_very_big_and_sees_no_words(database_url):
    async with a_world(database_url, amount_cents=900_000) as world:
        payer = await a_staff(world.serving.sessions, Role.PAYER, payer_id=world.house.program.payer_id)
        paying = await world.serving.token(Role.PAYER, payer.id)
        pending = await world.pending(
            offering_id=..., category="TECH_COMPUTER", description="for my depression", unit_price_cents=79_000, memo_to_vendor="blue"
        )

        seen = (await world.serving.get("/v1/purchases", paying)).json()["items"]

        assert [one["id"] for one in seen] == [pending["id"]]
        assert (seen[0]["description"], seen[0]["memo_to_vendor"], seen[0]["pick_up_code"]) == (None, None, None)
        assert "depression" not in str(seen)
        approved = await world.move(pending, "approve", paying)
        assert approved.status_code == HTTPStatus.OK


async def test_the_balance_counts_on_the_day_of_the_yes_not_of_the_question(database_url):
    async with a_world(database_url, amount_cents=20_000) as world:  # $100.00 is released
        first, second = await world.pending(), await world.pending(unit_price_cents=8_000)
        assert (await world.move(first, "approve", world.broker)).json()["state"] == "approved"

        late = await world.move(second, "approve", world.broker)

        assert late.status_code == HTTPStatus.OK
        assert late.json()["state"] == "denied"
        assert rules_in(late, "deny") == ["B01"]
        assert late.json()["notice_id"]


async def test_a_decline_is_a_notice_with_the_reason_and_its_appeal(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending()

        declined = await world.move(pending, "decline", world.broker, reason="Try the gym at the center first.")

        shown = declined.json()
        assert (shown["state"], shown["appeal_by"]) == ("declined", "2027-01-13")
        (notice,) = (await world.serving.get(f"/v1/members/{world.house.member.id}/notices", world.member)).json()["items"]
        assert (notice["id"], notice["kind"]) == (shown["notice_id"], "decline")
        assert "Try the gym at the center first." in notice["text"]["en"]["reasons"]
        assert "Try the gym at the center first." in notice["text"]["es"]["reasons"]


async def test_a_question_and_its_answer(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending()

        asked = await world.move(pending, "ask", world.broker, question="Which gym is it?")
        assert (asked.json()["state"], asked.json()["open_moves"]) == (
            "needs_info",
            ["answer", "approve", "cancel", "consent", "decline", "documents", "memo", "tags"],
        )
        answered = await world.move(pending, "answer", world.member, answer="The one on Main Street.")

        assert answered.json()["state"] == "pending"
        (question,) = answered.json()["questions"]
        assert (question["question"], question["answer"]) == ("Which gym is it?", "The one on Main Street.")


async def test_tags_are_judged(database_url):
    async with a_world(database_url) as world:
        asked = await world.ask(offering_id=..., category="WELL_GYM", description="A bottle", unit_price_cents=4_000)

        tagged = await world.move(asked.json(), "tags", world.broker, tags=["alcohol"])

        assert tagged.json()["state"] == "denied"
        assert rules_in(tagged, "deny") == ["P01"]


async def test_a_slip_in_a_tag_is_refused_and_lifts_no_ban(database_url):
    async with a_world(database_url) as world:
        asked = await world.ask(offering_id=..., category="WELL_GYM", description="A bottle", unit_price_cents=4_000)

        slipped = await world.move(asked.json(), "tags", world.broker, tags=["alchohol"])

        assert slipped.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert slipped.json()["errors"] == [{"field": "tags", "message": "alchohol is no tag that the rules know; alcohol is"}]
        assert (await world.move(asked.json(), "tags", world.broker, tags=["alcohol"])).json()["state"] == "denied"


async def test_a_memo_with_a_health_word_is_rewritten(database_url):
    async with a_world(database_url) as world:
        asked = await world.ask(memo_to_vendor="For my depression group")
        assert rules_in(asked, "needs_approval") == ["X01"]

        rewritten = await world.move(asked.json(), "memo", world.member, memo_to_vendor="For the Monday group")

        assert rewritten.json()["state"] == "approved"
        assert rewritten.json()["memo_to_vendor"] == "For the Monday group"


async def test_a_cancel_gives_the_money_back(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()

        canceled = await world.move(approved, "cancel", world.member, reason="I moved.")

        assert canceled.json()["state"] == "canceled"
        assert (canceled.json()["authorized_cents"], canceled.json()["left_cents"]) == (4_000, 0)
        assert (await world.balances())["available"] == 159_600


async def test_a_wrong_move_says_which_are_open(database_url):
    async with a_world(database_url) as world:
        approved = await world.approved()

        wrong = await world.move(approved, "approve", world.broker)

        assert wrong.status_code == HTTPStatus.CONFLICT
        assert wrong.json()["type"] == "/problems/wrong-state"
        assert wrong.json()["open_moves"] == ["bill", "cancel", "confirm", "consent", "deliver", "dispute", "documents", "tags"]


async def test_what_is_final_stays_so(database_url):
    async with a_world(database_url) as world:
        denied = (await world.ask(unit_price_cents=900_000)).json()

        answers = [
            await world.move(denied, "approve", world.broker),
            await world.move(denied, "decline", world.broker, reason="x"),
            await world.move(denied, "ask", world.broker, question="x"),
            await world.move(denied, "tags", world.broker, tags=[]),
            await world.move(denied, "answer", world.member, answer="x"),
            await world.move(denied, "cancel", world.member),
            await world.move(denied, "confirm", world.member),
            await world.move(denied, "dispute", world.member, reason="x"),
        ]

        assert {answer.status_code for answer in answers} == {HTTPStatus.CONFLICT}
        assert all(answer.json()["open_moves"] == [] for answer in answers)


async def test_others_do_not_see_a_purchase_and_make_no_move_on_it(database_url):
    async with a_world(database_url) as world:
        pending = await world.pending()
        other = await a_house(world.serving.sessions)
        stranger = await world.serving.token(Role.MEMBER, other.member.id)
        other_broker = await world.serving.token(Role.BROKER, other.broker.id)

        answers = [
            await world.serving.get(f"/v1/purchases/{pending['id']}", stranger),
            await world.serving.get(f"/v1/purchases/{pending['id']}/decisions", stranger),
            await world.serving.get(f"/v1/budgets/{world.budget.id}", stranger),
            await world.move(pending, "approve", other_broker),
            await world.move(pending, "cancel", stranger),
        ]

        assert {answer.status_code for answer in answers} == {HTTPStatus.NOT_FOUND}
        assert (await world.serving.get("/v1/purchases", stranger)).json() == {"items": [], "next_cursor": None}
        assert (await world.move(pending, "approve", world.member)).status_code == HTTPStatus.FORBIDDEN


async def test_a_budget_shows_where_every_cent_is(database_url):
    async with a_world(database_url) as world:
        await world.approved()
        await world.pending()

        shown = (await world.serving.get(f"/v1/budgets/{world.budget.id}", world.member)).json()

        cents = {name: value for name, value in shown.items() if name.endswith("_cents")}
        assert cents == {
            "allocated_cents": 319_200,
            "unreleased_cents": 159_600,
            "available_cents": 155_600,
            "encumbered_cents": 4_000,
            "saved_cents": 0,
            "spent_cents": 0,
            "waiting_cents": 9_000,
        }


async def test_a_list_is_filtered_and_paged(database_url):
    async with a_world(database_url) as world:
        ids = [(await world.pending(unit_price_cents=cents))["id"] for cents in (9_001, 9_002, 9_003)]
        await world.approved(unit_price_cents=100)

        first = (await world.serving.get("/v1/purchases", world.broker, state="pending", limit=2)).json()
        rest = (await world.serving.get("/v1/purchases", world.broker, state="pending", limit=2, cursor=first["next_cursor"])).json()

        assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
        assert rest["next_cursor"] is None
        mine = (await world.serving.get("/v1/purchases", world.directing, member_id=str(world.house.member.id))).json()
        assert len(mine["items"]) == 4
