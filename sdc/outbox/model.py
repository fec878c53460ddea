"""One job: a name, a subject, when it is due, and whose it is right now."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class Job(Base):
    """Work to do at least once; its handler makes that once (derived ids, locks, states)."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_due", "due_at", "id", postgresql_where=text("done_at IS NULL"), sqlite_where=text("done_at IS NULL")),
        Index("ix_jobs_subject_id", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID]
    data: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    fence: Mapped[int]
    tries: Mapped[int]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))
