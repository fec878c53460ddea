"""Take the locks of payments in the one order: vendors, bills, payments, each by id."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.bills.model import Bill
from sdc.errors import NotFoundError
from sdc.payments.model import Attempt, Payment
from sdc.programs.model import Program
from vendors import Vendor

RowT = TypeVar("RowT", Vendor, Bill, Payment)


@dataclass(frozen=True, slots=True)
class Locked:
    """A payment and what it pays, nobody else changing either."""

    vendor: Vendor
    bill: Bill
    payment: Payment
    program: Program
    """Not locked; held here so that a group reads it once."""


async def lock_payment(session: AsyncSession, payment_id: UUID) -> Locked:
    """Lock a payment with its vendor (shared) and bill.

    Raises:
        NotFoundError: no such payment.

    """
    locked = await lock_payments(session, [payment_id])
    if not locked:
        raise NotFoundError("payment", payment_id)
    return locked[0]


async def lock_payments(session: AsyncSession, payment_ids: Sequence[UUID], *, is_claiming: bool = False) -> list[Locked]:
    """Lock payments with their vendors (shared) and bills, and give them in the order of their ids.

    Who is claiming has the vendors alone, so that no two payments of one leave at once, and passes over what others hold.
    """
    asked = select(Payment.id, Payment.bill_id, Payment.vendor_id, Payment.program_id).where(Payment.id.in_(payment_ids))
    places = (await session.execute(asked)).all()
    of = select(Program).where(Program.id.in_({place.program_id for place in places}))
    programs = {program.id: program for program in await session.scalars(of)}
    vendors = await _lock(session, Vendor, {one.vendor_id for one in places}, is_shared=not is_claiming, skip=is_claiming)
    places = [one for one in places if one.vendor_id in vendors]
    bills = await _lock(session, Bill, {one.bill_id for one in places}, skip=is_claiming)
    payments = await _lock(session, Payment, {one.id for one in places if one.bill_id in bills}, skip=is_claiming)
    return [Locked(vendors[one.vendor_id], bills[one.bill_id], one, programs[one.program_id]) for one in payments.values()]


async def _lock(
    session: AsyncSession, kind: type[RowT], ids: Collection[UUID], *, is_shared: bool = False, skip: bool = False
) -> dict[UUID, RowT]:
    if not ids:
        return {}
    # A vendor that is claimed alone is kept from no row that only refers to it.
    is_key_free = kind is Vendor and not is_shared
    rows = select(kind).where(kind.id.in_(ids)).order_by(kind.id)
    rows = rows.with_for_update(read=is_shared, key_share=is_key_free, skip_locked=skip)
    return {row.id: row for row in await session.scalars(rows, execution_options={"populate_existing": True})}


async def attempts_of(session: AsyncSession, payment: Payment) -> Sequence[Attempt]:
    """Read all attempts of a payment that the caller has locked, the first one first."""
    query = select(Attempt).where(Attempt.payment_id == payment.id).order_by(Attempt.number)
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def last_attempt(session: AsyncSession, payment: Payment) -> Attempt | None:
    """Read the latest attempt of a payment that the caller has locked."""
    query = select(Attempt).where(Attempt.payment_id == payment.id).order_by(Attempt.number.desc()).limit(1)
    return (await session.scalars(query, execution_options={"populate_existing": True})).one_or_none()
