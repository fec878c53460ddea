"""Bills: what is accepted, what waits and for what, what is rejected, and what becomes of the money."""

import asyncio
from http import HTTPStatus
from uuid import uuid4

import pytest
from sqlalchemy import update

from sdc.auth.principal import Role
from sdc.members.model import Member
from tests.bills.desk import GIVEN, a_desk, expected, rules_of
from tests.builders import a_program, a_staff
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_vendor

RELEASED = 159_600  # two of four quarters
PDF = b"%PDF-1.7 a paper"


async def test_a_bill_for_what_was_confirmed_is_accepted_at_once(desk_on_each):
    desk = desk_on_each
    whole = await desk.order()

    bill = await desk.bills(whole, 4_000)

    assert (bill["state"], bill["held_because"]) == ("accepted", [])
    assert await desk.left(whole) == ("closed", 0)
    assert await desk.balances() == {"unreleased": RELEASED, "available": RELEASED - 4_000, "encumbered": 0, "saved": 0}


async def test_a_final_bill_that_is_lower_gives_back_the_rest(desk):
    whole = await desk.order()

    await desk.bills(whole, 3_450)

    assert await desk.left(whole) == ("closed", 0)
    assert (await desk.balances())["available"] == RELEASED - 3_450


async def test_bills_that_are_not_final_leave_the_rest_set_aside(desk):
    whole = await desk.order(1_000, quantity=3)

    for _ in range(2):
        assert (await desk.bills(whole, 1_000, final=False))["state"] == "accepted"

    assert await desk.left(whole) == ("delivered", 1_000)
    assert (await desk.bills(whole, 1_000, final=False))["state"] == "accepted"
    assert await desk.left(whole) == ("closed", 0)


async def test_a_small_excess_comes_from_available_once_a_purchase(desk):
    whole = await desk.order(1_000, quantity=3)
    await desk.bills(whole, 1_000, final=False)

    assert (await desk.bills(whole, 2_060, final=False))["state"] == "accepted"

    assert (await desk.balances())["available"] == RELEASED - 3_060


async def test_an_excess_over_the_tolerance_waits_for_the_broker_who_adds_it(desk_on_each):
    desk = desk_on_each
    whole = await desk.order()
    bill = await desk.bills(whole, 4_101)
    assert (bill["state"], rules_of(bill)) == ("held", ["R02"])
    assert bill["held_because"][0]["closed_by"] == {"role": "broker"}

    approved = expected(await desk.post("broker", f"/v1/bills/{bill['id']}/approve", {"note": "they agreed"}))

    assert approved["state"] == "accepted"
    assert await desk.balances() == {"unreleased": RELEASED, "available": RELEASED - 4_101, "encumbered": 0, "saved": 0}


async def test_the_yes_of_who_sent_the_bill_does_not_count_and_is_not_given_twice(desk):
    whole = await desk.order()
    bill = await desk.bills(whole, 4_101, who="broker")

    held = expected(await desk.post("broker", f"/v1/bills/{bill['id']}/approve"))
    again = await desk.post("broker", f"/v1/bills/{bill['id']}/approve")
    by_director = expected(await desk.post("director", f"/v1/bills/{bill['id']}/approve"))

    assert (held["state"], again.status_code, by_director["state"]) == ("held", HTTPStatus.CONFLICT, "accepted")


async def test_an_excess_for_which_no_money_is_left_waits_and_is_looked_at_every_day(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served, budget_cents=8_000)  # 4,000 are released
        whole = await desk.order()
        bill = await desk.bills(whole, 4_050)
        assert (bill["state"], rules_of(bill)) == ("held", ["money"])

        served.clock.move(days=40)
        await desk.works()
        assert rules_of(await desk.bill(bill)) == ["V04"]  # screened too long ago by now
        served.clock.move(days=45)
        await desk.changes_vendor(screened_on=served.clock.now().date())
        await desk.works()  # another quarter is released
        expected(await desk.post("director", f"/v1/bills/{bill['id']}/approve"))

        assert (await desk.bill(bill))["state"] in {"accepted", "paid"}
        assert (await desk.balances())["available"] == 2_000 - 50


