"""Routes of payment batches, and of how a program's payments leave."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.payments.batch_forms import BatchIn, BatchOut, BatchPage, ProgramSwitchOut, WayIn
from sdc.payments.batches import (
    build_batch,
    cancel_batch,
    load_batch,
    lock_program,
    pause_program,
    progress_of,
    release_batch,
    resume_program,
    set_way_of_paying,
)
from sdc.payments.forms import SwitchIn
from sdc.payments.model import BatchState, PaymentBatch, ProgramSwitch
from sdc.programs.reading import find_program
from sdc.programs.scope import program_scope
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


@post("/v1/programs/{program_id:uuid}/payment-batches", opt={"permission": Permission.BUILD_PAYMENT_BATCHES})
async def build_payment_batch(
    program_id: FromPath[UUID],
    data: JSONBody[BatchIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[BatchOut]:
    """Put what is queued and can be paid into a batch; somebody else releases it."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        program = await lock_program(call.session, program_id, who=who)
        batch = await build_batch(
            call.session,
            program,
            id=new_id(),
            up_to_cents=data.up_to_cents,
            hold_until_released=data.hold_until_released,
            by=who.id,
            at=at,
        )
        return call.answer(await _shown(call.session, batch))


@get("/v1/payment-batches", opt={"permission": Permission.SEE_PAYMENT_BATCHES})
async def list_payment_batches(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    program_id: Annotated[UUID | None, QueryParameter(name="program_id")] = None,
    in_state: Annotated[BatchState | None, QueryParameter(name="state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> BatchPage:
    """List batches of your programs, and where their payments stand."""
    query = select(PaymentBatch).where(program_scope(who, PaymentBatch.program_id))
    if program_id is not None:
        query = query.where(PaymentBatch.program_id == program_id)
    if in_state is not None:
        query = query.where(PaymentBatch.state == in_state)
    async with sessions.read() as session:
        batches, next_cursor = await read_page(session, query, PaymentBatch.id, limit=limit, cursor=cursor)
        progress = await progress_of(session, batches)
    return page_bytes(BatchPage, batches, lambda batch: BatchOut.of(batch, progress[batch.id]), next_cursor)


@get("/v1/payment-batches/{batch_id:uuid}", opt={"permission": Permission.SEE_PAYMENT_BATCHES})
async def get_payment_batch(batch_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal]) -> BatchOut:
    """Show a batch, and where its payments stand."""
    async with sessions.read() as session:
        return await _shown(session, await load_batch(session, batch_id, who=who))


@post("/v1/payment-batches/{batch_id:uuid}/release", status_code=HTTP_200_OK, opt={"permission": Permission.RELEASE_PAYMENT_BATCHES})
async def release_payment_batch(
    batch_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[BatchOut]:
    """Let the payments of a batch leave: not whoever built it."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> None:
        await load_batch(session, batch_id, who=who)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        batch = await release_batch(call.session, batch_id, who=who, at=at)
        return call.answer(await _shown(call.session, batch), HTTP_200_OK)


@post("/v1/payment-batches/{batch_id:uuid}/cancel", status_code=HTTP_200_OK, opt={"permission": Permission.RELEASE_PAYMENT_BATCHES})
async def cancel_payment_batch(
    batch_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[BatchOut]:
    """Take a batch apart before it is released; its payments wait as they did."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> None:
        await load_batch(session, batch_id, who=who)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        batch = await cancel_batch(call.session, batch_id, who=who, at=at)
        return call.answer(await _shown(call.session, batch), HTTP_200_OK)


@get("/v1/programs/{program_id:uuid}/payments/switch", opt={"permission": Permission.SEE_PAYMENT_BATCHES})
async def get_program_switch(
    program_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal]
) -> ProgramSwitchOut:
    """Show how a program's payments leave, and whether they are stopped."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        return ProgramSwitchOut.of(program.id, await session.get(ProgramSwitch, program.id))


@post("/v1/programs/{program_id:uuid}/payments/switch", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def set_program_switch(
    program_id: FromPath[UUID],
    data: JSONBody[WayIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[ProgramSwitchOut]:
    """Let a program's payments leave by themselves, or only in a batch that two people have looked at."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        program = await lock_program(call.session, program_id, who=who)
        switch = await set_way_of_paying(call.session, program, pays_in_batches=data.pays_in_batches, by=who.id, at=at)
        return call.answer(ProgramSwitchOut.of(program.id, switch), HTTP_200_OK)


@post("/v1/programs/{program_id:uuid}/payments/pause", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def pause_program_payments(
    program_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    data: JSONBody[SwitchIn | None] = None,
) -> Response[ProgramSwitchOut]:
    """Let no payment of a program leave until they are resumed."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        program = await lock_program(call.session, program_id, who=who)
        switch = await pause_program(call.session, program, reason=data.reason if data else None, by=who.id, at=at)
        return call.answer(ProgramSwitchOut.of(program.id, switch), HTTP_200_OK)


@post("/v1/programs/{program_id:uuid}/payments/resume", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def resume_program_payments(
    program_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    data: JSONBody[SwitchIn | None] = None,
) -> Response[ProgramSwitchOut]:
    """Let a program's payments leave again."""
    del data
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        program = await lock_program(call.session, program_id, who=who)
        switch = await resume_program(call.session, program, by=who.id, at=at)
        return call.answer(ProgramSwitchOut.of(program.id, switch), HTTP_200_OK)


async def _shown(session: AsyncSession, batch: PaymentBatch) -> BatchOut:
    await session.flush()
    return BatchOut.of(batch, (await progress_of(session, [batch]))[batch.id])


HANDLERS = [
    build_payment_batch,
    list_payment_batches,
    get_payment_batch,
    release_payment_batch,
    cancel_payment_batch,
    get_program_switch,
    set_program_switch,
    pause_program_payments,
    resume_program_payments,
]
