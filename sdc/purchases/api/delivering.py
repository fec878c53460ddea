"""Routes of deliveries: the vendor says so, the member confirms or disputes."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.purchases.answers import PurchaseOut
from sdc.purchases.confirm import confirm_delivery, dispute_delivery
from sdc.purchases.deliver import deliver_order
from sdc.purchases.forms import ConfirmIn, DeliverIn, DisputeIn
from sdc.purchases.order import OrderOut, order_of
from sdc.purchases.reading import recheck_purchase
from sdc.web.language import language_of


@post("/v1/purchases/{order_id:uuid}/deliver", status_code=HTTP_200_OK, opt={"permission": Permission.DELIVER})
async def deliver(
    order_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    data: JSONBody[DeliverIn | None] = None,
) -> Response[OrderOut]:
    """Say what of an order was delivered, by the order's id; with proof it counts as confirmed after five days."""
    at = clock.now()
    said = data or DeliverIn()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(order_id, who=who, at=at)) as call:
        whole = await deliver_order(
            call.session,
            order_id,
            who=who,
            delivery_id=new_id(),
            quantity_thousandths=said.quantity,
            delivered_on=said.delivered_on,
            proof=said.proof_text(),
            at=at,
        )
        return call.answer(order_of(whole.purchase, whole.deliveries, keyring), HTTP_200_OK)


@post("/v1/purchases/{purchase_id:uuid}/confirm", status_code=HTTP_200_OK, opt={"permission": Permission.CONFIRM_DELIVERIES})
async def confirm(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    data: JSONBody[ConfirmIn | None] = None,
) -> Response[PurchaseOut]:
    """Say that what was claimed has arrived: one delivery, or all of them."""
    at = clock.now()
    delivery_id = data.delivery_id if data else None
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await confirm_delivery(call.session, purchase_id, who=who, delivery_id=delivery_id, at=at)
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


@post("/v1/purchases/{purchase_id:uuid}/dispute", status_code=HTTP_200_OK, opt={"permission": Permission.DISPUTE_DELIVERIES})
async def dispute(
    request: Request[Any, Any, Any],
    purchase_id: FromPath[UUID],
    data: JSONBody[DisputeIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PurchaseOut]:
    """Say that a delivery did not come, or not as ordered: no bill is accepted for it."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=recheck_purchase(purchase_id, who=who, at=at)) as call:
        whole = await dispute_delivery(
            call.session, purchase_id, who=who, delivery_id=data.delivery_id, reason=data.reason, keyring=keyring, at=at
        )
        return call.answer(PurchaseOut.of(whole, who=who, language=language_of(request), keyring=keyring), HTTP_200_OK)


HANDLERS = [deliver, confirm, dispute]
