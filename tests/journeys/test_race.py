"""Races: many callers at once, in one process and in two, and the money goes once."""

import asyncio
from collections import Counter
from uuid import uuid4

import httpx

from sdc.database import Sessions
from tests.journeys import servers
from tests.journeys.proving import verify_ledger, verify_over_http
from tests.journeys.walking import Client, expected, rules_of

RACERS = 50
CARD_CENTS = 4_500
LEFT_CENTS = 7_000 - CARD_CENTS


async def test_of_fifty_requests_for_the_last_money_one_is_approved_and_nobody_else_fails(walk):
    await race_for_the_last_money([walk])
    await walk.proves_the_books()


async def test_one_request_sent_fifty_times_is_one_purchase(walk):
    await send_one_request_many_times([walk])
    await walk.proves_the_books()


async def test_two_server_processes_on_one_database_spend_the_last_money_once(place, nursery, sandbox, tmp_path):
    url, town = place
    await servers.set_clock(url)
    with servers.running(nursery, url, tmp_path, sandbox=sandbox, count=2) as both:
        async with client(both[0], town) as one, client(both[1], town) as other:
            await race_for_the_last_money([one, other])
            await send_one_request_many_times([one, other])

            await verify_over_http(one)
    sessions = Sessions(url)
    await verify_ledger(sessions)
    await sessions.close()


async def test_approvals_of_one_purchase_at_once_set_its_money_aside_once(walk):
    computer = await walk.requests("tech.computer")
    approve = f"/v1/purchases/{computer['id']}/approve"
    people = ["broker", "director", "other director", "payer"] * 4
    answers = await asyncio.gather(*(walk.post(who, approve) for who in people))

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 409}
    assert 1 <= statuses[200] <= 4  # a director's yes alone is enough, a broker's is not
    approved = await walk.reads("ana", f"/v1/purchases/{computer['id']}")
    assert approved["state"] == "approved"
    assert len({one["by"] for one in approved["approvals"]}) == len(approved["approvals"]) == statuses[200]
    assert (await walk.budget())["encumbered_cents"] == 52_000
    await walk.proves_the_books()


async def test_an_approval_that_races_a_cancel_leaves_nothing_set_aside(walk):
    purchases = {who: await walk.requests("gym.month", who=who) for who in ("ana", "ben")}
    moves = []
    for who, purchase in purchases.items():
        moves += [walk.post("broker", f"/v1/purchases/{purchase['id']}/approve"), walk.post(who, f"/v1/purchases/{purchase['id']}/cancel")]
    answers = await asyncio.gather(*moves)

    assert [answer.status_code for answer in answers[1::2]] == [200, 200]
    assert {answer.status_code for answer in answers[::2]} <= {200, 409}
    for who, purchase in purchases.items():
        assert (await walk.reads(who, f"/v1/purchases/{purchase['id']}"))["state"] == "canceled"
        assert (await walk.budget(who))["encumbered_cents"] == 0
    await walk.proves_the_books()


async def test_bills_that_race_for_one_authorisation_take_it_once(walk):
    lessons = await walk.orders_and_receives("school.lesson", quantity=5)
    bodies = [walk.bill("school", lessons, 5_000, final=False) for _ in range(10)]
    answers = await asyncio.gather(*(walk.post("school", "/v1/bills", body) for body in bodies))
    await walk.works()

    assert {answer.status_code for answer in answers} <= {201, 409}
    states = Counter(answer.json()["state"] for answer in answers if answer.is_success)
    assert states["accepted"] == 1
    assert set(states) <= {"accepted", "held", "received"}
    assert [payment["amount_cents"] for payment in await walk.payments("school")] == [5_000]
    assert (await walk.budget())["spent_cents"] == 5_000
    await walk.proves_the_books()


