"""What the rail asks of Stripe about payouts, movements and events, and how it reads answers that say less, or more, than expected."""

import tracemalloc
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.vendors.rails.running import a_payee, a_reference, an_attempt, fund
from tests.vendors.rails.sandbox.acting import move_clock
from tests.vendors.rails.stripe.canned import answering, error, http
from tests.vendors.rails.stripe.test_outcomes import opened
from vendors import NotAtRailError, RailClosedError, RailThrottledError, RailUnavailableError
from vendors.rails import Conflicting, Movement, Payout, RailDown, Recovered, Recovery, Rejected, Sent, Unknown
from vendors.rails.stripe import asking

REFERENCE = "6f1c0f5e-6f5d-4f7e-9b53-3f1a4f4a8a11"
THEN = datetime(2027, 1, 15, 8, tzinfo=UTC)
SECONDS = int(THEN.timestamp())
RECOVERY = Recovery("tr_1", REFERENCE, 300, key="r:1")
REVERSAL = {"id": "trr_1", "object": "transfer_reversal", "amount": 300, "created": SECONDS, "currency": "usd", "transfer": "tr_1"}
LINE = {"id": "txn_1", "object": "balance_transaction", "amount": -1_000, "created": SECONDS, "currency": "usd", "type": "transfer"}


def listed(*data, **more):
    return http(200, {"object": "list", "data": list(data), **more})


async def statement_of(*lines):
    async with answering(listed(*lines)) as canned, opened(canned.base) as rail:
        return [one async for one in rail.statement(since=THEN)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http(200, REVERSAL), Recovered("trr_1", "tr_1", 300)),
        (http(200, {**REVERSAL, "transfer": {"id": "tr_1", "object": "transfer"}, "new": [1]}), Recovered("trr_1", "tr_1", 300)),
        (http(200, {**REVERSAL, "amount": 299}), Conflicting("trr_1 is not what was asked for")),
        (http(200, {**REVERSAL, "transfer": "tr_2"}), Conflicting("trr_1 is not what was asked for")),
        (http(200, {"object": "transfer_reversal"}), Unknown("an answer that cannot be read: AttributeError")),
        (http(400, error("balance_insufficient")), Rejected("balance_insufficient", retry="vendor")),
        (http(400, error("insufficient_funds")), Rejected("insufficient_funds", retry="vendor")),
        (http(400, error()), Rejected("refused", retry="never")),
        (http(401, error()), RailDown("401 invalid_request_error")),
        (http(500, error(kind="api_error")), Unknown("500 api_error")),
        (b"", Unknown("no answer (RemoteProtocolError)")),
    ],
    ids=range(11),
)
async def test_an_answer_to_a_recovery_means_one_thing(answer, expected):
    async with answering(answer) as canned, opened(canned.base) as rail:
        outcome = await rail.recover(RECOVERY)

    assert outcome == expected
    assert canned.requests[0].startswith(b"POST /v1/transfers/tr_1/reversals HTTP/1.1\r\n")
    assert parse_qs(canned.body) == {"amount": ["300"], "metadata[pid]": [REFERENCE]}
    assert canned.headers["idempotency-key"] == "r:1"


async def test_what_a_recovery_moves_is_in_the_transfer_and_in_the_balance(rail):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail))
    sent = await rail.send(attempt)
    assert isinstance(sent, Sent)

    outcome = await rail.recover(Recovery(sent.rail_id, attempt.payment_reference, 400, key=f"r:{a_reference()}"))

    found = await rail.retrieve(sent.rail_id)
    assert isinstance(outcome, Recovered)
    assert found is not None
    assert found.reversed_cents == 400
    assert (await rail.funding()).available_cents == 4_400


async def test_what_went_on_to_the_bank_is_a_payout_and_can_not_be_recovered(rail, client):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail))
    sent = await rail.send(attempt)
    assert isinstance(sent, Sent)
    await move_clock(client, days=4)

    (payout,) = await rail.payouts(attempt.payee_id, since=datetime(2026, 1, 1, tzinfo=UTC))
    outcome = await rail.recover(Recovery(sent.rail_id, attempt.payment_reference, 400, key=f"r:{a_reference()}"))

    assert (payout.amount_cents, payout.state, payout.failure_code) == (1_000, "paid", "")
    assert payout == await rail.payout(attempt.payee_id, payout.rail_id)
    assert outcome == Rejected("balance_insufficient", retry="vendor")
    assert await rail.payouts(attempt.payee_id, since=payout.created_at + timedelta(seconds=1)) == ()


