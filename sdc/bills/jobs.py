"""What the worker does for bills: look again at those that wait, once something that they wait for has happened."""

from uuid import UUID

from sqlalchemy import ColumnElement, select

from sdc.bills.case import lock_bill, open_case
from sdc.bills.deciding import A_DAY, LOOK_DAILY, decide_bill, is_waiting_for_money
from sdc.bills.model import Bill
from sdc.bills.states import WAITING
from sdc.ids import new_id
from sdc.outbox import enqueue
from sdc.outbox.relay import Leased
from sdc.outbox.work import Work


async def look_at_bills(work: Work, job: Leased) -> None:
    """Judge the waiting bills of a purchase again, the oldest first; one that waits for money alone is looked at every day."""
    bills = await _waiting(work, Bill.purchase_id == job.subject_id)
    is_short = [await _look_at(work, bill_id, purchase_id, because="delivery") for bill_id, purchase_id in bills]
    if any(is_short) and job.data == LOOK_DAILY:
        async with work.sessions.begin() as session:
            enqueue(session, "look_at_bills", job.subject_id, at=work.clock.now() + A_DAY, data=LOOK_DAILY)


async def look_at_vendor_bills(work: Work, job: Leased) -> None:
    """Judge the waiting bills of a vendor again: a tax form came, it was screened, its bank is ready."""
    for bill_id, purchase_id in await _waiting(work, Bill.vendor_id == job.subject_id):
        await _look_at(work, bill_id, purchase_id, because="vendor")


async def _waiting(work: Work, of_whom: ColumnElement[bool]) -> list[tuple[UUID, UUID]]:
    async with work.sessions.read() as session:
        rows = await session.execute(select(Bill.id, Bill.purchase_id).where(of_whom, Bill.state.in_(WAITING)).order_by(Bill.id))
        return [(bill_id, purchase_id) for bill_id, purchase_id in rows]


async def _look_at(work: Work, bill_id: UUID, purchase_id: UUID, *, because: str) -> bool:
    """Judge one bill again in a transaction of its own; says whether it waits for money alone."""
    at = work.clock.now()
    async with work.sessions.begin() as session:
        case = await open_case(session, purchase_id, at=at)
        bill = await lock_bill(session, bill_id)
        if bill.state in WAITING:
            await decide_bill(session, case, bill, decision_id=new_id(), because=because, by=None, at=at)
        return bill.state in WAITING and is_waiting_for_money(bill)
