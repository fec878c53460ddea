"""What every route has in common: problems, headers, log lines, the description and its page."""

import json
from uuid import uuid4

import pytest
import structlog
from structlog.testing import capture_logs

from sdc.auth.principal import Role
from sdc.problems import ALL_TYPES
from tests.serving import bearer, serving

PROBLEM = "application/problem+json"


async def test_every_refusal_is_a_problem_with_type_title_status_and_detail(sqlite_url):
    async with serving(sqlite_url) as here:
        admin = await here.token(Role.ADMIN)
        answers = [
            await here.get("/v1/me"),
            await here.get("/nothing/here", admin),
            await here.http.put("/v1/me", headers=bearer(admin)),
            await here.post("/v1/tokens", {"role": "wizard"}, admin),
            await here.http.post("/v1/tokens", json={}, headers=bearer(admin)),
            await here.http.post(
                "/v1/tokens", content=b"x" * 70_000, headers={**bearer(admin), "Idempotency-Key": "k", "Content-Type": "application/json"}
            ),
            await here.http.post(
                "/v1/tokens", content=b"{}", headers={**bearer(admin), "Idempotency-Key": "k", "Content-Type": "text/plain"}
            ),
        ]

    assert [answer.status_code for answer in answers] == [401, 404, 405, 422, 400, 413, 415]
    for answer in answers:
        assert answer.headers["content-type"].startswith(PROBLEM)
        assert {"type", "title", "status", "detail"} <= answer.json().keys()
        assert answer.json()["status"] == answer.status_code
        assert answer.json()["type"].removeprefix("/problems/") in {kind.name for kind in ALL_TYPES}


async def test_a_405_says_which_methods_the_path_takes(sqlite_url):
    async with serving(sqlite_url) as here:
        answer = await here.http.delete("/v1/me", headers=bearer(await here.token(Role.MEMBER)))

    assert "GET" in answer.headers["allow"]


async def test_every_request_is_one_log_line_without_body_query_or_token(sqlite_url):
    structlog.reset_defaults()
    async with serving(sqlite_url) as here:
        token = await here.token(Role.ADMIN)
        with capture_logs() as lines:
            answer = await here.http.post(
                f"/v1/tokens?secret=quiet-word&id={uuid4()}",
                json={"role": "member", "subject_id": str(uuid4())},
                headers={**bearer(token), "Idempotency-Key": "k"},
            )

    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) == 1
    assert requests[0].keys() == {"event", "log_level", "method", "route", "status", "duration_ms", "request_id", "principal_id"}
    assert (requests[0]["method"], requests[0]["route"], requests[0]["status"]) == ("POST", "/v1/tokens", answer.status_code)
    assert requests[0]["request_id"] == answer.headers["x-request-id"]
    assert "quiet-word" not in json.dumps(lines)
    assert token not in json.dumps(lines)


async def test_the_description_is_openapi_3_1_and_says_which_refusals_a_route_has(sqlite_url):
    async with serving(sqlite_url) as here:
        description = (await here.get("/openapi.json")).json()

    assert description["openapi"].startswith("3.1")
    create = description["paths"]["/v1/tokens"]["post"]
    assert {"201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "503"} <= create["responses"].keys()
    assert list(create["responses"]["422"]["content"]) == [PROBLEM]
    assert [p["name"] for p in create["parameters"]] == ["Idempotency-Key"]


async def test_the_page_of_the_description_loads_nothing_from_elsewhere(sqlite_url):
    async with serving(sqlite_url) as here:
        page = await here.get("/docs")
        script = await here.get("/docs/swagger-ui-bundle.js")
        style = await here.get("/docs/swagger-ui.css")
        start = await here.get("/docs/start.js")
        elsewhere = await here.get("/docs/..%2fswagger_ui%2fcore.py")

    assert "://" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert [answer.status_code for answer in (page, script, style, start, elsewhere)] == [200, 200, 200, 200, 404]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_needs_no_token(database_url, path):
    async with serving(database_url) as here:
        assert (await here.get(path)).json() == {"status": "ok"}
