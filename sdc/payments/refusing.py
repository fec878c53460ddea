"""Count the webhooks that were refused, by kind: nothing of what was in them is looked at, and a flood costs one write a second."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.database import Sessions
from sdc.errors import BusyError
from sdc.payments.bank_model import WebhookRefusal

KINDS = ("forged", "stale", "future", "unreadable", "other_mode", "other_account", "too_large")
FLUSH_EVERY = timedelta(seconds=1)


@dataclass(slots=True)
class Refusals:
    """What one process refused and has not written down yet."""

    waiting: Counter[str] = field(default_factory=Counter)
    flushed_at: datetime | None = None

    def count(self, kind: str, *, machine_at: datetime) -> bool:
        """Count one; says whether it is time to write down what waits."""
        self.waiting[kind] += 1
        return self.flushed_at is None or machine_at - self.flushed_at >= FLUSH_EVERY

    def take(self, *, machine_at: datetime) -> Mapping[str, int]:
        """Hand over what waits, once."""
        taken, self.waiting, self.flushed_at = self.waiting, Counter(), machine_at
        return taken

    def give_back(self, taken: Mapping[str, int]) -> None:
        """Take back what could not be written down."""
        self.waiting.update(taken)


async def flush_refusals(refusals: Refusals, sessions: Sessions, *, machine_at: datetime) -> None:
    """Write down what a process refused; while the database is busy it waits for the next time."""
    if not refusals.waiting:
        return
    taken = refusals.take(machine_at=machine_at)
    try:
        async with sessions.begin() as session:
            await keep_refusals(session, taken, machine_at=machine_at)
    except BusyError:
        refusals.give_back(taken)


async def keep_refusals(session: AsyncSession, counted: Mapping[str, int], *, machine_at: datetime) -> None:
    """Add counts to those of the day."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    for kind, refused in sorted(counted.items()):
        row = insert(WebhookRefusal).values(counted_on=machine_at.date(), kind=kind, refused=refused)
        more = {"refused": WebhookRefusal.refused + row.excluded.refused}
        await session.execute(row.on_conflict_do_update(index_elements=["counted_on", "kind"], set_=more))


async def refusals_by_day(session: AsyncSession, *, days: int) -> Sequence[WebhookRefusal]:
    """Read the counts of the latest `days` on which something was refused, the newest first."""
    newest = select(WebhookRefusal.counted_on).distinct().order_by(WebhookRefusal.counted_on.desc()).limit(days)
    query = select(WebhookRefusal).where(WebhookRefusal.counted_on.in_(newest))
    return (await session.scalars(query.order_by(WebhookRefusal.counted_on.desc(), WebhookRefusal.kind))).all()


async def refusals_in_all(session: AsyncSession) -> dict[str, int]:
    """Add up what was ever refused, by kind; every kind is there."""
    rows = await session.execute(select(WebhookRefusal.kind, func.sum(WebhookRefusal.refused)).group_by(WebhookRefusal.kind))
    return dict.fromkeys(KINDS, 0) | {row[0]: int(row[1]) for row in rows}
