"""The ASGI shell around the world: authentication, keys, faults, the file, and the answer."""

import asyncio
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox import document, onboarding, passing, routes
from vendors.rails.sandbox.control import Control
from vendors.rails.sandbox.deliveries import Deliveries
from vendors.rails.sandbox.expanding import EXPAND, expanded
from vendors.rails.sandbox.faults import Fault
from vendors.rails.sandbox.idempotency import Kept, Keys, fingerprint, scoped
from vendors.rails.sandbox.parameters import check, decode_form, decode_json
from vendors.rails.sandbox.refusals import BadGateway, Document, Refused, TooMany, encode
from vendors.rails.sandbox.store import Forget, Store
from vendors.rails.sandbox.world import API_VERSION, World

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MAX_BODY: Final = 1024 * 1024
HANG_SECONDS: Final = 120.0
PAGE_MAY: Final = "default-src 'none'; style-src 'unsafe-inline'"
DROP: Final = "sandbox.drop"
"""The ASGI extension by which the server lets a connection be cut."""

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

_KEY = re.compile(r"sk_test_sandbox_[A-Za-z0-9_]*")
_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")


class Dropped(Exception):  # noqa: N818 - a way out, not an error
    """The connection is to be cut without an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers and a body."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What came in, read to its end."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes = field(repr=False)


class Sandbox:
    """A Stripe in miniature, as an ASGI application."""

    def __init__(self, world: World, store: Store, deliveries: Deliveries, *, host: str = "") -> None:
        """Take back what the file knows. `host` is one more name by which it may be called, beside this machine's own; `*` is any."""
        self.world = world
        self.keys = Keys()
        self.control = Control(world)
        self._store = store
        self._deliveries = deliveries
        self._host = host
        world.restore(store.objects())
        for kept in store.answers():
            self.keys.keep(kept)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or cut its connection."""
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        try:
            answer = await self._answer(await _read(scope, receive), receive)
        except Refused as refused:
            answer = Answer(refused.status, refused.body, (("request-id", self.world.new_id("req")), *refused.headers), refused.media_type)
        except Dropped:
            scope["extensions"][DROP]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        headers = [("content-type", answer.media_type), ("content-length", str(len(answer.body))), *answer.headers]
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    async def let_time_pass(self) -> None:
        """Do what has come due although nobody calls."""
        if self.world.has_due:
            passing.let_time_pass(self.world)
            await self._save()

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        host = request.headers.get("host", "")
        if not _HERE.fullmatch(host) and self._host not in {"*", host.rpartition(":")[0] or host}:
            raise Refused("The sandbox answers on this machine only.", status=HTTPStatus.MISDIRECTED_REQUEST)
        if self.world.has_due:
            passing.let_time_pass(self.world)
        if request.path.startswith("/onboard/"):
            return await self._onboarded(request)
        if "origin" in request.headers:
            raise Refused("The sandbox takes no calls from web pages.", status=HTTPStatus.FORBIDDEN)
        if request.path == "/_sandbox" or request.path.startswith("/_sandbox/"):
            return await self._controlled(request)
        matched = routes.match(request.method, request.path)
        if matched is None:
            raise Refused(f"Unrecognized request URL ({request.method}: {request.path}).", status=HTTPStatus.NOT_FOUND)
        route, in_path = matched
        _authenticate(request)
        self.control.calls[route.call] += 1
        fault = self.world.faults.take(route.call)
        _fail_at_once(fault)
        answer = await self._execute(request, route, in_path, fault)
        if fault is not None and fault.trouble == "lose_after":
            raise Dropped
        if fault is not None and fault.trouble == "hang":
            await _hang(receive)
        return answer

    async def _execute(self, request: Request, route: routes.Route, in_path: dict[str, str], fault: Fault | None) -> Answer:
        """Check the request, replay or run it, and let the answer leave only when its effects are in the file."""
        request_id = self.world.new_id("req")
        account = self._made_for(request, route)
        given = {**_given(request, route), **in_path, **({"stripe_account": account} if account else {})}
        headers = [("request-id", request_id), ("stripe-version", request.headers.get("stripe-version", API_VERSION))]
        if account:
            headers.append(("stripe-account", account))
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if not key:
            status, body = self._run(route, given, request, fault)
            await self._save()
            return Answer(status, body, tuple(headers))
        headers.append(("idempotency-key", key))
        name, mark = scoped(key, account=account, version_2=route.speaks_json), fingerprint(request.method, request.path, request.body)
        kept = self.keys.begin(name, mark, now=self.world.now)
        if kept is not None:
            await self._store.settle()
            headers += [("idempotent-replayed", "true"), ("original-request", kept.request_id)]
            return Answer(kept.status, kept.body, tuple(headers))
        try:
            status, body = self._run(route, given, request, fault)
            if route.speaks_json and status != HTTPStatus.OK:
                await self._save()  # version 2 keeps no failure: the same key executes again
            else:
                kept = Kept(name, mark, status, body, request_id, self.world.now)
                self.keys.keep(kept)
                await self._save(kept)
        finally:
            self.keys.release(name)
        return Answer(status, body, tuple(headers))

    def _made_for(self, request: Request, route: routes.Route) -> str | None:
        """Return the connected account that a call is made for, if it is for one.

        Raises:
            Refused: it is none of ours; the call is the platform's alone.

        """
        account = request.headers.get("stripe-account")
        if not account:
            return None
        if self.world.find("account", account) is None:
            message = f"The provided key does not have access to account '{account}' (or that account does not exist)."
            raise Refused(message, code="account_invalid", status=HTTPStatus.FORBIDDEN)
        if not route.for_connected:
            raise Refused("The sandbox does not take this call for a connected account.", param="Stripe-Account")
        return account

    def _run(self, route: routes.Route, given: Document, request: Request, fault: Fault | None) -> tuple[int, bytes]:
        """Let the verb answer; its refusal is an answer too, and so is a planned fault of the server, in which nothing happens."""
        trouble = fault.trouble if fault else ""
        self.world.mishap = fault
        try:
            if trouble in {"500", "stored_500"}:
                raise _broken()
            expand = given.pop("expand", ())
            answer = expanded(self.world, route.verb(self.world, given), expand, account=given.get("stripe_account"))
            passing.let_time_pass(self.world)  # what follows at once
            if trouble == "500_after":
                raise _broken()
        except Refused as refused:
            return refused.status, refused.body
        finally:
            self.world.mishap = None
        if route.call == "POST /v2/core/account_links":
            answer["url"] = f"http://{request.headers['host']}{answer['url']}"
        complaint = document.judge_of(route.call).complaint(HTTPStatus.OK, answer)
        if complaint is not None:  # an error of ours: an answer that Stripe would not give never leaves
            self.control.complaints.append(f"{route.call}: {complaint.param}: {complaint.message}")
            ours = _broken(f"The sandbox was about to answer what Stripe's document does not know: {complaint.param}")
            return ours.status, ours.body
        return HTTPStatus.OK, encode(answer)

    async def _onboarded(self, request: Request) -> Answer:
        form = decode_form(request.body) if request.method == "POST" else {}
        choice = form.get("choice", onboarding.FINISH)
        token = request.path.removeprefix("/onboard/")
        status, location, page = onboarding.visit(self.world, request.method, token, choice if isinstance(choice, str) else "")
        await self._save()
        headers = (("cache-control", "no-store"), ("content-security-policy", PAGE_MAY), ("referrer-policy", "no-referrer"))
        return Answer(status, page.encode(), (*headers, *((("location", location),) if location else ())), "text/html; charset=utf-8")

    async def _controlled(self, request: Request) -> Answer:
        given = decode_json(request.body)
        if (request.method, request.path) == ("POST", "/_sandbox/reset"):
            for part in (self.world, self.world.faults, self.keys, self.control):
                part.clear()
            self._store.append(Forget())
            await self._store.settle()
            return Answer(HTTPStatus.OK, encode(self.control.state()))
        answer = encode(self.control.answer(request.method, request.path, given))
        await self._save()
        return Answer(HTTPStatus.OK, answer)

    async def _save(self, *kept: Kept) -> None:
        """Put what changed into the file in one write, then let the events go out."""
        happened = self.world.take_happened()
        pruned = self.keys.prune(now=self.world.now) if kept else None
        self._store.append(*self.world.take_changes(), *kept, *((Forget(pruned),) if pruned is not None else ()))
        await self._store.settle()
        if happened:
            self._deliveries.bring(happened, self.world.oldest_first("endpoint"), self.world.faults)


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Dropped
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise Refused("The request body is too large.", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not message.get("more_body", False):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], scope["query_string"], headers, body)


def _authenticate(request: Request) -> None:
    """Take a sandbox key as bearer, or as the user of basic authentication."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    key = credentials.strip() if scheme.lower() == "bearer" else ""
    if scheme.lower() == "basic":
        try:
            key = b64decode(credentials, validate=True).decode().partition(":")[0]
        except ValueError:
            key = ""
    if not _KEY.fullmatch(key):
        raise Refused("Invalid API Key provided: the sandbox takes keys that begin with sk_test_sandbox_", status=HTTPStatus.UNAUTHORIZED)


