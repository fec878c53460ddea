"""A person's part in a bill that waits: a yes, a no, or what the bill did not say."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.bills.case import Case, lock_bill, open_case
from sdc.bills.deciding import decide_bill, reject_bill
from sdc.bills.model import Bill, BillApproval
from sdc.bills.scope import load_bill
from sdc.bills.states import BillMove, check_bill_move
from sdc.bills.visit import Visit, add_visit
from sdc.crypto import KeyRing
from sdc.errors import ConflictError
from sdc.programs.model import Staff

NOTE_COLUMN = "bill_approvals.note"


async def open_bill(session: AsyncSession, bill_id: UUID, *, move: BillMove, who: Principal, at: datetime) -> tuple[Case, Bill]:
    """Lock a bill that is the caller's with all that comes before it, for a move.

    Raises:
        NotFoundError: no such bill, or not the caller's.
        WrongStateError: the move is not open for the bill now.

    """
    seen = await load_bill(session, bill_id, who=who, at=at)
    case = await open_case(session, seen.purchase_id, at=at)
    bill = await lock_bill(session, bill_id)
    check_bill_move(bill, move)
    return case, bill


async def approve_bill(
    session: AsyncSession,
    case: Case,
    bill: Bill,
    *,
    id: UUID,
    decision_id: UUID,
    note: str | None,
    keyring: KeyRing,
    who: Principal,
    at: datetime,
) -> None:
    """Record a person's yes and judge the bill again with it. A yes of somebody with a part in the bill is kept, and does not count.

    Raises:
        ConflictError: the same person has said yes already.

    """
    if await session.scalar(select(BillApproval.id).where(BillApproval.bill_id == bill.id, BillApproval.by == who.id)) is not None:
        raise ConflictError("you have approved this bill already: it waits for something else")
    staff = await session.get(Staff, who.id)
    session.add(
        BillApproval(
            id=id,
            bill_id=bill.id,
            by=who.id,
            role=who.role,
            employer_id=staff.employer_id if staff else None,
            relatives=staff.relatives if staff else [],
            note_sealed=keyring.seal(note, NOTE_COLUMN, id) if note else None,
            at=at,
        )
    )
    await session.flush()
    journal.record(session, "bill.approved", subject=bill.id, by=who.id, at=at, role=who.role)
    await decide_bill(session, case, bill, decision_id=decision_id, because="approval", by=who.id, at=at)


async def decline_bill(session: AsyncSession, case: Case, bill: Bill, *, reason: str, by: UUID, at: datetime) -> None:
    """End a waiting bill by a person's no; the vendor reads the reason."""
    words = {"rule": "person", "message": {"en": reason, "es": reason}}
    await reject_bill(session, case, bill, reasons=[words], by=by, at=at)


async def complete_bill(
    session: AsyncSession,
    case: Case,
    bill: Bill,
    *,
    decision_id: UUID,
    business: str | None,
    description: str | None,
    billed_on: date | None,
    visit: Visit | None,
    keyring: KeyRing,
    by: UUID,
    at: datetime,
) -> None:
    """Take in what the bill did not say (never change what it said), and judge it again; its papers stand in the session.

    Raises:
        InvalidFieldError: a visit that has not been, or that took no time.

    """
    if visit is not None:
        add_visit(bill, visit, keyring, today=case.today)
    bill.business = bill.business or business
    bill.description = bill.description or description
    bill.billed_on = bill.billed_on or billed_on
    await session.flush()
    journal.record(session, "bill.completed", subject=bill.id, by=by, at=at)
    await decide_bill(session, case, bill, decision_id=decision_id, because="document", by=by, at=at)
