"""The Stripe rail through the real SDK against the sandbox, over loopback TCP: every outcome of a payment, and every question."""

import asyncio
import warnings
from dataclasses import replace

import pytest

from tests.vendors.rails.running import a_payee, a_rail, a_reference, an_attempt, fund
from vendors import NotAtRailError, PayeeRefusedError, RailClosedError, RailThrottledError, RailUnavailableError
from vendors.rails import Busy, Conflicting, Funding, PayeeRequest, RailDown, Rejected, Sent, Throttled, ToppedUp, TopUpRequest, Unknown


async def plan(client, fault, *, on="POST /v1/transfers", times=1):
    (await client.post("/_sandbox/faults", json={"on": on, "fault": fault, "times": times})).raise_for_status()


async def state(client):
    return (await client.get("/_sandbox/state")).json()


async def test_a_payment_is_sent_and_found(rail):
    await fund(rail, 5_000)
    payee = await a_payee(rail)
    attempt = an_attempt(payee, 1_999)

    sent = await rail.send(attempt)

    assert isinstance(sent, Sent)
    (found,) = await rail.find(attempt.payment_reference)
    assert found == await rail.retrieve(sent.rail_id)
    assert (found.rail_id, found.payment_reference, found.amount_cents) == (sent.rail_id, attempt.payment_reference, 1_999)
    assert (found.payee_id, found.reversed_cents) == (payee, 0)
    assert await rail.funding() == Funding(available_cents=3_001, pending_cents=0)


async def test_the_same_attempt_again_is_the_same_payment(rail, client):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail))

    first, second = await rail.send(attempt), await rail.send(attempt)

    assert first == second
    assert len((await state(client))["transfers"]) == 1


async def test_an_attempt_is_sent_in_the_form_it_was_frozen_in_whatever_a_release_would_say_now(rail, client):
    await fund(rail, 5_000)
    now = an_attempt(await a_payee(rail))
    frozen = replace(now, form={name: value for name, value in now.form.items() if name != "metadata"})

    first, again, anew = await rail.send(frozen), await rail.send(frozen), await rail.send(now)

    assert first == again
    assert [one["metadata"] for one in (await state(client))["transfers"]] == [{}]
    assert isinstance(anew, Conflicting)


async def test_without_funding_a_payment_is_rejected_and_its_key_is_spent(rail):
    attempt = an_attempt(await a_payee(rail))

    first = await rail.send(attempt)
    await fund(rail, 5_000)
    again = await rail.send(attempt)
    anew = await rail.send(an_attempt(attempt.payee_id, reference=attempt.payment_reference, key=f"p:{attempt.payment_reference}:2"))

    assert first == again == Rejected("balance_insufficient", retry="funding")
    assert isinstance(anew, Sent)


async def test_a_restricted_vendor_waits(rail, client):
    await fund(rail, 5_000)
    payee = await a_payee(rail)
    await client.post(f"/_sandbox/accounts/{payee}", json={"capability": "restricted"})

    outcome = await rail.send(an_attempt(payee))

    assert outcome == Rejected("insufficient_capabilities_for_transfer", retry="vendor")


@pytest.mark.parametrize(("capability", "restricted"), [("pending", False), ("restricted", True), ("rejected", True)])
async def test_a_vendor_is_ready_only_while_its_capability_is_active(rail, client, capability, restricted):
    payee = await a_payee(rail)
    before = await rail.payee_status(payee)
    await client.post(f"/_sandbox/accounts/{payee}", json={"capability": capability})

    after = await rail.payee_status(payee)

    assert (before.ready, before.restricted, before.closed, before.reason) == (True, False, False, "")
    assert (after.ready, after.restricted, after.closed) == (False, restricted, False)
    assert after.reason


async def test_a_closed_vendor_is_never_paid(rail, client):
    await fund(rail, 5_000)
    payee = await a_payee(rail)
    await client.post(f"/_sandbox/accounts/{payee}", json={"closed": True})

    assert await rail.send(an_attempt(payee)) == Rejected("account_closed", retry="never")
    assert (await rail.payee_status(payee)).closed


async def test_an_unknown_vendor_is_never_paid(rail):
    assert await rail.send(an_attempt("acct_nobody")) == Rejected("resource_missing", retry="never")
    assert (await rail.payee_status("acct_nobody")).closed


