"""Routes of plans."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.members.acting import ActingMove, require_move
from sdc.members.reading import find_member
from sdc.plans.agreeing import approve_plan, close_goal, sign_plan, submit_plan
from sdc.plans.drafting import GoalDraft, LineDraft, draft_plan
from sdc.plans.forms import PlanIn, PlanOut, PlanPage
from sdc.plans.model import Plan
from sdc.plans.reading import find_plan, moves_of, plans_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


@post("/v1/members/{member_id:uuid}/plans", status_code=HTTP_201_CREATED, opt={"permission": Permission.WRITE_PLANS})
async def create_plan(
    member_id: FromPath[UUID],
    data: JSONBody[PlanIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PlanOut]:
    """Draft the next version of a member's plan. What stands in force stays so until the new version is approved."""
    at = clock.now()
    goals = [GoalDraft(id=new_id(), key=one.id, domain=one.domain, title=one.title, status=one.status) for one in data.goals]
    lines = [LineDraft(category=one.category, amount_cents=one.amount_cents, goal=one.goal) for one in data.lines]
    async with idempotency.begin(sessions, key, at=at, recheck=lambda session: find_member(session, member_id, who=who, at=at)) as call:
        member = await find_member(call.session, member_id, who=who, is_locked=True, at=at)
        await require_move(call.session, who, ActingMove.PLAN)
        plan = await draft_plan(
            call.session,
            keyring,
            member,
            id=new_id(),
            starts_on=data.starts_on,
            ends_on=data.ends_on,
            goals=goals,
            lines=lines,
            by=who.id,
            at=at,
        )
        return call.answer(PlanOut.of(plan, keyring))


@get("/v1/members/{member_id:uuid}/plans", opt={"permission": Permission.SEE_PLANS})
async def list_plans(
    member_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PlanPage:
    """List every version of a member's plan."""
    at = clock.now()
    async with sessions.read() as session:
        member = await find_member(session, member_id, who=who, at=at)
        rows, next_cursor = await read_page(session, plans_of(member), Plan.id, limit=limit, cursor=cursor)
        moves = await moves_of(session, rows)
    await journal.record_view(sessions, "plans.listed", subject=member.id, by=who.id, at=at, count=len(rows))
    return page_bytes(PlanPage, rows, lambda plan: PlanOut.of(plan, keyring, moves[plan.id]), next_cursor)


@get("/v1/plans/{plan_id:uuid}", opt={"permission": Permission.SEE_PLANS})
async def get_plan(
    plan_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> PlanOut:
    """Show one version of a plan."""
    at = clock.now()
    async with sessions.read() as session:
        plan = await find_plan(session, plan_id, who=who, at=at)
        moves = await moves_of(session, [plan])
    await journal.record_view(sessions, "plan.seen", subject=plan.id, by=who.id, at=at)
    return PlanOut.of(plan, keyring, moves[plan.id])


@post("/v1/plans/{plan_id:uuid}/submit", status_code=HTTP_200_OK, opt={"permission": Permission.WRITE_PLANS})
async def submit(
    plan_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PlanOut]:
    """Hand in a draft, for the member to sign."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=lambda session: find_plan(session, plan_id, who=who, at=at)) as call:
        plan = await find_plan(call.session, plan_id, who=who, is_locked=True, at=at)
        await require_move(call.session, who, ActingMove.PLAN)
        await submit_plan(call.session, plan, by=who.id, at=at)
        return call.answer(PlanOut.of(plan, keyring), HTTP_200_OK)


@post("/v1/plans/{plan_id:uuid}/sign", status_code=HTTP_200_OK, opt={"permission": Permission.SIGN_PLANS})
async def sign(
    plan_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PlanOut]:
    """Sign a submitted plan, for the broker to approve."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=lambda session: find_plan(session, plan_id, who=who, at=at)) as call:
        plan = await find_plan(call.session, plan_id, who=who, is_locked=True, at=at)
        await require_move(call.session, who, ActingMove.SIGN)
        await sign_plan(call.session, plan, by=who.id, at=at)
        return call.answer(PlanOut.of(plan, keyring), HTTP_200_OK)


@post("/v1/plans/{plan_id:uuid}/approve", status_code=HTTP_200_OK, opt={"permission": Permission.APPROVE_PLANS})
async def approve(
    plan_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PlanOut]:
    """Put a signed plan in force. An approved plan of the same days is superseded, and kept."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=lambda session: find_plan(session, plan_id, who=who, at=at)) as call:
        plan = await find_plan(call.session, plan_id, who=who, is_locked=True, at=at)
        await approve_plan(call.session, plan, by=who.id, at=at)
        return call.answer(PlanOut.of(plan, keyring), HTTP_200_OK)


@post("/v1/plans/{plan_id:uuid}/goals/{goal_id:str}/close", status_code=HTTP_200_OK, opt={"permission": Permission.WRITE_PLANS})
async def close(
    plan_id: FromPath[UUID],
    goal_id: Annotated[str, PathParameter(max_length=64)],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PlanOut]:
    """Close a goal that is reached or given up: nothing is bought for it any more."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=lambda session: find_plan(session, plan_id, who=who, at=at)) as call:
        plan = await find_plan(call.session, plan_id, who=who, is_locked=True, at=at)
        await require_move(call.session, who, ActingMove.PLAN)
        await close_goal(call.session, plan, goal_id, by=who.id, at=at)
        moves = await moves_of(call.session, [plan])
        return call.answer(PlanOut.of(plan, keyring, moves[plan.id]), HTTP_200_OK)


HANDLERS = [create_plan, list_plans, get_plan, submit, sign, approve, close]
