"""Routes of offerings: what vendors sell, at which price, and what a reviewer says is in it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace import offerings
from sdc.marketplace.events import Actor
from sdc.marketplace.offering_forms import OfferingIn, OfferingOut, OfferingPage, OfferingTagsIn, OfferingWithPricesOut, PriceIn
from sdc.marketplace.scope import load_vendor
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page
from vendors import Offering, Vendor


@post("/v1/vendors/{vendor_id:uuid}/offerings", status_code=HTTP_201_CREATED, opt={"permission": Permission.EDIT_VENDORS})
async def create_offering(
    vendor_id: FromPath[UUID],
    data: JSONBody[OfferingIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[OfferingOut]:
    """Put something of a vendor on offer."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=lambda session: load_vendor(session, vendor_id, who=who, at=at)) as call:
        vendor = await load_vendor(call.session, vendor_id, who=who, at=at, lock=True)
        offering = await offerings.add_offering(
            call.session, vendor, id=new_id(), price_id=new_id(), **data.model_dump(), actor=Actor(who.id, who.role), at=at
        )
        return call.answer(OfferingOut.of(offering))


@get("/v1/vendors/{vendor_id:uuid}/offerings", opt={"permission": Permission.SEE_OFFERINGS})
async def list_offerings(
    vendor_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> OfferingPage:
    """List what a vendor sells."""
    async with sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=clock.now())
        query = select(Offering).where(Offering.vendor_id == vendor.id, Offering.is_active)
        rows, next_cursor = await read_page(session, query, Offering.id, limit=limit, cursor=cursor)
    return page_bytes(OfferingPage, rows, OfferingOut.of, next_cursor)


@get("/v1/offerings/{offering_id:uuid}", opt={"permission": Permission.SEE_OFFERINGS})
async def get_offering(
    offering_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> OfferingWithPricesOut:
    """Show one offering, retired ones too, with every price it had."""
    async with sessions.read() as session:
        _, offering = await offerings.find_offering(session, offering_id, who=who, at=clock.now())
        return OfferingWithPricesOut.to(offering, await vendors.prices_of(session, offering.id), who)


async def _change(
    offering_id: UUID,
    change: Callable[[AsyncSession, Vendor, Offering], Awaitable[None]],
    *,
    key: IdempotencyKey,
    sessions: Sessions,
    who: Principal,
    clock: Clock,
) -> Response[OfferingWithPricesOut]:
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await offerings.find_offering(session, offering_id, who=who, at=at)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        vendor, offering = await offerings.find_offering(call.session, offering_id, who=who, at=at, lock=True)
        await change(call.session, vendor, offering)
        await call.session.flush()
        return call.answer(OfferingWithPricesOut.to(offering, await vendors.prices_of(call.session, offering.id), who), HTTP_200_OK)


@post("/v1/offerings/{offering_id:uuid}/price", status_code=HTTP_200_OK, opt={"permission": Permission.EDIT_VENDORS})
async def change_price(
    offering_id: FromPath[UUID],
    data: JSONBody[PriceIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[OfferingWithPricesOut]:
    """Ask another price from now on; what was bought or asked for keeps its own."""
    at = clock.now()

    async def change(session: AsyncSession, vendor: Vendor, offering: Offering) -> None:
        offerings.change_price(
            session, vendor, offering, id=new_id(), unit_price_cents=data.unit_price_cents, actor=Actor(who.id, who.role), at=at
        )

    return await _change(offering_id, change, key=key, sessions=sessions, who=who, clock=clock)


@post("/v1/offerings/{offering_id:uuid}/retire", status_code=HTTP_200_OK, opt={"permission": Permission.EDIT_VENDORS})
async def retire_offering(
    offering_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[OfferingWithPricesOut]:
    """Take something off the shelf: nobody can ask for it any more."""
    at = clock.now()

    async def change(session: AsyncSession, vendor: Vendor, offering: Offering) -> None:
        await offerings.retire_offering(session, vendor, offering, actor=Actor(who.id, who.role), at=at)

    return await _change(offering_id, change, key=key, sessions=sessions, who=who, clock=clock)


@post("/v1/offerings/{offering_id:uuid}/restore", status_code=HTTP_200_OK, opt={"permission": Permission.EDIT_VENDORS})
async def restore_offering(
    offering_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[OfferingWithPricesOut]:
    """Put something back on the shelf."""
    at = clock.now()

    async def change(session: AsyncSession, vendor: Vendor, offering: Offering) -> None:
        await offerings.restore_offering(session, vendor, offering, actor=Actor(who.id, who.role), at=at)

    return await _change(offering_id, change, key=key, sessions=sessions, who=who, clock=clock)


@post("/v1/offerings/{offering_id:uuid}/tags", status_code=HTTP_200_OK, opt={"permission": Permission.REVIEW_VENDORS})
async def tag_offering(
    offering_id: FromPath[UUID],
    data: JSONBody[OfferingTagsIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[OfferingWithPricesOut]:
    """Say what is in it, as a reviewer; requests from now on are judged by these tags."""
    at = clock.now()

    async def change(session: AsyncSession, vendor: Vendor, offering: Offering) -> None:
        await offerings.tag_offering(session, vendor, offering, tags=data.tags, actor=Actor(who.id, who.role), at=at)

    return await _change(offering_id, change, key=key, sessions=sessions, who=who, clock=clock)


HANDLERS = [create_offering, list_offerings, get_offering, change_price, retire_offering, restore_offering, tag_offering]
