"""Routes of what a program pays on: withheld tax, unclaimed money, and what lapsed."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from sqlalchemy import select

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.errors import NotFoundError
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.payments.afterwards_forms import (
    RemittanceIn,
    RemittanceOut,
    RemittancePage,
    UnclaimedRemittanceIn,
)
from sdc.payments.afterwards_model import Remittance
from sdc.payments.remitting import remit_tax, remit_unclaimed, return_lapsed
from sdc.programs.model import FundingSource
from sdc.programs.reading import find_program
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


@post("/v1/programs/{program_id:uuid}/tax-remittances", status_code=HTTP_201_CREATED, opt={"permission": Permission.REMIT_MONEY})
async def create_tax_remittance(
    program_id: FromPath[UUID],
    data: JSONBody[RemittanceIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[RemittanceOut]:
    """Record that withheld tax was paid to the tax office from the bank."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        remittance = await remit_tax(call.session, program_id, data.paid(), id=new_id(), by=who.id, at=at)
        return call.answer(RemittanceOut.of(remittance))


@post("/v1/programs/{program_id:uuid}/unclaimed-remittances", status_code=HTTP_201_CREATED, opt={"permission": Permission.REMIT_MONEY})
async def create_unclaimed_remittance(
    program_id: FromPath[UUID],
    data: JSONBody[UnclaimedRemittanceIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[RemittanceOut]:
    """Record that unclaimed money was paid to a state from the bank, which keeps it for its owners; they are told."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        remittance = await remit_unclaimed(
            call.session, program_id, data.paid(), payment_ids=data.payment_ids, id=new_id(), by=who.id, at=at
        )
        return call.answer(RemittanceOut.of(remittance))


@post("/v1/funding-sources/{source_id:uuid}/lapse-returns", status_code=HTTP_201_CREATED, opt={"permission": Permission.REMIT_MONEY})
async def create_lapse_return(
    source_id: FromPath[UUID],
    data: JSONBody[RemittanceIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[RemittanceOut]:
    """Record that what budgets gave back at their end was paid to the payer of their source."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        source = await call.session.get(FundingSource, source_id)
        if source is None:
            raise NotFoundError("funding source", source_id)
        remittance = await return_lapsed(call.session, source, data.paid(), id=new_id(), by=who.id, at=at)
        return call.answer(RemittanceOut.of(remittance))


@get("/v1/programs/{program_id:uuid}/remittances", opt={"permission": Permission.SEE_REMITTANCES})
async def list_remittances(
    program_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RemittancePage:
    """List what a program paid on to the tax office, to states and back to its payers."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        query = select(Remittance).where(Remittance.program_id == program.id)
        rows, next_cursor = await read_page(session, query, Remittance.id, limit=limit, cursor=cursor)
    return page_bytes(RemittancePage, rows, RemittanceOut.of, next_cursor)


HANDLERS = [create_tax_remittance, create_unclaimed_remittance, create_lapse_return, list_remittances]
