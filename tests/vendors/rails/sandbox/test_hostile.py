"""Whatever comes in, the sandbox answers a clear refusal and goes on: never a 500 that nobody planned."""

import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vendors.rails.running import KEY, PLAIN
from tests.vendors.rails.sandbox.acting import state
from vendors.rails.sandbox.routes import ROUTES

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEEP = b"a" + b"[b]" * 2_000 + b"=1"


@pytest.mark.parametrize(
    "raw",
    [
        b"amount=%ff&currency=usd",
        b"amount=\xc3\x28",
        DEEP,
        b"amount=1&" * 20_000,
        b"metadata[" + b"x" * 10_000 + b"]=1",
        b"amount=" + b"9" * 100_000,
        b"amount=-1&currency=usd",
        b"amount=0&currency=usd",
        b"amount=1e9&currency=usd",
        b"amount=%D9%A1&currency=usd",  # an Arabic-Indic digit
        b"currency=usd&amount[]=1",
        b"[]=1",
        b"=1",
        b"amount",
        b"\x00",
    ],
)
async def test_a_form_that_nobody_should_send_is_refused(client, raw):
    answer = await client.post("/v1/topups", content=raw, headers=FORM)

    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert (await state(client))["topups"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"configuration": {"recipient": {}}, "display_name": 5},
        {"configuration": {"recipient": {}}, "metadata": {"a": {"b": "c"}}},
        {"configuration": {"recipient": {}}, "metadata": {"a" * 41: "c"}},
        {"configuration": [[[[[]]]]]},
        {"configuration": None},
        {"configuration": {"recipient": {}}, "contact_email": "x" * 6_000},
        {"configuration": {"recipient": {}}, "contact_email": "a\0b"},
        {"configuration": {"recipient": {}}, "dashboard": 1e400},
    ],
)
async def test_json_that_nobody_should_send_is_refused(client, body):
    answer = await client.post("/v2/core/accounts", content=json.dumps(body), headers={"Content-Type": "application/json"})

    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert (await state(client))["accounts"] == []


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        ("/v1/topups", "application/json", b'{"amount": 5, "currency": "usd"}'),
        ("/v1/topups", "multipart/form-data; boundary=x", b"--x--"),
        ("/v1/topups", "text/plain", b"amount=5&currency=usd"),
        ("/v2/core/accounts", "application/x-www-form-urlencoded", b"configuration[recipient]=1"),
        ("/v2/core/accounts", "\xff", b"{}"),
    ],
)
async def test_a_body_of_another_kind_is_refused(client, path, media_type, body):
    answer = await client.post(path, content=body, headers={"Content-Type": media_type.encode("latin-1")})

    assert answer.status_code == httpx.codes.BAD_REQUEST


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://x/\r\nSet-Cookie: a=b", "http://x/ñ", "//x", "http://x y", "file:///etc"]
)
async def test_a_link_leads_to_plain_addresses_of_the_web_only(client, address):
    account = (await client.post("/v2/core/accounts", json={"configuration": {"recipient": {}}})).json()["id"]
    flow = {"refresh_url": "http://localhost/r", "return_url": address}

    answer = await client.post(
        "/v2/core/account_links",
        json={"account": account, "use_case": {"type": "account_onboarding", "account_onboarding": flow}},
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "url_invalid")


@pytest.mark.parametrize("object_id", ["%ff", "%00", "..%2f..", "x" * 3_000, "%F0%9F%92%A9", "a%0d%0ab"])
async def test_an_id_that_is_none_is_not_found(client, object_id):
    for path in (
        "/v1/transfers/{}",
        "/v2/core/accounts/{}",
        "/v1/accounts/{}/external_accounts",
        "/v1/transfers/{}/reversals",
        "/onboard/{}",
    ):
        assert (await client.get(path.format(object_id))).status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("header", ["Idempotency-Key", "Stripe-Version", "Authorization", "Stripe-Account"])
async def test_headers_may_hold_any_byte(client, header):
    headers = {"Authorization": f"Bearer {KEY}", header: b"\xff\xfe\xe9"}

    answer = await client.post("/v1/topups", data={"amount": "5", "currency": "usd"}, headers=headers)

    assert answer.status_code in {200, 401, 403}


NASTY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "amount",
    "currency",
    "destination",
    "metadata",
    "configuration",
    "include",
    "use_case",
    "account",
    "limit",
    "created",
    "payments",
    "expand",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(ROUTES),
    body=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), NASTY, max_size=4),
    raw=st.binary(max_size=60),
)
def test_no_call_brings_it_down(sandbox_process, route, body, raw):
    with httpx.Client(base_url=sandbox_process, headers={"Authorization": f"Bearer {KEY}"}, verify=PLAIN) as client:
        path = route.template.replace("{id}", "acct_none")
        answers = [client.request(route.method, path, json=body), client.request(route.method, path, content=raw)]
        answers.append(client.post("/_sandbox/" + path.rpartition("/")[2], json=body))
        answers.append(client.request(route.method, path, params={name: str(value) for name, value in body.items()}))

    assert [answer.status_code for answer in answers if answer.is_server_error] == []
    assert all(answer.json() is not None for answer in answers)
