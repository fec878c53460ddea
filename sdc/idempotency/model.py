"""One call that was made with a key: what it asked, and what it was answered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class StoredCall(Base):
    """The key of a call, its fingerprint and its answer. The row stays for ever, the answer for 30 days.

    The fingerprint is keyed, so that it tells nothing of what was asked; older rows have a plain hash.
    Without a token (`POST /v1/vendors`) the caller is the nil id. An answer may hold a secret, so it is kept sealed.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    caller_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    status: Mapped[int | None]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
