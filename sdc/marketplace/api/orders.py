"""Routes of orders: what a vendor sees of purchases, and of a person only what that person let it know."""

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sdc import journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.marketplace.answers import OrderPage
from sdc.marketplace.orders import order_page, read_order
from sdc.purchases.order import OrderOut
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit


@get("/v1/orders", opt={"permission": Permission.SEE_ORDERS})
async def list_orders(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    keyring: NamedDependency[KeyRing],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> OrderPage:
    """List what was ordered from you: what, how many, for how much, by when, and the code of whoever comes."""
    async with sessions.read() as session:
        orders, next_cursor = await order_page(session, who.id, keyring, limit=limit, cursor=cursor)
    await _note_what_was_seen(sessions, orders, who=who, clock=clock)
    return OrderPage(items=orders, next_cursor=next_cursor)


@get("/v1/orders/{order_id:uuid}", opt={"permission": Permission.SEE_ORDERS})
async def get_order(
    order_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    keyring: NamedDependency[KeyRing],
    clock: NamedDependency[Clock],
) -> OrderOut:
    """Show one order; a name or an address only as the member let you know it for this order."""
    async with sessions.read() as session:
        order = await read_order(session, order_id, who.id, keyring)
    await _note_what_was_seen(sessions, [order], who=who, clock=clock)
    return order


async def _note_what_was_seen(sessions: Sessions, orders: list[OrderOut], *, who: Principal, clock: Clock) -> None:
    """Write down that a vendor saw who an order is for, in one short transaction, before the answer leaves."""
    told = [order.id for order in orders if order.recipient is not None]
    if told:
        async with sessions.begin() as session:
            for order_id in told:
                journal.record(session, "order.recipient_seen", subject=order_id, by=who.id, at=clock.now())


HANDLERS = [list_orders, get_order]