async def test_the_payouts_of_a_payee_are_asked_for_in_its_name():
    payout = {"id": "po_1", "amount": 500, "created": SECONDS, "status": "failed", "failure_code": "no_account", "arrival_date": SECONDS}
    async with (
        answering(listed({**payout, "new": {}}, {**payout, "id": "po_0", "failure_code": None})) as canned,
        opened(canned.base) as rail,
    ):
        found = await rail.payouts("acct_1", since=THEN - timedelta(microseconds=1))

    assert found == (
        Payout("po_0", "acct_1", 500, "failed", date(2027, 1, 15), "", THEN),
        Payout("po_1", "acct_1", 500, "failed", date(2027, 1, 15), "no_account", THEN),
    )
    assert canned.headers["stripe-account"] == "acct_1"
    path = urlsplit(canned.requests[0].split(b" ")[1].decode())
    assert (path.path, parse_qs(path.query)) == ("/v1/payouts", {"created[gte]": [str(SECONDS - 1)], "limit": ["100"]})


async def test_a_payout_is_read_again_in_the_name_of_its_payee():
    payout = {"id": "po_1", "amount": 500, "created": SECONDS, "status": "in_transit"}
    async with answering(http(200, payout)) as canned, opened(canned.base) as rail:
        found = await rail.payout("acct_1", "po_1")
    async with answering(http(404, error("resource_missing"))) as nothing, opened(nothing.base) as rail:
        assert await rail.payout("acct_1", "po_2") is None

    assert found == Payout("po_1", "acct_1", 500, "in_transit", None, "", THEN)
    assert canned.headers["stripe-account"] == "acct_1"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (listed({"id": "po_1", "amount": 5, "created": 1, "status": "new"}), RailUnavailableError),
        (http(403, error("account_invalid")), NotAtRailError),
        (http(403, error()), RailClosedError),
        (http(429, error("rate_limit")), RailThrottledError),
        (http(502, b"<html>", media_type="text/html"), RailUnavailableError),
    ],
    ids=range(5),
)
async def test_payouts_that_cannot_be_read_are_one_error(answer, expected):
    async with answering(answer) as canned, opened(canned.base) as rail:
        with pytest.raises(expected):
            await rail.payouts("acct_1", since=THEN)


async def test_a_bank_statements_words_are_set_in_the_name_of_the_payee_and_nothing_else_is():
    async with answering(http(200, {"object": "balance_settings", "payments": {}})) as canned, opened(canned.base) as rail:
        await rail.describe_payouts("acct_1", "VENDOR PMT", key="d:1")

    assert canned.requests[0].startswith(b"POST /v1/balance_settings HTTP/1.1\r\n")
    assert parse_qs(canned.body) == {"payments[payouts][statement_descriptor]": ["VENDOR PMT"]}
    assert (canned.headers["stripe-account"], canned.headers["idempotency-key"]) == ("acct_1", "d:1")


async def test_our_account_is_asked_for_once():
    async with answering(http(200, {"id": "acct_ours", "object": "account"})) as canned, opened(canned.base) as rail:
        assert [await rail.account_id() for _ in range(2)] == ["acct_ours"] * 2

    assert len(canned.requests) == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("transfer", "transfer"),
        ("transfer_refund", "transfer_returned"),
        ("transfer_cancel", "transfer_failed"),
        ("transfer_failure", "transfer_failed"),
        ("topup", "top_up"),
        ("topup_reversal", "top_up_returned"),
        ("stripe_fee", "fee"),
        ("payout", "payout"),
        ("payout_failure", "payout_returned"),
        ("adjustment", "other"),
        ("one_that_is_new", "other"),
    ],
)
async def test_every_balance_transaction_is_a_movement_of_one_kind(kind, expected):
    (movement,) = await statement_of({**LINE, "type": kind})

    assert movement == Movement("txn_1", expected, "", None, -1_000, 0, -1_000, THEN, THEN.date())


async def test_an_adjustment_is_told_by_its_category():
    (movement,) = await statement_of({**LINE, "type": "adjustment", "reporting_category": "topup_reversal", "source": None})

    assert movement.kind == "top_up_returned"


async def test_fees_and_days_are_read_and_what_is_not_known_is_left_open():
    told = {"fee": 25, "net": -1_025, "available_on": SECONDS + 86_400, "fee_details": None, "new": 1}

    (movement,) = await statement_of({**LINE, **told, "source": "tr_9"})

    assert (movement.amount_cents, movement.fee_cents, movement.net_cents) == (-1_000, 25, -1_025)
    assert (movement.source_id, movement.reference, movement.available_on) == ("tr_9", None, date(2027, 1, 16))


@pytest.mark.parametrize(
    "source",
    [
        {"id": "tr_1", "object": "transfer", "transfer_group": REFERENCE},
        {"id": "tu_1", "object": "topup", "transfer_group": None, "metadata": {"pid": REFERENCE}},
        {"id": "trr_1", "object": "transfer_reversal", "metadata": {"pid": REFERENCE}, "transfer": "tr_1"},
        {"id": "trr_1", "object": "transfer_reversal", "metadata": {}, "transfer": {"id": "tr_1", "transfer_group": REFERENCE}},
    ],
)
async def test_whose_a_movement_is_stands_in_its_source(source):
    (movement,) = await statement_of({**LINE, "source": source})

    assert (movement.source_id, movement.reference) == (source["id"], REFERENCE)


