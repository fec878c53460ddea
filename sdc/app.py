"""The application: every route, dependency and refusal put together, and what runs beside them."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Annotated, Any

import structlog
from litestar import Litestar, Request, Router
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import HeaderParameter
from litestar.plugins import InitPlugin
from litestar.plugins.pydantic import PydanticDIPlugin, PydanticInitPlugin, PydanticSchemaPlugin
from litestar.routes import HTTPRoute

from sdc.audit import api as audit
from sdc.auth.guards import principal_of, refuse_undeclared_routes, require_permission
from sdc.auth.principal import Principal
from sdc.bills import api as bills
from sdc.budgets import api as budgets
from sdc.changes import api as changes
from sdc.clock import REFRESH_SECONDS, Clock, machine_now
from sdc.config import Settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import KEY_PATTERN, MAX_KEY_LENGTH, IdempotencyKey, read_key
from sdc.jobs import run_forever
from sdc.marketplace import api as marketplace
from sdc.members import api as members
from sdc.notices import api as notices
from sdc.outbox.work import Work
from sdc.payments import api as payments
from sdc.payments.our_account import OurAccount
from sdc.payments.refusing import FLUSH_EVERY, Refusals, flush_refusals
from sdc.plans import api as plans
from sdc.problems import MEDIA_TYPE, Problem, exception_handlers, journal_refusal
from sdc.programs import api as programs
from sdc.purchases import api as purchases
from sdc.rulebooks import api as rulebooks
from sdc.web import docs, health
from sdc.web.input import MAX_BODY_BYTES, decode_input, is_input
from sdc.web.public import PUBLIC
from sdc.web.requests import StrictRequest, request_log
from vendors.rails import Rail

HANDLERS: Sequence[HTTPRouteHandler] = (
    *health.HANDLERS,
    *programs.HANDLERS,
    *members.HANDLERS,
    *budgets.HANDLERS,
    *plans.HANDLERS,
    *rulebooks.HANDLERS,
    *notices.HANDLERS,
    *purchases.HANDLERS,
    *changes.HANDLERS,
    *marketplace.HANDLERS,
    *bills.HANDLERS,
    *payments.HANDLERS,
    *audit.HANDLERS,
)
_log = structlog.get_logger("sdc.app")
_ALWAYS = (429, 503)
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})


def create_app(settings: Settings, *, sessions: Sessions, clock: Clock, rail: Rail, run_worker: bool = False) -> Litestar:
    """Build the application on what its process owns; whoever owns it closes it.

    Raises:
        ConfigurationError: a route declares no permission.

    """
    keyring = KeyRing(settings.secret_keys)
    work = Work(sessions=sessions, clock=clock, keyring=keyring, settings=settings, rail=rail)
    app = Litestar(
        route_handlers=[*(_documented(handler) for handler in HANDLERS), *(docs.HANDLERS if settings.docs else [docs.get_openapi])],
        dependencies=_dependencies(),
        guards=[require_permission],
        exception_handlers=exception_handlers(),
        after_exception=[journal_refusal],
        request_class=StrictRequest,
        request_max_body_size=MAX_BODY_BYTES,
        # Each part of the framework's plugin by itself: the whole one would put its lax reading before ours.
        plugins=[PydanticInitPlugin(prefer_alias=True), PydanticSchemaPlugin(prefer_alias=True), PydanticDIPlugin(), _StrictInput()],
        openapi_config=_openapi(),
        lifespan=[_beside(run_worker=run_worker)],
        logging_config=None,
        debug=False,
    )
    refuse_undeclared_routes(app)
    app.asgi_handler = request_log(app.asgi_handler)  # around everything: what no route takes is logged and marked as well
    stand_on(app, work)
    return app


def stand_on(app: Litestar, work: Work) -> None:
    """Let an application work with these sessions, clock, keys and rail from now on."""
    app.state.update({"sessions": work.sessions, "clock": work.clock, "keyring": work.keyring, "running_calls": set(), "work": work})
    app.state.update({"refusals": Refusals(), "rail_account": OurAccount()})
    app.state.pop("application_rate", None)


class _StrictInput(InitPlugin):
    """Puts our own reading of request bodies before the framework's (it asks the first decoder that fits)."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.type_decoders = [(is_input, decode_input), *(app_config.type_decoders or ())]
        return app_config


