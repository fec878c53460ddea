"""A recipient's balance is paid out by the sandbox's clock, arrives or comes back, and the books of both sides add up."""

import pytest
import stripe

from tests.vendors.rails.running import a_payee, an_attempt, fund
from tests.vendors.rails.sandbox.acting import move_clock, plan, state
from vendors.rails.sandbox.schedules import business_day

FRIDAY = 1_767_960_000  # 9 January 2026, 12:00 UTC
MONDAY = 1_768_176_000  # 12 January 2026, 00:00 UTC
DAY = 24 * 60 * 60


@pytest.fixture
async def payee(rail):
    """Give a recipient that has just got 1,000 cents."""
    await fund(rail, 5_000)
    payee = await a_payee(rail)
    await rail.send(an_attempt(payee, 1_000))
    return payee


def for_(payee):
    return {"stripe_account": payee}


async def payouts_of(rail, payee):
    return (await rail._client.v1.payouts.list_async({}, for_(payee))).data


def test_a_business_day_is_no_saturday_and_no_sunday():
    assert business_day(FRIDAY, 1) == MONDAY
    assert business_day(FRIDAY, 2) == MONDAY + DAY
    assert business_day(MONDAY, 0) == MONDAY


async def test_what_was_transferred_is_paid_out_on_the_next_business_day_and_arrives_on_the_one_after(client, rail, payee):
    before = await payouts_of(rail, payee)
    await move_clock(client, days=4)
    (payout,) = await payouts_of(rail, payee)

    assert before == []
    assert (payout.amount, payout.status, payout.automatic, payout.currency) == (1_000, "paid", True, "usd")
    events = (await state(client))["connected"][payee]["events"]
    assert [one["type"] for one in events if one["type"].startswith("payout")] == ["payout.created", "payout.updated", "payout.paid"]
    assert {one["account"] for one in events} == {payee}
    assert [one["data"]["object"]["status"] for one in events if one["type"].startswith("payout")] == ["pending", "in_transit", "paid"]
    moments = [one["created"] for one in events if one["type"].startswith("payout")]
    assert moments == [
        payout.created,
        payout.created + 60 * 60,
        payout.arrival_date,
    ]  # each at its own instant, however late it was looked at
    assert payout.arrival_date == business_day(payout.created, 1)


async def test_a_payout_at_once_has_arrived_when_the_transfer_is_answered(client, rail):
    await client.post("/_sandbox/settings", json={"payouts": "at_once"})
    await fund(rail, 1_000)
    payee = await a_payee(rail)

    await rail.send(an_attempt(payee, 700))

    (payout,) = await payouts_of(rail, payee)
    assert (payout.amount, payout.status) == (700, "paid")


async def test_the_payout_says_which_transfers_it_paid(client, rail, payee):
    second = await rail.send(an_attempt(payee, 500))
    await move_clock(client, days=4)
    await rail.send(an_attempt(payee, 7))
    await move_clock(client, days=4)
    newest, first = await payouts_of(rail, payee)

    paid = (await rail._client.v1.balance_transactions.list_async({"payout": first.id}, for_(payee))).data
    later = (await rail._client.v1.balance_transactions.list_async({"payout": newest.id}, for_(payee))).data

    assert [(one.type, one.net) for one in paid] == [("payout", -1_500), ("payment", 500), ("payment", 1_000)]
    assert [(one.type, one.net) for one in later] == [("payout", -7), ("payment", 7)]
    transfer = await rail._client.v1.transfers.retrieve_async(second.rail_id)
    assert paid[1].source == transfer.destination_payment


@pytest.mark.parametrize(
    ("fault", "seen"), [("payout_fails", ["created", "updated", "failed"]), ("paid_then_failed", ["created", "updated", "paid", "failed"])]
)
async def test_a_payout_that_fails_brings_the_money_back_and_waits_for_another_bank_account(client, rail, payee, fault, seen):
    await plan(client, fault=fault, code="no_account")

    await move_clock(client, days=9)

    (payout,) = await payouts_of(rail, payee)
    assert (payout.status, payout.failure_code) == ("failed", "no_account")
    inside = (await state(client))["connected"][payee]
    assert [one["type"].removeprefix("payout.") for one in inside["events"] if one["type"].startswith("payout.")] == seen
    assert inside["balance"] == {"available_cents": 1_000, "pending_cents": 0}
    assert [(one["type"], one["net"]) for one in inside["balance_transactions"]] == [
        ("payment", 1_000),
        ("payout", -1_000),
        ("payout_failure", 1_000),
    ]
    assert inside["bank_account"]["status"] == "errored"

    await client.post(f"/_sandbox/accounts/{payee}/bank", json={"as": "created"})
    await move_clock(client, days=5)
    assert [one.status for one in await payouts_of(rail, payee)] == ["paid", "failed"]