def _given(request: Request, route: routes.Route) -> Document:
    """Read what was sent, and hold it against Stripe's document and then against what the sandbox does of it."""
    if request.method == "GET":
        given = decode_form(request.query)
    else:
        expected = JSON if route.speaks_json else FORM
        sent = request.headers.get("content-type", expected).partition(";")[0].strip().lower()
        if sent != expected and request.body:
            raise Refused(f"Invalid request (check that your POST content type is {expected}).")
        given = decode_json(request.body) if route.speaks_json else decode_form(request.body)
    document.check_call(route.call, given)
    return check(given, route.shape if route.speaks_json else {**route.shape, **EXPAND})


def _fail_at_once(fault: Fault | None) -> None:
    """Do nothing and say so, or say nothing."""
    match fault.trouble if fault else "":
        case "lose_before":
            raise Dropped
        case "409":
            raise Refused("The key is in use (planned fault).", code="idempotency_key_in_use", status=HTTPStatus.CONFLICT)
        case "429":
            raise TooMany
        case "lock_timeout":
            raise TooMany("lock_timeout")
        case "502" | "html_502":
            raise BadGateway


def _broken(message: str = "An unknown error occurred.") -> Refused:
    """Answer as Stripe does when it fails: under a key of version 1 the answer is kept."""
    return Refused(message, kind="api_error", status=HTTPStatus.INTERNAL_SERVER_ERROR)


async def _hang(receive: Receive) -> None:
    """Keep the caller waiting until it goes away or a long time has passed."""
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return
    raise Dropped
