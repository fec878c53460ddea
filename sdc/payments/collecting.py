"""Settle with a payment that was sent what its vendor owed us: each refund in a transaction of its own, until its offset is used up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.bills.refund import Refund, RefundState
from sdc.books import chart, entries
from sdc.books.posting import open_accounts, post
from sdc.clock import local_date
from sdc.ids import new_id
from sdc.outbox.relay import Leased
from sdc.outbox.work import Work
from sdc.payments.model import Payment
from sdc.payments.refunding import collect_offset, uncollected_cents
from sdc.programs.model import Program


async def collect_offsets(work: Work, job: Leased) -> None:
    """Collect the refunds that a payment was set off against, the oldest first; done again, it adds nothing."""
    at = work.clock.now()
    async with work.sessions.begin() as session:
        await _withhold_of_nothing(session, await session.get_one(Payment, job.subject_id), at=at)
    while (refund_id := await _next(work, job.subject_id)) is not None:
        async with work.sessions.begin() as session:
            refund = await session.get_one(Refund, refund_id)
            await collect_offset(session, job.subject_id, refund, id=new_id(), at=at)


async def _next(work: Work, payment_id: UUID) -> UUID | None:
    async with work.sessions.read() as session:
        payment = await session.get_one(Payment, payment_id)
        if payment.sent_at is None or await uncollected_cents(session, payment) <= 0:
            return None
        agreed = select(Refund.id).where(
            Refund.vendor_id == payment.vendor_id, Refund.state == RefundState.DUE, Refund.consented_on.is_not(None)
        )
        return await session.scalar(agreed.order_by(Refund.id).limit(1))


async def _withhold_of_nothing(session: AsyncSession, payment: Payment, *, at: datetime) -> None:
    """Post the tax of a payment of which nothing was sent, for no attempt did: all the rest of it was set off."""
    if payment.attempts or payment.sent_at is None or not payment.withheld_cents:
        return
    program = await session.get_one(Program, payment.program_id)
    await open_accounts(session, chart.accounts(program.id, chart.WITHHELD), at=at)
    entry = entries.withholding(
        book_id=program.id,
        attempt_id=payment.id,
        vendor_id=payment.vendor_id,
        amount_cents=payment.withheld_cents,
        on=local_date(payment.sent_at, program.time_zone),
    )
    await post(session, entry, at=at)
