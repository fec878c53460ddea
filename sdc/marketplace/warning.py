"""Warn of credentials that are over soon: at 60, 30 and 7 days, once each, and no more once there is a renewed one."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.clock import local_date
from sdc.ids import new_id
from sdc.marketplace.credentials import expiring
from sdc.marketplace.events import Actor, note_event
from sdc.marketplace.messages import write_message
from sdc.marketplace.reviewing import time_zone_of
from sdc.outbox.sweeping import each
from sdc.outbox.work import Work
from sdc.programs.model import Program
from vendors import Credential, Vendor

WARN_AT = (60, 30, 7)
"""How many days before the end a vendor is warned. Who is late for one gets the next only."""
AT_ONCE = 100
MOST_READ = 1_000
_A_DAY_AROUND = timedelta(days=1)
"""A day begins this much earlier or later somewhere than in UTC: the query finds a little too much, of which no vendor is locked."""


async def warn_sweep(work: Work) -> int:
    """Write the warnings that are due; answer how many."""
    at = work.clock.now()
    day = at.date() + _A_DAY_AROUND
    due = or_(
        Credential.warned_days.is_(None),
        *(and_(Credential.warned_days > days, Credential.expires_on <= day + timedelta(days=days)) for days in WARN_AT[1:]),
    )
    soon = expiring(today=at.date() - _A_DAY_AROUND, within=WARN_AT[0] + 2 * _A_DAY_AROUND.days).where(due)
    columns = (Credential.id, Credential.expires_on, Credential.warned_days, Program.time_zone)
    around = soon.join(Program, Program.id == Vendor.program_id).with_only_columns(*columns, maintain_column_froms=True)
    async with work.sessions.read() as session:
        rows = (await session.execute(around.limit(MOST_READ))).all()
    found = [one.id for one in rows if _is_due(one.expires_on, one.warned_days, today=local_date(at, one.time_zone))][:AT_ONCE]

    async def warn(credential_id: UUID) -> bool:
        async with work.sessions.begin() as session:
            return await warn_of_expiry(session, credential_id, message_id=new_id(), at=at)

    return await each(found, warn, sweep="warn_of_expiry", subject=str)


async def warn_of_expiry(session: AsyncSession, credential_id: UUID, *, message_id: UUID, at: datetime) -> bool:
    """Tell a vendor that a credential is over soon, when that is due; say whether it was."""
    of_whom = select(Credential.vendor_id).where(Credential.id == credential_id).scalar_subquery()
    vendor = (await session.scalars(select(Vendor).where(Vendor.id == of_whom).with_for_update())).one()
    today = local_date(at, await time_zone_of(session, vendor))
    row = (await session.execute(expiring(today=today, within=WARN_AT[0]).where(Credential.id == credential_id))).one_or_none()
    if row is None:
        return False
    credential: Credential = row[0]
    if not _is_due(credential.expires_on, credential.warned_days, today=today):
        return False
    days_left = (credential.expires_on - today).days
    threshold = _threshold(days_left)
    credential.warned_days = threshold
    note_event(session, vendor, "credential_expires", actor=Actor(), at=at, credential=credential.id, threshold=threshold, days=days_left)
    facts: dict[str, str | int] = {"type": credential.type, "expires_on": credential.expires_on.isoformat(), "days": days_left}
    await write_message(session, vendor, kind="credential_expires", id=message_id, facts=facts, at=at)
    return True


def _is_due(expires_on: date, warned_days: int | None, *, today: date) -> bool:
    """Say whether a vendor has not heard yet how close the end of a credential is."""
    days_left = (expires_on - today).days
    is_soon = 0 <= days_left <= WARN_AT[0]
    return is_soon and (warned_days is None or warned_days > _threshold(days_left))


def _threshold(days_left: int) -> int:
    return min(days for days in WARN_AT if days_left <= days)
