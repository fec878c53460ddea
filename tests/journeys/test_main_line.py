"""The main line: a request becomes a decision, money set aside, a bill and a paid vendor, and an auditor walks it back."""

from tests.journeys.town import RELEASED_CENTS
from tests.journeys.walking import closers_of, rules_of

BROKER = ("broker",)


async def test_a_request_becomes_a_paid_vendor_and_the_auditor_walks_back_from_the_settlement(walk):
    purchase = await walk.requests("gym.month")
    assert (purchase["state"], closers_of(purchase)) == ("pending", {"broker"})
    purchase = await walk.moves("broker", purchase, "approve", note="fits the plan")
    assert purchase["state"] == "approved"
    (order,) = (await walk.reads("gym", "/v1/orders"))["items"]
    await walk.delivers("gym", purchase, delivered_on="2026-10-15")
    assert (await walk.moves("ana", purchase, "confirm"))["state"] == "delivered"
    bill = await walk.bills("gym", purchase, 9_000)
    await walk.works()

    (payment,) = await walk.payments("gym")
    assert (order["id"], order["amount_cents"], order["pick_up_code"]) == (purchase["order_id"], 9_000, purchase["pick_up_code"])
    assert (payment["state"], payment["amount_cents"], payment["attempts"]) == ("sent", 9_000, 1)
    assert (await walk.reads("gym", f"/v1/bills/{bill['id']}"))["state"] == "paid"
    assert (await walk.reads("ana", f"/v1/purchases/{purchase['id']}"))["state"] == "closed"
    budget = await walk.budget()
    assert (budget["spent_cents"], budget["encumbered_cents"], budget["available_cents"]) == (9_000, 0, RELEASED_CENTS - 9_000)

    program = str(walk.town.program.id)
    (settlement,) = (await walk.reads("auditor", "/v1/ledger/entries", program_id=program, kind="settlement"))["items"]
    again = await walk.reads("auditor", f"/v1/ledger/entries/{settlement['id']}", program_id=program)
    cause, decided = again["cause"], again["cause"]["decision"]["rulebook"]
    assert [line["account"] for line in again["lines"]] == ["transit:stripe", "cash.processor"]
    assert (cause["purchase"]["id"], cause["bill"]["id"], cause["payment"]["id"]) == (purchase["id"], bill["id"], payment["id"])
    assert [(one["to"], one["by"], one["role"]) for one in cause["approvals"]] == [("purchase", str(walk.town.ids["broker"]), "broker")]
    rulebook = await walk.reads("auditor", f"/v1/rulebooks/{decided['name']}/versions/{decided['version']}")
    assert rulebook["hash"] == decided["hash"]
    await walk.proves_the_books()


async def test_what_is_delivered_in_parts_is_billed_and_paid_in_parts(walk):
    lessons = await walk.requests("school.lesson", quantity=5)
    assert lessons["state"] == "approved"
    await walk.delivers("school", lessons, quantity=2)
    await walk.moves("ana", lessons, "confirm")
    first = await walk.bills("school", lessons, 2_000, final=False)
    await walk.delivers("school", lessons, quantity="2.5")
    early = await walk.bills("school", lessons, 3_000)
    await walk.moves("ana", lessons, "confirm")
    await walk.works()
    waits = await walk.reads("school", f"/v1/bills/{early['id']}")
    await walk.delivers("school", lessons)
    assert (await walk.moves("ana", lessons, "confirm"))["state"] == "delivered"
    await walk.works()

    assert (first["state"], early["state"], waits["state"]) == ("accepted", "received", "received")
    assert [reason["rule"] for reason in waits["held_because"]] == ["delivery"]
    assert sorted(payment["amount_cents"] for payment in await walk.payments("school")) == [2_000, 3_000]
    closed = await walk.reads("ana", f"/v1/purchases/{lessons['id']}")
    assert (closed["state"], closed["spent_cents"], closed["left_cents"]) == ("closed", 5_000, 0)
    await walk.proves_the_books()


