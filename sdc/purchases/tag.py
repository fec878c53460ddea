"""Say what a thing in free words is: a reviewer's tags, on which it is judged again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.purchases.judging import RulingIds, rule
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.states import WAITING, Move, check_move
from sdc.purchases.whole import Whole, read_whole
from sdc.rulebooks.reading import compiled
from sdc.rulebooks.tags import check_tags


async def tag_purchase(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, tags: Sequence[str], ids: RulingIds, keyring: KeyRing, at: datetime
) -> Whole:
    """Set the tags of a purchase, none included: somebody has looked. While it waits it is judged again.

    Raises:
        NotFoundError: no such purchase, or not the caller's.
        WrongStateError: it is final.
        InvalidFieldError: a tag that is nearly one that the rules know.

    """
    standing, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.TAGS)
    check_tags(await compiled(session, purchase.rulebook_version_id), tags)
    whole = await read_whole(session, purchase)
    purchase.tags = sorted(set(tags))
    purchase.is_tagged = True
    journal.record(session, "purchase.tagged", subject=purchase.id, by=who.id, at=at, tags=" ".join(purchase.tags))
    if purchase.state in WAITING:
        await rule(session, standing, whole, because="tags", by=who.id, ids=ids, keyring=keyring, at=at)
    return whole
