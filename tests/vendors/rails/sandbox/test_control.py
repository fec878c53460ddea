"""The sandbox's own calls: what is inside, and what Stripe or a bank would do on its own."""

import pytest

from tests.vendors.rails.running import a_payee, an_attempt, fund
from vendors.rails.sandbox.world import API_VERSION


async def state(client):
    return (await client.get("/_sandbox/state")).json()


async def test_it_says_what_it_is(client):
    assert (await client.get("/_sandbox")).json() == {"sandbox": "stripe", "api_version": API_VERSION}


async def test_the_state_shows_all_objects_and_the_balance_in_cents(client, rail):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail), 1_200)
    sent = await rail.send(attempt)

    seen = await state(client)

    assert seen["balance"] == {"available_cents": 3_800, "pending_cents": 0}
    assert [(one["id"], one["amount"], one["transfer_group"]) for one in seen["transfers"]] == [
        (sent.rail_id, 1_200, attempt.payment_reference)
    ]
    assert [one["id"] for one in seen["accounts"]] == [attempt.payee_id]
    assert [one["status"] for one in seen["topups"]] == ["succeeded"]
    assert [one["net"] for one in seen["balance_transactions"]] == [5_000, -1_200]
    assert (seen["requests"], seen["calls"]["POST /v1/transfers"]) == (3, 1)


async def test_a_transfer_is_reversed_in_part_and_then_whole(client, rail):
    await fund(rail, 1_000)
    sent = await rail.send(an_attempt(await a_payee(rail)))

    part = await client.post(f"/_sandbox/transfers/{sent.rail_id}/reverse", json={"amount_cents": 400})
    rest = await client.post(f"/_sandbox/transfers/{sent.rail_id}/reverse")
    more = await client.post(f"/_sandbox/transfers/{sent.rail_id}/reverse", json={"amount_cents": 1})

    assert (part.json()["amount"], rest.json()["amount"], more.status_code) == (400, 600, 400)
    (transfer,) = (await state(client))["transfers"]
    assert (transfer["amount_reversed"], transfer["reversed"], len(transfer["reversals"]["data"])) == (1_000, True, 2)
    assert (await state(client))["balance"]["available_cents"] == 1_000


async def test_a_reset_forgets_everything(client, rail):
    await fund(rail, 1_000)
    await client.post("/_sandbox/faults", json={"on": "POST /v1/topups", "fault": "429"})

    emptied = (await client.post("/_sandbox/reset")).json()

    assert emptied == await state(client)
    assert (emptied["balance"]["available_cents"], emptied["topups"], emptied["faults"], emptied["requests"]) == (0, [], [], 0)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_sandbox/nothing", None, 404),
        ("POST", "/_sandbox/state", {}, 404),
        ("POST", "/_sandbox/settings", {}, 400),
        ("POST", "/_sandbox/settings", {"auto_activate": 7}, 400),
        ("POST", "/_sandbox/webhooks", {"url": "http://127.0.0.1:9"}, 400),
        ("POST", "/_sandbox/accounts/acct_none", {"capability": "active"}, 404),
        ("POST", "/_sandbox/accounts/acct_none", {"capability": "merry"}, 400),
        ("POST", "/_sandbox/transfers/tr_none/reverse", {}, 404),
        ("POST", "/_sandbox/transfers/tr_none/reverse", {"amount_cents": 0}, 400),
        ("POST", "/_sandbox/faults", [], 400),
    ],
)
async def test_what_makes_no_sense_is_refused(client, method, path, body, status):
    assert (await client.request(method, path, json=body)).status_code == status
