"""What goes wrong on demand: with transfers, top-ups and answers, now or after a number of calls."""

import httpx
import pytest
import stripe

from tests.vendors.rails.running import a_payee, an_attempt, fund
from tests.vendors.rails.sandbox.acting import move_clock, plan, state
from vendors.rails import Busy, Rejected, Sent, Throttled, TopUpRequest, Unknown

TOP_UP = {"amount": "1000", "currency": "usd"}
GROUP = "7a1c7a34-4f0e-4f0e-8d8e-0f6f6d1c2b3a"


@pytest.fixture
async def payee(rail):
    await fund(rail, 5_000)
    return await a_payee(rail)


async def top_up(client, **headers):
    return await client.post("/v1/topups", data=TOP_UP, headers=headers)


async def test_a_recipient_is_restricted_in_the_midst_of_a_batch(client, rail, payee):
    await plan(client, fault="restrict_account", after=2)

    outcomes = [await rail.send(an_attempt(payee, 10)) for _ in range(4)]

    assert [isinstance(one, Sent) for one in outcomes] == [True, True, False, False]
    assert outcomes[2] == Rejected("insufficient_capabilities_for_transfer", retry="vendor")
    assert not (await rail.payee_status(payee)).ready


async def test_funds_run_out_for_as_many_calls_as_planned(client, rail, payee):
    await plan(client, fault="insufficient_funds", times=2)

    outcomes = [await rail.send(an_attempt(payee, 10)) for _ in range(3)]

    assert outcomes[:2] == [Rejected("balance_insufficient", retry="funding")] * 2
    assert isinstance(outcomes[2], Sent)


@pytest.mark.parametrize(
    ("fault", "expected"), [("lock_timeout", Busy), ("409", Busy), ("429", Throttled), ("html_502", Unknown), ("stored_500", Unknown)]
)
async def test_the_rail_reads_each_trouble_for_what_it_is(client, rail, payee, fault, expected):
    await plan(client, on="POST /v1/transfers", fault=fault)

    assert isinstance(await rail.send(an_attempt(payee, 10)), expected)
    assert (await state(client))["transfers"] == []


async def test_a_stored_500_is_replayed_and_one_that_came_after_the_deed_too(client):
    await plan(client, on="POST /v1/topups", fault="stored_500")
    await plan(client, on="POST /v1/topups", fault="500_after")

    nothing_done = [await top_up(client, **{"Idempotency-Key": "a"}) for _ in range(1)]
    done = [await top_up(client, **{"Idempotency-Key": "b"}) for _ in range(2)]
    again = await top_up(client, **{"Idempotency-Key": "a"})

    assert [one.status_code for one in (*nothing_done, *done, again)] == [500] * 4
    assert [one.headers.get("idempotent-replayed") for one in (done[1], again)] == ["true", "true"]
    assert len((await state(client))["topups"]) == 1


async def test_a_top_up_waits_and_then_arrives(client, rail):
    await plan(client, fault="top_up_pending", seconds=3_600)
    made = await rail.top_up(TopUpRequest(GROUP, 700, key="k"))
    before = await rail.funding()
    await move_clock(client, seconds=3_600)

    assert (made.state, before.available_cents, before.pending_cents) == ("pending", 0, 0)
    assert [one.state for one in await rail.find_top_up(GROUP)] == ["settled"]
    assert (await rail.funding()).available_cents == 700


async def test_a_top_up_fails_and_books_nothing(client, rail):
    await plan(client, fault="top_up_fails")
    await rail.top_up(TopUpRequest(GROUP, 700, key="k"))
    await move_clock(client, days=1)

    (topup,) = (await state(client))["topups"]
    assert (topup["status"], topup["failure_code"], topup["balance_transaction"]) == ("failed", "insufficient_funds", None)
    assert (await state(client))["balance_transactions"] == []


async def test_a_top_up_is_taken_back_whatever_is_left(client, rail, payee):
    await plan(client, fault="top_up_reversed", seconds=60)
    await rail.top_up(TopUpRequest(GROUP, 700, key="k"))
    await rail.send(an_attempt(payee, 5_500))
    await move_clock(client, seconds=60)

    inside = await state(client)
    assert inside["topups"][-1]["status"] == "reversed"
    assert (inside["balance_transactions"][-1]["type"], inside["balance_transactions"][-1]["net"]) == ("topup_reversal", -700)
    assert inside["balance"]["available_cents"] == -500
    assert inside["events"][-1]["type"] == "topup.reversed"


async def test_money_that_arrived_may_still_have_to_wait(client, rail, payee):
    await plan(client, fault="top_up_unavailable", seconds=60)
    await rail.top_up(TopUpRequest(GROUP, 700, key="k"))
    before = await rail.funding()
    refused = await rail.send(an_attempt(payee, 5_700))
    await move_clock(client, seconds=60)

    assert (before.available_cents, before.pending_cents) == (5_000, 700)
    assert refused == Rejected("balance_insufficient", retry="funding")
    assert isinstance(await rail.send(an_attempt(payee, 5_700)), Sent)


async def test_a_pending_top_up_is_canceled_and_one_that_arrived_is_not(client, rail):
    topups = rail._client.v1.topups
    await plan(client, fault="top_up_pending")
    pending = await topups.create_async({"amount": 5, "currency": "usd"})
    arrived = await topups.create_async({"amount": 5, "currency": "usd"})

    assert (await topups.cancel_async(pending.id)).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        await topups.cancel_async(arrived.id)
    await move_clock(client, days=2)
    assert (await rail.funding()).available_cents == 5


@pytest.mark.parametrize(("act", "status"), [("settle", "succeeded"), ("fail", "failed"), ("reverse", "pending")])
async def test_a_pending_top_up_can_be_moved_by_hand(client, act, status):
    await plan(client, fault="top_up_pending")
    topup = (await top_up(client)).json()["id"]

    assert (await client.post(f"/_sandbox/topups/{topup}/{act}")).json()["status"] == status


async def test_faults_wait_in_line(client):
    await plan(client, on="POST /v1/topups", fault="429", after=1)
    await plan(client, on="POST /v1/topups", fault="502")

    assert [(await top_up(client)).status_code for _ in range(3)] == [502, 429, 200]


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "429"},
        {"fault": "payout_fails", "on": "POST /v1/transfers"},
        {"fault": "429", "on": "events"},
        {"fault": "drop", "on": "payouts"},
        {"fault": "top_up_pending", "seconds": 0},
        {"fault": "top_up_pending", "seconds": "1"},
        {"fault": "top_up_pending", "after": -1},
        {"fault": "payout_fails", "account": 5},
        {"fault": "payout_fails", "code": ""},
        {"fault": "drop", "account": "acct_1"},
        {"fault": ["drop"]},
        {"fault": "drop", "times": True},
    ],
)
async def test_a_plan_that_cannot_be_is_refused(client, fault):
    answer = await client.post("/_sandbox/faults", json=fault)

    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert (await client.get("/_sandbox/faults")).json() == {"faults": []}