async def test_a_reversal_by_somebody_else_is_known_by_its_transfer(rail, client):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail))
    sent = await rail.send(attempt)
    for amount in (100, 200):
        (await client.post(f"/v1/transfers/{sent.rail_id}/reversals", data={"amount": amount})).raise_for_status()

    lines = [one async for one in rail.statement(since=datetime(2026, 1, 1, tzinfo=UTC)) if one.kind == "transfer_returned"]

    assert [(one.amount_cents, one.reference) for one in lines] == [(100, attempt.payment_reference), (200, attempt.payment_reference)]


async def test_a_long_list_is_read_from_its_end_page_by_page(rail, monkeypatch):
    monkeypatch.setattr(asking, "PAGE", 2)
    monkeypatch.setattr(asking, "KEPT_PAGES", 1)
    for cents in range(1, 10):
        await fund(rail, cents)

    lines = [one async for one in rail.statement(since=datetime(2026, 1, 1, tzinfo=UTC))]
    events = [one async for one in rail.events(since=datetime(2026, 1, 1, tzinfo=UTC)) if one.about == "top_up"]

    assert [one.amount_cents for one in lines] == list(range(1, 10))
    assert len({one.id for one in events}) == len(events) >= 9


async def test_of_a_list_without_end_only_a_bounded_part_is_in_memory():
    total, page = 20_000, 100
    asked = 0

    async def fetch(last):
        nonlocal asked
        asked += 1
        top = total if last is None else int(last)
        ids = range(top - 1, max(-1, top - 1 - page), -1)
        return SimpleNamespace(data=[SimpleNamespace(id=str(one)) for one in ids], has_more=ids[-1] > 0)

    async def read(one):
        return f"movement {one.id:>60}"

    tracemalloc.start()
    seen = 0
    async for value in asking.oldest_first(fetch, read):
        assert value.endswith(f" {seen}")
        seen += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert seen == total
    assert asked <= 2 * total // page
    assert peak < 1_000_000


async def test_events_of_both_versions_come_in_the_order_in_which_they_happened(rail, client):
    payee = await a_payee(rail)
    await fund(rail, 1_000)
    (await client.post(f"/_sandbox/accounts/{payee}", json={"capability": "restricted"})).raise_for_status()
    await rail.send(an_attempt(payee))

    events = [one async for one in rail.events(since=datetime(2026, 1, 1, tzinfo=UTC))]

    assert {"top_up", "payee"} <= {one.about for one in events}
    assert [one.created_at.replace(microsecond=0) for one in events] == sorted(one.created_at.replace(microsecond=0) for one in events)
    assert payee in {one.account_id for one in events if one.about == "payee"}


async def test_an_event_that_cannot_be_read_is_left_out_and_the_others_are_not():
    good = {"id": "evt_1", "object": "event", "type": "topup.failed", "created": SECONDS, "livemode": False}
    good["data"] = {"object": {"id": "tu_1"}}
    broken = [{**good, "id": "evt_\x00"}, {**good, "data": {}}, {**good, "livemode": True}]
    async with answering(listed(*broken, good)) as canned, opened(canned.base) as rail:
        events = [one async for one in rail.events(since=THEN)]

    assert {(one.id, one.about, one.object_id) for one in events} == {("evt_1", "top_up", "tu_1")}


async def test_the_bank_of_a_payee_has_a_mark_that_changes_with_it(rail, client):
    payee = await a_payee(rail)

    marks = [(await rail.payee_status(payee)).bank]
    for body in ({}, {}, {"as": "created"}):
        (await client.post(f"/_sandbox/accounts/{payee}/bank", json=body)).raise_for_status()
        marks.append((await rail.payee_status(payee)).bank)

    assert len(set(marks)) == len(marks)
    assert all(mark is None or len(mark) == 32 for mark in marks)
    assert (await rail.payee_status(payee)).bank == marks[-1]


@pytest.mark.parametrize("answer", [http(500, error()), http(403, error()), http(404, b"", media_type="text/plain"), http(200, {})])
async def test_a_bank_that_cannot_be_read_is_no_mark(answer):
    async with answering(answer) as canned, opened(canned.base) as rail:
        assert await rail._bank("acct_1") is None


async def test_an_account_that_says_little_is_not_ready():
    answer = http(200, {"id": "acct_1", "object": "v2.core.account", "configuration": None})
    async with answering(answer) as canned, opened(canned.base) as rail:
        status = await rail.payee_status("acct_1")

    assert (status.ready, status.restricted, status.closed, status.reason, status.bank) == (False, False, False, "not_requested", None)
