"""Receive a bill: it is kept whatever becomes of it, and judged at once."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.bills.case import Case, open_case
from sdc.bills.deciding import decide_bill
from sdc.bills.model import Bill, BillState
from sdc.bills.scope import find_order
from sdc.bills.states import WAITING
from sdc.errors import ConflictError, WrongStateError
from sdc.purchases.authorizing import receive_bill as count_waiting_bill
from sdc.purchases.model import Purchase
from sdc.purchases.states import ORDERED
from vendors import Vendor


async def receive_bill(
    session: AsyncSession,
    order_id: UUID,
    *,
    id: UUID,
    decision_id: UUID,
    number: str,
    billed_on: date | None,
    amount_cents: int,
    business: str | None,
    description: str | None,
    is_final: bool,
    who: Principal,
    at: datetime,
) -> Bill:
    """Take in a bill for an order and judge it: accepted, held, received (it waits for delivery) or rejected.

    Raises:
        NotFoundError: no such order, or not the caller's.
        WrongStateError: the order is closed, canceled or expired: nothing more can be billed for it.
        ConflictError: a bill with this number waits for its decision.

    """
    purchase_id = await find_order(session, order_id, who=who, at=at)
    await _lock_vendor_of(session, purchase_id)
    case = await open_case(session, purchase_id, at=at)
    if case.purchase.state not in ORDERED:
        raise WrongStateError("order", case.purchase.order_id, state=case.purchase.state, move="bill", open_moves=())
    waiting = select(Bill.id).where(Bill.vendor_id == case.purchase.vendor_id, Bill.number == number, Bill.state.in_(WAITING))
    if await session.scalar(waiting) is not None:
        raise ConflictError(f"a bill with the number {number} waits for its decision: add to it, or use another number")
    bill = _bill(
        case,
        id=id,
        number=number,
        billed_on=billed_on,
        amount_cents=amount_cents,
        business=business,
        description=description,
        is_final=is_final,
        sent_by=who.id,
        at=at,
    )
    count_waiting_bill(case.authorization)
    journal.record(session, "bill.received", subject=id, by=who.id, at=at, purchase=purchase_id, amount_cents=amount_cents)
    session.add(bill)  # flushed once it is decided: a rejected bill does not keep its number
    await decide_bill(session, case, bill, decision_id=decision_id, because="received", by=who.id, at=at)
    return bill


def _bill(
    case: Case,
    *,
    id: UUID,
    number: str,
    billed_on: date | None,
    amount_cents: int,
    business: str | None,
    description: str | None,
    is_final: bool,
    sent_by: UUID,
    at: datetime,
) -> Bill:
    purchase = case.purchase
    return Bill(
        id=id,
        program_id=purchase.program_id,
        purchase_id=purchase.id,
        authorization_id=case.authorization.id,
        budget_id=purchase.budget_id,
        vendor_id=purchase.vendor_id,
        number=number,
        billed_on=billed_on,
        received_on=case.today,
        amount_cents=amount_cents,
        business=business,
        description=description,
        is_final=is_final,
        visit_sealed=None,
        visit_says=[],
        state=BillState.RECEIVED,
        held_because=[],
        from_encumbered_cents=0,
        tolerance_cents=0,
        released_cents=0,
        is_sending=False,
        decision_id=None,
        sent_by=sent_by,
        received_at=at,
        accepted_at=None,
    )


async def _lock_vendor_of(session: AsyncSession, purchase_id: UUID) -> None:
    """Let one bill of a vendor in at a time, so that two with one number are seen."""
    vendor_id = select(Purchase.vendor_id).where(Purchase.id == purchase_id).scalar_subquery()
    await session.execute(select(Vendor.id).where(Vendor.id == vendor_id).with_for_update())
