"""What a person must look at: an event in the journal and a line in the log, with ids only."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.journal.recording import record

_log = structlog.get_logger("sdc.alarm")


def raise_alarm(session: AsyncSession, kind: str, *, subject: UUID | None, at: datetime, **facts: UUID | int | str) -> None:
    """Call a person: `facts` are ids, numbers and codes."""
    record(session, f"alarm.{kind}", subject=subject, by=None, at=at, **facts)
    _log.error("alarm", kind=kind, subject_id=str(subject) if subject else None, **{name: str(fact) for name, fact in facts.items()})
