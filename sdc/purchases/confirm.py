"""Say that what was claimed has arrived, or that it has not."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.errors import ConflictError, NotFoundError
from sdc.members.acting import ActingMove, require_move
from sdc.outbox import enqueue
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.model import Authorization, Delivery, DeliveryState, Purchase, PurchaseState
from sdc.purchases.states import Move, check_delivery_move, check_move
from sdc.purchases.whole import Whole, read_whole

DISPUTE_COLUMN = "deliveries.dispute"


async def confirm_delivery(session: AsyncSession, purchase_id: UUID, *, who: Principal, delivery_id: UUID | None, at: datetime) -> Whole:
    """Confirm one delivery, or all that are claimed, so that bills for it can be accepted.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such purchase or delivery, or not the caller's.
        WrongStateError: nothing of it is claimed.
        ConflictError: what was disputed has been delivered again meanwhile.

    """
    await require_move(session, who, ActingMove.CONFIRM)
    _, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.CONFIRM)
    whole = await read_whole(session, purchase)
    chosen = _choose(whole.deliveries, delivery_id, Move.CONFIRM)
    _refuse_when_delivered_again(whole, chosen)
    settle_deliveries(session, whole, chosen, by=who.id, at=at)
    return whole


def settle_deliveries(session: AsyncSession, whole: Whole, deliveries: Sequence[Delivery], *, by: UUID | None, at: datetime) -> None:
    """Confirm deliveries of a purchase that is locked; bills that wait for them are looked at again."""
    for delivery in deliveries:
        delivery.state = DeliveryState.CONFIRMED
        delivery.confirm_on = None
        delivery.settled_by = by
        delivery.settled_at = at
        journal.record(session, "delivery.confirmed", subject=whole.purchase.id, by=by, at=at, delivery=delivery.id)
    if whole.purchase.state is PurchaseState.APPROVED and confirmed_thousandths(whole.deliveries) >= whole.purchase.quantity_thousandths:
        whole.purchase.state = PurchaseState.DELIVERED
        journal.record(session, "purchase.delivered", subject=whole.purchase.id, by=by, at=at)
        close_if_finished(session, whole.purchase, whole.authorization, by=by, at=at)
    enqueue(session, "look_at_bills", whole.purchase.id, at=at)


async def dispute_delivery(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, delivery_id: UUID | None, reason: str, keyring: KeyRing, at: datetime
) -> Whole:
    """Say that a delivery did not come, or not as ordered: no bill is accepted for it.

    What was confirmed already may still be disputed, as far as no accepted bill stands on it.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such purchase or delivery, or not the caller's.
        WrongStateError: nothing of it is claimed or confirmed.
        ConflictError: it was billed already.

    """
    await require_move(session, who, ActingMove.DISPUTE)
    _, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.DISPUTE)
    whole = await read_whole(session, purchase)
    for delivery in _choose(whole.deliveries, delivery_id, Move.DISPUTE):
        delivery.state = DeliveryState.DISPUTED
        delivery.confirm_on = None
        delivery.settled_by = who.id
        delivery.settled_at = at
        delivery.dispute_sealed = keyring.seal(reason, DISPUTE_COLUMN, delivery.id)
        journal.record(session, "delivery.disputed", subject=purchase.id, by=who.id, at=at, delivery=delivery.id)
    _refuse_when_billed(whole)
    if purchase.state is PurchaseState.DELIVERED:
        purchase.state = PurchaseState.APPROVED
    return whole


def close_if_finished(
    session: AsyncSession, purchase: Purchase, authorization: Authorization | None, *, by: UUID | None, at: datetime
) -> None:
    """Close a purchase that is delivered and of whose money nothing is left or asked for."""
    if purchase.state is not PurchaseState.DELIVERED or authorization is None or authorization.left_cents or authorization.waiting_bills:
        return
    purchase.state = PurchaseState.CLOSED
    authorization.closed_at = authorization.closed_at or at
    journal.record(session, "purchase.closed", subject=purchase.id, by=by, at=at)


def confirmed_thousandths(deliveries: Sequence[Delivery]) -> int:
    """Add up what was confirmed."""
    return sum(one.quantity_thousandths for one in deliveries if one.state is DeliveryState.CONFIRMED)


def _choose(deliveries: Sequence[Delivery], delivery_id: UUID | None, move: Move) -> list[Delivery]:
    if delivery_id is None:
        claimed = [one for one in deliveries if one.state is DeliveryState.CLAIMED]
        if not claimed:
            raise ConflictError(f"nothing is claimed that you could {move}: name a delivery")
        return claimed
    chosen = next((one for one in deliveries if one.id == delivery_id), None)
    if chosen is None:
        raise NotFoundError("delivery", delivery_id)
    check_delivery_move(chosen, move)
    return [chosen]


def _refuse_when_delivered_again(whole: Whole, chosen: Sequence[Delivery]) -> None:
    """Refuse to confirm what was disputed once the vendor has brought it again: no more comes than was ordered."""
    came = [one for one in whole.deliveries if one in chosen or one.state is not DeliveryState.DISPUTED]
    if sum(one.quantity_thousandths for one in came) > whole.purchase.quantity_thousandths:
        raise ConflictError("what was disputed has been delivered again: confirm or dispute the later delivery")


def _refuse_when_billed(whole: Whole) -> None:
    """Refuse to take away a confirmed delivery that accepted bills stand on."""
    purchase, authorization = whole.purchase, whole.authorization
    assert authorization is not None, "what is delivered was approved"
    worth_cents = authorization.authorized_cents * confirmed_thousandths(whole.deliveries) // purchase.quantity_thousandths
    if authorization.spent_cents > worth_cents:
        raise ConflictError("this was billed and accepted already: ask your broker about the bill")
