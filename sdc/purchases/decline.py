"""Say no as a person: a decline is a denial too, so it is told in writing and can be appealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.notices.issue import issue_notice
from sdc.notices.model import NoticeKind
from sdc.notices.words import decline_reason
from sdc.purchases.emergency import close_review
from sdc.purchases.judging import refusal_of
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.model import PurchaseState
from sdc.purchases.states import Move, check_move
from sdc.purchases.whole import Whole, read_whole
from sdc.rulebooks.reading import compiled


async def decline_purchase(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, reason: str, notice_id: UUID, keyring: KeyRing, at: datetime
) -> Whole:
    """Decline a purchase that waits, for a reason that the member reads in the notice.

    Raises:
        NotFoundError: no such purchase, or not the caller's.
        WrongStateError: it does not wait any more.

    """
    standing, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.DECLINE)
    whole = await read_whole(session, purchase)
    rulebook = await compiled(session, purchase.rulebook_version_id)
    purchase.state = PurchaseState.DECLINED
    purchase.reask_at = None
    purchase.notice_id = notice_id
    whole.notice = issue_notice(
        session,
        standing.program,
        notice_id=notice_id,
        member_id=purchase.member_id,
        subject_id=purchase.id,
        kind=NoticeKind.DECLINE,
        refusal=refusal_of(purchase, rulebook),
        reasons=[decline_reason(reason)],
        issued_on=standing.today,
        keyring=keyring,
        at=at,
    )
    close_review(whole, "declined", by=who.id, at=at)
    journal.record(session, "purchase.declined", subject=purchase.id, by=who.id, at=at, role=who.role, notice=notice_id)
    return whole
