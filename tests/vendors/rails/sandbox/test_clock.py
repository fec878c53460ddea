"""The sandbox has a clock of its own: links and keys grow old by it, and it outlives the process."""

import signal

import httpx
import pytest

from tests.vendors.rails.running import KEY, PLAIN, a_payee, running, start
from tests.vendors.rails.sandbox.acting import DAY, move_clock, state
from vendors.rails.sandbox.idempotency import KEPT_SECONDS, KEPT_SECONDS_OF_VERSION_2

TOP_UP = {"amount": "5", "currency": "usd"}
RECIPIENT = {"configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}}}
LINK = {"refresh_url": "http://localhost/refresh", "return_url": "http://localhost/back"}


async def top_up(client, key):
    return await client.post("/v1/topups", data=TOP_UP, headers={"Idempotency-Key": key})


async def test_after_a_day_a_key_of_version_1_executes_again(client):
    first = await top_up(client, "k")
    await move_clock(client, seconds=KEPT_SECONDS - 2)
    replayed = await top_up(client, "k")
    await move_clock(client, seconds=2)
    anew = await top_up(client, "k")

    assert (replayed.json(), replayed.headers["idempotent-replayed"]) == (first.json(), "true")
    assert anew.json()["id"] != first.json()["id"]
    assert len((await state(client))["topups"]) == 2


async def test_a_key_of_version_2_is_kept_for_thirty_days_and_only_where_the_call_succeeded(client):
    async def make(key, body):
        return await client.post("/v2/core/accounts", json=body, headers={"Idempotency-Key": key})

    first = (await make("k", RECIPIENT)).json()["id"]
    await move_clock(client, seconds=KEPT_SECONDS_OF_VERSION_2 - 2)
    replayed = await make("k", RECIPIENT)
    other = await make("k", {**RECIPIENT, "dashboard": "full"})
    await move_clock(client, seconds=2)
    anew = (await make("k", RECIPIENT)).json()["id"]

    assert (replayed.json()["id"], replayed.headers["idempotent-replayed"]) == (first, "true")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert anew != first


async def test_a_failure_of_version_2_executes_again_under_the_same_key(client):
    link = {"account": "acct_none", "use_case": {"type": "account_onboarding", "account_onboarding": LINK}}
    headers = {"Idempotency-Key": "k"}

    refused = await client.post("/v2/core/account_links", json=link, headers=headers)
    again = await client.post("/v2/core/account_links", json={**link, "account": await an_account(client)}, headers=headers)

    assert (refused.status_code, again.status_code) == (404, 200)


async def an_account(client):
    return (await client.post("/v2/core/accounts", json=RECIPIENT)).json()["id"]


async def test_a_key_is_the_account_s_own(client):
    account = await an_account(client)
    await top_up(client, "k")

    answer = await client.post(
        "/v1/balance_settings",
        data={"payments[debit_negative_balances]": "true"},
        headers={"Idempotency-Key": "k", "Stripe-Account": account},
    )

    assert answer.status_code == 200


async def test_a_key_longer_than_stripe_takes_is_refused(client):
    assert (await top_up(client, "k" * 256)).status_code == 400
    assert (await top_up(client, "k" * 255)).status_code == 200


async def test_a_link_grows_old_by_this_clock(client, rail):
    link = await rail.onboarding_url(await a_payee(rail), **LINK)
    await move_clock(client, seconds=301)

    async with httpx.AsyncClient(verify=PLAIN) as browser:
        assert (await browser.get(link)).headers["location"] == LINK["refresh_url"]


async def test_the_clock_goes_to_an_instant_and_never_back(client):
    now = (await client.get("/_sandbox/clock")).json()["now"]

    ahead = (await client.post("/_sandbox/clock", json={"now": now + 10 * DAY})).json()
    written = (await client.post("/_sandbox/clock", json={"now": "2035-01-01T00:00:00Z"})).json()

    assert 10 * DAY <= ahead["ahead_seconds"] < 10 * DAY + 5
    assert written["instant"][:16] == "2035-01-01T00:00"
    assert 0 <= written["now"] - 2_051_222_400 < 5
    for back in (
        {"now": now},
        {"advance_seconds": -1},
        {"now": "2001-01-01T00:00:00Z"},
        {},
        {"now": now, "advance_seconds": 1},
        {"now": "x"},
    ):
        assert (await client.post("/_sandbox/clock", json=back)).status_code == 400


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
def test_what_is_still_to_come_comes_although_the_process_died(tmp_path, kill):
    bearer = {"Authorization": f"Bearer {KEY}"}
    process, base = start(tmp_path / "sandbox.db")
    with httpx.Client(base_url=base, headers=bearer, verify=PLAIN) as client:
        client.post("/v1/topups", data={"amount": "900", "currency": "usd"})
        account = client.post("/v2/core/accounts", json=RECIPIENT).json()["id"]
        client.post("/_sandbox/faults", json={"fault": "top_up_pending", "seconds": 60})
        client.post("/v1/topups", data=TOP_UP)
        client.post("/_sandbox/clock", json={"advance_seconds": 7 * DAY})
        client.post("/v1/transfers", data={"amount": "300", "currency": "usd", "destination": account})
        before = client.get("/_sandbox/clock").json()["ahead_seconds"]
    process.send_signal(kill)
    process.communicate(timeout=10)

    with running(tmp_path / "sandbox.db") as base, httpx.Client(base_url=base, headers=bearer, verify=PLAIN) as client:
        assert client.get("/_sandbox/clock").json()["ahead_seconds"] == before
        client.post("/_sandbox/clock", json={"advance_seconds": 7 * DAY})
        inside = client.get("/_sandbox/state").json()

    assert [one["status"] for one in inside["connected"][account]["payouts"]] == ["paid"]
    assert inside["connected"][account]["balance"] == {"available_cents": 0, "pending_cents": 0}
    assert inside["balance"] == {"available_cents": 605, "pending_cents": 0}
