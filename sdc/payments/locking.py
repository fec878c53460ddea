"""Take the locks of a payment in the one order: vendor (shared), bill, payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.bills.model import Bill
from sdc.errors import NotFoundError
from sdc.payments.model import Attempt, Payment
from vendors import Vendor


@dataclass(frozen=True, slots=True)
class Locked:
    """A payment and what it pays, nobody else changing either."""

    vendor: Vendor
    bill: Bill
    payment: Payment


async def lock_payment(session: AsyncSession, payment_id: UUID) -> Locked:
    """Lock a payment with its vendor and bill.

    Raises:
        NotFoundError: no such payment.

    """
    place = (await session.execute(select(Payment.bill_id, Payment.vendor_id).where(Payment.id == payment_id))).one_or_none()
    if place is None:
        raise NotFoundError("payment", payment_id)
    fresh = {"populate_existing": True}
    vendor = select(Vendor).where(Vendor.id == place.vendor_id).with_for_update(read=True)
    bill = select(Bill).where(Bill.id == place.bill_id).with_for_update()
    payment = select(Payment).where(Payment.id == payment_id).with_for_update()
    return Locked(
        (await session.scalars(vendor, execution_options=fresh)).one(),
        (await session.scalars(bill, execution_options=fresh)).one(),
        (await session.scalars(payment, execution_options=fresh)).one(),
    )


async def attempts_of(session: AsyncSession, payment: Payment) -> Sequence[Attempt]:
    """Read all attempts of a payment that the caller has locked, the first one first."""
    query = select(Attempt).where(Attempt.payment_id == payment.id).order_by(Attempt.number)
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def last_attempt(session: AsyncSession, payment: Payment) -> Attempt | None:
    """Read the latest attempt of a payment that the caller has locked."""
    query = select(Attempt).where(Attempt.payment_id == payment.id).order_by(Attempt.number.desc()).limit(1)
    return (await session.scalars(query, execution_options={"populate_existing": True})).one_or_none()
