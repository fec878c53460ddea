"""Which payments a caller may see: a filter for queries, so that what is not theirs is not there."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal, Role
from sdc.errors import NotFoundError
from sdc.payments.model import Payment
from sdc.programs.scope import program_scope


def payment_scope(who: Principal) -> ColumnElement[bool]:
    """Express which payments are a caller's: a vendor's own, or those of an auditor's or administrator's programs."""
    return Payment.vendor_id == who.id if who.role is Role.VENDOR else program_scope(who, Payment.program_id)


async def load_payment(session: AsyncSession, payment_id: UUID, *, who: Principal) -> Payment:
    """Read a payment that the caller may see.

    Raises:
        NotFoundError: no such payment, or not the caller's.

    """
    payment = await session.scalar(select(Payment).where(Payment.id == payment_id, payment_scope(who)))
    if payment is None:
        raise NotFoundError("payment", payment_id)
    return payment
