"""Licences and cards: what a vendor holds, and until when."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from vendors.model import Credential


def add_credential(
    session: AsyncSession, *, id: UUID, vendor_id: UUID, type: str, number: str, state: str | None, expires_on: date
) -> Credential:
    """Record a credential; an old one stays, so that a renewal is one row more."""
    credential = Credential(id=id, vendor_id=vendor_id, type=type, number=number, state=state, expires_on=expires_on)
    session.add(credential)
    return credential
