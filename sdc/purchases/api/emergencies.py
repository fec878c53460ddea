"""Routes of emergencies: which have to be looked at after the fact, by whom and by when, and what was found."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import select

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.purchases.answers import PurchaseOut, PurchasePage
from sdc.purchases.emergency import review_emergency
from sdc.purchases.forms import ReviewIn
from sdc.purchases.locking import purchase_scope
from sdc.purchases.model import EmergencyReview, Purchase
from sdc.purchases.reading import recheck_purchase
from sdc.purchases.whole import read_wholes
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, read_page


@get("/v1/emergencies", opt={"permission": Permission.SEE_EMERGENCIES})
async def list_emergencies(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    in_state: Annotated[Literal["open", "done"] | None, QueryParameter(name="state")] = None,
    role: FromQuery[Role | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PurchasePage:
    """List emergencies of the caller's caseload or programs, the newest first: with `state=open`, the queue, each with who and by when."""
    at = clock.now()
    query = select(Purchase).join(EmergencyReview, EmergencyReview.purchase_id == Purchase.id).where(purchase_scope(who, at=at))
    if in_state is not None:
        query = query.where(EmergencyReview.reviewed_at.is_(None) if in_state == "open" else EmergencyReview.reviewed_at.is_not(None))
    if role is not None:
        query = query.where(EmergencyReview.role == role)
    async with sessions.read() as session:
        purchases, next_cursor = await read_page(session, query, Purchase.id, limit=limit, cursor=cursor)
        wholes = await read_wholes(session, purchases)
    await journal.record_view(sessions, "emergencies.viewed", subject=None, by=who.id, at=at, shown=len(wholes))
    language = language_of(request)
    items = [PurchaseOut.of(whole, who=who, language=language, keyring=keyring) for whole in wholes]
    return PurchasePage(items=items, next_cursor=next_cursor)


@post("/v1/purchases/{purchase_id:uuid}/review", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_EMERGENCIES})
async def review(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    data: JSONBody[ReviewIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PurchaseOut]:
    """Say what was found of an emergency that needed no yes. One that waits for a yes is looked at by giving it, or by a no."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await review_emergency(
            call.session,
            purchase_id,
            who=who,
            has_concern=data.outcome == "concern",
            note=data.note,
            keyring=keyring,
            at=at,
        )
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


HANDLERS = [list_emergencies, review]