async def test_a_key_used_for_another_body_is_our_own_mistake(rail, client):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail))
    await rail.send(attempt)

    outcome = await rail.send(an_attempt(attempt.payee_id, 999, reference=attempt.payment_reference, key=attempt.key))

    assert isinstance(outcome, Conflicting)
    assert len((await state(client))["transfers"]) == 1


@pytest.mark.parametrize(("fault", "transfers"), [("lose_after", 1), ("lose_before", 0), ("hang", 1), ("502", 0)])
async def test_a_lost_answer_is_unknown_and_the_same_key_pays_once(rail, client, fault, transfers):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail))
    await plan(client, fault)

    first = await rail.send(attempt)
    there = await rail.find(attempt.payment_reference)
    second = await rail.send(attempt)

    assert isinstance(first, Unknown)
    assert not first.key_is_spent
    assert len(there) == transfers
    assert isinstance(second, Sent)
    assert [found.rail_id for found in await rail.find(attempt.payment_reference)] == [second.rail_id]


async def test_a_stored_500_says_that_its_key_is_spent(rail, client):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail))
    await plan(client, "500")

    first, second = await rail.send(attempt), await rail.send(attempt)

    assert (first, second) == (Unknown("500 api_error"), Unknown("500 api_error", key_is_spent=True))
    assert await rail.find(attempt.payment_reference) == ()


@pytest.mark.parametrize(("fault", "expected"), [("409", Busy("409 idempotency_key_in_use")), ("429", Throttled(1.0))])
async def test_a_call_put_off_does_nothing(rail, client, fault, expected):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail))
    await plan(client, fault)

    outcome = await rail.send(attempt)

    assert outcome == expected
    assert await rail.find(attempt.payment_reference) == ()
    assert isinstance(await rail.send(attempt), Sent)


async def test_a_refused_key_stops_the_sender_and_fails_nothing(sandbox):
    rail = a_rail(sandbox, api_key="sk_test_of_somebody_else")
    await rail.open()

    assert await rail.send(an_attempt("acct_1")) == RailDown("401 invalid_request_error")
    assert isinstance(await rail.top_up(TopUpRequest(a_reference(), 1, key="k")), RailDown)
    with pytest.raises(RailClosedError):
        await rail.funding()
    await rail.aclose()


async def test_nobody_listening_is_unknown_for_a_payment_and_unavailable_for_a_question():
    rail = a_rail("http://127.0.0.1:9")
    await rail.open()

    assert isinstance(await rail.send(an_attempt("acct_1")), Unknown)
    assert isinstance(await rail.top_up(TopUpRequest(a_reference(), 1, key="k")), Unknown)
    with pytest.raises(RailUnavailableError):
        await rail.find(a_reference())
    await rail.aclose()


async def test_a_rail_that_is_not_open_sends_nothing():
    rail = a_rail("http://127.0.0.1:9")

    assert isinstance(await rail.send(an_attempt("acct_1")), Unknown)
    with pytest.raises(RailUnavailableError, match="not open"):
        await rail.funding()


async def test_a_rail_may_be_closed_and_opened_again(sandbox):
    rail = a_rail(sandbox)
    for _ in range(2):
        await rail.open()
        await rail.open()
        assert (await rail.funding()).available_cents == 0
        await rail.aclose()
        await rail.aclose()


async def test_twenty_payments_at_once_with_money_for_ten(rail, client):
    await fund(rail, 10_000)
    payee = await a_payee(rail)

    outcomes = await asyncio.gather(*(rail.send(an_attempt(payee, 1_000)) for _ in range(20)))

    assert sum(isinstance(one, Sent) for one in outcomes) == 10
    assert sum(one == Rejected("balance_insufficient", retry="funding") for one in outcomes) == 10
    seen = await state(client)
    assert len(seen["transfers"]) == 10
    assert seen["balance"]["available_cents"] == 0
    assert sum(one["net"] for one in seen["balance_transactions"]) == 0


async def test_twenty_times_the_same_attempt_at_once_is_one_payment(rail, client):
    await fund(rail, 10_000)
    attempt = an_attempt(await a_payee(rail))

    outcomes = await asyncio.gather(*(rail.send(attempt) for _ in range(20)))

    assert {type(one) for one in outcomes} <= {Sent, Busy}
    assert len({one.rail_id for one in outcomes if isinstance(one, Sent)}) == 1
    assert len((await state(client))["transfers"]) == 1


