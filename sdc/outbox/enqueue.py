"""Write a job in the transaction of what it follows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc.ids import new_id
from sdc.outbox.model import Job


def enqueue(session: AsyncSession, name: str, subject_id: UUID, *, at: datetime, data: dict[str, Any] | None = None) -> None:
    """Have the job `name` done for `subject_id` once this transaction is committed and `at` has come."""
    session.add(
        Job(
            id=new_id(),
            name=name,
            subject_id=subject_id,
            data=data or {},
            due_at=at,
            leased_until=None,
            fence=0,
            tries=0,
            done_at=None,
            last_error=None,
        )
    )
