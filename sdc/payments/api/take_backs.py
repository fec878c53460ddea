"""Routes of what payers take back of what was spent for members who were not eligible."""

from collections.abc import Sequence
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
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
from sdc.ids import new_id
from sdc.members.reading import find_member
from sdc.payments.afterwards_model import TakeBack, TakeBackMove
from sdc.payments.take_back_forms import TakeBackIn, TakeBackMoveIn, TakeBackOut, TakeBackPage
from sdc.payments.taking_back import pay_take_back, record_take_back, recover_take_back
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, read_page


async def _shown(session: AsyncSession, taken: Sequence[TakeBack], *, keyring: KeyRing) -> list[TakeBackOut]:
    await session.flush()
    moves: dict[UUID, list[TakeBackMove]] = {}
    query = select(TakeBackMove).where(TakeBackMove.take_back_id.in_([one.id for one in taken])).order_by(TakeBackMove.id)
    for move in await session.scalars(query):
        moves.setdefault(move.take_back_id, []).append(move)
    return [TakeBackOut.of(one, moves.get(one.id, []), keyring=keyring) for one in taken]


@post("/v1/members/{member_id:uuid}/take-backs", status_code=HTTP_201_CREATED, opt={"permission": Permission.REMIT_MONEY})
async def create_take_back(
    member_id: FromPath[UUID],
    data: JSONBody[TakeBackIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[TakeBackOut]:
    """Record that a payer takes back what was spent for a member. Vendors keep their money, and the member owes nothing."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        member = await find_member(call.session, member_id, who=who, at=at)
        taken = await record_take_back(call.session, member, data.asked(), id=new_id(), by=who.id, keyring=keyring, at=at)
        (shown,) = await _shown(call.session, [taken], keyring=keyring)
        return call.answer(shown)


@post("/v1/take-backs/{take_back_id:uuid}/paid", status_code=HTTP_200_OK, opt={"permission": Permission.REMIT_MONEY})
async def pay_one_take_back(
    take_back_id: FromPath[UUID],
    data: JSONBody[TakeBackMoveIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[TakeBackOut]:
    """Record that the bank paid to the payer what it takes back, or a part of it."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        taken = await pay_take_back(call.session, take_back_id, data.moved(), id=new_id(), by=who.id, at=at)
        (shown,) = await _shown(call.session, [taken], keyring=keyring)
        return call.answer(shown, HTTP_200_OK)


@post("/v1/take-backs/{take_back_id:uuid}/recovered", status_code=HTTP_200_OK, opt={"permission": Permission.REMIT_MONEY})
async def recover_one_take_back(
    take_back_id: FromPath[UUID],
    data: JSONBody[TakeBackMoveIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[TakeBackOut]:
    """Record that what a payer took back, or a part of it, came to the bank from whoever has to bear it."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        taken = await recover_take_back(call.session, take_back_id, data.moved(), id=new_id(), by=who.id, at=at)
        (shown,) = await _shown(call.session, [taken], keyring=keyring)
        return call.answer(shown, HTTP_200_OK)


@get("/v1/members/{member_id:uuid}/take-backs", opt={"permission": Permission.SEE_REMITTANCES})
async def list_take_backs(
    member_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> TakeBackPage:
    """List what was taken back of what was spent for a member, with what became of it."""
    at = clock.now()
    async with sessions.read() as session:
        member = await find_member(session, member_id, who=who, at=at)
        query = select(TakeBack).where(TakeBack.member_id == member.id)
        rows, next_cursor = await read_page(session, query, TakeBack.id, limit=limit, cursor=cursor)
        items = await _shown(session, rows, keyring=keyring)
    await journal.record_view(sessions, "take_backs.listed", subject=member.id, by=who.id, at=at, count=len(rows))
    return TakeBackPage(items=items, next_cursor=next_cursor)


HANDLERS = [create_take_back, pay_one_take_back, recover_one_take_back, list_take_backs]
