"""What the application keeps beside a vendor: the ways back from the payment processor's page, and what it is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class OnboardingLink(Base):
    """A random word by which a vendor who left for the processor's page comes back, or has its page opened anew, once."""

    __tablename__ = "onboarding_links"
    __table_args__ = (Index("ix_onboarding_links_vendor_id", "vendor_id"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    vendor_id: Mapped[UUID]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]


class VendorMessage(Base):
    """Something a vendor is told: its kind and facts (ids, dates, cents, codes), put into words when it is read or mailed.

    `to_sealed` is the vendor's sealed contact as it stood when this was written, so that a later change of address takes no mail
    away from whoever was to have it.
    """

    __tablename__ = "vendor_messages"
    __table_args__ = (Index("ix_vendor_messages_vendor_id_id", "vendor_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(32))
    facts: Mapped[dict[str, Any]]
    to_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    tries: Mapped[int]
