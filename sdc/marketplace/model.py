"""The ways back from the payment processor's page: each opens once, and says nothing of whose it is."""

from datetime import datetime
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