async def test_a_bill_before_its_delivery_is_received_and_accepted_once_that_is_confirmed(desk_on_each):
    desk = desk_on_each
    whole = await desk.order(delivered=0)
    bill = await desk.bills(whole, 4_000)
    assert (bill["state"], rules_of(bill)) == ("received", ["delivery"])

    await desk.delivers(whole, 1)

    assert (await desk.bill(bill))["state"] in {"accepted", "paid"}


async def test_bills_never_exceed_the_value_of_what_was_confirmed(desk):
    whole = await desk.order(1_000, quantity=4, delivered=2)
    assert (await desk.bills(whole, 1_000, final=False))["state"] == "accepted"

    assert (await desk.bills(whole, 1_101, final=False))["state"] == "received"


async def test_what_a_final_bill_leaves_is_not_given_back_while_another_bill_waits(desk):
    whole = await desk.order(1_000, quantity=2, delivered=1)
    waiting = await desk.bills(whole, 1_000, final=False, business=None)
    await desk.bills(whole, 500)
    assert await desk.left(whole) == ("approved", 1_500)

    expected(await desk.post("director", f"/v1/bills/{waiting['id']}/reject", {"reason": "not delivered"}))

    assert await desk.left(whole) == ("closed", 0)
    assert (await desk.balances())["available"] == RELEASED - 500


async def test_a_number_that_was_accepted_before_is_rejected_by_the_rulebook(desk):
    await desk.bills(await desk.order(), 4_000, number="A-1")
    whole = await desk.order(3_000, title="Bus card")

    bill = await desk.bills(whole, 3_000, number="A-1")

    assert (bill["state"], rules_of(bill)) == ("rejected", ["U04"])
    assert (await desk.bills(whole, 3_000, number="A-2"))["state"] == "accepted"


async def test_a_number_that_waits_is_not_taken_a_second_time(desk):
    whole = await desk.order(delivered=0)
    await desk.bills(whole, 4_000, number="A-1")

    assert (await desk.sends(whole, 4_000, number="A-1")).status_code == HTTPStatus.CONFLICT


async def test_the_number_of_a_rejected_bill_is_free_again(desk):
    whole = await desk.order(delivered=0)
    bill = await desk.bills(whole, 4_000, number="A-1")
    rejected = expected(await desk.post("broker", f"/v1/bills/{bill['id']}/reject", {"reason": "the wrong order"}))

    again = await desk.bills(whole, 4_000, number="A-1")

    assert (rejected["state"], rejected["held_because"][0]["message"]) == ("rejected", "the wrong order")
    assert again["state"] == "received"


async def test_a_bill_that_says_too_little_waits_for_a_paper_that_says_the_rest(desk):
    whole = await desk.order()
    bill = await desk.bills(whole, 4_000, business=None, description=None)
    assert (bill["state"], rules_of(bill)) == ("held", ["R03"])

    answer = await uploads(desk, bill, {"kind": "receipt", "business": "Corner Gym", "description": "a pass"})

    assert answer.status_code == HTTPStatus.CREATED, answer.text
    assert answer.json()["bill"]["state"] == "accepted"
    paper = await desk.served.get(f"/v1/documents/{answer.json()['document']['id']}", desk.tokens["broker"])
    assert (paper.content, paper.headers["content-type"]) == (PDF, "application/pdf")
    assert paper.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("data", "content", "status"),
    [
        ({"kind": "receipt"}, b"MZ an executable", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ({"kind": "receipt"}, b"", HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"kind": "diary"}, PDF, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"kind": "receipt", "note": "x"}, PDF, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"kind": "receipt", "business": "a\u202eb"}, PDF, HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
