"""Batches of payments: a view built by one person and released by another, and how each program lets its payments leave."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.errors import ConflictError, NotFoundError, WrongStateError
from sdc.payments.model import BatchState, Payment, PaymentBatch, PaymentState, ProgramSwitch
from sdc.payments.states import NOT_SENT, cents_to_send
from sdc.programs.model import Program
from sdc.programs.scope import program_scope
from vendors import Vendor, why_not_payable

MOST_IN_A_BATCH = 10_000
_IN_ONE_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How many payments of a batch stand where, and the cents of each."""

    payments: Mapping[PaymentState, int]
    cents: Mapping[PaymentState, int]


async def build_batch(
    session: AsyncSession, program: Program, *, id: UUID, up_to_cents: int | None, hold_until_released: bool, by: UUID, at: datetime
) -> PaymentBatch:
    """Put what is queued and can be paid into a batch, the longest waiting first, as long as it comes to no more than `up_to_cents`.

    What another claims right now, and what is in a batch already, stays out.

    Raises:
        ConflictError: nothing that is queued can be put into it.

    """
    queued = (
        select(Payment, Vendor)
        .join(Vendor, Vendor.id == Payment.vendor_id)
        .where(Payment.program_id == program.id, Payment.state == PaymentState.QUEUED, Payment.batch_id.is_(None))
        .order_by(Payment.id)
        .limit(MOST_IN_A_BATCH)
        .with_for_update(of=Payment, skip_locked=True)
    )
    chosen: list[Payment] = []
    left_cents = up_to_cents
    for payment, vendor in await session.execute(queued):
        cents = cents_to_send(payment)
        if why_not_payable(vendor, at=at) is not None or (left_cents is not None and cents > left_cents):
            continue
        left_cents = None if left_cents is None else left_cents - cents
        chosen.append(payment)
    if not chosen:
        raise ConflictError("no payment of this program is queued and can be paid now")
    batch = PaymentBatch(
        id=id,
        program_id=program.id,
        state=BatchState.BUILT,
        hold_until_released=hold_until_released,
        payments=len(chosen),
        amount_cents=sum(map(cents_to_send, chosen)),
        built_by=by,
        built_at=at,
        ended_by=None,
        ended_at=None,
    )
    session.add(batch)
    for start in range(0, len(chosen), _IN_ONE_STATEMENT):
        some = [payment.id for payment in chosen[start : start + _IN_ONE_STATEMENT]]
        await session.execute(update(Payment).where(Payment.id.in_(some)).values(batch_id=id).execution_options(synchronize_session=False))
    journal.record(session, "payment_batch.built", subject=id, by=by, at=at, program=program.id, payments=len(chosen))
    return batch


async def release_batch(session: AsyncSession, batch_id: UUID, *, who: Principal, at: datetime) -> PaymentBatch:
    """Let the payments of a batch leave; whoever built it does not.

    Raises:
        NotFoundError: no such batch, or of a program that is not theirs.
        WrongStateError: it was released or canceled.
        ConflictError: it is released by who built it.

    """
    batch = await _open_batch(session, batch_id, move="release", who=who)
    if batch.built_by == who.id:
        raise ConflictError("a batch is released by somebody else than who built it")
    _end(session, batch, BatchState.RELEASED, by=who.id, at=at)
    return batch


async def cancel_batch(session: AsyncSession, batch_id: UUID, *, who: Principal, at: datetime) -> PaymentBatch:
    """Take a batch apart before it is released: what has not left leaves as its program says, or is put into another.

    Raises:
        NotFoundError: no such batch, or of a program that is not theirs.
        WrongStateError: it was released or canceled.

    """
    batch = await _open_batch(session, batch_id, move="cancel", who=who)
    waiting = update(Payment).where(Payment.batch_id == batch.id, Payment.state.in_(NOT_SENT)).values(batch_id=None)
    await session.execute(waiting.execution_options(synchronize_session=False))
    _end(session, batch, BatchState.CANCELED, by=who.id, at=at)
    return batch


async def load_batch(session: AsyncSession, batch_id: UUID, *, who: Principal) -> PaymentBatch:
    """Read a batch that the caller may see.

    Raises:
        NotFoundError: no such batch, or of a program that is not theirs.

    """
    query = select(PaymentBatch).where(PaymentBatch.id == batch_id, program_scope(who, PaymentBatch.program_id))
    batch = await session.scalar(query)
    if batch is None:
        raise NotFoundError("payment batch", batch_id)
    return batch


