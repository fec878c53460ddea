"""Routes of payments, and of what people do with one that does not go on by itself."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import errors, idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock, local_date, machine_now
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace.onboarding import rail_answers
from sdc.payments.clearing import record_void, void_payment
from sdc.payments.forms import (
    PaymentMoveOut,
    PaymentMovePage,
    PaymentOut,
    PaymentPage,
    ResolveIn,
    RetryIn,
    SwitchIn,
)
from sdc.payments.locking import lock_payment
from sdc.payments.model import Payment, PaymentMove, PaymentState
from sdc.payments.moves import keep_payment_move
from sdc.payments.queueing import cancel_payment, retry_payment
from sdc.payments.resolving import resolve_payment
from sdc.payments.scope import load_payment, payment_scope
from sdc.payments.states import PaymentMoveName
from sdc.programs.model import Program
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page
from vendors.rails import Rail


@get("/v1/payments", opt={"permission": Permission.SEE_PAYMENTS})
async def list_payments(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    in_state: Annotated[PaymentState | None, QueryParameter(name="state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PaymentPage:
    """List payments: your own, or those of your programs."""
    query = select(Payment).where(payment_scope(who))
    if in_state is not None:
        query = query.where(Payment.state == in_state)
    async with sessions.read() as session:
        payments, next_cursor = await read_page(session, query, Payment.id, limit=limit, cursor=cursor)
        days = await _days(session, payments, at=clock.now())
    language = language_of(request)

    def shown(payment: Payment) -> PaymentOut:
        return PaymentOut.of(payment, who.role, today=days[payment.program_id], language=language)

    return page_bytes(PaymentPage, payments, shown, next_cursor)


@get("/v1/payments/{payment_id:uuid}", opt={"permission": Permission.SEE_PAYMENTS})
async def get_payment(
    request: Request[Any, Any, Any],
    payment_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> PaymentOut:
    """Show one payment."""
    async with sessions.read() as session:
        payment = await load_payment(session, payment_id, who=who)
        days = await _days(session, [payment], at=clock.now())
    return PaymentOut.of(payment, who.role, today=days[payment.program_id], language=language_of(request))


@post("/v1/payments/{payment_id:uuid}/cancel", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def cancel_one_payment(
    payment_id: FromPath[UUID],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    rail: NamedDependency[SkipValidation[Rail]],
    data: JSONBody[SwitchIn | None] = None,
) -> Response[PaymentOut]:
    """Keep a payment from leaving, or from arriving where the rail can void it. The vendor is owed until its bill is reversed."""
    del data
    at = clock.now()
    async with sessions.read() as session:
        seen = await load_payment(session, payment_id, who=who)
    with rail_answers():
        voided = await void_payment(rail, seen)
    async with idempotency.begin(sessions, key, at=at) as call:
        if voided is not None:
            payment = await record_void(call.session, seen.id, voided, by=who.id, at=at)
        else:
            payment = (await lock_payment(call.session, seen.id)).payment
            cancel_payment(call.session, payment, by=who.id, at=at)
        return call.answer(PaymentOut.of(payment, who.role), HTTP_200_OK)


@post("/v1/payments/{payment_id:uuid}/retry", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def retry_one_payment(
    payment_id: FromPath[UUID],
    data: JSONBody[RetryIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PaymentOut]:
    """Send what a payment still owes once more: one that was rejected or canceled, or of which money came back."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        seen = await load_payment(call.session, payment_id, who=who)
        locked = await lock_payment(call.session, seen.id)
        retry_payment(call.session, locked, by=who.id, at=at, machine_at=machine_now())
        keep_payment_move(call.session, seen.id, PaymentMoveName.RETRY, id=new_id(), reason=data.reason, by=who.id, keyring=keyring, at=at)
        return call.answer(PaymentOut.of(locked.payment, who.role), HTTP_200_OK)


@post("/v1/payments/{payment_id:uuid}/resolve", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def resolve_one_payment(
    payment_id: FromPath[UUID],
    data: JSONBody[ResolveIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    rail: NamedDependency[SkipValidation[Rail]],
) -> Response[PaymentOut]:
    """Say what the processor's books show of a frozen payment; it is held against what they show now, and a second person confirms it."""
    if (data.outcome == "sent") is (data.rail_id is None):
        raise errors.InvalidFieldError("rail_id", "the transfer's id goes with the outcome sent, and only with it")
    at = clock.now()
    async with sessions.read() as session:
        seen = await load_payment(session, payment_id, who=who)
    with rail_answers():
        found = await rail.find(str(seen.reference))
    async with idempotency.begin(sessions, key, at=at) as call:
        payment = await resolve_payment(
            call.session, seen.id, found, rail_id=data.rail_id, attempt_id=new_id(), by=who.id, at=at, machine_at=machine_now()
        )
        keep_payment_move(
            call.session,
            seen.id,
            PaymentMoveName.RESOLVE,
            id=new_id(),
            reason=data.reason,
            rail_id=data.rail_id,
            by=who.id,
            keyring=keyring,
            at=at,
        )
        return call.answer(PaymentOut.of(payment, who.role), HTTP_200_OK)


@get("/v1/payments/{payment_id:uuid}/moves", opt={"permission": Permission.SEE_PAYMENT_MOVES})
async def list_payment_moves(
    payment_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PaymentMovePage:
    """List who retried or resolved a payment, and why."""
    async with sessions.read() as session:
        payment = await load_payment(session, payment_id, who=who)
        query = select(PaymentMove).where(PaymentMove.payment_id == payment.id)
        moves, next_cursor = await read_page(session, query, PaymentMove.id, limit=limit, cursor=cursor)
    return page_bytes(PaymentMovePage, moves, lambda move: PaymentMoveOut.of(move, keyring), next_cursor)


async def _days(session: AsyncSession, payments: Sequence[Payment], *, at: datetime) -> dict[UUID, date]:
    """Tell which day it is in each payment's program."""
    zones = select(Program.id, Program.time_zone).where(Program.id.in_({payment.program_id for payment in payments}))
    return {program_id: local_date(at, time_zone) for program_id, time_zone in await session.execute(zones)}


HANDLERS = [
    list_payments,
    get_payment,
    cancel_one_payment,
    retry_one_payment,
    resolve_one_payment,
    list_payment_moves,
]