async def test_an_upload_that_is_no_paper_is_refused(desk, data, content, status):
    bill = await desk.bills(await desk.order(delivered=0), 4_000)

    assert (await uploads(desk, bill, data, content)).status_code == status


async def test_an_upload_as_json_is_not_taken(desk):
    bill = await desk.bills(await desk.order(delivered=0), 4_000)

    assert (await desk.post("vendor", f"/v1/bills/{bill['id']}/documents")).status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize(
    ("before", "rule", "after"),
    [
        ({"has_tax_form": False}, "V02", "tax-form"),
        ({"screened_on": None}, "V04", "screenings"),
        ({"is_payable": False, "payee_id": None}, "V07", "onboarding"),
    ],
)
async def test_a_bill_of_a_vendor_that_is_not_ready_goes_on_once_it_is(desk, before, rule, after):
    await desk.changes_vendor(**before)
    bill = await desk.bills(await desk.order(), 4_000)
    assert (bill["state"], rules_of(bill)) == ("held", [rule])

    body = {"list": "leie", "list_date": "2026-10-08", "result": "clear"} if after == "screenings" else None
    expected(await desk.post("admin", f"/v1/vendors/{desk.vendor.id}/{after}", body))
    await desk.works()

    assert (await desk.bill(bill))["state"] in {"accepted", "paid"}


async def test_a_bill_of_an_excluded_vendor_is_rejected(desk):
    whole = await desk.order()
    await desk.changes_vendor(on_leie=True)

    assert rules_of(await desk.bills(whole, 4_000)) == ["V03"]


async def test_a_bill_that_came_too_late_is_rejected(desk):
    whole = await desk.order(delivered=0)
    await desk.bills(whole, 3_999, final=False)  # a bill that waits keeps the order open
    desk.served.clock.move(days=91)

    assert rules_of(await desk.bills(whole, 1)) == ["D03"]


async def test_a_reversed_bill_leaves_its_money_set_aside_and_may_be_sent_anew(desk_on_each):
    desk = desk_on_each
    whole = await desk.order()
    bill = await desk.bills(whole, 4_000, number="A-1")

    undone = expected(await desk.post("director", f"/v1/bills/{bill['id']}/reverse", {"reason": "the wrong amount"}))

    assert undone["state"] == "reversed"
    assert await desk.left(whole) == ("delivered", 4_000)
    assert (await desk.bills(whole, 3_000, number="A-1"))["state"] == "accepted"
    assert (await desk.balances())["available"] == RELEASED - 3_000


async def test_a_bill_reversed_after_its_purchase_expired_leaves_nothing_set_aside(desk_on_each):
    desk = desk_on_each
    whole = await desk.order(1_000, quantity=3, delivered=2)
    bill = await desk.bills(whole, 1_500, final=False)
    await desk.post("admin", "/v1/payments/pause")
    desk.served.clock.move(days=200)
    await desk.works()
    assert await desk.left(whole) == ("expired", 0)
    available = (await desk.balances())["available"]

    undone = expected(await desk.post("director", f"/v1/bills/{bill['id']}/reverse", {"reason": "the wrong amount"}))

    assert undone["state"] == "reversed"
    assert await desk.left(whole) == ("expired", 0)
    balances = await desk.balances()
    assert (balances["encumbered"], balances["available"]) == (0, available + 1_500)


async def test_the_tolerance_alone_pays_nothing_that_has_not_come(desk):
    whole = await desk.order(delivered=0)

    bill = await desk.bills(whole, 100, final=False)

    assert (bill["state"], rules_of(bill)) == ("received", ["delivery"])


async def test_a_move_that_is_not_open_says_which_are(desk):
    bill = await desk.bills(await desk.order(delivered=0), 4_000)

    refused = await desk.post("director", f"/v1/bills/{bill['id']}/reverse", {"reason": "a reason"})

    assert refused.status_code == HTTPStatus.CONFLICT
    assert refused.json()["open_moves"] == ["approve", "documents", "reject"]


