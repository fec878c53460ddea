"""Say that something of an order was delivered: the vendor's claim, for the member to confirm."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.clock import local_date
from sdc.errors import InvalidFieldError
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.model import Delivery, DeliveryState
from sdc.purchases.order import quantity_text
from sdc.purchases.states import Move, check_move
from sdc.purchases.whole import Whole, read_whole

DISPUTE_DAYS = 5
"""How long a member may dispute what comes with proof, before it counts as confirmed by itself."""


async def deliver_order(
    session: AsyncSession,
    order_id: UUID,
    *,
    who: Principal,
    delivery_id: UUID,
    quantity_thousandths: int | None,
    delivered_on: date | None,
    proof: str | None,
    at: datetime,
) -> Whole:
    """Record a delivery, of all that is not delivered yet unless a quantity is said.

    Raises:
        NotFoundError: no such order, or not the caller's.
        WrongStateError: the order takes no delivery now.
        InvalidFieldError: more than was ordered, or a day that has not come, or was over before anybody asked for it.

    """
    standing, purchase = await find_purchase(session, order_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.DELIVER)
    whole = await read_whole(session, purchase)
    rest = purchase.quantity_thousandths - sum(
        one.quantity_thousandths for one in whole.deliveries if one.state is not DeliveryState.DISPUTED
    )
    quantity = rest if quantity_thousandths is None else quantity_thousandths
    if not 1 <= quantity <= rest:
        raise InvalidFieldError("quantity", f"of this order, {quantity_text(rest)} can still be delivered")
    delivered_on = delivered_on or standing.today
    if delivered_on > standing.today:
        raise InvalidFieldError("delivered_on", "this day has not come yet")
    if delivered_on < min(purchase.purchase_date, local_date(purchase.requested_at, standing.program.time_zone)):
        raise InvalidFieldError("delivered_on", "this was not bought yet on that day")
    delivery = Delivery(
        id=delivery_id,
        purchase_id=purchase.id,
        quantity_thousandths=quantity,
        delivered_on=delivered_on,
        proof=proof,
        state=DeliveryState.CLAIMED,
        claimed_by=who.id,
        claimed_at=at,
        confirm_on=None if proof is None else confirm_on(standing.today),
        settled_by=None,
        settled_at=None,
        dispute_sealed=None,
    )
    session.add(delivery)
    whole.deliveries.append(delivery)
    journal.record(
        session,
        "delivery.claimed",
        subject=purchase.id,
        by=who.id,
        at=at,
        delivery=delivery_id,
        on=delivered_on,
        has_proof=proof is not None,
    )
    return whole


def confirm_on(proved_on: date) -> date:
    """Tell the day on which a delivery counts as confirmed, when nobody disputes its proof."""
    return proved_on + timedelta(days=DISPUTE_DAYS)
