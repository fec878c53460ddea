"""Routes of tokens: who am I, and tokens for everyone who was made known."""

from datetime import datetime
from typing import Self
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from pydantic import AwareDatetime

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.auth.tokens import DEFAULT_LIFE, issue_token, new_token_text, revoke_token
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.web.input import Input, Output


class MeOut(Output):
    """Who the token belongs to."""

    id: UUID
    role: Role

    @classmethod
    def of(cls, who: Principal) -> Self:
        """Show a principal to themselves."""
        return cls(id=who.id, role=who.role)


class TokenIn(Input):
    """For whom a token is made, and until when (400 days unless said)."""

    role: Role
    subject_id: UUID
    expires_at: AwareDatetime | None = None


class TokenOut(Output):
    """A new token: its text is shown this once."""

    id: UUID
    token: str
    expires_at: datetime


@get("/v1/me", opt={"permission": Permission.SEE_MYSELF})
async def get_me(who: NamedDependency[Principal]) -> MeOut:
    """Tell who this token belongs to, and in which role."""
    return MeOut.of(who)


@post("/v1/tokens", status_code=HTTP_201_CREATED, opt={"permission": Permission.MANAGE_TOKENS})
async def create_token(
    data: JSONBody[TokenIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[TokenOut]:
    """Make a token for a member, representative, staff person or vendor. Its text is shown once."""
    at = clock.now()
    token = TokenOut(id=new_id(), token=new_token_text(), expires_at=data.expires_at or at + DEFAULT_LIFE)
    async with idempotency.begin(sessions, key, at=at) as call:
        await issue_token(
            call.session, data.subject_id, id=token.id, text=token.token, role=data.role, expires_at=token.expires_at, by=who.id, at=at
        )
        return call.answer(token)


@delete("/v1/tokens/{token_id:uuid}", status_code=HTTP_204_NO_CONTENT, opt={"permission": Permission.MANAGE_TOKENS})
async def delete_token(
    token_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> None:
    """End a token's life at once. Doing it again changes nothing."""
    async with sessions.begin() as session:
        await revoke_token(session, token_id, by=who.id, at=clock.now())


HANDLERS = [get_me, create_token, delete_token]