async def test_a_reversal_is_seen_in_total(rail, client):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail), 1_000)
    sent = await rail.send(attempt)

    for amount in (300, 200):
        await client.post(f"/_sandbox/transfers/{sent.rail_id}/reverse", json={"amount_cents": amount})

    (found,) = await rail.find(attempt.payment_reference)
    assert (found.amount_cents, found.reversed_cents) == (1_000, 500)
    assert (await rail.funding()).available_cents == 4_500


async def test_more_than_one_transfer_of_a_payment_is_found_oldest_first(rail):
    await fund(rail, 5_000)
    payee, reference = await a_payee(rail), a_reference()
    sent = [await rail.send(an_attempt(payee, 1, reference=reference, key=f"p:{reference}:{number}")) for number in range(3)]

    assert [found.rail_id for found in await rail.find(reference)] == [one.rail_id for one in sent]


async def test_every_page_is_read(rail):
    await fund(rail, 5_000)
    payee, reference = await a_payee(rail), a_reference()
    for number in range(101):
        await rail.send(an_attempt(payee, 1, reference=reference, key=f"p:{reference}:{number}"))

    assert len({found.rail_id for found in await rail.find(reference)}) == 101


async def test_nothing_is_found_where_nothing_is(rail):
    assert await rail.find(a_reference()) == ()
    assert await rail.retrieve("tr_none") is None
    assert await rail.find_top_up(a_reference()) == ()


async def test_a_top_up_settles_and_is_found(rail):
    request = TopUpRequest(a_reference(), 123_456_700, key="topup:1")

    made = await rail.top_up(request)
    again = await rail.top_up(request)
    await fund(rail, 1)

    assert isinstance(made, ToppedUp)
    assert (made.reference, made.amount_cents, made.settled) == (request.reference, 123_456_700, True)
    assert again == made
    assert await rail.find_top_up(request.reference) == (made,)


async def test_a_lost_top_up_is_unknown_and_found(rail, client):
    request = TopUpRequest(a_reference(), 100, key="topup:1")
    await plan(client, "lose_after", on="POST /v1/topups")

    assert isinstance(await rail.top_up(request), Unknown)
    assert [one.amount_cents for one in await rail.find_top_up(request.reference)] == [100]


async def test_a_payee_is_made_once_per_key(rail, client):
    request = PayeeRequest(a_reference(), key="payee:1")

    first, second = await rail.ensure_payee(request), await rail.ensure_payee(request)

    assert first == second
    assert len((await state(client))["accounts"]) == 1


async def test_a_payee_whose_answer_was_lost_is_made_once(rail, client):
    request = PayeeRequest(a_reference(), key="payee:1")
    await plan(client, "lose_after", on="POST /v2/core/accounts")

    with pytest.raises(RailUnavailableError):
        await rail.ensure_payee(request)
    payee = await rail.ensure_payee(request)

    assert [account["id"] for account in (await state(client))["accounts"]] == [payee]


async def test_a_question_asked_too_often_says_when_to_ask_again(rail, client):
    await plan(client, "429", on="GET /v1/balance")

    with pytest.raises(RailThrottledError) as raised:
        await rail.funding()

    assert raised.value.retry_after_seconds == 1.0


async def test_a_link_for_nobody_is_refused(rail):
    with pytest.raises(NotAtRailError):
        await rail.onboarding_url("acct_nobody", refresh_url="http://localhost/r", return_url="http://localhost/b")


async def test_a_payee_refused_is_named_so(rail):
    with pytest.raises(PayeeRefusedError, match="parameter_invalid_empty"):
        await rail.ensure_payee(PayeeRequest(a_reference(), key="payee:1", contact_email=" "))


async def test_each_onboarding_link_is_a_new_one(rail):
    payee = await a_payee(rail)

    links = [await rail.onboarding_url(payee, refresh_url="http://localhost/r", return_url="http://localhost/b") for _ in range(2)]

    assert links[0] != links[1]


async def test_no_warning_is_raised_on_the_way(sandbox):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rail = a_rail(sandbox)
        await rail.open()
        await fund(rail, 1_000)
        await rail.send(an_attempt(await a_payee(rail)))
        await rail.aclose()

    assert [str(one.message) for one in caught if one.category is not ResourceWarning] == []
