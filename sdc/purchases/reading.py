"""Find a purchase to show, or to show again: without a lock, and only what is the caller's."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal
from sdc.errors import NotFoundError
from sdc.purchases.locking import purchase_scope
from sdc.purchases.model import Purchase


async def read_purchase(session: AsyncSession, reference: UUID, *, who: Principal, at: datetime) -> Purchase:
    """Read a purchase by its id, or by its order's.

    Raises:
        NotFoundError: there is none, or it is not the caller's.

    """
    found = or_(Purchase.id == reference, Purchase.order_id == reference)
    purchase = await session.scalar(select(Purchase).where(found, purchase_scope(who, at=at)))
    if purchase is None:
        raise NotFoundError("purchase", reference)
    return purchase


def recheck_purchase(reference: UUID, *, who: Principal, at: datetime) -> Callable[[AsyncSession], Awaitable[object]]:
    """Ask again, before an answer is replayed, whether the purchase is still the caller's to see."""

    async def recheck(session: AsyncSession) -> Purchase:
        return await read_purchase(session, reference, who=who, at=at)

    return recheck
