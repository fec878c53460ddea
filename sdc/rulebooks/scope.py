"""Who decides about a rulebook, and which day it is for it: both follow from the programs that use it.

Programs stand above rulebooks, so their tables are named here and not imported.
"""

from datetime import UTC, date, datetime

from sqlalchemy import Uuid, column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal, Role
from sdc.clock import local_date
from sdc.errors import ForbiddenError

_PROGRAMS = table("programs", column("id", Uuid()), column("rulebook"), column("time_zone"))
_STAFF = table("staff_programs", column("staff_id", Uuid()), column("program_id", Uuid()))


async def require_part(session: AsyncSession, name: str, *, who: Principal) -> None:
    """Let a director decide about the rulebooks of their own programs and about those that no program uses yet; an administrator about all.

    Raises:
        ForbiddenError: other programs decide by it, and none of the director's.

    """
    if who.role is not Role.DIRECTOR:
        return
    using = select(_PROGRAMS.c.id).where(_PROGRAMS.c.rulebook == name)
    if await session.scalar(using.limit(1)) is None:
        return
    theirs = select(_STAFF.c.program_id).where(_STAFF.c.staff_id == who.id, _STAFF.c.program_id.in_(using)).limit(1)
    if await session.scalar(theirs) is None:
        raise ForbiddenError(who.role, "decide about the rulebook of other programs")


async def day_of(session: AsyncSession, name: str, *, at: datetime) -> date:
    """Tell which day it is for a rulebook: the latest of its programs' days, so that what begins then is past in none of them."""
    zones = await session.scalars(select(_PROGRAMS.c.time_zone).where(_PROGRAMS.c.rulebook == name).distinct())
    return max((local_date(at, zone) for zone in zones), default=at.astimezone(UTC).date())
