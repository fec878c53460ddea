"""Routes of money that nobody takes: the letter to its owner, unclaimed, and claimed after all."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.payments.afterwards_forms import (
    LetterIn,
    LetterOut,
    LetterPage,
    WhyIn,
)
from sdc.payments.afterwards_model import Dormancy
from sdc.payments.forms import PaymentOut
from sdc.payments.model import Payment
from sdc.payments.moves import keep_payment_move
from sdc.payments.scope import load_payment
from sdc.payments.states import PaymentMoveName
from sdc.payments.unclaimed import claim_dormant, make_dormant, write_to_owner
from sdc.programs.reading import find_program
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


@post("/v1/payments/{payment_id:uuid}/letter", status_code=HTTP_201_CREATED, opt={"permission": Permission.STEER_PAYMENTS})
async def write_owner_letter(
    payment_id: FromPath[UUID],
    data: JSONBody[LetterIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[LetterOut]:
    """Write to a vendor that a payment waits for it. Without such a letter nothing becomes unclaimed."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        seen = await load_payment(call.session, payment_id, who=who)
        one = await write_to_owner(call.session, seen.id, law=data.state, id=new_id(), message_id=new_id(), by=who.id, at=at)
        keep_payment_move(call.session, seen.id, PaymentMoveName.LETTER, id=new_id(), reason=data.reason, by=who.id, keyring=keyring, at=at)
        return call.answer(LetterOut.of(one))


@post("/v1/payments/{payment_id:uuid}/dormant", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def make_one_dormant(
    payment_id: FromPath[UUID],
    data: JSONBody[WhyIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PaymentOut]:
    """Move what nobody took for the law's years to unclaimed. It is sent no more unless its owner claims it."""
    name, verb = PaymentMoveName.DORMANT, make_dormant
    return await _move(payment_id, name, verb, reason=data.reason, key=key, sessions=sessions, who=who, clock=clock, keyring=keyring)


@post("/v1/payments/{payment_id:uuid}/claim", status_code=HTTP_200_OK, opt={"permission": Permission.STEER_PAYMENTS})
async def claim_one_dormant(
    payment_id: FromPath[UUID],
    data: JSONBody[WhyIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[PaymentOut]:
    """Owe a vendor again what was unclaimed, because it came for it; a retry sends it."""
    name, verb = PaymentMoveName.CLAIM, claim_dormant
    return await _move(payment_id, name, verb, reason=data.reason, key=key, sessions=sessions, who=who, clock=clock, keyring=keyring)


@get("/v1/programs/{program_id:uuid}/letters", opt={"permission": Permission.SEE_REMITTANCES})
async def list_owner_letters(
    program_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> LetterPage:
    """List the letters to owners of money that nobody takes, from when on it is unclaimed, and what became of it."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        query = select(Dormancy).where(Dormancy.program_id == program.id)
        rows, next_cursor = await read_page(session, query, Dormancy.id, limit=limit, cursor=cursor)
    return page_bytes(LetterPage, rows, LetterOut.of, next_cursor)


async def _move(
    payment_id: UUID,
    name: PaymentMoveName,
    verb: Callable[..., Awaitable[Payment]],
    *,
    reason: str,
    key: IdempotencyKey,
    sessions: Sessions,
    who: Principal,
    clock: Clock,
    keyring: KeyRing,
) -> Response[PaymentOut]:
    """Make a person's move on what nobody takes, and keep why."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        seen = await load_payment(call.session, payment_id, who=who)
        keep_payment_move(call.session, seen.id, name, id=new_id(), reason=reason, by=who.id, keyring=keyring, at=at)
        payment = await verb(call.session, seen.id, by=who.id, at=at)
        return call.answer(PaymentOut.of(payment, who.role), HTTP_200_OK)


HANDLERS = [list_owner_letters, write_owner_letter, make_one_dormant, claim_one_dormant]
