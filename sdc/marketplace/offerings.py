"""What a vendor sells: put on offer, at a price that may change, tagged by a reviewer, retired and put back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc.auth.principal import Principal
from sdc.errors import ConflictError, NotFoundError, WrongStateError
from sdc.marketplace.applying import check_categories
from sdc.marketplace.events import Actor, note_event
from sdc.marketplace.scope import vendor_scope
from sdc.rulebooks.tags import check_tags
from vendors import Offering, Vendor

ACTIVE, RETIRED = "active", "retired"
MOST_ON_OFFER = 1_000
"""Each change of a vendor writes anew what it is found by, all that it offers."""


async def add_offering(
    session: AsyncSession,
    vendor: Vendor,
    *,
    id: UUID,
    price_id: UUID,
    category: str,
    title: str,
    description: str | None,
    unit: str,
    unit_price_cents: int,
    tags: Sequence[str],
    actor: Actor,
    at: datetime,
) -> Offering:
    """Put something of a vendor on offer. The caller has locked the vendor.

    Raises:
        ConflictError: so much is on offer already that there is no room.
        InvalidFieldError: a category that the program does not know, or a tag that is nearly one that its rules know.

    """
    await _check_room(session, vendor)
    rulebook = await check_categories(session, vendor.program_id, [category], field="category", at=at)
    check_tags(rulebook, tags)
    offering = vendors.add_offering(
        session,
        id=id,
        vendor_id=vendor.id,
        category=category,
        title=title,
        description=description,
        unit=unit,
        unit_price_cents=unit_price_cents,
        tags=tags,
    )
    await session.flush()
    vendors.set_price(session, offering, id=price_id, unit_price_cents=unit_price_cents, by=actor.id, at=at)
    note_event(session, vendor, "offering_added", actor=actor, at=at, offering=id, category=category, unit_price_cents=unit_price_cents)
    await vendors.index_vendor(session, vendor)
    return offering


def change_price(
    session: AsyncSession, vendor: Vendor, offering: Offering, *, id: UUID, unit_price_cents: int, actor: Actor, at: datetime
) -> None:
    """Ask another price from now on; what was bought or asked for keeps its own. The caller has locked the vendor.

    The price that is asked already is no change.

    Raises:
        WrongStateError: the offering is retired.

    """
    if not offering.is_active:
        raise WrongStateError("offering", offering.id, state=RETIRED, move="price", open_moves=("restore",))
    if unit_price_cents == offering.unit_price_cents:
        return
    before_cents = offering.unit_price_cents
    vendors.set_price(session, offering, id=id, unit_price_cents=unit_price_cents, by=actor.id, at=at)
    note_event(
        session,
        vendor,
        "price_changed",
        actor=actor,
        at=at,
        offering=offering.id,
        before_cents=before_cents,
        unit_price_cents=unit_price_cents,
    )


async def retire_offering(session: AsyncSession, vendor: Vendor, offering: Offering, *, actor: Actor, at: datetime) -> None:
    """Take something off the shelf: nobody can ask for it any more, and what was asked for goes on. The caller has locked the vendor.

    Raises:
        WrongStateError: it is retired already.

    """
    if not offering.is_active:
        raise WrongStateError("offering", offering.id, state=RETIRED, move="retire", open_moves=("restore",))
    await _put(session, vendor, offering, is_active=False, kind="offering_retired", actor=actor, at=at)


async def restore_offering(session: AsyncSession, vendor: Vendor, offering: Offering, *, actor: Actor, at: datetime) -> None:
    """Put something back on the shelf at its last price. The caller has locked the vendor.

    Raises:
        WrongStateError: it is on the shelf.
        ConflictError: so much is on offer already that there is no room.

    """
    if offering.is_active:
        raise WrongStateError("offering", offering.id, state=ACTIVE, move="restore", open_moves=("price", "retire"))
    await _check_room(session, vendor)
    await _put(session, vendor, offering, is_active=True, kind="offering_restored", actor=actor, at=at)


async def tag_offering(
    session: AsyncSession, vendor: Vendor, offering: Offering, *, tags: Sequence[str], actor: Actor, at: datetime
) -> None:
    """Say what is in it: requests from now on are judged by these tags. The caller has locked the vendor.

    Raises:
        InvalidFieldError: a tag that is nearly one that the program's rules know.

    """
    check_tags(await check_categories(session, vendor.program_id, [], field="category", at=at), tags)
    offering.tags = sorted(set(tags))
    note_event(session, vendor, "offering_tagged", actor=actor, at=at, offering=offering.id, tags=",".join(offering.tags))


async def find_offering(
    session: AsyncSession, offering_id: UUID, *, who: Principal, at: datetime, lock: bool = False
) -> tuple[Vendor, Offering]:
    """Find an offering of a vendor that the caller may see; the vendor is locked when something is to be changed.

    Raises:
        NotFoundError: no such offering, or its vendor is not the caller's.

    """
    of_whom = select(Offering.vendor_id).where(Offering.id == offering_id).scalar_subquery()
    query = select(Vendor).where(Vendor.id == of_whom, vendor_scope(who, at=at))
    vendor = await session.scalar(query.with_for_update() if lock else query)
    if vendor is None:
        raise NotFoundError("offering", offering_id)
    return vendor, await session.get_one(Offering, offering_id, populate_existing=True)


async def _check_room(session: AsyncSession, vendor: Vendor) -> None:
    on_offer = select(func.count()).select_from(Offering).where(Offering.vendor_id == vendor.id, Offering.is_active)
    if (await session.scalar(on_offer) or 0) >= MOST_ON_OFFER:
        raise ConflictError(f"a vendor offers at most {MOST_ON_OFFER:,} things at a time: retire what is not sold any more")


async def _put(
    session: AsyncSession, vendor: Vendor, offering: Offering, *, is_active: bool, kind: str, actor: Actor, at: datetime
) -> None:
    offering.is_active = is_active
    note_event(session, vendor, kind, actor=actor, at=at, offering=offering.id)
    await vendors.index_vendor(session, vendor)
