"""A person's yes to a change, with what made them independent (or not) on that day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sdc.auth.principal import Role
from sdc.database import Base


class ChangeApproval(Base):
    """A yes to a move between lines or to a saving: `change_id` is the id of either."""

    __tablename__ = "change_approvals"
    __table_args__ = (Index("ix_change_approvals_change_id_id", "change_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    change_id: Mapped[UUID]
    by: Mapped[UUID]
    role: Mapped[Role]
    employer_id: Mapped[str | None] = mapped_column(String(64))
    relatives: Mapped[list[str]]
    note_sealed: Mapped[bytes | None]
    at: Mapped[datetime]
