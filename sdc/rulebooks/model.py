"""One stored version of a rulebook: its text, its hash, the day from which it judges."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class RulebookVersion(Base):
    """A published rulebook, never edited: a change is a new version. `bases` are the texts it inherits from, by name."""

    __tablename__ = "rulebook_versions"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    bases: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))
    effective_from: Mapped[date]
    published_at: Mapped[datetime]
