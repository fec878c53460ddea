"""Accept a bill: what was set aside is owed to the vendor from now on, and a payment follows."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.bills.case import Case
from sdc.bills.model import Bill, BillApproval, BillState
from sdc.bills.states import TAKEN
from sdc.books import chart
from sdc.books.posting import open_accounts, post
from sdc.outbox import enqueue
from sdc.purchases.authorizing import extend_authorization, release_authorization, spend_authorization
from sdc.purchases.model import PurchaseState
from sdc.purchases.states import ORDERED


async def accept_bill(
    session: AsyncSession, case: Case, bill: Bill, *, extension_cents: int, approval: BillApproval | None, by: UUID | None, at: datetime
) -> None:
    """Take what a bill asks from its authorisation, a small excess from available, and give back the rest after the last bill.

    `extension_cents` is what `approval` adds to the authorisation first. The caller has seen that available covers the
    excess; the books have the last word, and their refusal ends the transaction.
    """
    authorization = case.authorization
    entries: list[ledger.Entry] = []
    if extension_cents:
        assert approval is not None, "only a person's yes extends an authorisation"
        entries.append(extend_authorization(authorization, approval_id=approval.id, amount_cents=extension_cents, on=case.today))
    bill.from_encumbered_cents = min(bill.amount_cents, authorization.left_cents)
    bill.tolerance_cents = bill.amount_cents - bill.from_encumbered_cents
    bill.state = BillState.ACCEPTED
    bill.held_because = []
    bill.accepted_at = at
    entries.append(
        spend_authorization(
            authorization,
            bill_id=bill.id,
            encumbered_cents=bill.from_encumbered_cents,
            tolerance_cents=bill.tolerance_cents,
            on=case.today,
        )
    )
    journal.record(
        session, "bill.accepted", subject=bill.id, by=by, at=at, amount_cents=bill.amount_cents, tolerance_cents=bill.tolerance_cents
    )
    enqueue(session, "pay_bill", bill.id, at=at)
    await session.flush()
    rest = await give_back_rest(session, case, bill, at=at)
    await open_accounts(session, [chart.account(bill.program_id, chart.payable(bill.vendor_id))], at=at)  # the first bill of a vendor
    await post(session, *entries, *([rest] if rest else []), at=at)


async def give_back_rest(session: AsyncSession, case: Case, bill: Bill, *, at: datetime) -> ledger.Entry | None:
    """Close the authorisation once its vendor has billed all: a final bill is accepted, or nothing is left, and no bill waits.

    Returns the entry that gives back what is left, to be posted by the caller; nothing when all was spent, or more bills may come.
    """
    authorization = case.authorization
    if authorization.waiting_bills or authorization.closed_at is not None:
        return None
    if authorization.left_cents and not await _has_final_bill(session, bill):
        return None
    if authorization.spent_cents == 0:
        return None
    bill.released_cents = authorization.left_cents
    entry = release_authorization(authorization, event_id=bill.id, on=case.today, at=at)
    if case.purchase.state in ORDERED:
        case.purchase.state = PurchaseState.CLOSED
        journal.record(session, "purchase.closed", subject=case.purchase.id, by=None, at=at, released_cents=bill.released_cents)
    return entry


async def _has_final_bill(session: AsyncSession, bill: Bill) -> bool:
    query = select(Bill.id).where(Bill.purchase_id == bill.purchase_id, Bill.is_final, Bill.state.in_(TAKEN)).limit(1)
    return await session.scalar(query) is not None
