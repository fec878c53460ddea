"""A vendor's orders: approved purchases under their own reference, with only what the person they are for let it know."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.crypto import KeyRing
from sdc.errors import InvalidFieldError, NotFoundError
from sdc.purchases.consenting import recipients_of
from sdc.purchases.model import Delivery, Purchase
from sdc.purchases.order import OrderOut, order_of
from sdc.web.pages import cursor_of, row_of


def orders_of(vendor_id: UUID) -> Select[Purchase]:
    """Select what was ordered from a vendor: purchases that were approved at some time, whatever became of them."""
    return select(Purchase).where(Purchase.vendor_id == vendor_id, Purchase.authorization_id.is_not(None))


async def order_page(
    session: AsyncSession, vendor_id: UUID, keyring: KeyRing, *, limit: int, cursor: str | None
) -> tuple[list[OrderOut], str | None]:
    """Read one page of a vendor's orders, the newest first, with their deliveries.

    The cursor holds the order's own random reference: a purchase's id would tell when it was asked for.

    Raises:
        InvalidFieldError: the cursor is not one of this list.

    """
    orders = orders_of(vendor_id)
    if cursor is not None:
        last = await session.scalar(orders.where(Purchase.order_id == row_of(cursor)))
        if last is None:
            raise InvalidFieldError("cursor", "this is not a cursor of this list")
        orders = orders.where(Purchase.id < last.id)
    found = (await session.scalars(orders.order_by(Purchase.id.desc()).limit(limit + 1))).all()
    purchases = found[:limit]
    next_cursor = cursor_of(purchases[-1].order_id) if len(found) > limit else None
    deliveries: dict[UUID, list[Delivery]] = defaultdict(list)
    for delivery in await session.scalars(select(Delivery).where(Delivery.purchase_id.in_([one.id for one in purchases]))):
        deliveries[delivery.purchase_id].append(delivery)
    told = await recipients_of(session, purchases, keyring)
    return [order_of(one, deliveries[one.id], keyring, recipient=told.get(one.id)) for one in purchases], next_cursor


async def read_order(session: AsyncSession, order_id: UUID, vendor_id: UUID, keyring: KeyRing) -> OrderOut:
    """Read one order.

    Raises:
        NotFoundError: no such order, or not this vendor's.

    """
    purchase = await session.scalar(orders_of(vendor_id).where(Purchase.order_id == order_id))
    if purchase is None:
        raise NotFoundError("order", order_id)
    deliveries = await session.scalars(select(Delivery).where(Delivery.purchase_id == purchase.id))
    told = await recipients_of(session, [purchase], keyring)
    return order_of(purchase, deliveries.all(), keyring, recipient=told.get(purchase.id))
