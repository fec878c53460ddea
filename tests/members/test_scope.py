"""Who sees whom: themselves, the one they represent now, their caseload, the people of their programs; nobody else."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from sdc.auth.principal import Principal, Role
from sdc.database import Sessions
from sdc.members.model import Member
from sdc.members.scope import member_scope
from tests.builders import NOON, a_house, a_member, a_representative, a_staff


@pytest.fixture
async def sessions(database_url):
    opened = Sessions(database_url)
    yield opened
    await opened.close()


async def seen_by(sessions, role, somebody, at=NOON):
    who = Principal(id=somebody, role=role, token_id=uuid4())
    async with sessions.read() as session:
        return set(await session.scalars(select(Member.id).where(member_scope(who, at=at))))


async def test_each_sees_their_own_and_nobody_elses(sessions):
    ours, theirs = await a_house(sessions), await a_house(sessions)
    colleague = await a_staff(sessions, Role.BROKER, program_ids=[ours.program.id])
    neighbour = await a_member(sessions, ours.program, broker=colleague)
    representative = await a_representative(sessions, ours.member)
    director = await a_staff(sessions, Role.DIRECTOR, program_ids=[ours.program.id])
    auditor = await a_staff(sessions, Role.AUDITOR, program_ids=[ours.program.id, theirs.program.id])
    officer = await a_staff(sessions, Role.PAYER, payer_id=ours.program.payer_id)
    everybody = {ours.member.id, neighbour.id, theirs.member.id}

    assert await seen_by(sessions, Role.MEMBER, ours.member.id) == {ours.member.id}
    assert await seen_by(sessions, Role.REPRESENTATIVE, representative.id) == {ours.member.id}
    assert await seen_by(sessions, Role.BROKER, ours.broker.id) == {ours.member.id}
    assert await seen_by(sessions, Role.BROKER, colleague.id) == {neighbour.id}
    assert await seen_by(sessions, Role.DIRECTOR, director.id) == {ours.member.id, neighbour.id}
    assert await seen_by(sessions, Role.AUDITOR, auditor.id) == everybody
    assert await seen_by(sessions, Role.PAYER, officer.id) == {ours.member.id, neighbour.id}
    assert await seen_by(sessions, Role.ADMIN, uuid4()) == everybody
    assert await seen_by(sessions, Role.VENDOR, uuid4()) == set()


@pytest.mark.parametrize(
    ("at", "is_acting"),
    [
        (datetime(2026, 10, 1, 3, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 1, 4, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), False),
    ],
)
async def test_a_representative_acts_from_the_first_to_the_last_day_where_the_program_is(sessions, at, is_acting):
    house = await a_house(sessions)
    representative = await a_representative(sessions, house.member, term=(date(2026, 10, 1), date(2026, 10, 31)))

    assert (await seen_by(sessions, Role.REPRESENTATIVE, representative.id, at) != set()) is is_acting


async def test_a_token_of_another_role_opens_nothing(sessions):
    house = await a_house(sessions)

    assert await seen_by(sessions, Role.BROKER, house.member.id) == set()
    assert await seen_by(sessions, Role.MEMBER, house.broker.id) == set()
