"""Let the vendor of one order know who it is for, as long as that is needed to deliver it, and no longer."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.members.acting import ActingMove, require_move
from sdc.members.names import name_of
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.model import OrderConsent, Purchase, PurchaseState
from sdc.purchases.order import RecipientOut
from sdc.purchases.states import WAITING, Move, check_move

TOLD_COLUMN = "order_consents.told"
NEEDED = WAITING | {PurchaseState.APPROVED}
"""While a purchase is in one of these states its vendor may still have to find somebody."""


async def give_consent(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, id: UUID, name: bool, address: str | None, keyring: KeyRing, at: datetime
) -> OrderConsent:
    """Let the vendor of one order know the member's name, an address, or both; what was given before is replaced.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such purchase, or not the caller's.
        WrongStateError: it is delivered, or ended.

    """
    await require_move(session, who, ActingMove.CONSENT)
    standing, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.CONSENT)
    for earlier in await _standing_consents(session, [purchase.id]):
        _forget(earlier, at=at)
    told: dict[str, Any] = ({"name": name_of(keyring, standing.member)} if name else {}) | ({"address": address} if address else {})
    consent = OrderConsent(
        id=id,
        purchase_id=purchase.id,
        shows=sorted(told),
        told_sealed=keyring.seal(json.dumps(told, ensure_ascii=False), TOLD_COLUMN, id),
        given_by=who.id,
        given_at=at,
        withdrawn_at=None,
        forgotten_at=None,
    )
    session.add(consent)
    journal.record(session, "purchase.consent_given", subject=purchase.id, by=who.id, at=at, consent=id, shows=",".join(consent.shows))
    return consent


async def withdraw_consent(session: AsyncSession, purchase_id: UUID, *, who: Principal, at: datetime) -> OrderConsent | None:
    """Take back what the vendor may know: it is deleted at once. Nothing stood when nothing is returned.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such purchase, or not the caller's.

    """
    await require_move(session, who, ActingMove.CONSENT)
    _, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    standing = await _standing_consents(session, [purchase.id])
    for consent in standing:
        _forget(consent, at=at)
        consent.withdrawn_at = at
        journal.record(session, "purchase.consent_withdrawn", subject=purchase.id, by=who.id, at=at, consent=consent.id)
    return standing[-1] if standing else None


async def recipients_of(session: AsyncSession, purchases: Sequence[Purchase], keyring: KeyRing) -> Mapping[UUID, RecipientOut]:
    """Read what the vendor of each purchase may know of who it is for: only of those that are still to be delivered."""
    ids = [one.id for one in purchases if one.state is PurchaseState.APPROVED]
    told: dict[UUID, RecipientOut] = {}
    for consent in await _standing_consents(session, ids) if ids else []:
        if consent.told_sealed is not None:
            words = json.loads(keyring.open(consent.told_sealed, TOLD_COLUMN, consent.id))
            told[consent.purchase_id] = RecipientOut(name=words.get("name"), address=words.get("address"))
    return told


async def forget_consent(session: AsyncSession, purchase_id: UUID, *, at: datetime) -> bool:
    """Delete what a vendor was told of a purchase that is delivered or ended; say whether there was something."""
    locked = select(Purchase).where(Purchase.id == purchase_id).with_for_update().execution_options(populate_existing=True)
    purchase = (await session.scalars(locked)).one()
    standing = [] if purchase.state in NEEDED else await _standing_consents(session, [purchase_id])
    for consent in standing:
        _forget(consent, at=at)
        journal.record(session, "purchase.consent_forgotten", subject=purchase_id, by=None, at=at, consent=consent.id)
    return bool(standing)


async def _standing_consents(session: AsyncSession, purchase_ids: Sequence[UUID]) -> Sequence[OrderConsent]:
    query = select(OrderConsent).where(OrderConsent.purchase_id.in_(purchase_ids), OrderConsent.forgotten_at.is_(None))
    return (await session.scalars(query.order_by(OrderConsent.id))).all()


def _forget(consent: OrderConsent, *, at: datetime) -> None:
    consent.told_sealed, consent.forgotten_at = None, at
