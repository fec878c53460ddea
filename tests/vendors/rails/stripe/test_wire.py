"""Nothing leaves for Stripe but what a payment needs, and nothing of it reaches a log."""

import json
import logging
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
import stripe

from tests.vendors.rails.running import KEY, a_rail, a_reference, an_attempt
from tests.vendors.rails.stripe.canned import answering, error, http
from vendors import RailAnswerError, RailClosedError
from vendors.rails import PayeeRequest, RailDown, Recovery, TopUpRequest

REFUSED = http(401, error())
HEADERS = {
    "host",
    "accept",
    "accept-encoding",
    "connection",
    "user-agent",
    "authorization",
    "idempotency-key",
    "content-type",
    "stripe-version",
    "content-length",
}


async def sent(call, **settings):
    """Say what leaves for a call."""
    async with answering(REFUSED) as canned:
        rail = a_rail(canned.base, **settings)
        await rail.open()
        try:
            assert isinstance(await call(rail), RailDown)
        finally:
            await rail.aclose()
        return canned


async def test_a_transfer_carries_an_amount_a_payee_and_an_opaque_reference():
    attempt = an_attempt("acct_1", 1_234)

    canned = await sent(lambda rail: rail.send(attempt))

    assert canned.requests[0].startswith(b"POST /v1/transfers HTTP/1.1\r\n")
    assert parse_qs(canned.body) == {
        "amount": ["1234"],
        "currency": ["usd"],
        "destination": ["acct_1"],
        "transfer_group": [attempt.payment_reference],
        "metadata[pid]": [attempt.payment_reference],
    }
    assert canned.headers["idempotency-key"] == attempt.key


async def test_a_top_up_carries_an_amount_and_an_opaque_reference():
    request = TopUpRequest(a_reference(), 1_234, key="t")

    canned = await sent(lambda rail: rail.top_up(request))

    assert parse_qs(canned.body) == {
        "amount": ["1234"],
        "currency": ["usd"],
        "transfer_group": [request.reference],
        "metadata[pid]": [request.reference],
    }


async def test_a_payee_is_told_of_by_an_opaque_reference_only():
    request = PayeeRequest(a_reference(), key="payee:1")

    async def ensure(rail):
        with pytest.raises(RailClosedError):
            await rail.ensure_payee(request)
        return RailDown("")

    canned = await sent(ensure)

    assert json.loads(canned.body) == {
        "dashboard": "express",
        "identity": {"country": "us"},
        "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
        "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
        "metadata": {"pid": request.reference},
    }


async def test_no_header_tells_of_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    canned = await sent(lambda rail: rail.send(an_attempt("acct_1")))

    assert set(canned.headers) == HEADERS
    assert canned.headers["user-agent"] == f"Stripe/v1 PythonBindings/{stripe.VERSION}"
    assert canned.headers["authorization"] == f"Bearer {KEY}"
    assert not stripe.enable_telemetry


async def test_no_body_and_no_key_reach_the_log(caplog, capfd, monkeypatch):
    monkeypatch.setattr(stripe, "log", "debug")
    attempt = an_attempt("acct_1")
    async with answering(REFUSED) as canned:
        rail = a_rail(canned.base)
        await rail.open()
        logging.getLogger("stripe").setLevel(logging.DEBUG)
        with caplog.at_level(logging.DEBUG):
            await rail.send(attempt)
        await rail.aclose()

    written = caplog.text + "".join(capfd.readouterr())
    assert attempt.payment_reference not in written
    assert KEY not in written


CALLS = {
    "send": lambda rail: rail.send(an_attempt("acct_1")),
    "recover": lambda rail: rail.recover(Recovery("tr_1", a_reference(), 1, key="r")),
    "top_up": lambda rail: rail.top_up(TopUpRequest(a_reference(), 1, key="t")),
    "ensure_payee": lambda rail: rail.ensure_payee(PayeeRequest(a_reference(), key="p")),
    "payee_status": lambda rail: rail.payee_status("acct_1"),
    "onboarding_url": lambda rail: rail.onboarding_url("acct_1", refresh_url="https://x.test/a", return_url="https://x.test/b"),
    "funding": lambda rail: rail.funding(),
    "find": lambda rail: rail.find(a_reference()),
    "find_top_up": lambda rail: rail.find_top_up(a_reference()),
    "retrieve": lambda rail: rail.retrieve("tr_1"),
    "account_id": lambda rail: rail.account_id(),
    "payouts": lambda rail: rail.payouts("acct_1", since=datetime(2027, 1, 1, tzinfo=UTC)),
    "payout": lambda rail: rail.payout("acct_1", "po_1"),
    "describe_payouts": lambda rail: rail.describe_payouts("acct_1", "VENDOR PMT", key="d"),
    "statement": lambda rail: anext(rail.statement(since=datetime(2027, 1, 1, tzinfo=UTC))),
    "events": lambda rail: anext(rail.events(since=datetime(2027, 1, 1, tzinfo=UTC))),
}


ECHO = http(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_test_planted1234567890"}})


@pytest.mark.parametrize("answer", [ECHO, http(500, b"<html>", media_type="text/html"), b""], ids=["echoed", "broken", "lost"])
async def test_no_secret_is_in_a_log_an_error_or_a_name(answer, caplog, capfd, monkeypatch):
    monkeypatch.setattr(stripe, "log", "debug")
    key, secret = "sk_test_planted1234567890", "whsec_planted1234567890"
    told = []
    async with answering(answer) as canned:
        rail = a_rail(canned.base, api_key=key, webhook_secrets=(secret,))
        await rail.open()
        with caplog.at_level(logging.DEBUG):
            for name in ("stripe", "httpx", "httpcore"):
                caplog.set_level(logging.DEBUG, logger=name)
            for call in CALLS.values():
                try:
                    told.append(repr(await call(rail)))
                except RailAnswerError as refused:
                    told.append("".join(traceback.format_exception(refused)) + repr(refused))
        told += [repr(rail), repr(rail.settings), repr(rail._wire), str(vars(rail))]
        await rail.aclose()

    written = caplog.text + "".join(capfd.readouterr()) + "".join(told)
    assert len(canned.requests) >= len(CALLS)
    assert "planted" not in written


async def test_every_call_says_which_version_of_the_api_it_speaks_and_only_writing_ones_have_a_key():
    async with answering(REFUSED) as canned:
        rail = a_rail(canned.base)
        await rail.open()
        for call in CALLS.values():
            with suppress(RailAnswerError):
                await call(rail)
        await rail.aclose()

    heads = [one.partition(b"\r\n\r\n")[0].decode().lower() for one in canned.requests]
    assert all(f"stripe-version: {stripe.api_version}" in head for head in heads)
    assert all(("idempotency-key: " in head) is head.startswith("post ") for head in heads)
    typed = {"post /v1": "application/x-www-form-urlencoded", "post /v2": "application/json"}
    assert all(f"content-type: {media}" in head for head in heads for begin, media in typed.items() if head.startswith(begin))
