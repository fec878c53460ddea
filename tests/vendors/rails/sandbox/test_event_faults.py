"""Events go astray on demand: twice, late, out of order, never, badly signed or with a wrong time."""

import asyncio
import time

import pytest

from tests.vendors.rails.running import fund
from tests.vendors.rails.sandbox.acting import plan, state
from tests.vendors.rails.stripe.canned import answering, http
from vendors import ForgedEventError
from vendors.rails.stripe import StripeRail, StripeSettings

SECRET, THIN_SECRET = "whsec_tests", "whsec_thin"


@pytest.fixture
async def receiver(client):
    async with answering(http(200)) as canned:
        wanted = {"url": canned.base, "secret": SECRET, "thin_secret": THIN_SECRET}
        (await client.post("/_sandbox/webhooks", json=wanted)).raise_for_status()
        yield canned


def read(raw, *secrets):
    rail = StripeRail(StripeSettings("sk_test_1", webhook_secrets=secrets or (SECRET,)))
    head, _, body = raw.partition(b"\r\n\r\n")
    return rail.parse_event(body, dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:]))


async def types(receiver, count):
    await receiver.received(count)
    return [read(raw).type for raw in receiver.requests]


async def test_an_event_may_come_twice(client, rail, receiver):
    await plan(client, fault="duplicate", type="topup.succeeded")
    await fund(rail, 1_000)
    await receiver.received(3)

    ids = [read(raw).id for raw in receiver.requests if read(raw).type == "topup.succeeded"]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_an_event_may_come_after_the_one_that_followed_it(client, rail, receiver):
    await plan(client, fault="reorder", type="topup.created")
    await fund(rail, 1_000)

    assert await types(receiver, 2) == ["topup.succeeded", "topup.created"]


async def test_an_event_held_back_comes_although_no_other_follows(client, rail, receiver):
    await plan(client, fault="reorder", type="topup.succeeded", seconds=1)
    await fund(rail, 1_000)

    assert await types(receiver, 2) == ["topup.created", "topup.succeeded"]


async def test_an_event_may_come_late(client, rail, receiver):
    await plan(client, fault="delay", type="topup.created", seconds=1)
    began = time.monotonic()
    await fund(rail, 1_000)

    assert await types(receiver, 2) == ["topup.succeeded", "topup.created"]
    assert time.monotonic() - began >= 1


async def test_an_event_may_never_come_but_can_be_polled(client, rail, receiver):
    await plan(client, fault="drop", type="topup.created")
    await fund(rail, 1_000)
    seen = await types(receiver, 1)
    await asyncio.sleep(0.05)

    assert seen == ["topup.succeeded"]
    assert len(receiver.requests) == 1
    assert [one["type"] for one in (await state(client))["events"]] == ["topup.created", "topup.succeeded"]


@pytest.mark.parametrize("fault", ["corrupt", "stale", "future"])
async def test_an_event_may_be_one_that_must_not_be_believed(client, rail, receiver, fault):
    await plan(client, fault=fault, type="topup.created")
    await fund(rail, 1_000)
    await receiver.received(2)

    refused = []
    for raw in receiver.requests:
        try:
            read(raw)
        except ForgedEventError:
            refused.append(raw)
    assert len(refused) == 1
    assert b'"topup.created"' in refused[0]


async def test_thin_events_are_signed_with_a_secret_of_their_own(client, receiver):
    await client.post("/v2/core/accounts", json={"configuration": {"recipient": {}}})
    await receiver.received(1)

    with pytest.raises(ForgedEventError):
        read(receiver.requests[0], SECRET)
    assert read(receiver.requests[0], THIN_SECRET).type == "v2.core.account.created"


async def test_an_endpoint_may_want_the_events_of_connected_accounts_only(client, rail):
    async with answering(http(200)) as canned:
        data = {"url": canned.base, "enabled_events[]": "*", "connect": "true"}
        secret = (await client.post("/v1/webhook_endpoints", data=data)).json()["secret"]
        await fund(rail, 1_000)
        account = (await client.post("/v2/core/accounts", json={"configuration": {"recipient": {}}})).json()["id"]
        await client.post(f"/_sandbox/accounts/{account}/bank")
        await canned.received(1)

    assert [read(raw, secret).type for raw in canned.requests] == ["account.external_account.created"]
