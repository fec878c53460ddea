"""Let a purchase end that nobody decided, or that nobody billed, in time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.purchases.cancel import end_purchase
from sdc.purchases.locking import find_purchase
from sdc.purchases.model import PurchaseState
from sdc.purchases.states import FROM, Move
from sdc.purchases.whole import read_whole


async def expire_purchase(session: AsyncSession, purchase_id: UUID, *, at: datetime) -> bool:
    """End a purchase whose last day is over, and release what is left; say whether it was so.

    While a bill for it waits for its decision it does not expire: the bill came in time. A purchase that was delivered and
    not billed in full expires like one that never was: the rulebook takes no bill after this day.
    """
    standing, purchase = await find_purchase(session, purchase_id, scope=true(), at=at)
    if purchase.state not in FROM[Move.EXPIRE] or standing.today <= purchase.expires_on:
        return False
    whole = await read_whole(session, purchase)
    if whole.authorization is not None and whole.authorization.waiting_bills:
        return False
    journal.record(session, "purchase.expired", subject=purchase.id, by=None, at=at, state=purchase.state)
    await end_purchase(session, whole, state=PurchaseState.EXPIRED, move=Move.EXPIRE, on=standing.today, at=at)
    return True
