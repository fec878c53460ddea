"""Which queued payments may leave at all: by what their program says, and by their batch."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.payments.model import BatchState, Payment, PaymentBatch, PaymentState, ProgramSwitch
from sdc.payments.states import ON_THE_WAY

_PAGE = 256
"""How many queued payments a claim reads at once: those of some vendors stand several times at the head of the queue."""


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


def is_on_its_way() -> ColumnElement[bool]:
    """Express that an attempt is open. A frozen payment is not on its way: a person says where it is."""
    return and_(Payment.state.in_(ON_THE_WAY), Payment.look_at.is_not(None))


async def due_to_leave(session: AsyncSession, most: int, *, rail: str, machine_at: datetime) -> list[UUID]:
    """List queued payments of a rail that may leave, the longest due first, and one for each vendor that is sent nothing now.

    The queue is read from its head, a page at a time, and a vendor that was seen is passed over in the next page: however long
    the queue, and however much of it is one vendor's, a claim reads little of it.
    """
    # Asked apart: few are served at a time, and joined to a long queue they are looked for once for each of its rows.
    served = set(await session.scalars(select(Payment.vendor_id).where(is_on_its_way())))
    due = (
        select(Payment.id, Payment.vendor_id, Payment.look_at)
        .where(may_leave(), Payment.look_at <= machine_at, Payment.rail == rail)
        .order_by(Payment.look_at, Payment.id)
        .limit(_PAGE)
    )
    first: dict[UUID, UUID] = {}
    page = due.where(Payment.vendor_id.not_in(served)) if served else due
    while True:
        rows = (await session.execute(page)).all()
        for row in rows:
            first.setdefault(row.vendor_id, row.id)
        if len(rows) < _PAGE or len(first) >= most:
            return list(first.values())[:most]
        last = rows[-1]
        after = or_(Payment.look_at > last.look_at, and_(Payment.look_at == last.look_at, Payment.id > last.id))
        page = due.where(after, Payment.vendor_id.not_in(served | first.keys()))
