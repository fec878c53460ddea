"""Keep what a person did with a payment that could not go on by itself, and why: the words are sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc.crypto import KeyRing
from sdc.payments.model import PaymentMove
from sdc.payments.states import PaymentMoveName

REASON_COLUMN = "payment_moves.reason"


def keep_payment_move(
    session: AsyncSession,
    payment_id: UUID,
    move: PaymentMoveName,
    *,
    id: UUID,
    reason: str,
    by: UUID,
    keyring: KeyRing,
    at: datetime,
    rail_id: str | None = None,
) -> None:
    """Keep a move beside its payment; the journal has the same move without the words."""
    sealed = keyring.seal(reason, REASON_COLUMN, id)
    session.add(PaymentMove(id=id, payment_id=payment_id, move=move, by=by, reason_sealed=sealed, rail_id=rail_id, at=at))
