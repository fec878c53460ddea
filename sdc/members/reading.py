"""Find members and their representatives, as far as the caller may see them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal
from sdc.errors import NotFoundError
from sdc.members.model import Member, Representative
from sdc.members.scope import member_scope


def members_of(who: Principal, *, at: datetime) -> Select[Member]:
    """Select the members who are the caller's to see."""
    return select(Member).where(member_scope(who, at=at))


async def find_member(session: AsyncSession, member_id: UUID, *, who: Principal, is_locked: bool = False, at: datetime) -> Member:
    """Find a member who is the caller's to see; locked until the transaction ends, when asked for.

    Raises:
        NotFoundError: there is none, or they are not theirs.

    """
    query = members_of(who, at=at).where(Member.id == member_id)
    member = await session.scalar(query.with_for_update(key_share=True) if is_locked else query)
    if member is None:
        raise NotFoundError("member", member_id)
    return member


def representatives_of(member: Member) -> Select[Representative]:
    """Select who may act, might have acted or will act for a member."""
    return select(Representative).where(Representative.member_id == member.id)