async def test_the_same_bill_number_sent_by_many_at_once_is_one_bill(walk):
    lessons = await walk.orders_and_receives("school.lesson", quantity=5)
    body = walk.bill("school", lessons, 1_000, final=False)
    answers = await asyncio.gather(*(walk.post("school", "/v1/bills", body) for _ in range(10)))
    await walk.works()

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Counter(answer.json()["state"] for answer in answers if answer.is_success)["accepted"] == 1
    assert [payment["amount_cents"] for payment in await walk.payments("school")] == [1_000]
    await walk.proves_the_books()


async def test_confirmations_and_disputes_at_once_leave_each_delivery_one_or_the_other(walk):
    lessons = await walk.requests("school.lesson", quantity=5)
    for _ in range(5):
        order = await walk.delivers("school", lessons, quantity=1)
    path = f"/v1/purchases/{lessons['id']}"
    calls = []
    for delivery in order["deliveries"]:
        here = {"delivery_id": delivery["id"]}
        calls += [walk.post("ana", f"{path}/confirm", here) for _ in range(3)]
        calls += [walk.post("ana", f"{path}/dispute", here | {"reason": "it did not come"}) for _ in range(3)]
    answers = await asyncio.gather(*calls)

    assert {answer.status_code for answer in answers} <= {200, 409}
    after = await walk.reads("ana", path)
    states = Counter(delivery["state"] for delivery in after["deliveries"])
    assert states["confirmed"] + states["disputed"] == 5
    assert (after["state"] == "delivered") == (states["confirmed"] == 5)
    await walk.works()
    await walk.proves_the_books()


async def race_for_the_last_money(clients: list[Client]) -> None:
    """Ask fifty times for what the budget holds once, while somebody else buys something, and see who got what."""
    town = clients[0].town
    body = town.request("bus.card", member="dora")
    calls = [clients[number % len(clients)].post("dora", "/v1/purchases", body) for number in range(RACERS)]
    calls.insert(RACERS // 2, clients[0].post("ben", "/v1/purchases", town.request("bus.pass", member="ben")))
    answers = await asyncio.gather(*calls)
    unrelated = answers.pop(RACERS // 2)

    assert Counter(answer.status_code for answer in answers) == {201: RACERS}
    assert expected(unrelated)["state"] == "approved"
    purchases = [answer.json() for answer in answers]
    assert Counter(purchase["state"] for purchase in purchases) == {"approved": 1, "denied": RACERS - 1}
    assert all(rules_of(purchase) == ["B01"] and purchase["notice_id"] for purchase in purchases if purchase["state"] == "denied")
    budget = await clients[0].budget("dora")
    assert (budget["available_cents"], budget["encumbered_cents"]) == (LEFT_CENTS, CARD_CENTS)


async def send_one_request_many_times(clients: list[Client]) -> None:
    """Send one request with one key again and again at once, then once more: there is one purchase."""
    town, key = clients[0].town, uuid4().hex
    body = town.request("bus.pass", member="cleo")
    calls = [clients[number % len(clients)].post("cleo", "/v1/purchases", body, key=key) for number in range(RACERS)]
    answers = await asyncio.gather(*calls)
    last = await clients[-1].post("cleo", "/v1/purchases", body, key=key)

    assert {answer.status_code for answer in answers} <= {201, 409}
    twins = [answer for answer in answers if answer.status_code == 409]
    assert all(twin.json()["type"] == "/problems/still-running" and "retry-after" in twin.headers for twin in twins)
    told = {answer.text for answer in answers if answer.status_code == 201}
    assert told == {last.text}
    assert last.headers["idempotency-replayed"] == "true"
    assert len((await clients[0].reads("cleo", "/v1/purchases"))["items"]) == 1
    assert (await clients[0].budget("cleo"))["encumbered_cents"] == 5_000


class client:  # noqa: N801 - reads as the statement it is
    """Be everybody of a town at one server."""

    def __init__(self, server: servers.Server, town) -> None:
        limits = httpx.Limits(max_connections=100)
        self.http = httpx.AsyncClient(base_url=server.url, timeout=60, limits=limits, trust_env=False)
        self.town = town

    async def __aenter__(self) -> Client:
        """Open."""
        return Client(self.http, self.town)

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.http.aclose()