async def test_the_final_bill_gives_back_what_it_did_not_need(walk):
    lessons = await walk.orders_and_receives("school.lesson", quantity=5)
    bill = await walk.bills("school", lessons, 4_000)
    await walk.works()

    budget = await walk.budget()
    assert (bill["state"], budget["spent_cents"], budget["encumbered_cents"]) == ("accepted", 4_000, 0)
    assert budget["available_cents"] == RELEASED_CENTS - 4_000
    assert (await walk.post("school", "/v1/bills", walk.bill("school", lessons, 1_000))).status_code == 409
    await walk.proves_the_books()


async def test_a_bill_a_little_above_is_paid_within_the_tolerance_once(walk):
    lessons = await walk.orders_and_receives("school.lesson", quantity=5)
    bill = await walk.bills("school", lessons, 5_080)
    await walk.works()

    budget = await walk.budget()
    assert (bill["state"], budget["spent_cents"]) == ("accepted", 5_080)
    assert [payment["amount_cents"] for payment in await walk.payments("school")] == [5_080]
    assert budget["available_cents"] == RELEASED_CENTS - 5_080
    await walk.proves_the_books()


async def test_a_bill_far_above_waits_for_the_broker_whose_yes_sets_more_aside(walk):
    lessons = await walk.orders_and_receives("school.lesson", quantity=5)
    held = await walk.bills("school", lessons, 6_000)
    accepted = await walk.does("broker", f"/v1/bills/{held['id']}/approve", {"note": "one more lesson was needed"})
    await walk.works()

    assert (held["state"], [reason["rule"] for reason in held["held_because"]]) == (
        "held",
        ["R02", "delivery"][: len(held["held_because"])],
    )
    assert accepted["state"] == "accepted"
    budget = await walk.budget()
    assert (budget["spent_cents"], budget["available_cents"]) == (6_000, RELEASED_CENTS - 6_000)
    await walk.proves_the_books()


async def test_a_disputed_delivery_is_not_paid_until_it_came_again(walk):
    lessons = await walk.requests("school.lesson", quantity=5)
    await walk.delivers("school", lessons)
    disputed = await walk.moves("ana", lessons, "dispute", reason="nobody came")
    bill = await walk.bills("school", lessons, 5_000)
    await walk.works()
    assert await walk.payments("school") == []
    await walk.delivers("school", lessons)
    await walk.moves("ana", lessons, "confirm")
    await walk.works()

    assert [one["state"] for one in disputed["deliveries"]] == ["disputed"]
    assert bill["state"] == "received"
    assert [payment["amount_cents"] for payment in await walk.payments("school")] == [5_000]
    await walk.proves_the_books()


async def test_a_question_waits_for_its_answer_and_then_for_the_yes(walk):
    purchase = await walk.requests("gym.month")
    asked = await walk.moves("broker", purchase, "ask", question="Which gym is it?")
    budget = await walk.budget()
    answered = await walk.moves("ana", purchase, "answer", answer="The one by the river")
    approved = await walk.moves("broker", purchase, "approve")

    assert [one["state"] for one in (asked, answered, approved)] == ["needs_info", "pending", "approved"]
    assert (budget["waiting_cents"], budget["encumbered_cents"]) == (9_000, 0)
    assert answered["questions"][0]["answer"] == "The one by the river"
    await walk.proves_the_books()


async def test_a_decline_gives_a_reason_in_two_languages_and_a_last_day_to_appeal(walk):
    purchase = await walk.requests("gym.month")
    declined = await walk.moves("broker", purchase, "decline", reason="You have a gym card already")
    notice = await walk.reads("ana", f"/v1/notices/{declined['notice_id']}")

    assert (declined["state"], notice["kind"], notice["appeal_by"]) == ("declined", "decline", "2027-01-13")
    assert set(notice["text"]) == {"en", "es"}
    again = await walk.post("broker", f"/v1/purchases/{purchase['id']}/approve")
    assert (again.status_code, again.json()["open_moves"]) == (409, [])
    assert (await walk.budget())["available_cents"] == RELEASED_CENTS
    await walk.proves_the_books()


