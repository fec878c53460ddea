"""Opaque bearer tokens: issued once, kept as hashes, checked in one statement, expiring, revocable."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal, PrincipalRow, Role, Token
from sdc.errors import InvalidFieldError, NotFoundError, UnauthenticatedError

DEFAULT_LIFE = timedelta(days=400)
_PREFIX = "sdc_"
_MAX_TOKEN_LENGTH = 200


def new_token_text() -> str:
    """Make the text of a token: 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def issue_token(
    session: AsyncSession, principal_id: UUID, *, id: UUID, text: str, role: Role, expires_at: datetime, by: UUID | None, at: datetime
) -> None:
    """Give somebody who is known a token; only its hash is stored.

    Raises:
        NotFoundError: nobody of this role has this id.
        InvalidFieldError: it would have expired already.

    """
    row = await session.get(PrincipalRow, principal_id)
    if row is None or row.role != role:
        raise NotFoundError(role, principal_id)
    if expires_at <= at:
        raise InvalidFieldError("expires_at", "this is in the past")
    session.add(Token(id=id, hash=_hash(text), principal_id=principal_id, created_at=at, expires_at=expires_at, revoked_at=None))
    journal.record(session, "token.issued", subject=id, by=by, at=at, principal=principal_id, role=role)


async def revoke_token(session: AsyncSession, token_id: UUID, *, by: UUID, at: datetime) -> None:
    """End a token's life now; a token that is revoked stays so.

    Raises:
        NotFoundError: no such token.

    """
    token = await session.get(Token, token_id, with_for_update=True)
    if token is None:
        raise NotFoundError("token", token_id)
    if token.revoked_at is None:
        token.revoked_at = at
        journal.record(session, "token.revoked", subject=token_id, by=by, at=at)


async def authenticate(session: AsyncSession, text: str, *, at: datetime) -> Principal:
    """Tell who holds this token.

    Raises:
        UnauthenticatedError: the token is unknown, expired or revoked (which of them is not told).

    """
    if not text.isascii() or len(text) > _MAX_TOKEN_LENGTH:
        raise UnauthenticatedError("this token is not valid")
    found = (
        await session.execute(
            select(Token.id, Token.expires_at, Token.revoked_at, PrincipalRow.id, PrincipalRow.role)
            .join(PrincipalRow, PrincipalRow.id == Token.principal_id)
            .where(Token.hash == _hash(text))
        )
    ).one_or_none()
    if found is None:
        raise UnauthenticatedError("this token is not valid")
    token_id, expires_at, revoked_at, principal_id, role = found
    if revoked_at is not None or expires_at <= at:
        raise UnauthenticatedError("this token is not valid any more: ask for a new one")
    return Principal(id=principal_id, role=role, token_id=token_id)


async def has_principal(session: AsyncSession, role: Role) -> bool:
    """Say whether anybody of this role is known."""
    return await session.scalar(select(PrincipalRow.id).where(PrincipalRow.role == role).limit(1)) is not None
