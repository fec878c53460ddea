"""Tokens from the command line: for somebody who is known, or for the first administrator, who is made."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Role
from sdc.auth.tokens import DEFAULT_LIFE, has_principal, issue_token, new_token_text
from sdc.cli.preparing import be_ready
from sdc.cli.process import open_sessions
from sdc.clock import machine_now, read_offset
from sdc.config import Settings
from sdc.errors import InvalidFieldError
from sdc.ids import new_id
from sdc.programs.staffing import add_staff

FIRST_ADMINISTRATOR = "First administrator"


async def issue(settings: Settings, *, role: str, subject: UUID | None, days: int | None) -> str:
    """Make a token and answer its text.

    Raises:
        InvalidFieldError: nobody is named, and there is an administrator already (or the role is another).
        NotFoundError: nobody of this role has this id.

    """
    await be_ready(settings)
    text = new_token_text()
    async with open_sessions(settings.database_url) as sessions, sessions.begin() as session:
        at = machine_now() + await read_offset(session)
        if subject is None:
            subject = await _first_administrator(session, new_id(), role=Role(role), at=at)
        expires_at = at + (timedelta(days=days) if days else DEFAULT_LIFE)
        await issue_token(session, subject, id=new_id(), text=text, role=Role(role), expires_at=expires_at, by=None, at=at)
    return text


async def _first_administrator(session: AsyncSession, admin_id: UUID, *, role: Role, at: datetime) -> UUID:
    """Make the first administrator, where there is none yet."""
    if role is not Role.ADMIN:
        raise InvalidFieldError("--subject", f"say which {role} the token is for")
    if await has_principal(session, Role.ADMIN):
        raise InvalidFieldError("--subject", "say which administrator the token is for: there is one already")
    await add_staff(
        session,
        id=admin_id,
        role=role,
        name=FIRST_ADMINISTRATOR,
        program_ids=[],
        payer_id=None,
        employer_id=None,
        relatives=[],
        by=admin_id,
        at=at,
    )
    await session.flush()
    return admin_id
