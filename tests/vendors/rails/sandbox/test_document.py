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


class Judged:
    """A client whose every exchange is kept for the judge."""

    def __init__(self, client):
        self.client = client
        self.exchanges: list[httpx.Response] = []

    async def post(self, path, *, account="", **sent):
        """Send something, for the platform or for a connected account."""
        answer = await self.client.post(path, headers={"Stripe-Account": account} if account else {}, **sent)
        self.exchanges.append(answer)
        return answer.json()

    async def get(self, path, *, account="", **query):
        """Ask something."""
        answer = await self.client.get(path, params=query, headers={"Stripe-Account": account} if account else {})
        self.exchanges.append(answer)
        return answer.json()


async def test_every_call_and_every_answer_is_valid(client):
    judged = Judged(client)
    account = (await judged.post("/v2/core/accounts", json=RECIPIENT))["id"]
    transfer = await move_money(judged, account)
    await pay_out(judged, account, transfer)
    await end(judged, account)

    assert [complaint for answer in judged.exchanges for complaint in document.complaints(answer.request, answer)] == []
    assert sorted({answer.status_code for answer in judged.exchanges}) == [200, 400, 404]
    state = (await client.get("/_sandbox/state")).json()
    assert {route.call for route in ROUTES} == set(state["calls"])
    assert state["complaints"] == []


async def move_money(judged, account):
    await judged.post("/v2/core/account_links", json={"account": account, "use_case": FLOW})
    await judged.post("/v1/webhook_endpoints", data={"url": "http://127.0.0.1:9/x", "enabled_events[0]": "*", "metadata[a]": "b"})
    topup = (await judged.post("/v1/topups", data={"amount": "500", "currency": "usd", "transfer_group": "g", "metadata[pid]": "g"}))["id"]
    sent = {"amount": "300", "currency": "usd", "destination": account}
    transfer = (await judged.post("/v1/transfers", data={**sent, "transfer_group": "g"}))["id"]
    await judged.post(f"/v1/transfers/{transfer}/reversals", data={"amount": "100"})
    await judged.post(f"/v1/transfers/{transfer}/reversals")
    await judged.post("/v1/transfers", data={**sent, "amount": "3000"})
    await judged.get("/v2/core/accounts", limit="5")
    await judged.get(f"/v2/core/accounts/{account}", **{"include[0]": "configuration.recipient"})
    await judged.get("/v1/topups", limit="5", status="succeeded", **{"created[gte]": "1"})
    await judged.get(f"/v1/topups/{topup}")
    await judged.get("/v1/transfers", transfer_group="g", destination=account)
    await judged.get(f"/v1/transfers/{transfer}")
    await judged.get(f"/v1/transfers/{transfer}/reversals", limit="1")
    await judged.get("/v1/transfers/tr_none")
    await judged.get("/v1/balance")
    transactions = (await judged.get("/v1/balance_transactions", type="transfer"))["data"]
    await judged.get(f"/v1/balance_transactions/{transactions[0]['id']}")
    events = (await judged.get("/v1/events", type="transfer.reversed", limit="1"))["data"]
    await judged.get(f"/v1/events/{events[0]['id']}")
    await judged.get("/v1/webhook_endpoints")
    return transfer


async def pay_out(judged, account, transfer):
    await judged.get("/v1/account")
    await judged.get("/v1/account", account=account)
    await judged.get(f"/v1/accounts/{account}/external_accounts", object="bank_account")
    settings = {"payments[payouts][statement_descriptor]": "VENDOR PMT", "payments[payouts][schedule][interval]": "manual"}
    await judged.post("/v1/balance_settings", account=account, data=settings)
    await judged.get("/v1/balance_settings", account=account)
    await judged.post("/v1/transfers", data={"amount": "300", "currency": "usd", "destination": account})
    payout = (await judged.post("/v1/payouts", account=account, data={"amount": "100", "currency": "usd"}))["id"]
    await judged.post(f"/v1/payouts/{payout}/cancel", account=account)
    await judged.get(f"/v1/payouts/{payout}", account=account)
    await judged.get("/v1/payouts", account=account, status="canceled", **{"arrival_date[gte]": "1"})
    await judged.get("/v1/balance_transactions", account=account)
    await judged.post(f"/v1/transfers/{transfer}/reversals", data={"amount": "1"})


async def end(judged, account):
    await judged.client.post("/_sandbox/faults", json={"fault": "top_up_pending"})
    pending = (await judged.post("/v1/topups", data={"amount": "5", "currency": "usd"}))["id"]
    await judged.post(f"/v1/topups/{pending}/cancel")
    await judged.post(f"/v2/core/accounts/{account}", json={**RECIPIENT, "metadata": {"a": "b"}})
    await judged.post(f"/v2/core/accounts/{account}/close", json={})
    closed = (await judged.post("/v2/core/accounts", json=RECIPIENT))["id"]
    await judged.post(f"/v2/core/accounts/{closed}/close", json={"applied_configurations": ["recipient"]})
    thin = (await judged.get("/v2/core/events", limit="1", object_id=account))["data"]
    await judged.get(f"/v2/core/events/{thin[0]['id']}")
    await judged.get("/v2/core/events", limit="1", page=thin[0]["id"], **{"types[0]": "v2.core.account.created"})


@pytest.mark.parametrize(
    "data", [{"amount": "x", "currency": "usd", "destination": "a"}, {"amount": "1", "currency": "usd"}, {"colour": "red"}]
)
async def test_the_judge_is_awake(client, data):
    answer = await client.post("/v1/transfers", data=data)

    assert document.complaints(answer.request, answer)
