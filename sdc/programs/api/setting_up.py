"""Routes of payers, programs, their money and their staff."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from sqlalchemy import select

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.programs.forms import (
    AdministrationIn,
    AdministrationOut,
    DepositIn,
    DepositOut,
    FundingSourceIn,
    FundingSourceOut,
    FundingSourcePage,
    PayerIn,
    PayerOut,
    PayerPage,
    ProgramIn,
    ProgramOut,
    ProgramPage,
    StaffIn,
    StaffOut,
    StaffPage,
    TopUpIn,
    TopUpOut,
    TopUpPage,
)
from sdc.programs.model import FundingSource, Payer, Program, Staff, TopUp
from sdc.programs.reading import find_program, funding_sources_of, programs_of, top_ups_of, with_programs
from sdc.programs.receiving import fund_administration, record_deposit, request_top_up
from sdc.programs.setting_up import add_funding_source, add_payer, add_program
from sdc.programs.staffing import add_staff
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


@post("/v1/payers", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_PROGRAMS})
async def create_payer(
    data: JSONBody[PayerIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[PayerOut]:
    """Make a payer known."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        payer = await add_payer(call.session, id=new_id(), name=data.name, by=who.id, at=at)
        return call.answer(PayerOut.of(payer))


@get("/v1/payers", opt={"permission": Permission.MANAGE_PROGRAMS})
async def list_payers(sessions: NamedDependency[Sessions], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> PayerPage:
    """List payers."""
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, select(Payer), Payer.id, limit=limit, cursor=cursor)
    return page_bytes(PayerPage, rows, PayerOut.of, next_cursor)


@post("/v1/programs", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_PROGRAMS})
async def create_program(
    data: JSONBody[ProgramIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[ProgramOut]:
    """Set up a program of a payer and open its book."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        program = await add_program(
            call.session,
            id=new_id(),
            payer_id=data.payer_id,
            name=data.name,
            rulebook=data.rulebook,
            time_zone=data.time_zone,
            period_starts_on=data.period.starts_on,
            period_ends_on=data.period.ends_on,
            release=data.release,
            notice_profile=data.notice_profile,
            by=who.id,
            at=at,
        )
        return call.answer(ProgramOut.of(program))


@get("/v1/programs", opt={"permission": Permission.SEE_PROGRAMS})
async def list_programs(
    sessions: NamedDependency[Sessions], who: NamedDependency[Principal], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ProgramPage:
    """List the programs that are yours to see."""
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, programs_of(who), Program.id, limit=limit, cursor=cursor)
    return page_bytes(ProgramPage, rows, ProgramOut.of, next_cursor)


@get("/v1/programs/{program_id:uuid}", opt={"permission": Permission.SEE_PROGRAMS})
async def get_program(program_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal]) -> ProgramOut:
    """Show one program."""
    async with sessions.read() as session:
        return ProgramOut.of(await find_program(session, program_id, who=who))


@post("/v1/programs/{program_id:uuid}/funding-sources", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_PROGRAMS})
async def create_funding_source(
    program_id: FromPath[UUID],
    data: JSONBody[FundingSourceIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[FundingSourceOut]:
    """Make a payer's money for one purpose known to a program."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        program = await find_program(call.session, program_id, who=who)
        source = await add_funding_source(call.session, program, id=new_id(), payer_id=data.payer_id, name=data.name, by=who.id, at=at)
        return call.answer(FundingSourceOut.of(source))


@get("/v1/programs/{program_id:uuid}/funding-sources", opt={"permission": Permission.SEE_PROGRAMS})
async def list_funding_sources(
    program_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> FundingSourcePage:
    """List the funding sources of a program."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        rows, next_cursor = await read_page(session, funding_sources_of(program), FundingSource.id, limit=limit, cursor=cursor)
    return page_bytes(FundingSourcePage, rows, FundingSourceOut.of, next_cursor)


@post("/v1/funding-sources/{source_id:uuid}/deposits", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_PROGRAMS})
async def create_deposit(
    source_id: FromPath[UUID],
    data: JSONBody[DepositIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[DepositOut]:
    """Record a payer's money that arrived at the bank."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        deposit = await record_deposit(
            call.session,
            source_id,
            id=new_id(),
            amount_cents=data.amount_cents,
            received_on=data.received_on,
            reference=data.reference,
            by=who.id,
            at=at,
        )
        return call.answer(DepositOut.of(deposit))


@post("/v1/funding-sources/{source_id:uuid}/administration", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_PROGRAMS})
async def create_administration(
    source_id: FromPath[UUID],
    data: JSONBody[AdministrationIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[AdministrationOut]:
    """Set money of a funding source aside for the fees of processor and bank: they are never a member's to pay."""
    at, funding_id = clock.now(), new_id()
    async with idempotency.begin(sessions, key, at=at) as call:
        cents = data.amount_cents
        program_id = await fund_administration(call.session, source_id, id=funding_id, amount_cents=cents, by=who.id, at=at)
        return call.answer(AdministrationOut(id=funding_id, program_id=program_id, funding_source_id=source_id, amount_cents=cents))


@post("/v1/programs/{program_id:uuid}/top-ups", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_PROGRAMS})
async def create_top_up(
    program_id: FromPath[UUID],
    data: JSONBody[TopUpIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[TopUpOut]:
    """Move money from the bank to the processor, from which vendors are paid. It arrives when its state is `settled`."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        top_up = await request_top_up(call.session, program_id, id=new_id(), amount_cents=data.amount_cents, by=who.id, at=at)
        return call.answer(TopUpOut.of(top_up))


@get("/v1/programs/{program_id:uuid}/top-ups", opt={"permission": Permission.MANAGE_PROGRAMS})
async def list_top_ups(
    program_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> TopUpPage:
    """List the top-ups of a program."""
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who)
        rows, next_cursor = await read_page(session, top_ups_of(program), TopUp.id, limit=limit, cursor=cursor)
    return page_bytes(TopUpPage, rows, TopUpOut.of, next_cursor)


@post("/v1/staff", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_PROGRAMS})
async def create_staff(
    data: JSONBody[StaffIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[StaffOut]:
    """Make a staff person known, who can then be given a token."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        person = await add_staff(
            call.session,
            id=new_id(),
            role=Role(data.role),
            name=data.name,
            program_ids=data.program_ids,
            payer_id=data.payer_id,
            employer_id=data.employer_id,
            relatives=data.relatives,
            by=who.id,
            at=at,
        )
        return call.answer(StaffOut.of(person))


@get("/v1/staff", opt={"permission": Permission.MANAGE_PROGRAMS})
async def list_staff(sessions: NamedDependency[Sessions], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> StaffPage:
    """List the staff."""
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, select(Staff), Staff.id, limit=limit, cursor=cursor)
        people = await with_programs(session, rows)
    return page_bytes(StaffPage, people, StaffOut.of, next_cursor)


HANDLERS = [
    create_payer,
    list_payers,
    create_program,
    list_programs,
    get_program,
    create_funding_source,
    list_funding_sources,
    create_deposit,
    create_administration,
    create_top_up,
    list_top_ups,
    create_staff,
    list_staff,
]
