"""A notice: what a member is told in writing about a no, and until when it can be appealed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base


class NoticeKind(StrEnum):
    """Why the notice was written."""

    DENIAL = "denial"
    DECLINE = "decline"


class Notice(Base):
    """The five parts that 42 CFR 431.210 asks for, in both languages, kept sealed as they were on the day.

    `text_sealed` holds {en: {action_and_date, reasons, rule_citation, hearing_right, continuation_explained}, es: {...}};
    the reason of a decline is somebody's own words about a person.
    """

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_member_id_id", "member_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    subject_id: Mapped[UUID]
    kind: Mapped[NoticeKind]
    issued_on: Mapped[date]
    appeal_by: Mapped[date]
    text_sealed: Mapped[bytes]
    created_at: Mapped[datetime]
