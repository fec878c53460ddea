"""How the amount of a payment is paid: a part is withheld for the tax office, a part set off against refunds, the rest is sent.

Backup withholding (26 U.S.C. 3406(a)(1): the fourth lowest rate of 26 U.S.C. 1(c)) is taken of the whole amount, since what is
set off is paid as well; half a cent is rounded up. It is kept back when an attempt begins and undone when that attempt does not
leave: no payment, no tax. Once an attempt was sent the tax stays, even if the money comes back: what is then owed is the rest.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.bills.refund import Refund, RefundReceipt, RefundState
from sdc.books import chart, entries
from sdc.books.posting import open_accounts
from sdc.clock import local_date
from sdc.outbox import enqueue
from sdc.payments.locking import Locked
from sdc.payments.model import Attempt, Payment, PaymentState
from sdc.payments.states import ON_THE_WAY
from sdc.programs.model import Program
from vendors import Vendor

BACKUP_RATE_BPS: Final[Mapping[int, int]] = MappingProxyType({2018: 2_400})
"""The rate from a year on, until a later one: 24% since 2018 (Pub. L. 115-97 sec. 11001; kept by Pub. L. 119-21 sec. 70101)."""
_WHOLE_BPS = 10_000


def backup_cents(amount_cents: int, *, on: date) -> int:
    """Tell what is withheld of a payment that is made on a day, rounded half up to a cent."""
    rate_bps = BACKUP_RATE_BPS[max(year for year in BACKUP_RATE_BPS if year <= on.year)]
    return (amount_cents * rate_bps + _WHOLE_BPS // 2) // _WHOLE_BPS


async def split_payments(session: AsyncSession, group: Sequence[Locked], *, at: datetime) -> None:
    """Say of locked payments that wait for their first attempt what is withheld and what is set off; the rest will be sent.

    Each is of another vendor, or the only one. The refunds that one may be set off against are locked with it, so that no other
    payment counts on the same. One of which something was sent before keeps what was said then.
    """
    fresh = [one for one in group if one.payment.state is PaymentState.QUEUED and one.payment.sent_at is None]
    if not fresh:
        return
    agreed = _agreed().where(Refund.vendor_id.in_([one.vendor.id for one in fresh]))
    owing = set(await session.scalars(agreed.with_only_columns(Refund.vendor_id)))
    for one in fresh:
        payment, vendor = one.payment, one.vendor
        payment.withheld_cents = 0
        if vendor.withholds:
            program = await session.get_one(Program, payment.program_id)
            payment.withheld_cents = backup_cents(payment.amount_cents, on=local_date(at, program.time_zone))
            await open_accounts(session, chart.accounts(program.id, chart.WITHHELD), at=at)
        open_cents = await free_offset_cents(session, vendor, but=payment) if vendor.id in owing else 0
        payment.offset_cents = min(open_cents, payment.amount_cents - payment.withheld_cents)


async def free_offset_cents(session: AsyncSession, vendor: Vendor, *, but: Payment | None = None) -> int:
    """Tell what a vendor has agreed to have set off and no payment of it (`but` one) stands for yet; locks those refunds."""
    agreed = _agreed().where(Refund.vendor_id == vendor.id).order_by(Refund.id).with_for_update()
    refunds = (await session.scalars(agreed.execution_options(populate_existing=True))).all()
    if not refunds:
        return 0
    return max(0, sum(refund.due_cents for refund in refunds) - await promised_cents(session, vendor, but=but))


async def promised_cents(session: AsyncSession, vendor: Vendor, *, but: Payment | None = None) -> int:
    """Tell what payments of a vendor that have begun to leave, or were sent, stand for and have not collected yet."""
    done = (
        select(func.coalesce(func.sum(RefundReceipt.amount_cents), 0))
        .where(RefundReceipt.payment_id == Payment.id)
        .correlate(Payment)
        .scalar_subquery()
    )
    query = select(func.coalesce(func.sum(Payment.offset_cents - done), 0)).where(
        Payment.vendor_id == vendor.id,
        Payment.offset_cents > 0,
        Payment.state.in_(ON_THE_WAY) | Payment.sent_at.is_not(None),
    )
    if but is not None:
        query = query.where(Payment.id != but.id)
    return int(await session.scalar(query) or 0)


def _agreed() -> Select[Refund]:
    return select(Refund).where(Refund.state == RefundState.DUE, Refund.consented_on.is_not(None))


def withhold(payment: Payment, attempt: Attempt, *, on: date) -> list[ledger.Entry]:
    """Note with the first attempt of a payment what it keeps back, and answer the entry, to be posted with its disbursement."""
    if payment.sent_at is not None or payment.withheld_cents == 0:
        return []
    attempt.withheld_cents = payment.withheld_cents
    return [
        entries.withholding(
            book_id=payment.program_id,
            attempt_id=attempt.id,
            vendor_id=payment.vendor_id,
            amount_cents=attempt.withheld_cents,
            on=on,
        )
    ]


def stop_withholding(payment: Payment, attempt: Attempt, *, on: date) -> list[ledger.Entry]:
    """Undo what an attempt kept back that did not leave."""
    if attempt.withheld_cents == 0:
        return []
    cents, attempt.withheld_cents = attempt.withheld_cents, 0
    return [
        entries.withholding_returned(
            book_id=payment.program_id, attempt_id=attempt.id, vendor_id=payment.vendor_id, amount_cents=cents, on=on
        )
    ]


def collect_later(session: AsyncSession, payment: Payment, *, at: datetime) -> None:
    """Have the offset of a payment that was sent collected once this transaction stands: what that changes is locked before any payment."""
    if payment.offset_cents or (payment.withheld_cents and not payment.attempts):
        enqueue(session, "collect_offsets", payment.id, at=at)
