"""Enrol a member, give them a broker, name who may act for them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Role, enrol
from sdc.crypto import KeyRing
from sdc.errors import InvalidFieldError, NotFoundError
from sdc.members.model import Member, MemberStatus, Representative
from sdc.members.names import MEMBER_NAME, REPRESENTATIVE_NAME
from sdc.programs.model import Program, Staff, StaffProgram


async def add_member(
    session: AsyncSession,
    keyring: KeyRing,
    *,
    id: UUID,
    program_id: UUID,
    name: str,
    language: str,
    funding: str,
    eligible_from: date,
    eligible_to: date,
    relatives: Sequence[str],
    household: Sequence[str],
    by: UUID,
    at: datetime,
) -> Member:
    """Enrol a person in a program; they can hold tokens from now on.

    Raises:
        InvalidFieldError: the enrolment would end before it begins.
        NotFoundError: no such program.

    """
    if eligible_to < eligible_from:
        raise InvalidFieldError("eligible_to", "this is before eligible_from")
    if await session.get(Program, program_id) is None:
        raise NotFoundError("program", program_id)
    member = Member(
        id=id,
        program_id=program_id,
        name_sealed=keyring.seal(name, MEMBER_NAME, id),
        language=language,
        funding=funding,
        status=MemberStatus.ACTIVE,
        eligible_from=eligible_from,
        eligible_to=eligible_to,
        relatives=list(dict.fromkeys(relatives)),
        household=list(dict.fromkeys(household)),
        broker_id=None,
        created_at=at,
    )
    session.add(member)
    enrol(session, id, role=Role.MEMBER, at=at)
    journal.record(session, "member.enrolled", subject=id, by=by, at=at, program=program_id)
    return member


async def give_broker(session: AsyncSession, member: Member, *, broker_id: UUID, by: UUID, at: datetime) -> None:
    """Put a member into a broker's caseload; the broker before has no part in it any more.

    The caller has locked the member's row.

    Raises:
        NotFoundError: no such staff person.
        InvalidFieldError: not a broker, or not of the member's program.

    """
    role = await session.scalar(select(Staff.role).where(Staff.id == broker_id))
    if role is None:
        raise NotFoundError("broker", broker_id)
    if role is not Role.BROKER:
        raise InvalidFieldError("broker_id", "this person is not a broker")
    works_here = select(StaffProgram.staff_id).where(StaffProgram.staff_id == broker_id, StaffProgram.program_id == member.program_id)
    if await session.scalar(works_here) is None:
        raise InvalidFieldError("broker_id", "this broker does not work for the member's program")
    journal.record(session, "member.broker_given", subject=member.id, by=by, at=at, broker=broker_id, before=member.broker_id)
    member.broker_id = broker_id


async def add_representative(
    session: AsyncSession,
    keyring: KeyRing,
    member: Member,
    *,
    id: UUID,
    name: str,
    starts_on: date,
    ends_on: date,
    may: Sequence[str],
    by: UUID,
    at: datetime,
) -> Representative:
    """Name who may act for a member from a day to a day; an empty `may` stands for every move.

    Raises:
        InvalidFieldError: the term would end before it begins.

    """
    if ends_on < starts_on:
        raise InvalidFieldError("to", "this is before from")
    zone = ZoneInfo(await _time_zone(session, member))
    representative = Representative(
        id=id,
        member_id=member.id,
        name_sealed=keyring.seal(name, REPRESENTATIVE_NAME, id),
        starts_on=starts_on,
        ends_on=ends_on,
        acts_from=datetime.combine(starts_on, time(), zone),
        acts_until=datetime.combine(ends_on + timedelta(days=1), time(), zone),
        may=list(dict.fromkeys(may)),
        created_at=at,
    )
    session.add(representative)
    enrol(session, id, role=Role.REPRESENTATIVE, at=at)
    journal.record(session, "representative.named", subject=id, by=by, at=at, member=member.id, starts_on=starts_on, ends_on=ends_on)
    return representative


async def _time_zone(session: AsyncSession, member: Member) -> str:
    program = await session.get_one(Program, member.program_id)
    return program.time_zone
