"""Write events: one call in every verb, one row in the same transaction."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc.database import Sessions
from sdc.ids import new_id
from sdc.journal.model import Event

Fact = UUID | StrEnum | date | datetime | int | str | bool | None


def record(session: AsyncSession, kind: str, *, subject: UUID | None, by: UUID | None, at: datetime, **facts: Fact) -> None:
    """Record that something happened to `subject`, done by `by` (None: the program itself).

    `facts` are ids, states, dates and cents; a name, a goal or free text has no place here.
    """
    session.add(Event(id=new_id(), at=at, kind=kind, subject_id=subject, by=by, data=plain_facts(facts)))


async def record_view(sessions: Sessions, kind: str, *, subject: UUID | None, by: UUID, at: datetime, **facts: Fact) -> None:
    """Record that a person's record was seen, in a short transaction of its own, before the answer leaves."""
    async with sessions.begin() as session:
        record(session, kind, subject=subject, by=by, at=at, **facts)


def plain_facts(facts: Mapping[str, Fact]) -> dict[str, str | int | bool | None]:
    """Write facts as JSON has them."""
    return {name: _plain_fact(fact) for name, fact in facts.items()}


def _plain_fact(fact: Fact) -> str | int | bool | None:
    if isinstance(fact, StrEnum):
        return fact.value
    if isinstance(fact, date):
        return fact.isoformat()
    return str(fact) if isinstance(fact, UUID) else fact
