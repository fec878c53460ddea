"""Events are signed as Stripe signs them and brought to every endpoint that asked, again if it failed."""

import asyncio

import pytest

from tests.vendors.rails.running import a_payee, an_attempt, fund
from tests.vendors.rails.stripe.canned import answering, http
from vendors.rails.sandbox.accounts import CAPABILITY_CHANGED
from vendors.rails.stripe import StripeRail, StripeSettings

SECRET = "whsec_tests"


async def arrived(canned, count):
    await canned.received(count)
    rail = StripeRail(StripeSettings("sk_test_1", webhook_secrets=(SECRET,)))
    return [rail.parse_event(raw.partition(b"\r\n\r\n")[2], headers_of(raw)) for raw in canned.requests]


def headers_of(raw):
    lines = raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


async def register(client, url):
    (await client.post("/_sandbox/webhooks", json={"url": url, "secret": SECRET})).raise_for_status()


async def test_a_payment_is_told_of_and_the_rail_believes_it(client, rail):
    payee = await a_payee(rail)
    async with answering(http(200)) as canned:
        await register(client, f"{canned.base}/v1/webhooks/stripe")
        await fund(rail, 1_000)
        sent = await rail.send(an_attempt(payee))
        await client.post(f"/_sandbox/transfers/{sent.rail_id}/reverse", json={"amount_cents": 10})
        events = await arrived(canned, 4)

    assert sorted(event.type for event in events) == ["topup.created", "topup.succeeded", "transfer.created", "transfer.reversed"]
    assert {event.object_id for event in events if event.type.startswith("transfer")} == {sent.rail_id}
    assert canned.requests[0].startswith(b"POST /v1/webhooks/stripe ")


async def test_a_vendor_coming_to_life_is_told_of_by_a_thin_event(client, rail):
    payee = await a_payee(rail)
    async with answering(http(200)) as canned:
        await register(client, canned.base)
        await client.post(f"/_sandbox/accounts/{payee}", json={"capability": "restricted"})
        (event,) = await arrived(canned, 1)

    assert (event.type, event.object_id) == (CAPABILITY_CHANGED, payee)


async def test_an_event_that_was_not_taken_comes_again(client, rail):
    payee = await a_payee(rail)
    async with answering(http(500)) as canned:
        await register(client, canned.base)
        await client.post(f"/_sandbox/accounts/{payee}", json={"capability": "active"})
        first, second = await arrived(canned, 2)

    assert first == second


async def test_only_the_types_asked_for_are_brought(client, rail):
    async with answering(http(200)) as canned:
        data = {"url": canned.base, "enabled_events[]": "topup.succeeded"}
        endpoint = (await client.post("/v1/webhook_endpoints", data=data)).json()
        await fund(rail, 1_000)
        await canned.received(1)
        await asyncio.sleep(0.1)

    assert len(canned.requests) == 1
    rail = StripeRail(StripeSettings("sk_test_1", webhook_secrets=(endpoint["secret"],)))
    assert rail.parse_event(canned.body.encode(), canned.headers).type == "topup.succeeded"


async def test_the_secret_is_shown_once(client):
    await client.post("/v1/webhook_endpoints", data={"url": "http://127.0.0.1:9/x", "enabled_events[]": "*"})

    (endpoint,) = (await client.get("/v1/webhook_endpoints")).json()["data"]
    assert "secret" not in endpoint
    assert "secret" not in (await client.get("/_sandbox/state")).json()["webhooks"][0]


@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "http://example.org/x", "http://10.0.0.1/", "file:///etc/passwd", "http://[", "x"])
async def test_the_sandbox_calls_this_machine_only(client, url):
    assert (await client.post("/_sandbox/webhooks", json={"url": url, "secret": SECRET})).status_code == 400


async def test_events_can_be_polled(client, rail):
    await fund(rail, 1_000)

    page = (await client.get("/v1/events", params={"type": "topup.succeeded"})).json()

    assert [event["data"]["object"]["status"] for event in page["data"]] == ["succeeded"]
