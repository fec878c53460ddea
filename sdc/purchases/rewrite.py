"""Change the note to the store, so that no health word stands in it, and be judged again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.members.acting import ActingMove, require_move
from sdc.purchases.judging import RulingIds, rule
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.order import open_words, seal_words
from sdc.purchases.states import Move, check_move
from sdc.purchases.whole import Whole, read_whole


async def rewrite_memo(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, memo_to_vendor: str | None, ids: RulingIds, keyring: KeyRing, at: datetime
) -> Whole:
    """Replace the memo to the vendor, or take it out; only while the purchase waits: the vendor has not seen it.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such purchase, or not the caller's.
        WrongStateError: it does not wait any more.

    """
    await require_move(session, who, ActingMove.ANSWER)
    standing, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.MEMO)
    whole = await read_whole(session, purchase)
    words = open_words(purchase, keyring) | {"memo_to_vendor": memo_to_vendor}
    purchase.words_sealed = seal_words({name: word for name, word in words.items() if word}, purchase.id, keyring)
    journal.record(session, "purchase.memo_rewritten", subject=purchase.id, by=who.id, at=at)
    await rule(session, standing, whole, because="memo", by=who.id, ids=ids, keyring=keyring, at=at)
    return whole
