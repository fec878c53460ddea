"""Routes of members, their brokers and their representatives."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.members.enrolling import add_member, add_representative, give_broker
from sdc.members.forms import BrokerIn, MemberIn, MemberOut, MemberPage, RepresentativeIn, RepresentativeOut, RepresentativePage
from sdc.members.model import Member, Representative
from sdc.members.reading import find_member, members_of, representatives_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


@post("/v1/members", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_MEMBERS})
async def create_member(
    data: JSONBody[MemberIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[MemberOut]:
    """Enrol a member in a program."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        member = await add_member(
            call.session,
            keyring,
            id=new_id(),
            program_id=data.program_id,
            name=data.name,
            language=data.language,
            funding=data.funding,
            eligible_from=data.eligible_from,
            eligible_to=data.eligible_to,
            relatives=data.relatives,
            household=data.household,
            by=who.id,
            at=at,
        )
        return call.answer(MemberOut.of(member, keyring))


@get("/v1/members", opt={"permission": Permission.SEE_MEMBERS})
async def list_members(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> MemberPage:
    """List the members who are yours to see."""
    at = clock.now()
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, members_of(who, at=at), Member.id, limit=limit, cursor=cursor)
    await journal.record_view(sessions, "members.listed", subject=None, by=who.id, at=at, count=len(rows))
    return page_bytes(MemberPage, rows, lambda member: MemberOut.of(member, keyring), next_cursor)


@get("/v1/members/{member_id:uuid}", opt={"permission": Permission.SEE_MEMBERS})
async def get_member(
    member_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> MemberOut:
    """Show one member."""
    at = clock.now()
    async with sessions.read() as session:
        member = await find_member(session, member_id, who=who, at=at)
    await journal.record_view(sessions, "member.seen", subject=member.id, by=who.id, at=at)
    return MemberOut.of(member, keyring)


@post("/v1/members/{member_id:uuid}/broker", status_code=HTTP_200_OK, opt={"permission": Permission.MANAGE_MEMBERS})
async def give_member_a_broker(
    member_id: FromPath[UUID],
    data: JSONBody[BrokerIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[MemberOut]:
    """Put a member into a broker's caseload, and out of the one before."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        member = await find_member(call.session, member_id, who=who, is_locked=True, at=at)
        await give_broker(call.session, member, broker_id=data.broker_id, by=who.id, at=at)
        return call.answer(MemberOut.of(member, keyring), HTTP_200_OK)


@post("/v1/members/{member_id:uuid}/representatives", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_MEMBERS})
async def create_representative(
    member_id: FromPath[UUID],
    data: JSONBody[RepresentativeIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> Response[RepresentativeOut]:
    """Name who may act for a member, from a day to a day; they can then be given a token."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        member = await find_member(call.session, member_id, who=who, at=at)
        representative = await add_representative(
            call.session,
            keyring,
            member,
            id=new_id(),
            name=data.name,
            starts_on=data.starts_on,
            ends_on=data.ends_on,
            may=data.may,
            by=who.id,
            at=at,
        )
        return call.answer(RepresentativeOut.of(representative, keyring))


@get("/v1/members/{member_id:uuid}/representatives", opt={"permission": Permission.SEE_MEMBERS})
async def list_representatives(
    member_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RepresentativePage:
    """List who may act for a member."""
    at = clock.now()
    async with sessions.read() as session:
        member = await find_member(session, member_id, who=who, at=at)
        rows, next_cursor = await read_page(session, representatives_of(member), Representative.id, limit=limit, cursor=cursor)
    await journal.record_view(sessions, "representatives.listed", subject=member.id, by=who.id, at=at, count=len(rows))
    return page_bytes(RepresentativePage, rows, lambda one: RepresentativeOut.of(one, keyring), next_cursor)


HANDLERS = [create_member, list_members, get_member, give_member_a_broker, create_representative, list_representatives]