def _dependencies() -> dict[str, Provide]:
    return {
        "sessions": Provide(_provide_sessions, sync_to_thread=False),
        "clock": Provide(_provide_clock, sync_to_thread=False),
        "keyring": Provide(_provide_keyring, sync_to_thread=False),
        "settings": Provide(_provide_settings, sync_to_thread=False),
        "rail": Provide(_provide_rail, sync_to_thread=False),
        "work": Provide(_provide_work, sync_to_thread=False),
        "who": Provide(_provide_who, sync_to_thread=False),
        "maybe_who": Provide(_provide_maybe_who, sync_to_thread=False),
        "key": Provide(_provide_key),
    }


def _provide_work(state: State) -> Work:
    work: Work = state.work
    return work


def _provide_sessions(state: State) -> Sessions:
    sessions: Sessions = state.sessions
    return sessions


def _provide_clock(state: State) -> Clock:
    clock: Clock = state.clock
    return clock


def _provide_keyring(state: State) -> KeyRing:
    keyring: KeyRing = state.keyring
    return keyring


def _provide_settings(state: State) -> Settings:
    settings: Settings = state.work.settings
    return settings


def _provide_rail(state: State) -> Rail:
    rail: Rail = state.work.rail
    return rail


def _provide_who(request: Request[Any, Any, Any]) -> Principal:
    who = principal_of(request.scope)
    assert who is not None, "the gate let nobody through to a route that asks who it is"
    return who


def _provide_maybe_who(request: Request[Any, Any, Any]) -> Principal | None:
    return principal_of(request.scope)


async def _provide_key(
    request: Request[Any, Any, Any],
    idempotency_key: Annotated[
        str,
        HeaderParameter(
            name="Idempotency-Key",
            min_length=1,
            max_length=MAX_KEY_LENGTH,
            pattern=KEY_PATTERN,
            description="the same key and body have one effect",
        ),
    ],
) -> IdempotencyKey:
    return await read_key(request, idempotency_key)


def _beside(*, run_worker: bool) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Run what stands beside the routes: the clock's refresh, and the worker where it is inline."""

    @asynccontextmanager
    async def beside(app: Litestar) -> AsyncIterator[None]:
        work: Work = app.state.work
        stop = asyncio.Event()
        works = run_forever(work, stop) if run_worker else _follow_clock(work, stop)
        tasks = [asyncio.create_task(works), asyncio.create_task(_keep_inbox(app.state.refusals, app.state.rail_account, work, stop))]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    return beside


async def _keep_inbox(refusals: Refusals, account: OurAccount, work: Work, stop: asyncio.Event) -> None:
    """Learn which account at the rail is ours, so that no webhook waits for it; write down what was refused, the last at the end."""
    while not stop.is_set():
        try:
            await account.learn(work.rail, machine_at=machine_now())
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), FLUSH_EVERY.total_seconds())
            await flush_refusals(refusals, work.sessions, machine_at=machine_now())
        except Exception as error:  # noqa: BLE001 - a database that is away for a while comes back
            _log.error("inbox_not_kept", error=type(error).__name__)


async def _follow_clock(work: Work, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await work.clock.refresh(work.sessions)
        except Exception as error:  # noqa: BLE001 - a database that is away for a while comes back
            _log.error("clock_refresh_failed", error=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), REFRESH_SECONDS)
        except TimeoutError:
            continue


def _documented(handler: HTTPRouteHandler) -> HTTPRouteHandler:
    """Say in the description of a route which refusals it can answer, by what it takes."""
    statuses = set(_ALWAYS)
    if not handler.opt.get("public"):
        statuses |= {401, 403}
    takes_body = any(method in _BODY_METHODS for method in handler.http_methods)
    if takes_body:
        statuses |= {400, 404, 409, 413, 415, 422}
    if any("{" in path for path in handler.paths) or "program_id" in inspect.signature(handler.fn).parameters:
        statuses |= {404}
    if not takes_body:
        statuses |= {422}
    spec = ResponseSpec(data_container=Problem, media_type=MEDIA_TYPE, generate_examples=False)
    handler.responses = {**dict.fromkeys(sorted(statuses), spec), **(handler.responses or {})}
    return handler


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="sdc",
        version="1",
        description="Self-directed care: budgets as ledgers, decisions in the open, vendors paid. Refusals are problems (RFC 9457).",
        components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"bearer": []}],
        openapi_router=Router("/docs/schema", route_handlers=[], opt=PUBLIC, include_in_schema=False),
        render_plugins=[JsonRenderPlugin()],
    )


def routes_of(app: Litestar) -> list[tuple[str, str]]:
    """List every method and path (for the documentation's test)."""
    return sorted((method, route.path) for route in app.routes if isinstance(route, HTTPRoute) for method in route.route_handler_map)
