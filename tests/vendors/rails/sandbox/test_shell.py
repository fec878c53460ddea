"""The sandbox answers as Stripe does: keys, strictness, idempotency, and faults on demand."""

import asyncio
from base64 import b64encode

import httpx
import pytest

from tests.vendors.rails.running import KEY, PLAIN

TOP_UP = {"amount": "1000", "currency": "usd"}
RECIPIENT = {"configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}}}


def error_of(answer):
    return answer.status_code, answer.json()["error"].get("code", ""), answer.json()["error"].get("param", "")


async def fund(client, amount=1_000, key="fund"):
    return (await client.post("/v1/topups", data={"amount": str(amount), "currency": "usd"}, headers={"Idempotency-Key": key})).json()


async def a_payee(client):
    return (await client.post("/v2/core/accounts", json=RECIPIENT, headers={"Idempotency-Key": "payee"})).json()["id"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer sk_test_1",
        "Bearer sk_live_1",
        "Bearer sk_live_sk_test_sandbox_1",
        "Basic !",
        "Basic " + b64encode(b"sk_live_1:").decode(),
    ],
)
async def test_only_a_sandbox_key_is_taken(sandbox, header):
    async with httpx.AsyncClient(base_url=sandbox, headers={"Authorization": header}, verify=PLAIN) as client:
        answer = await client.post("/v1/topups", data=TOP_UP)

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.headers["request-id"].startswith("req_")


async def test_a_key_may_come_as_basic_authentication(sandbox):
    async with httpx.AsyncClient(base_url=sandbox, auth=(KEY, ""), verify=PLAIN) as client:
        assert (await client.get("/v1/balance")).status_code == 200


@pytest.mark.parametrize("headers", [{"Host": "example.org"}, {"Origin": "http://example.org"}])
async def test_a_web_page_cannot_call_it(client, headers):
    assert (await client.get("/v1/balance", headers=headers)).is_client_error
    assert (await client.post("/_sandbox/reset", headers=headers)).is_client_error


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/charges"), ("DELETE", "/v1/topups"), ("GET", "/"), ("GET", "/v1/transfers/"), ("PUT", "/v1/transfers/tr_1")],
)
async def test_what_it_does_not_have_is_not_found(client, method, path):
    assert (await client.request(method, path)).status_code == 404


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, (400, "parameter_missing", "amount")),
        ({**TOP_UP, "colour": "red"}, (400, "parameter_unknown", "colour")),
        ({**TOP_UP, "amount": "0"}, (400, "parameter_invalid_integer", "amount")),
        ({**TOP_UP, "amount": "-5"}, (400, "parameter_invalid_integer", "amount")),
        ({**TOP_UP, "amount": "1.5"}, (400, "parameter_invalid_integer", "amount")),
        ({**TOP_UP, "amount": "1e3"}, (400, "parameter_invalid_integer", "amount")),
        ({**TOP_UP, "amount": "9" * 30}, (400, "parameter_invalid_integer", "amount")),
        ({**TOP_UP, "amount": ""}, (400, "parameter_invalid_integer", "amount")),
        ({**TOP_UP, "amount[x]": "1"}, (400, "", "amount[x]")),
        ({**TOP_UP, "currency": "eur"}, (400, "", "currency")),
        ({**TOP_UP, "transfer_group": " "}, (400, "parameter_invalid_empty", "transfer_group")),
        ({**TOP_UP, "metadata": "x"}, (400, "", "metadata")),
        ({**TOP_UP, "metadata[" + "k" * 41 + "]": "x"}, (400, "", "metadata[" + "k" * 41 + "]")),
        ({**TOP_UP, "metadata[a][b]": "x"}, (400, "", "metadata[a]")),
        ({**TOP_UP, "statement_descriptor": "x" * 16}, (400, "", "statement_descriptor")),
        ({**TOP_UP, "a]b": "x"}, (400, "", "a]b")),
    ],
)
async def test_a_parameter_that_is_not_of_its_kind_is_refused(client, sent, expected):
    answer = await client.post("/v1/topups", data=sent)

    assert error_of(answer) == expected
    assert (await client.get("/_sandbox/state")).json()["topups"] == []


@pytest.mark.parametrize("raw", [b"amount=1&amount=2&currency=usd", b"amount=%ff&currency=usd", b"\xff", b"amount", b"&"])
async def test_a_form_that_is_broken_is_refused(client, raw):
    answer = await client.post("/v1/topups", content=raw, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.status_code == 400


@pytest.mark.parametrize("raw", [b"[]", b"{", b"\xff", b"[" * 100_000, b'"x"'])
async def test_json_that_is_broken_is_refused(client, raw):
    assert (await client.post("/v2/core/accounts", content=raw)).status_code == 400


async def test_a_body_beyond_reason_is_refused(client):
    assert (await client.post("/v2/core/accounts", content=b" " * (1024 * 1024 + 1))).status_code == 413


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, (400, "parameter_missing", "configuration")),
        ({"configuration": {"merchant": {}}}, (400, "parameter_unknown", "configuration[merchant]")),
        ({**RECIPIENT, "identity": {"individual": {"given_name": "x"}}}, (400, "parameter_unknown", "identity[individual]")),
        ({**RECIPIENT, "dashboard": "own"}, (400, "", "dashboard")),
        ({**RECIPIENT, "include": ["everything"]}, (400, "", "include[0]")),
        ({**RECIPIENT, "include": []}, (400, "", "include")),
        ({**RECIPIENT, "defaults": {"responsibilities": {}}}, (400, "parameter_missing", "defaults[responsibilities][fees_collector]")),
        (
            {"configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": 2}}}}}},
            (400, "", "configuration[recipient][capabilities][stripe_balance][stripe_transfers][requested]"),
        ),
    ],
)
async def test_a_recipient_is_read_strictly(client, sent, expected):
    assert error_of(await client.post("/v2/core/accounts", json=sent)) == expected


