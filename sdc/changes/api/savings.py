"""Routes of savings."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.budgets.model import Budget, ChangeState, Saving
from sdc.budgets.reading import with_balances
from sdc.changes.answers import SavingOut, SavingPage, SavingReleaseOut
from sdc.changes.asking import preview_saving, request_saving
from sdc.changes.deciding import approve_change, cancel_change, decline_change, open_change
from sdc.changes.forms import ApproveIn, DeclineIn, ReleaseIn, SavingIn
from sdc.changes.ground import find_budget_ground
from sdc.changes.judging import ChangeIds
from sdc.changes.reading import change_scope, read_change, read_whole_change, recheck_change, whole_changes
from sdc.changes.releasing import release_saving
from sdc.changes.states import ChangeMove
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.members.scope import member_scope
from sdc.purchases.answers import DecisionOut, PreviewOut
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, read_page


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
    return await _page(request, query, limit, cursor, subject=budget_id, sessions=sessions, who=who, at=at, keyring=keyring)


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
    return await _page(request, query, limit, cursor, subject=budget_id, sessions=sessions, who=who, at=at, keyring=keyring)


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
    at = clock.now()
    async with sessions.read() as session:
        whole = await read_whole_change(session, await read_change(session, Saving, saving_id, who=who, at=at))
    await journal.record_view(sessions, "saving.viewed", subject=saving_id, by=who.id, at=at, member=whole.change.member_id)
    return SavingOut.of(whole, who=who, language=language_of(request), keyring=keyring)


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
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_change(Saving, saving_id, who=who, at=at)) as call:
        ground, change = await open_change(call.session, Saving, saving_id, move=ChangeMove.APPROVE, who=who, at=at)
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
        return call.answer(SavingOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


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
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_change(Saving, saving_id, who=who, at=at)) as call:
        ground, change = await open_change(call.session, Saving, saving_id, move=ChangeMove.DECLINE, who=who, at=at)
        whole = await decline_change(call.session, ground, change, who=who, reason=data.reason, notice_id=new_id(), keyring=keyring, at=at)
        return call.answer(SavingOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


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
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_change(Saving, saving_id, who=who, at=at)) as call:
        _, change = await open_change(call.session, Saving, saving_id, move=ChangeMove.CANCEL, who=who, at=at)
        whole = await cancel_change(call.session, change, who=who, at=at)
        return call.answer(SavingOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


async def _page(
    request: Request[Any, Any, Any],
    query: Select[Saving],
    limit: int,
    cursor: str | None,
    *,
    subject: UUID | None,
    sessions: Sessions,
    who: Principal,
    at: datetime,
    keyring: KeyRing,
) -> SavingPage:
    async with sessions.read() as session:
        savings, next_cursor = await read_page(session, query, Saving.id, limit=limit, cursor=cursor)
        wholes = await whole_changes(session, savings)
    await journal.record_view(sessions, "savings.viewed", subject=subject, by=who.id, at=at, shown=len(wholes))
    language = language_of(request)
    items = [SavingOut.of(whole, who=who, language=language, keyring=keyring) for whole in wholes]
    return SavingPage(items=items, next_cursor=next_cursor)


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
