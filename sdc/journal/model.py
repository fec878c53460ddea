"""One event of the journal: ids, kinds and cents, never a name or a word about a person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class Event(Base):
    """Something that was done, seen or refused; never changed, never deleted (triggers hold it)."""

    __tablename__ = "journal_events"
    __table_args__ = (Index("ix_journal_events_subject_id_id", "subject_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID | None]
    by: Mapped[UUID | None]
    data: Mapped[dict[str, Any]]
