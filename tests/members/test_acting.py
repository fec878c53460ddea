"""A representative makes the moves that were left to them, and no other."""

from uuid import uuid4

import pytest

from sdc.auth.principal import Principal, Role
from sdc.database import Sessions
from sdc.errors import ForbiddenError
from sdc.members.acting import ActingMove, require_move
from tests.builders import a_house, a_representative


@pytest.fixture
async def sessions(database_url):
    opened = Sessions(database_url)
    yield opened
    await opened.close()


async def may(sessions, who, move):
    async with sessions.read() as session:
        try:
            await require_move(session, who, move)
        except ForbiddenError:
            return False
    return True


async def test_who_was_left_some_moves_may_make_only_those(sessions):
    house = await a_house(sessions)
    representative = await a_representative(sessions, house.member, may=("request", "confirm"))
    who = Principal(representative.id, Role.REPRESENTATIVE, uuid4())

    assert [move for move in ActingMove if await may(sessions, who, move)] == [ActingMove.REQUEST, ActingMove.CONFIRM]


async def test_who_was_left_everything_may_make_every_move(sessions):
    house = await a_house(sessions)
    representative = await a_representative(sessions, house.member)

    who = Principal(representative.id, Role.REPRESENTATIVE, uuid4())

    assert [move for move in ActingMove if await may(sessions, who, move)] == list(ActingMove)


async def test_a_member_needs_nobodys_leave(sessions):
    house = await a_house(sessions)

    assert await may(sessions, Principal(house.member.id, Role.MEMBER, uuid4()), ActingMove.SIGN)
