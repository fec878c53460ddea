"""The clock every process obeys: the machine's time plus an offset that stands in the database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sdc.database import Base, Sessions

REFRESH_SECONDS = 0.5
_THE_ROW = 1
_MICROSECOND = timedelta(microseconds=1)


class ClockOffset(Base):
    """The one row that moves the clock of every process (never in production)."""

    __tablename__ = "clock_offset"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offset_us: Mapped[int] = mapped_column(BigInteger)


class Clock:
    """Tells the program's time. `now` is cheap; whoever runs a process refreshes it from the row."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Tell the instant, in UTC."""
        return machine_now() + self.offset

    async def refresh(self, sessions: Sessions) -> None:
        """Read the offset that stands in the database."""
        async with sessions.read() as session:
            self.offset = await read_offset(session)


def machine_now() -> datetime:
    """Tell the machine's own time: for the age of signatures, and for nothing of the program's."""
    return datetime.now(UTC)


def local_date(at: datetime, time_zone: str) -> date:
    """Tell which day an instant is in a program's time zone."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def local_time(at: datetime, time_zone: str) -> datetime:
    """Tell the wall time of an instant in a program's time zone."""
    return at.astimezone(ZoneInfo(time_zone))


async def read_offset(session: AsyncSession) -> timedelta:
    """Read how far the clock is moved; not at all when no row stands."""
    offset_us = await session.scalar(select(ClockOffset.offset_us).where(ClockOffset.id == _THE_ROW))
    return timedelta(microseconds=offset_us or 0)


async def move_clock(session: AsyncSession, *, by: timedelta) -> timedelta:
    """Move the clock of every process, and answer the whole offset."""
    offset = await read_offset(session) + by
    await session.merge(ClockOffset(id=_THE_ROW, offset_us=offset // _MICROSECOND))
    return offset