async def test_a_denial_tells_every_reason_and_what_would_work(walk):
    denied = await walk.requests("tech.computer", goal_id="no-such-goal", quantity=2)
    notice = await walk.reads("ana", f"/v1/notices/{denied['notice_id']}")

    assert (denied["state"], rules_of(denied)) == ("denied", ["B01", "B02", "G01"])
    assert (notice["kind"], denied["appeal_by"]) == ("denial", notice["appeal_by"])
    assert (await walk.budget())["available_cents"] == RELEASED_CENTS
    await walk.proves_the_books()


async def test_a_big_purchase_needs_two_yeses_and_a_cancel_gives_all_back(walk):
    computer = await walk.requests("tech.computer")
    after_one = await walk.moves("broker", computer, "approve")
    after_two = await walk.moves("director", computer, "approve")
    set_aside = await walk.budget()
    canceled = await walk.moves("ana", computer, "cancel", reason="my sister gave me hers")

    assert (after_one["state"], closers_of(after_one)) == ("pending", {"director"})
    assert (after_two["state"], set_aside["encumbered_cents"]) == ("approved", 52_000)
    budget = await walk.budget()
    assert (canceled["state"], budget["encumbered_cents"], budget["available_cents"]) == ("canceled", 0, RELEASED_CENTS)
    await walk.proves_the_books()


async def test_what_nobody_decides_or_bills_expires_by_the_clock(walk):
    waiting = await walk.requests("gym.month")
    approved = await walk.requests("bus.pass")
    await walk.waits(days=30)
    on_the_last_day = await walk.reads("ana", f"/v1/purchases/{waiting['id']}")
    await walk.waits(days=1)
    after_it = await walk.reads("ana", f"/v1/purchases/{waiting['id']}")
    await walk.waits(days=60)

    assert (on_the_last_day["state"], after_it["state"]) == ("pending", "expired")
    unbilled = await walk.reads("ana", f"/v1/purchases/{approved['id']}")
    assert (unbilled["state"], unbilled["left_cents"]) == ("expired", 0)
    assert (await walk.budget())["encumbered_cents"] == 0
    await walk.proves_the_books()


async def test_a_delivery_with_proof_counts_as_confirmed_after_five_days(walk):
    lessons = await walk.requests("school.lesson", quantity=5)
    await walk.delivers("school", lessons, proof="signed slip 7")
    await walk.bills("school", lessons, 5_000)
    await walk.waits(days=4)
    on_the_fourth_day = await walk.payments("school")
    await walk.waits(days=1)

    assert on_the_fourth_day == []
    assert [payment["state"] for payment in await walk.payments("school")] == ["sent"]
    assert [one["state"] for one in (await walk.reads("ana", f"/v1/purchases/{lessons['id']}"))["deliveries"]] == ["confirmed"]
    await walk.proves_the_books()


async def test_the_worker_releases_the_next_quarter_on_its_first_day(walk):
    before = await walk.budget()
    await walk.waits(days=77, hours=11)
    on_the_last_evening = await walk.budget()
    await walk.waits(hours=2)

    after = await walk.budget()
    assert (before["available_cents"], on_the_last_evening["available_cents"]) == (RELEASED_CENTS, RELEASED_CENTS)
    assert (after["available_cents"], after["unreleased_cents"]) == (RELEASED_CENTS + 40_000, 40_000)
    await walk.proves_the_books()


async def test_a_reversed_bill_is_billed_again_and_paid_once(walk):
    lessons = await walk.orders_and_receives("school.lesson", quantity=5)
    wrong = await walk.bills("school", lessons, 4_500, number="S-1")
    reversed_ = await walk.does("director", f"/v1/bills/{wrong['id']}/reverse", {"reason": "a lesson is missing"})
    right = await walk.bills("school", lessons, 4_500, number="S-1")
    await walk.works()

    assert (wrong["state"], reversed_["state"], right["state"]) == ("accepted", "reversed", "accepted")
    assert [payment["amount_cents"] for payment in await walk.payments("school") if payment["state"] == "sent"] == [4_500]
    assert (await walk.budget())["spent_cents"] == 4_500
    await walk.proves_the_books()
