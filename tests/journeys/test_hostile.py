"""Hostile callers: each is refused with the right problem, learns nothing, and leaves nothing behind."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import text

from sdc.auth.permissions import ALLOWED, Permission
from sdc.auth.principal import Role
from tests.journeys.town import a_token, a_town
from tests.journeys.walking import Walk
from tests.serving import bearer

TABLES: tuple[str, ...] = (
    *("purchases", "decisions", "authorizations", "deliveries", "bills", "payments", "plans", "members", "vendors", "notices"),
    *("ledger_transfers", "ledger_blocks", "jobs", "idempotency_keys", "documents", "tokens", "staff", "programs", "budgets"),
)
"""Everything that a refused request might have written; the journal may grow, for it notes refusals."""
PLACEHOLDER = re.compile(r"{[^}]+}")
PROBLEM = "application/problem+json"
PEOPLE = {
    Role.MEMBER: "ana",
    Role.REPRESENTATIVE: "representative",
    Role.BROKER: "broker",
    Role.DIRECTOR: "director",
    Role.VENDOR: "gym",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "admin",
    Role.PAYER: "payer",
}


async def test_a_role_that_may_not_is_told_403_and_nobody_401_on_every_route(sqlite_walk):
    walk = sqlite_walk
    before = await rows(walk)
    wrong = []
    for method, path, permission in routes(walk):
        if permission in {None, Permission.APPLY_AS_VENDOR}:
            continue
        for role, who in PEOPLE.items():
            if role not in ALLOWED[permission]:
                answer = await walk.http.request(method, path, headers=headers(walk.town.tokens[who]))
                wrong += complain(f"{method} {path} as {role}", answer, 403)
        for token in (None, "sdc_nobody_has_this_token", "\u00e9"):
            answer = await walk.http.request(method, path, headers=headers(token))
            wrong += complain(f"{method} {path} as nobody", answer, 401)

    assert wrong == []
    assert await rows(walk) == before


async def test_a_token_that_has_expired_or_was_revoked_opens_nothing(sqlite_walk):
    walk, town = sqlite_walk, sqlite_walk.town
    town.tokens["short"] = await a_token(
        walk.served.sessions, town.ids["ana"], Role.MEMBER, at=walk.served.clock.now(), life=timedelta(minutes=1)
    )
    issued = await walk.does("admin", "/v1/tokens", {"role": "member", "subject_id": str(town.ids["ben"])})
    town.tokens["revoked"] = issued["token"]
    assert (await walk.get("short", "/v1/me")).status_code == 200
    assert (await walk.get("revoked", "/v1/me")).status_code == 200
    walk.served.clock.move(minutes=1)
    await walk.http.delete(f"/v1/tokens/{issued['id']}", headers=headers(town.tokens["admin"]))
    before = await rows(walk)

    for who in ("short", "revoked"):
        assert (await walk.post(who, "/v1/purchases", town.request("bus.pass"))).status_code == 401
    assert await rows(walk) == before


async def test_what_is_not_yours_is_not_there(sqlite_walk):
    walk = sqlite_walk
    far = await a_far_town(walk)
    things = await walk.orders_and_receives("gym.month", approved_by=("broker",))
    waiting = await walk.requests("school.lesson", quantity=6)
    bill = await walk.bills("gym", things, 9_000)
    await walk.works()
    (payment,) = await walk.payments("gym")
    paths = their_paths(walk, waiting, things, bill, payment)
    before = await rows(walk)

    strangers: dict[str, dict[str, str]] = {
        "purchase": {"ben": "GET", "cleo": "GET", "other broker": "GET", "far director": "GET", "far auditor": "GET", "far broker": "GET"},
        "approve": {"other broker": "POST", "far broker": "POST", "far director": "POST", "far payer": "POST"},
        "cancel": {"ben": "POST", "other broker": "POST", "far broker": "POST"},
        "confirm": {"ben": "POST", "far broker": "POST"},
        "order": {"bus": "GET", "far shop": "GET"},
        "deliver": {"bus": "POST", "far shop": "POST"},
        "bill": {"bus": "GET", "other broker": "GET", "far director": "GET", "far auditor": "GET", "far shop": "GET"},
        "reverse": {"far director": "POST"},
        "payment": {"bus": "GET", "far auditor": "GET", "far shop": "GET"},
        "budget": {"ben": "GET", "other broker": "GET", "far director": "GET", "far auditor": "GET"},
        "plan": {"ben": "GET", "other broker": "GET", "far director": "GET"},
        "member": {"ben": "GET", "other broker": "GET", "far director": "GET", "far auditor": "GET"},
        "notices": {"ben": "GET", "other broker": "GET"},
        "program": {"far director": "GET", "far auditor": "GET", "far broker": "GET", "far payer": "GET"},
        "vendor": {"bus": "GET", "far ana": "GET", "far director": "GET"},
        "suspend": {"far director": "POST"},
        "ledger": {"far auditor": "GET"},
    }
    wrong = []
    for thing, people in strangers.items():
        for who, method in people.items():
            body = {"reason": "because"} if thing in {"reverse", "suspend"} else {}
            answer = await (walk.get(who, paths[thing]) if method == "GET" else walk.post(who, paths[thing], body))
            wrong += complain(f"{thing} for {who}", answer, 404)

    assert wrong == []
    assert far.program.id != walk.town.program.id
    assert await rows(walk) == before


async def test_lists_hold_nothing_of_other_people(sqlite_walk):
    walk = sqlite_walk
    await a_far_town(walk)
    things = await walk.orders_and_receives("gym.month", approved_by=("broker",))
    await walk.bills("gym", things, 9_000)
    await walk.works()

    for who in ("ben", "cleo", "other broker", "far broker", "far director", "far auditor", "far payer"):
        assert (await walk.reads(who, "/v1/purchases"))["items"] == [], who
    for who in ("bus", "far shop"):
        for path in ("/v1/orders", "/v1/bills", "/v1/payments"):
            assert (await walk.reads(who, path))["items"] == [], (who, path)
    assert (await walk.reads("far auditor", "/v1/payments"))["items"] == []
    assert {one["id"] for one in (await walk.reads("ben", "/v1/members"))["items"]} == {str(walk.town.ids["ben"])}


BAD_VALUES: dict[str, dict[str, Any]] = {
    "amount as text": {"amount_cents": "5000"},
    "amount as a fraction": {"amount_cents": 5000.0},
    "amount as truth": {"amount_cents": True},
    "no amount at all": {"amount_cents": 0},
    "negative amount": {"amount_cents": -5_000},
    "huge amount": {"amount_cents": 2**200},
    "huge tax": {"tax_cents": 10**30},
    "negative tax": {"tax_cents": -1},
    "negative quantity": {"quantity": -1},
    "zero quantity": {"quantity": "0.000"},
    "quantity with too many places": {"quantity": "1.0001"},
    "quantity as a float": {"quantity": 1.5},
    "huge quantity": {"quantity": "99999999999999999999"},
    "quantity in other digits": {"quantity": "\u0661"},
    "unknown field": {"approved": True},
    "unknown choice": {"from": "elsewhere"},
    "id that is none": {"budget_id": "my budget"},
    "null id": {"member_id": None},
    "day that is none": {"purchase_date": "2026-02-30"},
    "day as a number": {"purchase_date": 20261015},
    "instant for a day": {"purchase_date": "2026-10-15T10:00:00Z"},
    "year one": {"purchase_date": "0001-01-01"},
    "service before its purchase": {"purchase_date": "2026-10-15", "service_to": "2026-10-14"},
    "nul": {"memo_to_vendor": "a\u0000b"},
    "bidi": {"memo_to_vendor": "pay \u202e0005"},
    "half a pair": {"memo_to_vendor": "\ud800"},
    "control": {"sole_source_note": "a\u001bb"},
    "blank words": {"memo_to_vendor": "   "},
    "too many words": {"sole_source_note": "x" * 2_001},
    "list for text": {"memo_to_vendor": ["x"]},
    "text for list": {"quotes": "none"},
    "too many quotes": {"quotes": [{"amount_cents": 1}] * 21},
}


@pytest.mark.parametrize("kind", ["values", "bodies", "unknown ids"])
async def test_bad_input_is_refused_as_a_problem_and_nothing_is_written(kind, walk):
    before = await rows(walk)
    wrong = await {"values": bad_values, "bodies": bad_bodies, "unknown ids": unknown_ids}[kind](walk)

    assert wrong == []
    assert await rows(walk) == before


async def bad_values(walk: Walk) -> list[str]:
    """Ask for things with values that cannot be."""
    wrong = []
    for name, change in BAD_VALUES.items():
        answer = await post_raw(walk, json_text(walk.town.request("bus.pass") | change))
        wrong += complain(name, answer, 422)
        if answer.status_code == 422 and not answer.json().get("errors"):
            wrong.append(f"{name}: names no field")
    return wrong


async def bad_bodies(walk: Walk) -> list[str]:
    """Send bodies that are no request at all."""
    good = json_text(walk.town.request("bus.pass"))
    deep = ("[" * 5_000 + "]" * 5_000).encode()
    json_type = {"Content-Type": "application/json"}
    tries: list[tuple[str, bytes, dict[str, str], int]] = [
        ("no JSON", b"{", json_type, 400),
        ("no UTF-8", good[:-1] + b',"item":"\xff"}', json_type, 400),
        ("a key twice", b'{"member_id":1,' + good[1:], json_type, 400),
        ("not a number", good[:-1] + b',"tax_cents":NaN}', json_type, 400),
        ("too deep", deep, json_type, 400),
        ("no object", b"[]", json_type, 422),
        ("nothing", b"", json_type, 400),
        ("too large", b'{"memo_to_vendor":"' + b"x" * 70_000 + b'"}', json_type, 413),
        ("a form", b"member_id=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ("plain text", good, {"Content-Type": "text/plain"}, 415),
        ("no type", good, {}, 415),
    ]
    wrong = []
    for name, body, extra, status in tries:
        answer = await walk.http.post("/v1/purchases", content=body, headers=headers(walk.town.tokens["ana"]) | extra)
        wrong += complain(name, answer, status)
    for name, key in (("no key", None), ("an empty key", ""), ("a long key", "x" * 256), ("a key in other letters", "\u00e9")):
        sent = bearer(walk.town.tokens["ana"]) | json_type | ({} if key is None else {"Idempotency-Key": key})
        coded = [(one.encode(), value.encode("latin-1")) for one, value in sent.items()]
        wrong += complain(name, await walk.http.post("/v1/purchases", content=good, headers=coded), 400)
    return wrong


async def unknown_ids(walk: Walk) -> list[str]:
    """Name things that are nowhere."""
    nowhere = str(uuid4())
    wrong = []
    for field in ("member_id", "budget_id", "vendor_id", "offering_id"):
        wrong += complain(field, await walk.post("ana", "/v1/purchases", walk.town.request("bus.pass") | {field: nowhere}), 404)
    for method, path, permission in routes(walk, known=nowhere):
        if nowhere not in path or permission is None or "/rulebooks/" in path:
            continue
        who = next(PEOPLE[role] for role in PEOPLE if role in ALLOWED[permission])
        if method == "GET":
            answer = await walk.get(who, path, program_id=nowhere)
            wrong += complain(f"{method} {path}", answer, 404)
        elif path.endswith("/documents"):
            file = {"file": ("a.pdf", b"%PDF-1.4 nothing", "application/pdf")}
            kind = "tax_form" if "/vendors/" in path else "quote"
            answer = await walk.http.post(path, data={"kind": kind}, files=file, headers=headers(walk.town.tokens[who]))
            wrong += complain(f"{method} {path}", answer, 404)
        else:
            answer = await walk.http.request(method, path, json={}, headers=headers(walk.town.tokens[who]))
            wrong += [] if answer.status_code in {404, 422} and is_problem(answer) else complain(f"{method} {path}", answer, 404)
    return wrong


def routes(walk: Walk, *, known: str | None = None) -> list[tuple[str, str, Permission | None]]:
    """List every route with a path that could be, and its permission."""
    found = []
    for route in walk.served.app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            permission = handler.opt.get("permission")
            if method != "OPTIONS":
                found.append((str(method), PLACEHOLDER.sub(lambda named: _fill(named[0], known), route.path_format), permission))
    assert len(found) > 60
    return found


def _fill(placeholder: str, known: str | None) -> str:
    return {"{version}": "1", "{year}": "2026"}.get(placeholder) or known or str(uuid4())


def their_paths(walk: Walk, waiting: Any, things: Any, bill: Any, payment: Any) -> dict[str, str]:
    """Name what belongs to Ana, or to the gym that she buys from."""
    town = walk.town
    return {
        "purchase": f"/v1/purchases/{waiting['id']}",
        "approve": f"/v1/purchases/{waiting['id']}/approve",
        "cancel": f"/v1/purchases/{waiting['id']}/cancel",
        "confirm": f"/v1/purchases/{things['id']}/confirm",
        "order": f"/v1/orders/{things['order_id']}",
        "deliver": f"/v1/purchases/{things['order_id']}/deliver",
        "bill": f"/v1/bills/{bill['id']}",
        "reverse": f"/v1/bills/{bill['id']}/reverse",
        "payment": f"/v1/payments/{payment['id']}",
        "budget": f"/v1/budgets/{town.budgets['ana'].id}",
        "plan": f"/v1/plans/{town.plans['ana'].id}",
        "member": f"/v1/members/{town.ids['ana']}",
        "notices": f"/v1/members/{town.ids['ana']}/notices",
        "program": f"/v1/programs/{town.program.id}",
        "vendor": f"/v1/vendors/{town.ids['gym']}",
        "suspend": f"/v1/vendors/{town.ids['gym']}/suspend",
        "ledger": f"/v1/ledger/entries?program_id={town.program.id}",
    }


async def a_far_town(walk: Walk) -> Any:
    """Build another program, whose people hold tokens too: `far director` and the rest."""
    far = await a_town(walk.served.sessions)
    walk.town.tokens |= {f"far {'shop' if name == 'gym' else name}": token for name, token in far.tokens.items()}
    return far


async def rows(walk: Walk) -> dict[str, int]:
    """Count what stands."""
    async with walk.served.sessions.read() as session:
        return {name: int(await session.scalar(text(f"SELECT count(*) FROM {name}")) or 0) for name in TABLES}


async def post_raw(walk: Walk, body: bytes) -> Any:
    """Post bytes as a JSON body."""
    return await walk.http.post(
        "/v1/purchases", content=body, headers=headers(walk.town.tokens["ana"]) | {"Content-Type": "application/json"}
    )


def headers(token: str | None) -> Any:
    """Write the headers of a call that is right as far as headers go."""
    return {**({} if token is None else {"Authorization": f"Bearer {token}".encode("latin-1")}), "Idempotency-Key": uuid4().hex}


def json_text(value: Any) -> bytes:
    """Write JSON that may hold half a surrogate pair."""
    return json.dumps(value).encode()


def is_problem(answer: Any) -> bool:
    """Say whether an answer is a problem that says its own status."""
    return bool(answer.headers.get("content-type", "").startswith(PROBLEM) and answer.json()["status"] == answer.status_code)


def complain(what: str, answer: Any, status: int) -> list[str]:
    """Say what is wrong with an answer, if anything."""
    if answer.status_code == status and is_problem(answer):
        return []
    return [f"{what}: expected {status}, got {answer.status_code} {answer.text[:200]}"]


async def test_a_path_or_method_that_no_route_takes_is_answered_as_carefully_as_any(sqlite_walk):
    walk = sqlite_walk
    tries = [("GET", "/v1/people", 404), ("PUT", "/v1/me", 405), ("GET", "/v1/members/my-neighbour", 404), ("HEAD", "/healthz", 405)]
    answers = [(await walk.http.request(method, path), status) for method, path, status in tries]
    told = [await walk.http.options(path) for _, path, _ in routes(walk)]

    assert [answer.status_code for answer, status in answers if answer.status_code != status] == []
    assert all("x-request-id" in answer.headers and answer.headers["x-content-type-options"] == "nosniff" for answer, _ in answers)
    assert {answer.status_code for answer in told} == {204}
    assert all("OPTIONS" in answer.headers["allow"] for answer in told)
