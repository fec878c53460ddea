"""Routes of moves between the lines of a plan."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import Select, select

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.budgets.model import ChangeState
from sdc.changes.answers import MoveOut, MovePage
from sdc.changes.asking import preview_move, request_move
from sdc.changes.deciding import approve_change, cancel_change, decline_change, open_change
from sdc.changes.forms import ApproveIn, DeclineIn, MoveIn
from sdc.changes.judging import ChangeIds
from sdc.changes.reading import change_scope, read_change, read_whole_change, recheck_change, whole_changes
from sdc.changes.states import ChangeMove
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.plans.model import LineMove
from sdc.plans.reading import find_plan
from sdc.purchases.answers import DecisionOut, PreviewOut
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, read_page


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
    return await _page(request, query, limit, cursor, subject=plan_id, sessions=sessions, who=who, at=at, keyring=keyring)


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
    return await _page(request, query, limit, cursor, subject=plan_id, sessions=sessions, who=who, at=at, keyring=keyring)


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
    at = clock.now()
    async with sessions.read() as session:
        whole = await read_whole_change(session, await read_change(session, LineMove, move_id, who=who, at=at))
    await journal.record_view(sessions, "move.viewed", subject=move_id, by=who.id, at=at, member=whole.change.member_id)
    return MoveOut.of(whole, who=who, language=language_of(request), keyring=keyring)


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
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_change(LineMove, move_id, who=who, at=at)) as call:
        ground, change = await open_change(call.session, LineMove, move_id, move=ChangeMove.APPROVE, who=who, at=at)
        whole = await approve_change(
            call.session,
            ground,
            change,
            who=who,
            approval_id=new_id(),
            note=data.note if data else None,
            ids=ChangeIds.new(),
            keyring=keyring,
            at=at,
        )
        return call.answer(MoveOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


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
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_change(LineMove, move_id, who=who, at=at)) as call:
        ground, change = await open_change(call.session, LineMove, move_id, move=ChangeMove.DECLINE, who=who, at=at)
        whole = await decline_change(call.session, ground, change, who=who, reason=data.reason, notice_id=new_id(), keyring=keyring, at=at)
        return call.answer(MoveOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


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
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_change(LineMove, move_id, who=who, at=at)) as call:
        _, change = await open_change(call.session, LineMove, move_id, move=ChangeMove.CANCEL, who=who, at=at)
        whole = await cancel_change(call.session, change, who=who, at=at)
        return call.answer(MoveOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


async def _page(
    request: Request[Any, Any, Any],
    query: Select[LineMove],
    limit: int,
    cursor: str | None,
    *,
    subject: UUID | None,
    sessions: Sessions,
    who: Principal,
    at: datetime,
    keyring: KeyRing,
) -> MovePage:
    async with sessions.read() as session:
        moves, next_cursor = await read_page(session, query, LineMove.id, limit=limit, cursor=cursor)
        wholes = await whole_changes(session, moves)
    await journal.record_view(sessions, "moves.viewed", subject=subject, by=who.id, at=at, shown=len(wholes))
    language = language_of(request)
    items = [MoveOut.of(whole, who=who, language=language, keyring=keyring) for whole in wholes]
    return MovePage(items=items, next_cursor=next_cursor)


HANDLERS = [create_move, preview_one_move, list_moves, list_moves_of_plan, get_move, approve_move, decline_move, cancel_move]
