"""Routes to ask to buy, and to read what was asked and answered."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.members.reading import find_member
from sdc.outbox.kill_points import reach
from sdc.purchases.answers import DecisionList, DecisionOut, PreviewOut, PurchaseOut, PurchasePage
from sdc.purchases.forms import PurchaseIn
from sdc.purchases.locking import purchase_scope
from sdc.purchases.model import DecisionRecord, Purchase, PurchaseState
from sdc.purchases.reading import read_purchase
from sdc.purchases.request import RequestIds, preview_purchase, request_purchase
from sdc.purchases.whole import read_whole, read_wholes
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, read_page


@post("/v1/purchases", status_code=HTTP_201_CREATED, opt={"permission": Permission.REQUEST_PURCHASES})
async def create_purchase(
    request: Request[Any, Any, Any],
    data: JSONBody[PurchaseIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PurchaseOut]:
    """Ask to spend from a budget. A denial is an answer too: it is stored, explained and can be appealed."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await find_member(session, data.member_id, who=who, at=at)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        reach("request.after_key")
        whole = await request_purchase(call.session, data.asked(), who=who, ids=RequestIds.new(), keyring=keyring, at=at)
        answer = call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring))
        reach("request.before_commit")
    reach("request.after_commit")
    return answer


@post("/v1/purchases/preview", status_code=HTTP_200_OK, opt={"permission": Permission.REQUEST_PURCHASES})
async def preview(
    request: Request[Any, Any, Any],
    data: JSONBody[PurchaseIn],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> PreviewOut:
    """Tell what the same request would be answered now. Nothing is stored, nothing is set aside."""
    at = clock.now()
    async with sessions.read() as session:
        decision, remedies = await preview_purchase(session, data.asked(), who=who, ids=RequestIds.new(), keyring=keyring, at=at)
    shown = DecisionOut.from_policy(decision, remedies, because="preview", decided_at=at, language=language_of(request))
    return PreviewOut(decision=shown)


@get("/v1/purchases", opt={"permission": Permission.SEE_PURCHASES})
async def list_purchases(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    in_state: Annotated[PurchaseState | None, QueryParameter(name="state")] = None,
    member_id: FromQuery[UUID | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PurchasePage:
    """List purchases of the caller's own, caseload or programs, the newest first: with `state=pending`, the queue."""
    at = clock.now()
    query = select(Purchase).where(purchase_scope(who, at=at))
    if in_state is not None:
        query = query.where(Purchase.state == in_state)
    if member_id is not None:
        query = query.where(Purchase.member_id == member_id)
    async with sessions.read() as session:
        purchases, next_cursor = await read_page(session, query, Purchase.id, limit=limit, cursor=cursor)
        wholes = await read_wholes(session, purchases)
    await journal.record_view(sessions, "purchases.viewed", subject=member_id, by=who.id, at=at, shown=len(wholes))
    language = language_of(request)
    items = [PurchaseOut.of(whole, who=who, language=language, keyring=keyring) for whole in wholes]
    return PurchasePage(items=items, next_cursor=next_cursor)


@get("/v1/purchases/{purchase_id:uuid}", opt={"permission": Permission.SEE_PURCHASES})
async def get_purchase(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> PurchaseOut:
    """Show one purchase with its last decision, and what was said and done about it."""
    at = clock.now()
    async with sessions.read() as session:
        whole = await read_whole(session, await read_purchase(session, purchase_id, who=who, at=at))
    await journal.record_view(sessions, "purchase.viewed", subject=purchase_id, by=who.id, at=at, member=whole.purchase.member_id)
    return PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring)


@get("/v1/purchases/{purchase_id:uuid}/decisions", opt={"permission": Permission.SEE_PURCHASES})
async def list_decisions(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> DecisionList:
    """List every decision on a purchase, the newest first."""
    at = clock.now()
    async with sessions.read() as session:
        purchase = await read_purchase(session, purchase_id, who=who, at=at)
        query = select(DecisionRecord).where(DecisionRecord.subject_id == purchase.id)
        records = (await session.scalars(query.order_by(DecisionRecord.decided_at.desc(), DecisionRecord.id.desc()))).all()
    await journal.record_view(sessions, "decisions.viewed", subject=purchase_id, by=who.id, at=at, member=purchase.member_id)
    language = language_of(request)
    return DecisionList(items=[DecisionOut.of(record, language) for record in records])


HANDLERS = [create_purchase, preview, list_purchases, get_purchase, list_decisions]
