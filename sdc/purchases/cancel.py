"""End a purchase that is not wanted any more, or that waited too long, and give back what was set aside."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.books import posting
from sdc.crypto import KeyRing
from sdc.errors import WrongStateError
from sdc.ids import derived_id
from sdc.members.acting import ActingMove, require_move
from sdc.purchases.authorizing import release_authorization
from sdc.purchases.emergency import close_review
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.model import PurchaseState
from sdc.purchases.order import open_words, seal_words
from sdc.purchases.states import Move, check_move, open_moves
from sdc.purchases.whole import Whole, read_whole


async def cancel_purchase(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, reason: str | None, keyring: KeyRing, at: datetime
) -> Whole:
    """Cancel a purchase of which nothing was billed: what was set aside is available again. Who asked may always do so.

    Raises:
        NotFoundError: no such purchase, or not the caller's.
        ForbiddenError: the representative did not ask for it and was not given this move.
        WrongStateError: it is final, delivered, or a bill for it is here.

    """
    standing, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    if purchase.asked_by != who.id:
        await require_move(session, who, ActingMove.CANCEL)
    check_move(purchase, Move.CANCEL)
    whole = await read_whole(session, purchase)
    if is_billed(whole):
        moves = [move for move in open_moves(purchase.state) if move is not Move.CANCEL]
        raise WrongStateError("purchase", purchase.id, state="billed", move=Move.CANCEL, open_moves=moves)
    if reason is not None:
        words = open_words(purchase, keyring) | {"cancel_reason": reason}
        purchase.words_sealed = seal_words(words, purchase.id, keyring)
    journal.record(session, "purchase.canceled", subject=purchase.id, by=who.id, at=at, role=who.role)
    await end_purchase(session, whole, state=PurchaseState.CANCELED, move=Move.CANCEL, on=standing.today, at=at)
    return whole


async def end_purchase(session: AsyncSession, whole: Whole, *, state: PurchaseState, move: Move, on: date, at: datetime) -> None:
    """Bring a purchase to a final state and release what is left of it; the caller holds the locks and calls this last."""
    whole.purchase.state = state
    whole.purchase.reask_at = None
    close_review(whole, "dropped", by=None, at=at)
    if whole.authorization is None:
        return
    entry = release_authorization(whole.authorization, event_id=derived_id(whole.purchase.id, move), on=on, at=at)
    if entry is not None:
        await posting.post(session, entry, at=at)


def is_billed(whole: Whole) -> bool:
    """Say whether a bill has taken something of the authorisation, or waits for its decision."""
    one = whole.authorization
    return one is not None and (one.spent_cents + one.tolerance_cents + one.waiting_bills) > 0
