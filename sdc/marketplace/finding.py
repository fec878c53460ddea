"""Find vendors for somebody: in which program they look, and which credential its rulebook asks for today."""

import base64
import binascii
import json
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal, Role
from sdc.clock import local_date
from sdc.errors import InvalidFieldError, NotFoundError
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.programs.model import Program
from sdc.programs.scope import program_scope
from sdc.rulebooks.kinds import rules_of_kind
from sdc.rulebooks.reading import compiled, version_in_force
from vendors import Position

CREDENTIAL_KIND = "credential"


async def find_program(session: AsyncSession, program_id: UUID | None, *, who: Principal, at: datetime) -> Program:
    """Tell in which program somebody looks: their own, or the one they name where they have several.

    Raises:
        NotFoundError: no such program, or not theirs.
        InvalidFieldError: they have several, and named none.

    """
    is_member = who.role in {Role.MEMBER, Role.REPRESENTATIVE}
    theirs = Program.id.in_(select(Member.program_id).where(member_scope(who, at=at))) if is_member else program_scope(who)
    query = select(Program).where(theirs)
    if program_id is not None:
        query = query.where(Program.id == program_id)
    found = (await session.scalars(query.order_by(Program.id).limit(2))).all()
    if not found:
        raise NotFoundError("program", program_id or who.id)
    if len(found) > 1:
        raise InvalidFieldError("program_id", "say in which of your programs")
    return found[0]


async def credentials_asked_for(session: AsyncSession, program: Program, *, on: date) -> dict[str, str]:
    """Tell which credential each category takes by the rulebook of a day, as far as a rule refuses or holds what is sold without it.

    Raises:
        NotFoundError: the program has no rulebook in force.

    """
    version_id = await session.scalar(version_in_force(program.rulebook, on))
    if version_id is None:
        raise NotFoundError("rulebook", program.rulebook)
    rules = rules_of_kind(await compiled(session, version_id), "authorize", CREDENTIAL_KIND, on=on)
    return {category: tag for rule in rules if rule.severity != "warn" for category, tag in rule.params.required.items()}


def today_in(program: Program, *, at: datetime) -> date:
    """Tell the day it is in a program."""
    return local_date(at, program.time_zone)


def cursor_of(position: Position) -> str:
    """Write the opaque cursor that continues after a vendor; it holds nothing of what was looked for."""
    text = json.dumps([position.rank, position.sort_name, position.vendor_id.hex])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(cursor: str) -> Position:
    """Read a cursor.

    Raises:
        InvalidFieldError: it is not one of ours.

    """
    try:
        rank, sort_name, vendor_id = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        position = Position(rank, sort_name, UUID(hex=vendor_id))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise InvalidFieldError("cursor", "this is not a cursor of this list") from error
    if (
        position.rank not in {0, 1}
        or isinstance(rank, bool)
        or not isinstance(sort_name, str)
        or not sort_name.isascii()
        or "\0" in sort_name
    ):
        raise InvalidFieldError("cursor", "this is not a cursor of this list")
    return position
