"""Routes of savings."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.budgets.model import Budget, ChangeState, Saving
from sdc.budgets.reading import with_balances
from sdc.changes.answers import SavingOut, SavingPage, SavingReleaseOut
from sdc.changes.api.acting import Acting, Caller
from sdc.changes.asking import preview_saving, request_saving
from sdc.changes.forms import ApproveIn, DeclineIn, ReleaseIn, SavingIn
from sdc.changes.ground import find_budget_ground
from sdc.changes.judging import ChangeIds
from sdc.changes.reading import change_scope
from sdc.changes.releasing import release_saving
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.members.scope import member_scope
from sdc.purchases.answers import DecisionOut, PreviewOut
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit

SAVINGS = Acting(Saving, SavingOut, "saving")


def _if_still_theirs(budget_id: UUID, *, who: Principal, at: datetime) -> Callable[[AsyncSession], Awaitable[object]]:
    """Give a stored answer again only to somebody who may see the budget today."""

    async def recheck(session: AsyncSession) -> object:
        return await find_budget_ground(session, budget_id, scope=member_scope(who, at=at), is_locking=False, at=at)

    return recheck


@post("/v1/budgets/{budget_id:uuid}/savings", status_code=HTTP_201_CREATED, opt={"permission": Permission.ASK_CHANGES})
async def create_saving(
    request: Request[Any, Any, Any],
    budget_id: FromPath[UUID],
    data: JSONBody[SavingIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[SavingOut]:
    """Put money of a budget aside for something bigger. A purchase takes it with `"from": "saved"`."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(budget_id, who=who, at=at)) as call:
        whole = await request_saving(
            call.session, budget_id, data.asked(), who=who, id=new_id(), ids=ChangeIds.new(), keyring=keyring, at=at
        )
        return call.answer(SavingOut.of(whole, who=who, language=language_of(request), keyring=keyring))


@post("/v1/budgets/{budget_id:uuid}/savings/preview", status_code=HTTP_200_OK, opt={"permission": Permission.ASK_CHANGES})
async def preview_one_saving(
    request: Request[Any, Any, Any],
    budget_id: FromPath[UUID],
    data: JSONBody[SavingIn],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> PreviewOut:
    """Tell what the same saving would be answered now. Nothing is stored."""
    at = clock.now()
    async with sessions.read() as session:
        judged = await preview_saving(session, budget_id, data.asked(), who=who, id=new_id(), ids=ChangeIds.new(), keyring=keyring, at=at)
    shown = DecisionOut.from_policy(judged.decision, judged.remedies, because="preview", decided_at=at, language=language_of(request))
    return PreviewOut(decision=shown)


@post("/v1/budgets/{budget_id:uuid}/savings/release", status_code=HTTP_201_CREATED, opt={"permission": Permission.ASK_CHANGES})
async def release(
    budget_id: FromPath[UUID],
    data: JSONBody[ReleaseIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[SavingReleaseOut]:
    """Make some of the savings available again."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(budget_id, who=who, at=at)) as call:
        made = await release_saving(call.session, budget_id, id=new_id(), amount_cents=data.amount_cents, who=who, at=at)
        (held,) = await with_balances(call.session, [await call.session.get_one(Budget, budget_id)])
        return call.answer(SavingReleaseOut.of(made, saved_cents=held.saved_cents, available_cents=held.available_cents))


@get("/v1/savings", opt={"permission": Permission.SEE_CHANGES})
async def list_savings(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    in_state: Annotated[ChangeState | None, QueryParameter(name="state")] = None,
    budget_id: FromQuery[UUID | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SavingPage:
    """List savings of the caller's own, caseload or programs, the newest first: with `state=pending`, the queue."""
    at = clock.now()
    query = select(Saving).where(change_scope(Saving, who, at=at))
    if in_state is not None:
        query = query.where(Saving.state == in_state)
    if budget_id is not None:
        query = query.where(Saving.budget_id == budget_id)
    caller = Caller(who, at, language_of(request), sessions, keyring)
    items, next_cursor = await SAVINGS.page(query, limit, cursor, subject=budget_id, caller=caller)
    return SavingPage(items=list(items), next_cursor=next_cursor)


@get("/v1/budgets/{budget_id:uuid}/savings", opt={"permission": Permission.SEE_CHANGES})
async def list_savings_of_budget(
    request: Request[Any, Any, Any],
    budget_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SavingPage:
    """List savings of a budget, the newest first."""
    at = clock.now()
    async with sessions.read() as session:
        await find_budget_ground(session, budget_id, scope=member_scope(who, at=at), is_locking=False, at=at)
    query = select(Saving).where(change_scope(Saving, who, at=at), Saving.budget_id == budget_id)
    caller = Caller(who, at, language_of(request), sessions, keyring)
    items, next_cursor = await SAVINGS.page(query, limit, cursor, subject=budget_id, caller=caller)
    return SavingPage(items=list(items), next_cursor=next_cursor)


@get("/v1/savings/{saving_id:uuid}", opt={"permission": Permission.SEE_CHANGES})
async def get_saving(
    request: Request[Any, Any, Any],
    saving_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> SavingOut:
    """Show one saving with its last decision."""
    return await SAVINGS.one(saving_id, caller=Caller(who, clock.now(), language_of(request), sessions, keyring))


@post("/v1/savings/{saving_id:uuid}/approve", status_code=HTTP_200_OK, opt={"permission": Permission.DECIDE_CHANGES})
async def approve_saving(
    request: Request[Any, Any, Any],
    saving_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    data: JSONBody[ApproveIn | None] = None,
) -> Response[SavingOut]:
    """Say yes. The policy is asked again with this approval: the answer says what is still open, if anything."""
    return await SAVINGS.approve(saving_id, data, key=key, caller=Caller(who, clock.now(), language_of(request), sessions, keyring))


@post("/v1/savings/{saving_id:uuid}/decline", status_code=HTTP_200_OK, opt={"permission": Permission.DECIDE_CHANGES})
async def decline_saving(
    request: Request[Any, Any, Any],
    saving_id: FromPath[UUID],
    data: JSONBody[DeclineIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[SavingOut]:
    """Say no, with a reason. The member gets a notice and can appeal."""
    return await SAVINGS.decline(saving_id, data, key=key, caller=Caller(who, clock.now(), language_of(request), sessions, keyring))


@post("/v1/savings/{saving_id:uuid}/cancel", status_code=HTTP_200_OK, opt={"permission": Permission.ASK_CHANGES})
async def cancel_saving(
    request: Request[Any, Any, Any],
    saving_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[SavingOut]:
    """Take back a saving that waits."""
    return await SAVINGS.cancel(saving_id, key=key, caller=Caller(who, clock.now(), language_of(request), sessions, keyring))


HANDLERS = [
    create_saving,
    preview_one_saving,
    release,
    list_savings,
    list_savings_of_budget,
    get_saving,
    approve_saving,
    decline_saving,
    cancel_saving,
]
