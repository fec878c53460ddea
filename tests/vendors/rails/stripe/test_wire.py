"""Nothing leaves for Stripe but what a payment needs, and nothing of it reaches a log."""

import json
import logging
from urllib.parse import parse_qs

import pytest
import stripe

from tests.vendors.rails.running import KEY, a_rail, a_reference, an_attempt
from tests.vendors.rails.stripe.canned import answering, error, http
from vendors import RailClosedError
from vendors.rails import PayeeRequest, RailDown, TopUpRequest

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
