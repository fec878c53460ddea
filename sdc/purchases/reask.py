"""Judge a waiting purchase again by itself: a date has come, or a paper."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.crypto import KeyRing
from sdc.documents.adding import add_document
from sdc.documents.inspecting import Paper
from sdc.documents.model import Document, DocumentKind
from sdc.purchases.deliver import confirm_on
from sdc.purchases.judging import RulingIds, rule
from sdc.purchases.locking import find_purchase, purchase_scope
from sdc.purchases.model import DeliveryState, Purchase
from sdc.purchases.states import WAITING, Move, check_move
from sdc.purchases.whole import read_whole

OWNER_KIND = "purchase"
_JUDGED = frozenset({DocumentKind.QUOTE, DocumentKind.DENIAL_LETTER})
"""Papers that a decision depends on."""


async def reask_by_date(session: AsyncSession, purchase_id: UUID, *, ids: RulingIds, keyring: KeyRing, at: datetime) -> bool:
    """Judge a purchase again when the date has come that closes one of its needs; say whether it was so."""
    standing, purchase = await find_purchase(session, purchase_id, scope=true(), at=at)
    if purchase.state not in WAITING or purchase.reask_at is None or purchase.reask_at > at:
        return False
    whole = await read_whole(session, purchase)
    await rule(session, standing, whole, because="date", by=None, ids=ids, keyring=keyring, at=at)
    return True


async def add_purchase_document(
    session: AsyncSession,
    purchase_id: UUID,
    *,
    who: Principal,
    document_id: UUID,
    kind: DocumentKind,
    paper: Paper,
    amount_cents: int | None,
    ids: RulingIds,
    keyring: KeyRing,
    at: datetime,
) -> Document:
    """Keep a paper with a purchase; a quote or a denial letter is a new fact, on which a waiting purchase is judged again.

    A quote may say its amount. A vendor's proof starts the days in which a delivery can be disputed.

    Raises:
        NotFoundError: no such purchase, or not the caller's.
        WrongStateError: it is final.

    """
    standing, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    check_move(purchase, Move.DOCUMENTS)
    whole = await read_whole(session, purchase)
    document = await add_document(
        session,
        id=document_id,
        program_id=purchase.program_id,
        owner_kind=OWNER_KIND,
        owner_id=purchase.id,
        kind=kind,
        paper=paper,
        by=who.id,
        at=at,
    )
    if kind is DocumentKind.PROOF:
        for delivery in whole.deliveries:
            if delivery.state is DeliveryState.CLAIMED and delivery.claimed_by == who.id and delivery.proof is None:
                delivery.proof = f"document {document_id}"
                delivery.confirm_on = confirm_on(standing.today)
    if kind in _JUDGED and purchase.state in WAITING:
        _add_fact(purchase, document_id, kind, amount_cents)
        journal.record(session, "purchase.fact_added", subject=purchase.id, by=who.id, at=at, document=document_id, paper=kind)
        await rule(session, standing, whole, because="document", by=who.id, ids=ids, keyring=keyring, at=at)
    return document


def _add_fact(purchase: Purchase, document_id: UUID, kind: DocumentKind, amount_cents: int | None) -> None:
    if kind is DocumentKind.QUOTE:
        purchase.quotes = [*purchase.quotes, {"amount_cents": amount_cents, "document_id": str(document_id)}]
    else:
        purchase.other_payer_denial_on_file = True
