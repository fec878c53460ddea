"""A principal: someone who holds tokens, known here by role and opaque id only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class Role(StrEnum):
    """The eight roles; what each may do stands in `permissions.py`."""

    MEMBER = "member"
    REPRESENTATIVE = "representative"
    BROKER = "broker"
    DIRECTOR = "director"
    VENDOR = "vendor"
    AUDITOR = "auditor"
    ADMIN = "admin"
    PAYER = "payer"


STAFF_ROLES = frozenset({Role.BROKER, Role.DIRECTOR, Role.AUDITOR, Role.ADMIN, Role.PAYER})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes this request."""

    id: UUID
    role: Role
    token_id: UUID


class PrincipalRow(Base):
    """Everyone who may hold a token: written when a member, representative, staff person or vendor is made."""

    __tablename__ = "principals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[Role]
    created_at: Mapped[datetime]


class Token(Base):
    """A bearer token: only its hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    principal_id: Mapped[UUID] = mapped_column(ForeignKey("principals.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def enrol(session: AsyncSession, principal_id: UUID, *, role: Role, at: datetime) -> None:
    """Let somebody new hold tokens under their own id."""
    session.add(PrincipalRow(id=principal_id, role=role, created_at=at))
