"""Take due jobs by lease, and end them under the fence of that lease."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.outbox.model import Job

LEASE = timedelta(seconds=60)
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=10)
_MAX_ERROR_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Leased:
    """A job that is ours until the lease ends; the fence tells a later holder's work from ours."""

    id: UUID
    name: str
    subject_id: UUID
    data: dict[str, Any]
    fence: int
    tries: int


async def lease_jobs(session: AsyncSession, *, limit: int, at: datetime, machine_at: datetime) -> list[Leased]:
    """Lease up to `limit` due jobs that nobody holds, the longest due first.

    What is due goes by the program's clock; how long a lease lasts goes by the machine's, so that a clock that is moved
    never gives a job that is being done to a second worker.
    """
    due = (
        select(Job.id)
        .where(Job.done_at.is_(None), Job.due_at <= at, or_(Job.leased_until.is_(None), Job.leased_until <= machine_at))
        .order_by(Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = (await session.scalars(due)).all()
    if not ids:
        return []
    rows = await session.execute(
        update(Job)
        .where(Job.id.in_(ids))
        .values(leased_until=machine_at + LEASE, fence=Job.fence + 1, tries=Job.tries + 1)
        .returning(Job.id, Job.name, Job.subject_id, Job.data, Job.fence, Job.tries)
        .execution_options(synchronize_session=False)
    )
    return sorted((Leased(*row) for row in rows), key=lambda job: ids.index(job.id))


async def finish_job(session: AsyncSession, job: Leased, *, at: datetime) -> bool:
    """Mark a job done; False when its lease went to somebody else meanwhile (their work counts, ours is a replay)."""
    return await _change(session, job, done_at=at, leased_until=None, last_error=None)


async def postpone_job(session: AsyncSession, job: Leased, *, error: str, at: datetime) -> bool:
    """Give a job back after a failure, to be tried again after a pause that doubles."""
    pause = min(_FIRST_PAUSE * 2 ** min(job.tries - 1, 20), _LONGEST_PAUSE)
    return await _change(session, job, due_at=at + pause, leased_until=None, last_error=error[:_MAX_ERROR_LENGTH])


async def _change(session: AsyncSession, job: Leased, **values: datetime | str | None) -> bool:
    changed = await session.execute(
        update(Job)
        .where(Job.id == job.id, Job.fence == job.fence, Job.done_at.is_(None))
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None