async def test_an_order_that_is_closed_takes_no_bill(desk):
    whole = await desk.order()
    await desk.bills(whole, 4_000)

    assert (await desk.sends(whole, 1)).status_code == HTTPStatus.CONFLICT


async def test_the_same_bill_fifty_times_at_once_is_one_bill(desk_on_each):
    desk = desk_on_each
    whole = await desk.order()
    body = {"order_id": str(whole.purchase.order_id), "number": "A-1", "amount_cents": 4_000}

    answers = await asyncio.gather(*(desk.served.post("/v1/bills", body, desk.tokens["vendor"], key="one") for _ in range(50)))

    statuses = {answer.status_code for answer in answers}
    assert statuses <= {HTTPStatus.CREATED, HTTPStatus.CONFLICT}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == HTTPStatus.CREATED}) == 1


async def test_others_see_nothing_of_a_bill(desk):
    bill = await desk.bills(await desk.order(), 4_000)
    sessions, program = desk.served.sessions, desk.house.program
    other_vendor = await desk.served.token(Role.VENDOR, (await a_vendor(sessions, program)).id)
    other_broker = await desk.served.token(Role.BROKER, (await a_staff(sessions, Role.BROKER, program_ids=[program.id])).id)
    elsewhere = await a_program(sessions)
    other_director = await desk.served.token(Role.DIRECTOR, (await a_staff(sessions, Role.DIRECTOR, program_ids=[elsewhere.id])).id)

    for token in (other_vendor, other_broker, other_director):
        assert (await desk.served.get(f"/v1/bills/{bill['id']}", token)).status_code == HTTPStatus.NOT_FOUND
        assert (await desk.served.get("/v1/bills", token)).json()["items"] == []


async def test_a_stored_answer_is_given_again_only_to_who_may_see_the_bill_today(desk):
    whole = await desk.order()
    body = {"order_id": str(whole.purchase.order_id), "number": "A-1", "amount_cents": 4_000} | GIVEN
    path, token = "/v1/bills", desk.tokens["broker"]
    first, again = [await desk.served.post(path, body, token, key="one") for _ in range(2)]
    async with desk.served.sessions.begin() as session:
        await session.execute(update(Member).where(Member.id == desk.house.member.id).values(broker_id=None))

    later = await desk.served.post(path, body, token, key="one")

    assert (first.status_code, again.json(), later.status_code) == (HTTPStatus.CREATED, first.json(), HTTPStatus.NOT_FOUND)


async def test_nobody_bills_an_order_that_is_not_theirs(desk):
    whole = await desk.order()
    desk.tokens["stranger"] = await desk.served.token(Role.VENDOR, (await a_vendor(desk.served.sessions, desk.house.program)).id)

    assert (await desk.sends(whole, 4_000, who="stranger")).status_code == HTTPStatus.NOT_FOUND
    assert (await desk.sends(whole, 4_000, order_id=str(uuid4()))).status_code == HTTPStatus.NOT_FOUND
    assert (await desk.sends(whole, 4_000, who="member")).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "change", [{"amount_cents": 0}, {"amount_cents": -1}, {"amount_cents": 10**11}, {"amount_cents": 1.0}, {"number": " "}, {"paid": True}]
)
async def test_a_bill_that_makes_no_sense_is_refused(desk, change):
    whole = await desk.order()

    assert (await desk.sends(whole, 4_000, **change)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


async def uploads(desk, bill, data, content=PDF, who="vendor"):
    headers = {"Authorization": f"Bearer {desk.tokens[who]}", "Idempotency-Key": uuid4().hex}
    path = f"/v1/bills/{bill['id']}/documents"
    return await desk.served.http.post(path, data=data, files={"file": ("../../x.pdf", content)}, headers=headers)