async def test_a_fault_may_be_for_the_payouts_of_one_recipient(client, rail, payee):
    other = await a_payee(rail)
    await rail.send(an_attempt(other, 10))
    await plan(client, fault="payout_fails", account=other)

    await move_clock(client, days=5)

    assert [one.status for one in await payouts_of(rail, payee)] == ["paid"]
    assert [one.status for one in await payouts_of(rail, other)] == ["failed"]


async def test_payouts_by_hand_are_made_asked_for_and_canceled(client, rail, payee):
    v1 = rail._client.v1
    settings = {"payments": {"payouts": {"schedule": {"interval": "manual"}, "statement_descriptor": "VENDOR PMT"}}}
    kept = await v1.balance_settings.update_async(settings, for_(payee))
    made = await v1.payouts.create_async({"amount": 600, "currency": "usd"}, for_(payee))
    canceled = await v1.payouts.cancel_async(made.id, {}, for_(payee))
    await move_clock(client, days=5)

    assert (kept.payments.payouts.schedule.interval, kept.payments.payouts.statement_descriptor) == ("manual", "VENDOR PMT")
    assert (made.statement_descriptor, made.status, canceled.status) == ("VENDOR PMT", "pending", "canceled")
    assert [one.status for one in await payouts_of(rail, payee)] == ["canceled"]
    assert (await v1.balance.retrieve_async({}, for_(payee))).available[0].amount == 1_000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await v1.payouts.create_async({"amount": 1_001, "currency": "usd"}, for_(payee))
    assert refused.value.code == "balance_insufficient"


async def test_nobody_is_paid_out_who_is_restricted_until_that_is_over(client, rail, payee):
    await client.post(f"/_sandbox/accounts/{payee}", json={"capability": "restricted"})
    await move_clock(client, days=5)
    meanwhile = await payouts_of(rail, payee)
    await client.post(f"/_sandbox/accounts/{payee}", json={"capability": "active"})
    await move_clock(client, days=5)

    assert meanwhile == []
    assert [one.status for one in await payouts_of(rail, payee)] == ["paid"]


async def test_a_reversal_needs_what_the_recipient_still_has(client, rail, payee):
    transfer = (await rail._client.v1.transfers.list_async({"destination": payee})).data[0]
    await rail._client.v1.transfers.reversals.create_async(transfer.id, {"amount": 300})
    await move_clock(client, days=5)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rail._client.v1.transfers.reversals.create_async(transfer.id, {"amount": 300})

    assert refused.value.code == "balance_insufficient"
    assert [one.amount for one in (await rail._client.v1.transfers.reversals.list_async(transfer.id)).data] == [300]
    assert [one.amount for one in await payouts_of(rail, payee)] == [700]
    forced = await client.post(f"/_sandbox/transfers/{transfer.id}/reverse", json={"amount_cents": 300})
    assert forced.status_code == 200  # Stripe itself may
    assert (await state(client))["connected"][payee]["balance"]["available_cents"] == -300


async def test_a_payout_can_be_moved_by_hand(client, rail, payee):
    payout = await rail._client.v1.payouts.create_async({"amount": 100, "currency": "usd"}, for_(payee))

    moves = [{"status": "in_transit"}, {"status": "paid"}, {"status": "failed", "code": "account_frozen"}]
    seen = [(await client.post(f"/_sandbox/payouts/{payout.id}", json=one)).json()["status"] for one in moves]
    again = await client.post(f"/_sandbox/payouts/{payout.id}", json={"status": "failed"})

    assert (seen, again.status_code) == (["in_transit", "paid", "failed"], 400)


@pytest.mark.parametrize("account", ["acct_none", "acct_sandbox_platform", "x", "../x"])
async def test_no_call_is_made_for_an_account_that_is_not_ours(client, account):
    answer = await client.get("/v1/payouts", headers={"Stripe-Account": account})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "account_invalid")


async def test_only_some_calls_are_made_for_a_connected_account(client, rail, payee):
    answer = await client.get("/v1/transfers", headers={"Stripe-Account": payee})

    assert answer.status_code == 400


@pytest.mark.parametrize("descriptor", ["x" * 23, "1234", "A<B", "A\nB", "Añ", "A*B"])
async def test_a_descriptor_that_no_bank_prints_is_refused(client, rail, payee, descriptor):
    data = {"payments[payouts][statement_descriptor]": descriptor}

    assert (await client.post("/v1/balance_settings", data=data, headers={"Stripe-Account": payee})).status_code == 400
