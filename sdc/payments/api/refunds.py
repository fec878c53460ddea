"""Routes of refunds: what vendors give back of bills that were paid."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.bills.refund import Refund, RefundReceipt, RefundState
from sdc.bills.scope import load_bill
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.errors import NotFoundError
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.payments.refund_forms import ConsentIn, ReceiptIn, RefundIn, RefundOut, RefundPage, WaiveIn
from sdc.payments.refunding import RefundIds, consent_to_offset, receive_refund, refund_bill, waive_refund
from sdc.programs.scope import program_scope
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, read_page


def _scope(who: Principal) -> ColumnElement[bool]:
    return Refund.vendor_id == who.id if who.role is Role.VENDOR else program_scope(who, Refund.program_id)


async def _load(session: AsyncSession, refund_id: UUID, *, who: Principal) -> Refund:
    refund = await session.scalar(select(Refund).where(Refund.id == refund_id, _scope(who)))
    if refund is None:
        raise NotFoundError("refund", refund_id)
    return refund


async def _shown(session: AsyncSession, refunds: Sequence[Refund], *, who: Principal, keyring: KeyRing) -> list[RefundOut]:
    came: dict[UUID, list[RefundReceipt]] = {}
    receipts = select(RefundReceipt).where(RefundReceipt.refund_id.in_([one.id for one in refunds])).order_by(RefundReceipt.id)
    for receipt in await session.scalars(receipts):
        came.setdefault(receipt.refund_id, []).append(receipt)
    return [RefundOut.of(one, came.get(one.id, []), who=who, keyring=keyring) for one in refunds]


async def _answer(session: AsyncSession, refund: Refund, *, who: Principal, keyring: KeyRing) -> RefundOut:
    await session.flush()
    (shown,) = await _shown(session, [refund], who=who, keyring=keyring)
    return shown


@post("/v1/bills/{bill_id:uuid}/refunds", status_code=HTTP_201_CREATED, opt={"permission": Permission.REFUND_BILLS})
async def create_refund(
    bill_id: FromPath[UUID],
    data: JSONBody[RefundIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[RefundOut]:
    """Take in what a vendor gave back of a paid bill, or claim it; with the vendor's consent its next payments send less."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await load_bill(session, bill_id, who=who, at=at)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        bill = await load_bill(call.session, bill_id, who=who, at=at)
        ids = RefundIds(new_id(), new_id(), new_id())
        refund = await refund_bill(call.session, bill, data.asked(), ids=ids, by=who.id, keyring=keyring, at=at)
        return call.answer(await _answer(call.session, refund, who=who, keyring=keyring))


@get("/v1/bills/{bill_id:uuid}/refunds", opt={"permission": Permission.SEE_REFUNDS})
async def list_bill_refunds(
    bill_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RefundPage:
    """List the refunds of one bill."""
    async with sessions.read() as session:
        bill = await load_bill(session, bill_id, who=who, at=clock.now())
        query = select(Refund).where(Refund.bill_id == bill.id)
        refunds, next_cursor = await read_page(session, query, Refund.id, limit=limit, cursor=cursor)
        return RefundPage(items=await _shown(session, refunds, who=who, keyring=keyring), next_cursor=next_cursor)


@get("/v1/refunds", opt={"permission": Permission.SEE_REFUNDS})
async def list_refunds(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    keyring: NamedDependency[KeyRing],
    in_state: Annotated[RefundState | None, QueryParameter(name="state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RefundPage:
    """List refunds: a vendor's own, or those of your programs; `state=due` is what is still to come."""
    query = select(Refund).where(_scope(who))
    if in_state is not None:
        query = query.where(Refund.state == in_state)
    async with sessions.read() as session:
        refunds, next_cursor = await read_page(session, query, Refund.id, limit=limit, cursor=cursor)
        return RefundPage(items=await _shown(session, refunds, who=who, keyring=keyring), next_cursor=next_cursor)


@post("/v1/refunds/{refund_id:uuid}/receipts", status_code=HTTP_201_CREATED, opt={"permission": Permission.REFUND_BILLS})
async def create_refund_receipt(
    refund_id: FromPath[UUID],
    data: JSONBody[ReceiptIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[RefundOut]:
    """Take in cash that came of a refund that was claimed."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await _load(session, refund_id, who=who)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        refund = await _load(call.session, refund_id, who=who)
        await receive_refund(call.session, refund, data.came(), id=new_id(), by=who.id, at=at)
        return call.answer(await _answer(call.session, refund, who=who, keyring=keyring))


@post("/v1/refunds/{refund_id:uuid}/consent", status_code=HTTP_200_OK, opt={"permission": Permission.CONSENT_TO_OFFSETS})
async def consent_to_one_offset(
    refund_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    data: JSONBody[ConsentIn | None] = None,
) -> Response[RefundOut]:
    """Agree that your next payments send less until a refund is settled; the staff may record that a vendor agreed, and when."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await _load(session, refund_id, who=who)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        refund = await _load(call.session, refund_id, who=who)
        await consent_to_offset(call.session, refund, on=data.received_on if data else None, who=who, at=at)
        return call.answer(await _answer(call.session, refund, who=who, keyring=keyring), HTTP_200_OK)


@post("/v1/refunds/{refund_id:uuid}/waive", status_code=HTTP_200_OK, opt={"permission": Permission.REFUND_BILLS})
async def waive_one_refund(
    refund_id: FromPath[UUID],
    data: JSONBody[WaiveIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[RefundOut]:
    """Ask for the rest of a refund no more."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await _load(session, refund_id, who=who)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        refund = await _load(call.session, refund_id, who=who)
        await waive_refund(call.session, refund, reason=data.reason, id=new_id(), by=who.id, keyring=keyring, at=at)
        return call.answer(await _answer(call.session, refund, who=who, keyring=keyring), HTTP_200_OK)


HANDLERS = [
    create_refund,
    list_bill_refunds,
    list_refunds,
    create_refund_receipt,
    consent_to_one_offset,
    waive_one_refund,
]
