"""A rulebook's life in two tables: the drafts, and the versions that were published, from a day on and for ever as they are."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class RulebookVersion(Base):
    """A published rulebook, never edited: a change is a new version. `bases` are the texts it inherits from, by name.

    Of one rulebook, a version judges from `effective_from` until the next one does. An abstract one is only there for others to inherit
    from: no program decides by it.
    """

    __tablename__ = "rulebook_versions"
    __table_args__ = (
        UniqueConstraint("name", "version"),
        Index("ix_rulebook_versions_name_effective_from", "name", "effective_from", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    bases: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))
    is_abstract: Mapped[bool] = mapped_column(default=False)
    effective_from: Mapped[date]
    published_at: Mapped[datetime]


class DraftState(StrEnum):
    """A draft is checked, proposed by one person with its first day, and published by another."""

    DRAFT = "draft"
    CHECKED = "checked"
    PROPOSED = "proposed"
    PUBLISHED = "published"


class RulebookDraft(Base):
    """A rulebook that may become a version: its text and cases never change (a correction is another draft), its state does.

    The version that is published from it has its id. Nobody drafted what came with a release of the service.
    """

    __tablename__ = "rulebook_drafts"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    bases: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))
    cases: Mapped[str | None] = mapped_column(Text)
    fixtures: Mapped[str | None] = mapped_column(Text)
    state: Mapped[DraftState]
    report: Mapped[dict[str, Any] | None]
    effective_from: Mapped[date | None]
    drafted_by: Mapped[UUID | None]
    drafted_at: Mapped[datetime]
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None]
    proposed_by: Mapped[UUID | None]
    proposed_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
