"""Which queued payments may leave at all: by what their program says, and by their batch."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from sdc.payments.model import BatchState, Payment, PaymentBatch, PaymentState, ProgramSwitch
from sdc.payments.states import ON_THE_WAY


def program_lets_leave() -> ColumnElement[bool]:
    """Express that nobody has stopped the payments of a payment's program."""
    return ~exists().where(ProgramSwitch.program_id == Payment.program_id, ProgramSwitch.is_paused)


def batch_lets_leave() -> ColumnElement[bool]:
    """Express that a payment leaves by itself, or that its batch was released; one that is built may keep it."""
    only_in_batches = exists().where(ProgramSwitch.program_id == Payment.program_id, ProgramSwitch.pays_in_batches)
    is_kept = exists().where(PaymentBatch.id == Payment.batch_id, PaymentBatch.state == BatchState.BUILT, PaymentBatch.hold_until_released)
    is_released = exists().where(PaymentBatch.id == Payment.batch_id, PaymentBatch.state == BatchState.RELEASED)
    return or_(is_released, and_(~only_in_batches, ~is_kept))


def may_leave() -> ColumnElement[bool]:
    """Express that nothing keeps a payment from leaving but what is looked at under its locks."""
    return and_(Payment.state == PaymentState.QUEUED, program_lets_leave(), batch_lets_leave())


def is_on_its_way(payment: type[Payment] = Payment) -> ColumnElement[bool]:
    """Express that an attempt is open. A frozen payment is not on its way: a person says where it is."""
    return and_(payment.state.in_(ON_THE_WAY), payment.look_at.is_not(None))


async def due_to_leave(session: AsyncSession, most: int, *, rail: str, machine_at: datetime) -> list[UUID]:
    """List queued payments of a rail that may leave, the longest due first, and one for each vendor that is sent nothing now."""
    other = aliased(Payment)
    is_served = exists().where(other.vendor_id == Payment.vendor_id, is_on_its_way(other))
    place = func.row_number().over(partition_by=Payment.vendor_id, order_by=(Payment.look_at, Payment.id))
    due = (
        select(Payment.id, Payment.look_at, place.label("place"))
        .where(may_leave(), Payment.look_at <= machine_at, Payment.rail == rail, ~is_served)
        .subquery()
    )
    first = select(due.c.id).where(due.c.place == 1).order_by(due.c.look_at, due.c.id).limit(most)
    return list(await session.scalars(first))
