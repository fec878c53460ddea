"""Routes of moves between the lines of a plan."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.budgets.model import ChangeState
from sdc.changes.answers import MoveOut, MovePage
from sdc.changes.api.acting import Acting, Caller
from sdc.changes.asking import preview_move, request_move
from sdc.changes.forms import ApproveIn, DeclineIn, MoveIn
from sdc.changes.judging import ChangeIds
from sdc.changes.reading import change_scope
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.plans.model import LineMove
from sdc.plans.reading import find_plan
from sdc.purchases.answers import DecisionOut, PreviewOut
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit

MOVES = Acting(LineMove, MoveOut, "move")


@post("/v1/plans/{plan_id:uuid}/moves", status_code=HTTP_201_CREATED, opt={"permission": Permission.ASK_CHANGES})
async def create_move(
    request: Request[Any, Any, Any],
    plan_id: FromPath[UUID],
    data: JSONBody[MoveIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[MoveOut]:
    """Move money from one line of a plan in force to another. A small part of a line moves freely; more than that waits for a yes."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=lambda session: find_plan(session, plan_id, who=who, at=at)) as call:
        whole = await request_move(call.session, plan_id, data.asked(), who=who, id=new_id(), ids=ChangeIds.new(), keyring=keyring, at=at)
        return call.answer(MoveOut.of(whole, who=who, language=language_of(request), keyring=keyring))


@post("/v1/plans/{plan_id:uuid}/moves/preview", status_code=HTTP_200_OK, opt={"permission": Permission.ASK_CHANGES})
async def preview_one_move(
    request: Request[Any, Any, Any],
    plan_id: FromPath[UUID],
    data: JSONBody[MoveIn],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> PreviewOut:
    """Tell what the same move would be answered now. Nothing is stored."""
    at = clock.now()
    async with sessions.read() as session:
        judged = await preview_move(session, plan_id, data.asked(), who=who, id=new_id(), ids=ChangeIds.new(), keyring=keyring, at=at)
    shown = DecisionOut.from_policy(judged.decision, judged.remedies, because="preview", decided_at=at, language=language_of(request))
    return PreviewOut(decision=shown)


@get("/v1/moves", opt={"permission": Permission.SEE_CHANGES})
async def list_moves(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    in_state: Annotated[ChangeState | None, QueryParameter(name="state")] = None,
    plan_id: FromQuery[UUID | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> MovePage:
    """List moves of the caller's own, caseload or programs, the newest first: with `state=pending`, the queue."""
    at = clock.now()
    query = select(LineMove).where(change_scope(LineMove, who, at=at))
    if in_state is not None:
        query = query.where(LineMove.state == in_state)
    if plan_id is not None:
        query = query.where(LineMove.plan_id == plan_id)
    caller = Caller(who, at, language_of(request), sessions, keyring)
    items, next_cursor = await MOVES.page(query, limit, cursor, subject=plan_id, caller=caller)
    return MovePage(items=list(items), next_cursor=next_cursor)


@get("/v1/plans/{plan_id:uuid}/moves", opt={"permission": Permission.SEE_CHANGES})
async def list_moves_of_plan(
    request: Request[Any, Any, Any],
    plan_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> MovePage:
    """List moves of a plan, the newest first."""
    at = clock.now()
    async with sessions.read() as session:
        await find_plan(session, plan_id, who=who, at=at)
    query = select(LineMove).where(change_scope(LineMove, who, at=at), LineMove.plan_id == plan_id)
    caller = Caller(who, at, language_of(request), sessions, keyring)
    items, next_cursor = await MOVES.page(query, limit, cursor, subject=plan_id, caller=caller)
    return MovePage(items=list(items), next_cursor=next_cursor)


@get("/v1/moves/{move_id:uuid}", opt={"permission": Permission.SEE_CHANGES})
async def get_move(
    request: Request[Any, Any, Any],
    move_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> MoveOut:
    """Show one move with its last decision."""
    return await MOVES.one(move_id, caller=Caller(who, clock.now(), language_of(request), sessions, keyring))


@post("/v1/moves/{move_id:uuid}/approve", status_code=HTTP_200_OK, opt={"permission": Permission.DECIDE_CHANGES})
async def approve_move(
    request: Request[Any, Any, Any],
    move_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    data: JSONBody[ApproveIn | None] = None,
) -> Response[MoveOut]:
    """Say yes. The policy is asked again with this approval: the answer says what is still open, if anything."""
    return await MOVES.approve(move_id, data, key=key, caller=Caller(who, clock.now(), language_of(request), sessions, keyring))


@post("/v1/moves/{move_id:uuid}/decline", status_code=HTTP_200_OK, opt={"permission": Permission.DECIDE_CHANGES})
async def decline_move(
    request: Request[Any, Any, Any],
    move_id: FromPath[UUID],
    data: JSONBody[DeclineIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[MoveOut]:
    """Say no, with a reason. The member gets a notice and can appeal."""
    return await MOVES.decline(move_id, data, key=key, caller=Caller(who, clock.now(), language_of(request), sessions, keyring))


@post("/v1/moves/{move_id:uuid}/cancel", status_code=HTTP_200_OK, opt={"permission": Permission.ASK_CHANGES})
async def cancel_move(
    request: Request[Any, Any, Any],
    move_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[MoveOut]:
    """Take back a move that waits."""
    return await MOVES.cancel(move_id, key=key, caller=Caller(who, clock.now(), language_of(request), sessions, keyring))


HANDLERS = [create_move, preview_one_move, list_moves, list_moves_of_plan, get_move, approve_move, decline_move, cancel_move]
