"""Lists grow old: a new one comes every month, and somebody is called when none did."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.journal import Event
from vendors.screening import ListVersion, current_versions

RENEWED_WITHIN: Final = timedelta(days=35)
"""A month and some days: ten days before a list is too old to count."""
_ALARM: Final = "exclusion_list_aged"


async def find_aged_lists(session: AsyncSession, *, on: date) -> list[ListVersion]:
    """Find lists in force that should have been renewed by now and that nobody was called for yet."""
    aged = [version for version in (await current_versions(session)).values() if on - version.list_date > RENEWED_WITHIN]
    told = select(Event.subject_id).where(Event.subject_id.in_([version.id for version in aged]), Event.kind == f"alarm.{_ALARM}")
    known = set(await session.scalars(told)) if aged else set()
    return [version for version in aged if version.id not in known]


async def tell_of_aged_lists(session: AsyncSession, aged: Sequence[ListVersion], *, at: datetime) -> None:
    """Call a person, once for each version."""
    for version in aged:
        journal.raise_alarm(session, _ALARM, subject=version.id, at=at, list=version.name, list_date=version.list_date.isoformat())
