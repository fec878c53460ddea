"""What an answer means for the money is read from its status and code, whatever else the answer says."""

import pytest

from tests.vendors.rails.running import a_rail, a_reference, an_attempt
from tests.vendors.rails.stripe.canned import answering, error, http
from vendors import NotAtRailError, PayeeRefusedError, RailClosedError, RailThrottledError, RailUnavailableError
from vendors.rails import Attempt, Busy, Conflicting, RailDown, Rejected, Sent, Throttled, ToppedUp, TopUpRequest, Unknown

REFERENCE = "6f1c0f5e-6f5d-4f7e-9b53-3f1a4f4a8a11"
ATTEMPT = Attempt(REFERENCE, "acct_1", 1_000, key="p:1")
TRANSFER = {
    "id": "tr_1",
    "object": "transfer",
    "amount": 1_000,
    "amount_reversed": 0,
    "created": 1_800_000_000,
    "currency": "usd",
    "destination": "acct_1",
    "transfer_group": REFERENCE,
}
TOP_UP = {"id": "tu_1", "object": "topup", "amount": 1_000, "currency": "usd", "status": "pending", "transfer_group": REFERENCE}
ROWS = [
    (http(200, TRANSFER), Sent("tr_1")),
    (http(200, TRANSFER, extra="Stripe-Notice: something new\r\n"), Sent("tr_1")),
    (http(200, {**TRANSFER, "amount": 999}), Conflicting("tr_1 is not what was asked for")),
    (http(200, {**TRANSFER, "destination": "acct_2"}), Conflicting("tr_1 is not what was asked for")),
    (http(200, {**TRANSFER, "transfer_group": None}), Conflicting("tr_1 is not what was asked for")),
    (http(200, {"object": "transfer"}), Unknown("an answer that cannot be read: AttributeError")),
    (http(200, {**TRANSFER, "id": ""}), Unknown("an answer that cannot be read: ValueError")),
    (http(200, {**TRANSFER, "id": 5}), Unknown("an answer that cannot be read: ValueError")),
    (http(200, {**TRANSFER, "id": "tr_" + "1" * 200}), Unknown("an answer that cannot be read: ValueError")),
    (http(200, {**TRANSFER, "amount": 1_000.0}), Unknown("an answer that cannot be read: ValueError")),
    (http(400, error("a sentence about somebody")), Rejected("refused", retry="never")),
    (http(400, error("x" * 500)), Rejected("refused", retry="never")),
    (http(400, {"error": {"code": 5, "type": ["x"]}}), Rejected("refused", retry="never")),
    (http(200, b"<html>", media_type="text/html"), Unknown("200 without a code")),
    (http(200, b"\xff"), Unknown("UnicodeDecodeError")),
    (http(204), Unknown("204 without a code")),
    (http(302, extra="location: https://example.org/\r\n"), Unknown("302 without a code")),
    (http(400, error("balance_insufficient")), Rejected("balance_insufficient", retry="funding")),
    (http(402, error("insufficient_funds")), Rejected("insufficient_funds", retry="funding")),
    (http(400, error("insufficient_capabilities_for_transfer")), Rejected("insufficient_capabilities_for_transfer", retry="vendor")),
    (http(400, error("transfers_not_allowed")), Rejected("transfers_not_allowed", retry="vendor")),
    (http(400, error("account_restricted")), Rejected("account_restricted", retry="vendor")),
    (http(400, error("account_closed")), Rejected("account_closed", retry="never")),
    (http(400, error("account_invalid")), Rejected("account_invalid", retry="never")),
    (http(404, error("resource_missing")), Rejected("resource_missing", retry="never")),
    (http(400, error("parameter_unknown")), Rejected("parameter_unknown", retry="never")),
    (http(400, error()), Rejected("refused", retry="never")),
    (http(400, error(kind="idempotency_error")), Conflicting("400 idempotency_error")),
    (http(400, error("rate_limit")), Throttled(1.0)),
    (http(401, error()), RailDown("401 invalid_request_error")),
    (http(403, error("account_invalid")), RailDown("403 account_invalid")),
    (http(404, b"not here", media_type="text/plain"), Unknown("404 without a code")),
    (http(409, error("idempotency_key_in_use")), Busy("409 idempotency_key_in_use")),
    (http(409, error("idempotency_key_in_use", "idempotency_error")), Busy("409 idempotency_key_in_use")),
    (http(409, error()), Busy("409 invalid_request_error")),
    (http(429, error("lock_timeout")), Busy("429 lock_timeout")),
    (http(429, error("rate_limit"), extra="Retry-After: 7\r\n"), Throttled(7.0)),
    (http(429, error("rate_limit"), extra="Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"), Throttled(1.0)),
    (http(429, error("rate_limit"), extra="Retry-After: 1e9\r\n"), Throttled(1.0)),
    (http(429, b"slow down", media_type="text/plain"), Throttled(1.0)),
    (http(424, error("external")), Unknown("424 external")),
    (http(500, error(kind="api_error")), Unknown("500 api_error")),
    (http(500, error(kind="api_error"), extra="Idempotent-Replayed: true\r\n"), Unknown("500 api_error", key_is_spent=True)),
    (http(502, b"<html>", media_type="text/html"), Unknown("502 without a code")),
    (http(503, {"error": "words"}), Unknown("AttributeError")),  # the SDK itself stumbles over it
    (http(500, ["error"]), Unknown("500 without a code")),
    (b"", Unknown("no answer (RemoteProtocolError)")),
    (b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{", Unknown("no answer (RemoteProtocolError)")),
    (b"hello\r\n\r\n", Unknown("no answer (RemoteProtocolError)")),
]


@pytest.mark.parametrize(("answer", "expected"), ROWS, ids=range(len(ROWS)))
async def test_an_answer_to_a_payment_means_one_thing(answer, expected):
    async with answering(answer) as canned, opened(canned.base) as rail:
        outcome = await rail.send(ATTEMPT)

    assert outcome == expected
    assert len(canned.requests) == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [("pending", "pending"), ("succeeded", "settled"), ("failed", "failed"), ("canceled", "canceled"), ("reversed", "reversed")],
)
async def test_a_top_up_has_a_state(status, state):
    async with answering(http(200, {**TOP_UP, "status": status})) as canned, opened(canned.base) as rail:
        made = await rail.top_up(TopUpRequest(REFERENCE, 1_000, key="t"))

    assert made == ToppedUp("tu_1", REFERENCE, 1_000, state=state)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http(200, {**TOP_UP, "status": "new"}), Unknown("an answer that cannot be read: KeyError")),
        (http(200, {**TOP_UP, "amount": 1}), Conflicting("tu_1 is not what was asked for")),
        (http(400, error(kind="idempotency_error")), Conflicting("400 idempotency_error")),
        (http(500, error(kind="api_error")), Unknown("500 api_error")),
    ],
    ids=range(4),
)
async def test_an_answer_to_a_top_up_means_one_thing(answer, expected):
    async with answering(answer) as canned, opened(canned.base) as rail:
        assert await rail.top_up(TopUpRequest(REFERENCE, 1_000, key="t")) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http(401, error()), RailClosedError),
        (http(403, error()), RailClosedError),
        (http(403, error("account_invalid")), NotAtRailError),
        (http(404, error("not_found")), NotAtRailError),
        (http(404, b"nothing", media_type="text/plain"), RailUnavailableError),
        (http(400, error("parameter_unknown")), PayeeRefusedError),
        (http(409, error("idempotency_key_in_use")), RailUnavailableError),
        (http(429, error("rate_limit")), RailThrottledError),
        (http(500, error(kind="api_error")), RailUnavailableError),
        (http(200, b"<html>", media_type="text/html"), RailUnavailableError),
        (http(200, {"object": "list", "data": [{"object": "transfer"}]}), RailUnavailableError),
        (b"", RailUnavailableError),
    ],
    ids=range(12),
)
async def test_a_question_without_an_answer_raises_one_error(answer, expected):
    async with answering(answer) as canned, opened(canned.base) as rail:
        with pytest.raises(expected):
            await rail.find(a_reference())


async def test_an_answer_that_only_trickles_is_given_up():
    async with answering(http(200, TRANSFER), drip_seconds=0.05) as canned, opened(canned.base, read_seconds=0.2) as rail:
        assert await rail.send(an_attempt("acct_1")) == Unknown("no answer (TimeoutError)")


class opened:  # noqa: N801 - reads as a verb
    """A rail that is open inside."""

    def __init__(self, base, **settings):
        self.rail = a_rail(base, **{"connect_seconds": 0.5, **settings})

    async def __aenter__(self):
        await self.rail.open()
        return self.rail

    async def __aexit__(self, *_):
        await self.rail.aclose()
