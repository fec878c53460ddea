"""Reverse an accepted bill that is not paid: the money is set aside again, and the bill may be sent anew."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.bills.case import Case
from sdc.bills.model import Bill, BillState
from sdc.books.posting import post
from sdc.ids import derived_id
from sdc.outbox import enqueue
from sdc.purchases.authorizing import release_authorization, restore_authorization
from sdc.purchases.model import Delivery, DeliveryState, PurchaseState


async def reverse_bill(session: AsyncSession, case: Case, bill: Bill, *, reason: str, by: UUID, at: datetime) -> None:
    """Undo an accepted bill, linked to its entry. The caller holds the locks and has checked the move.

    What a final bill gave back stays given back; when the purchase has expired meanwhile nobody can bill it again, so what was
    undone goes back too. The payment that was queued for it is canceled by the job that follows;
    until then the state of the bill, read under its lock, keeps it from leaving.
    """
    bill.state = BillState.REVERSED
    bill.held_because = [{"rule": "person", "message": {"en": reason, "es": reason}}]
    entries = [
        restore_authorization(
            case.authorization,
            bill_id=bill.id,
            encumbered_cents=bill.from_encumbered_cents,
            tolerance_cents=bill.tolerance_cents,
            on=case.today,
        )
    ]
    if case.purchase.state is PurchaseState.CLOSED:
        case.purchase.state = PurchaseState.DELIVERED if await _is_delivered(session, case) else PurchaseState.APPROVED
    if case.purchase.state is PurchaseState.EXPIRED:
        rest = release_authorization(case.authorization, event_id=derived_id(bill.id, "reverse"), on=case.today, at=at)
        entries += [rest] if rest else []
    journal.record(session, "bill.reversed", subject=bill.id, by=by, at=at, amount_cents=bill.amount_cents)
    enqueue(session, "pay_bill", bill.id, at=at)
    await post(session, *entries, at=at)


async def _is_delivered(session: AsyncSession, case: Case) -> bool:
    confirmed = select(func.coalesce(func.sum(Delivery.quantity_thousandths), 0)).where(
        Delivery.purchase_id == case.purchase.id, Delivery.state == DeliveryState.CONFIRMED
    )
    return int(await session.scalar(confirmed) or 0) >= case.purchase.quantity_thousandths
