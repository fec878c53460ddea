"""Say yes as a person: the policy is asked again with this approval among the facts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.errors import ConflictError
from sdc.programs.model import Staff
from sdc.purchases.judging import RulingIds, rule
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.model import PurchaseApproval
from sdc.purchases.states import Move, check_move
from sdc.purchases.whole import Whole, read_whole

NOTE_COLUMN = "purchase_approvals.note"


async def approve_purchase(
    session: AsyncSession,
    purchase_id: UUID,
    *,
    who: Principal,
    approval_id: UUID,
    note: str | None,
    ids: RulingIds,
    keyring: KeyRing,
    at: datetime,
) -> Whole:
    """Record an approval, with what makes its giver independent or not today, and rule again.

    The money is set aside when nothing else is open; otherwise the purchase waits on, and its needs say for whom. An
    approval by who asked, is paid or is related is kept, and does not count.

    Raises:
        NotFoundError: no such purchase, or not the caller's.
        WrongStateError: it does not wait for an approval.
        ConflictError: the same person has approved it already.

    """
    standing, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.APPROVE)
    whole = await read_whole(session, purchase)
    if any(approval.by == who.id for approval in whole.approvals):
        raise ConflictError("you have approved this already: someone else has to")
    approver = await session.get_one(Staff, who.id)
    approval = PurchaseApproval(
        id=approval_id,
        purchase_id=purchase.id,
        by=who.id,
        role=who.role,
        employer_id=approver.employer_id,
        relatives=approver.relatives,
        note_sealed=None if note is None else keyring.seal(note, NOTE_COLUMN, approval_id),
        at=at,
    )
    session.add(approval)
    whole.approvals.append(approval)
    journal.record(session, "purchase.approval_given", subject=purchase.id, by=who.id, at=at, approval=approval_id, role=who.role)
    await rule(session, standing, whole, because="approval", by=who.id, ids=ids, keyring=keyring, at=at)
    return whole
