"""The route by which the processor tells us that something happened, and those that show what became of it."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, QueryParameter, SkipValidation
from litestar.status_codes import HTTP_200_OK, HTTP_413_REQUEST_ENTITY_TOO_LARGE
from sqlalchemy import func, select

from sdc import errors, idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock, machine_now
from sdc.database import Sessions
from sdc.errors import InvalidFieldError
from sdc.idempotency import IdempotencyKey
from sdc.payments.applying import revive_event
from sdc.payments.event_forms import CountersOut, DayOfRefusals, EventOut, EventPage
from sdc.payments.forms import ReceivedOut
from sdc.payments.model import EventState, RailEvent
from sdc.payments.our_account import OurAccount
from sdc.payments.refusing import Refusals, flush_refusals, refusals_by_day, refusals_in_all
from sdc.payments.webhook import is_event_id, receive_event
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit
from sdc.web.public import PUBLIC
from vendors import ForgedEventError
from vendors.rails import MAX_EVENT_BYTES, Rail

_DAYS_SHOWN = 14


@post("/v1/webhooks/stripe", status_code=HTTP_200_OK, opt=PUBLIC, request_max_body_size=MAX_EVENT_BYTES)
async def receive_stripe_event(
    request: Request[Any, Any, Any],
    state: State,
    sessions: NamedDependency[Sessions],
    clock: NamedDependency[Clock],
    rail: NamedDependency[SkipValidation[Rail]],
) -> ReceivedOut:
    """Take an event of the processor: its signature is checked over its raw bytes, then it is kept; it is applied later."""
    try:
        raw = await request.body()
    except HTTPException as error:
        if error.status_code == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
            await _count(state, sessions, "too_large")
        raise
    try:
        event = rail.parse_event(raw, request.headers, account_id=_our_account(state))
    except ForgedEventError as error:
        await _count(state, sessions, error.kind)
        raise errors.ForgedEventError("this is not an event of the processor that we can take") from error
    if not is_event_id(event.id):
        await _count(state, sessions, "unreadable")
    async with sessions.begin() as session:
        await receive_event(session, event, rail=rail.name, at=clock.now())
    return ReceivedOut(received=True)


@get("/v1/webhooks/events", opt={"permission": Permission.SEE_RAIL_EVENTS})
async def list_rail_events(
    sessions: NamedDependency[Sessions],
    in_state: Annotated[EventState | None, QueryParameter(name="state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> EventPage:
    """List the processor's events: those that are `dead` could not be applied, and wait for somebody to have them tried again."""
    query = select(RailEvent)
    if in_state is not None:
        query = query.where(RailEvent.state == in_state)
    if cursor is not None:
        if not is_event_id(cursor):
            raise InvalidFieldError("cursor", "this is not a cursor of this list")
        query = query.where(RailEvent.id > cursor)
    async with sessions.read() as session:
        events = (await session.scalars(query.order_by(RailEvent.id).limit(limit + 1))).all()
    shown = events[:limit]
    return EventPage(items=[EventOut.of(event) for event in shown], next_cursor=shown[-1].id if len(events) > limit else None)


@post("/v1/webhooks/events/{event_id:str}/apply", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def apply_rail_event_again(
    event_id: FromPath[str],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[EventOut]:
    """Have a dead event tried again: the worker reads anew what it hints at."""
    at = clock.now()
    if not is_event_id(event_id):
        raise errors.NotFoundError("event")
    async with idempotency.begin(sessions, key, at=at) as call:
        event = await revive_event(call.session, event_id, by=who.id, at=at)
        return call.answer(EventOut.of(event), HTTP_200_OK)


@get("/v1/webhooks/counters", opt={"permission": Permission.SEE_RAIL_EVENTS})
async def get_webhook_counters(state: State, sessions: NamedDependency[Sessions]) -> CountersOut:
    """Say how many events wait, were applied and are dead, and how many webhooks were refused, by kind and day."""
    await flush_refusals(_refusals(state), sessions, machine_at=machine_now())
    async with sessions.read() as session:
        rows = await session.execute(select(RailEvent.state, func.count()).group_by(RailEvent.state))
        events = {one.value: 0 for one in EventState} | {EventState(row[0]).value: int(row[1]) for row in rows}
        in_all, by_day = await refusals_in_all(session), await refusals_by_day(session, days=_DAYS_SHOWN)
    days = {row.counted_on: dict[str, int]() for row in by_day}
    for row in by_day:
        days[row.counted_on][row.kind] = row.refused
    return CountersOut(events=events, refused=in_all, days=[DayOfRefusals(on=day, refused=kinds) for day, kinds in days.items()])


async def _count(state: State, sessions: Sessions, kind: str) -> None:
    """Count a refusal; the first of each second is written down with all that wait."""
    at, refusals = machine_now(), _refusals(state)
    if refusals.count(kind, machine_at=at):
        await flush_refusals(refusals, sessions, machine_at=at)


def _refusals(state: State) -> Refusals:
    refusals: Refusals = state.refusals
    return refusals


def _our_account(state: State) -> str | None:
    """Name our own account at the rail, as the process has learnt it. While it is not known, an event is taken by its signature alone."""
    account: OurAccount = state.rail_account
    return account.account_id


HANDLERS = [receive_stripe_event, list_rail_events, apply_rail_event_again, get_webhook_counters]
