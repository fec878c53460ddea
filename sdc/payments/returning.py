"""Money that comes back after it was sent: the vendor is owed it again, cent by cent and once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.books import entries
from sdc.books.posting import post
from sdc.ids import derived_id
from sdc.payments.alarms import raise_alarm
from sdc.payments.claiming import program_day
from sdc.payments.delivering import follow_payments
from sdc.payments.locking import attempts_of, lock_payment
from sdc.payments.model import AttemptState, PaymentState
from sdc.payments.states import sent_cents


async def return_payment(session: AsyncSession, payment_id: UUID, *, reversed_cents: int, at: datetime, rail_id: str | None = None) -> bool:
    """Post what came back of a sent attempt beyond what is posted; `reversed_cents` is all that ever came back, as the rail has it.

    The attempt is the one that became `rail_id`, or the last that was sent. Says whether something was posted: an event
    that comes twice, late or out of order adds nothing.
    """
    locked = await lock_payment(session, payment_id)
    payment = locked.payment
    sent = [one for one in await attempts_of(session, payment) if one.state is AttemptState.SENT and rail_id in (None, one.rail_id)]
    if not sent:
        return False
    attempt = sent[-1]
    returned_cents = min(reversed_cents, attempt.amount_cents) - attempt.returned_cents
    if returned_cents <= 0:
        return False
    attempt.returned_cents += returned_cents
    payment.returned_cents += returned_cents
    if payment.state is PaymentState.SENT and payment.returned_cents == sent_cents(payment):
        payment.state = PaymentState.REVERSED
    await session.flush()
    await follow_payments(session, [payment.id], at=at)
    journal.record(session, "payment.returned", subject=payment.id, by=None, at=at, amount_cents=returned_cents, state=payment.state)
    raise_alarm(session, "payment_returned", subject=payment.id, at=at, amount_cents=returned_cents)
    entry = entries.settlement_returned(
        book_id=payment.program_id,
        event_id=derived_id(attempt.id, f"returned {attempt.returned_cents}"),
        attempt_id=attempt.id,
        vendor_id=payment.vendor_id,
        amount_cents=returned_cents,
        on=await program_day(session, payment, at=at),
    )
    await post(session, entry, at=at)
    return True
