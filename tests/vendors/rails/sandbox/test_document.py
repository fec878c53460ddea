"""Every endpoint of the sandbox takes what Stripe's document allows, and answers what it promises."""

import httpx
import pytest

from tests.vendors.rails import document
from vendors.rails.sandbox.routes import ROUTES

RECIPIENT = {
    "include": ["configuration.recipient", "defaults", "identity", "requirements"],
    "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
    "dashboard": "express",
    "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
    "identity": {"country": "us", "entity_type": "individual"},
}
FLOW = {"type": "account_onboarding", "account_onboarding": {"refresh_url": "http://localhost/r", "return_url": "http://localhost/b"}}


async def test_every_call_and_every_answer_is_valid(client):
    judged: list[httpx.Response] = []

    async def post(path, **sent):
        judged.append(await client.post(path, **sent))
        return judged[-1].json()

    async def get(path, **query):
        judged.append(await client.get(path, params=query))
        return judged[-1].json()

    account = (await post("/v2/core/accounts", json=RECIPIENT))["id"]
    await post("/v2/core/account_links", json={"account": account, "use_case": FLOW})
    await post("/v1/webhook_endpoints", data={"url": "http://127.0.0.1:9/x", "enabled_events[0]": "*", "metadata[a]": "b"})
    topup = (await post("/v1/topups", data={"amount": "500", "currency": "usd", "transfer_group": "g", "metadata[pid]": "g"}))["id"]
    transfer = (await post("/v1/transfers", data={"amount": "300", "currency": "usd", "destination": account, "transfer_group": "g"}))["id"]
    await post(f"/v1/transfers/{transfer}/reversals", data={"amount": "100"})
    await post(f"/v1/transfers/{transfer}/reversals")
    await post("/v1/transfers", data={"amount": "3000", "currency": "usd", "destination": account})
    await get("/v2/core/accounts", limit="5")
    await get(f"/v2/core/accounts/{account}", **{"include[0]": "configuration.recipient"})
    await get("/v1/topups", limit="5", status="succeeded", **{"created[gte]": "1"})
    await get(f"/v1/topups/{topup}")
    await get("/v1/transfers", transfer_group="g", destination=account)
    await get(f"/v1/transfers/{transfer}")
    await get("/v1/balance")
    transactions = (await get("/v1/balance_transactions", type="transfer"))["data"]
    await get(f"/v1/balance_transactions/{transactions[0]['id']}")
    events = (await get("/v1/events", type="transfer.reversed", limit="1"))["data"]
    await get(f"/v1/events/{events[0]['id']}")
    await get("/v1/webhook_endpoints")
    await get("/v1/transfers/tr_none")

    assert [complaint for answer in judged for complaint in document.complaints(answer.request, answer)] == []
    assert sorted({answer.status_code for answer in judged}) == [200, 400, 404]
    assert {route.call for route in ROUTES} == set((await client.get("/_sandbox/state")).json()["calls"])


@pytest.mark.parametrize(
    "data", [{"amount": "x", "currency": "usd", "destination": "a"}, {"amount": "1", "currency": "usd"}, {"colour": "red"}]
)
async def test_the_judge_is_awake(client, data):
    answer = await client.post("/v1/transfers", data=data)

    assert document.complaints(answer.request, answer)
