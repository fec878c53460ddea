"""The ASGI shell around the world: authentication, keys, faults, the file, and the answer."""

import asyncio
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from vendors.rails.sandbox import onboarding, routes
from vendors.rails.sandbox.control import Control
from vendors.rails.sandbox.deliveries import Deliveries
from vendors.rails.sandbox.faults import Faults, Trouble
from vendors.rails.sandbox.idempotency import Kept, Keys, fingerprint
from vendors.rails.sandbox.parameters import check, decode_form, decode_json
from vendors.rails.sandbox.refusals import Document, Refused, encode
from vendors.rails.sandbox.store import Forget, Store
from vendors.rails.sandbox.world import API_VERSION, World

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MAX_BODY: Final = 1024 * 1024
HANG_SECONDS: Final = 120.0
DROP: Final = "sandbox.drop"
"""The ASGI extension by which the server lets a connection be cut."""

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

    def __init__(self, world: World, store: Store, deliveries: Deliveries) -> None:
        self.world = world
        self.faults = Faults()
        self.keys = Keys()
        self.control = Control(world, self.faults)
        self._store = store
        self._deliveries = deliveries
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

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        if not _HERE.fullmatch(request.headers.get("host", "")):
            raise Refused("The sandbox answers on this machine only.", status=HTTPStatus.MISDIRECTED_REQUEST)
        if request.path.startswith("/onboard/"):
            status, location, page = onboarding.visit(self.world, request.method, request.path.removeprefix("/onboard/"))
            await self._save()
            return Answer(status, page.encode(), (("location", location),) if location else (), "text/html; charset=utf-8")
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
        trouble = self.faults.take(route.call)
        _fail_at_once(trouble)
        answer = await self._execute(request, route, in_path, trouble)
        if trouble == "lose_after":
            raise Dropped
        if trouble == "hang":
            await _hang(receive)
        return answer

    async def _execute(self, request: Request, route: routes.Route, in_path: dict[str, str], trouble: Trouble | None) -> Answer:
        """Check the request, replay or run it, and let the answer leave only when its effects are in the file."""
        request_id = self.world.new_id("req")
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        given = {**_given(request, route), **in_path}
        headers = [("request-id", request_id), ("stripe-version", request.headers.get("stripe-version", API_VERSION))]
        if key is None:
            status, body = self._run(route, given, request, trouble)
            await self._save()
            return Answer(status, body, tuple(headers))
        headers.append(("idempotency-key", key))
        kept = self.keys.begin(key, fingerprint(request.method, request.path, request.body), now=self.world.now)
        if kept is not None:
            await self._store.settle()
            headers += [("idempotent-replayed", "true"), ("original-request", kept.request_id)]
            return Answer(kept.status, kept.body, tuple(headers))
        try:
            status, body = self._run(route, given, request, trouble)
            kept = Kept(key, fingerprint(request.method, request.path, request.body), status, body, request_id, self.world.now)
            self.keys.keep(kept)
            await self._save(kept)
        finally:
            self.keys.release(key)
        return Answer(status, body, tuple(headers))

    def _run(self, route: routes.Route, given: Document, request: Request, trouble: Trouble | None) -> tuple[int, bytes]:
        """Let the verb answer; its refusal is an answer too, and so is a planned fault of the server, in which nothing happens."""
        try:
            answer = _broken() if trouble == "500" else route.verb(self.world, given)
        except Refused as refused:
            return refused.status, refused.body
        if route.call == "POST /v2/core/account_links":
            answer["url"] = f"http://{request.headers['host']}{answer['url']}"
        return HTTPStatus.OK, encode(answer)

    async def _controlled(self, request: Request) -> Answer:
        given = decode_json(request.body)
        if (request.method, request.path) == ("POST", "/_sandbox/reset"):
            for part in (self.world, self.faults, self.keys, self.control.calls):
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
            self._deliveries.bring(happened, self.world.oldest_first("endpoint"))


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
    if request.method == "GET":
        return check(decode_form(request.query), route.shape)
    return check(decode_json(request.body) if route.speaks_json else decode_form(request.body), route.shape)


def _fail_at_once(trouble: Trouble | None) -> None:
    """Do nothing and say so, or say nothing."""
    match trouble:
        case "lose_before":
            raise Dropped
        case "409":
            raise Refused("The key is in use (planned fault).", code="idempotency_key_in_use", status=HTTPStatus.CONFLICT)
        case "429":
            raise TooMany
        case "502":
            raise BadGateway


class TooMany(Refused):
    """Stripe asks the caller to slow down."""

    def __init__(self) -> None:
        super().__init__("Too many requests (planned fault).", code="rate_limit", status=HTTPStatus.TOO_MANY_REQUESTS)
        self.headers = (("retry-after", "1"),)


class BadGateway(Refused):
    """A proxy in front of Stripe answers in its own words."""

    def __init__(self) -> None:
        super().__init__("", status=HTTPStatus.BAD_GATEWAY)
        self.media_type = "text/html"
        self.body = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def _broken() -> Document:
    """Answer as Stripe does when it fails: the answer is kept under the key, and nothing was done."""
    raise Refused("An unknown error occurred.", kind="api_error", status=HTTPStatus.INTERNAL_SERVER_ERROR)


async def _hang(receive: Receive) -> None:
    """Keep the caller waiting until it goes away or a long time has passed."""
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return
    raise Dropped