async def test_a_recipient_that_is_told_an_include_it_does_not_have_is_not_made_twice(client):
    await client.post("/v2/core/accounts", json={**RECIPIENT, "include": ["everything"]})

    assert (await client.get("/_sandbox/state")).json()["accounts"] == []


async def test_the_same_key_and_body_get_the_same_answer(client):
    first = await client.post("/v1/topups", data=TOP_UP, headers={"Idempotency-Key": "k"})
    second = await client.post("/v1/topups", data=TOP_UP, headers={"Idempotency-Key": "k"})

    assert first.content == second.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["original-request"] == first.headers["request-id"] != second.headers["request-id"]
    assert second.headers["idempotency-key"] == "k"


async def test_a_refusal_that_came_of_running_is_kept_too(client):
    payee = await a_payee(client)
    call = {"url": "/v1/transfers", "data": {"amount": "5", "currency": "usd", "destination": payee}, "headers": {"Idempotency-Key": "k"}}
    first = await client.post(**call)
    await fund(client)

    second = await client.post(**call)

    assert error_of(first) == error_of(second) == (400, "balance_insufficient", "")
    assert second.headers["idempotent-replayed"] == "true"


async def test_a_request_that_was_never_valid_keeps_nothing(client):
    assert (await client.post("/v1/topups", data={"amount": "1"}, headers={"Idempotency-Key": "k"})).status_code == 400
    assert (await client.post("/v1/topups", data=TOP_UP, headers={"Idempotency-Key": "k"})).status_code == 200


@pytest.mark.parametrize(
    ("path", "data"),
    [("/v1/topups", {**TOP_UP, "amount": "2"}), ("/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/x", "enabled_events[]": "*"})],
)
async def test_a_key_holds_for_one_request_only(client, path, data):
    await client.post("/v1/topups", data=TOP_UP, headers={"Idempotency-Key": "k"})

    answer = await client.post(path, data=data, headers={"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


async def test_twins_under_one_key_do_it_once_and_wait_or_hear_the_same(client):
    async def call():
        return await client.post("/v1/topups", data=TOP_UP, headers={"Idempotency-Key": "k"})

    answers = await asyncio.gather(*(call() for _ in range(20)))

    done = [answer for answer in answers if answer.status_code == 200]
    assert len({answer.content for answer in done}) == 1
    assert {error_of(answer)[:2] for answer in answers if answer not in done} <= {(409, "idempotency_key_in_use")}
    assert len((await client.get("/_sandbox/state")).json()["topups"]) == 1


async def test_without_a_key_each_call_is_its_own(client):
    for _ in range(2):
        await client.post("/v1/topups", data=TOP_UP)

    assert len((await client.get("/_sandbox/state")).json()["topups"]) == 2


@pytest.mark.parametrize("fault", ["lose_before", "lose_after", "409", "429", "502", "500"])
async def test_a_fault_comes_as_often_as_it_was_planned(client, fault):
    plan = {"on": "POST /v1/topups", "fault": fault, "times": 2}
    assert (await client.post("/_sandbox/faults", json=plan)).json() == {"faults": [plan]}

    seen = [await _status(client, f"k{number}") for number in range(3)]

    assert seen == [{"lose_before": 0, "lose_after": 0}.get(fault) or int(fault) if fault.isdigit() else 0] * 2 + [200]
    assert (await client.get("/_sandbox/faults")).json() == {"faults": []}


async def _status(client, key):
    try:
        return (await client.post("/v1/topups", data=TOP_UP, headers={"Idempotency-Key": key})).status_code
    except httpx.TransportError:
        return 0


async def test_what_lose_after_loses_has_happened_and_what_lose_before_loses_has_not(client):
    for fault in ("lose_after", "lose_before"):
        await client.post("/_sandbox/faults", json={"on": "POST /v1/topups", "fault": fault})
        assert await _status(client, fault) == 0

    assert len((await client.get("/_sandbox/state")).json()["topups"]) == 1


async def test_faults_can_be_called_off(client):
    await client.post("/_sandbox/faults", json={"on": "GET /v1/transfers/{id}", "fault": "429", "times": 5})

    assert (await client.delete("/_sandbox/faults")).json() == {"faults": []}
    assert (await client.get("/v1/transfers/tr_1")).status_code == 404


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"on": "POST /v1/charges", "fault": "429"},
        {"on": "POST /v1/topups", "fault": "slow"},
        {"on": "POST /v1/topups", "fault": "429", "times": 0},
        {"on": "POST /v1/topups", "fault": "429", "times": "2"},
        {"on": "POST /v1/topups", "fault": "429", "seconds": 2},
    ],
)
async def test_a_fault_that_cannot_be_is_refused(client, plan):
    assert (await client.post("/_sandbox/faults", json=plan)).status_code == 400


async def test_a_hanging_call_does_not_hold_up_the_others(client):
    await client.post("/_sandbox/faults", json={"on": "POST /v1/topups", "fault": "hang"})
    hanging = asyncio.create_task(client.post("/v1/topups", data=TOP_UP, timeout=1))
    await asyncio.sleep(0.2)

    assert (await client.get("/v1/balance")).json()["available"][0]["amount"] == 1_000
    with pytest.raises(httpx.ReadTimeout):
        await hanging