async def progress_of(session: AsyncSession, batches: Sequence[PaymentBatch]) -> dict[UUID, Progress]:
    """Count where the payments of batches stand; a payment that waits for money or its vendor counts as held."""
    counted = (
        select(Payment.batch_id, Payment.state, func.count(), func.sum(Payment.amount_cents))
        .where(Payment.batch_id.in_([batch.id for batch in batches]))
        .group_by(Payment.batch_id, Payment.state)
    )
    payments: dict[UUID, Counter[PaymentState]] = {batch.id: Counter() for batch in batches}
    cents: dict[UUID, Counter[PaymentState]] = {batch.id: Counter() for batch in batches}
    for batch_id, state, number, sum_cents in await session.execute(counted):
        assert batch_id is not None, "it was asked for"
        payments[batch_id][state] = number
        cents[batch_id][state] = int(sum_cents)
    return {batch.id: Progress(payments[batch.id], cents[batch.id]) for batch in batches}


async def set_way_of_paying(session: AsyncSession, program: Program, *, pays_in_batches: bool, by: UUID, at: datetime) -> ProgramSwitch:
    """Let a program's payments leave by themselves, or only in a batch that was released."""
    switch = await _the_switch(session, program.id, by=by, at=at)
    switch.pays_in_batches, switch.changed_by, switch.changed_at = pays_in_batches, by, at
    journal.record(session, "program.way_of_paying_set", subject=program.id, by=by, at=at, pays_in_batches=pays_in_batches)
    return switch


async def pause_program(session: AsyncSession, program: Program, *, reason: str | None, by: UUID, at: datetime) -> ProgramSwitch:
    """Let no payment of a program leave until somebody resumes; those on their way are looked up then."""
    switch = await _the_switch(session, program.id, by=by, at=at)
    switch.is_paused, switch.reason, switch.changed_by, switch.changed_at = True, reason, by, at
    journal.record(session, "program.payments_paused", subject=program.id, by=by, at=at)
    return switch


async def resume_program(session: AsyncSession, program: Program, *, by: UUID, at: datetime) -> ProgramSwitch:
    """Let a program's payments leave again."""
    switch = await _the_switch(session, program.id, by=by, at=at)
    switch.is_paused, switch.reason, switch.changed_by, switch.changed_at = False, None, by, at
    journal.record(session, "program.payments_resumed", subject=program.id, by=by, at=at)
    return switch


async def lock_program(session: AsyncSession, program_id: UUID, *, who: Principal) -> Program:
    """Read a program of the caller's, and keep others from turning its switch at the same time.

    Raises:
        NotFoundError: no such program, or not theirs.

    """
    query = select(Program).where(Program.id == program_id, program_scope(who)).with_for_update(of=Program, key_share=True)
    program = await session.scalar(query)
    if program is None:
        raise NotFoundError("program", program_id)
    return program


async def _open_batch(session: AsyncSession, batch_id: UUID, *, move: str, who: Principal) -> PaymentBatch:
    await load_batch(session, batch_id, who=who)
    query = select(PaymentBatch).where(PaymentBatch.id == batch_id).with_for_update()
    batch = (await session.scalars(query, execution_options={"populate_existing": True})).one()
    if batch.state is not BatchState.BUILT:
        raise WrongStateError("payment batch", batch.id, state=batch.state, move=move, open_moves=())
    return batch


def _end(session: AsyncSession, batch: PaymentBatch, state: BatchState, *, by: UUID, at: datetime) -> None:
    batch.state, batch.ended_by, batch.ended_at = state, by, at
    journal.record(session, f"payment_batch.{state}", subject=batch.id, by=by, at=at)


async def _the_switch(session: AsyncSession, program_id: UUID, *, by: UUID, at: datetime) -> ProgramSwitch:
    """Read the program's switch, or make it; the caller has locked the program."""
    switch = await session.get(ProgramSwitch, program_id, populate_existing=True)
    if switch is None:
        switch = ProgramSwitch(program_id=program_id, pays_in_batches=False, is_paused=False, reason=None, changed_by=by, changed_at=at)
        session.add(switch)
    return switch
