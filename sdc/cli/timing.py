"""The program's time: shown, and moved by a row that every process obeys within a second."""

from datetime import datetime, timedelta

from sdc.cli.process import open_sessions
from sdc.clock import machine_now, move_clock, read_offset
from sdc.config import Settings
from sdc.errors import ConfigurationError


async def show(settings: Settings) -> str:
    """Tell the program's time and how far it is from the machine's."""
    async with open_sessions(settings.database_url) as sessions, sessions.read() as session:
        return _say(await read_offset(session))


async def move(settings: Settings, *, by: timedelta) -> str:
    """Move the program's time.

    Raises:
        ConfigurationError: this is production.

    """
    if settings.is_production:
        raise ConfigurationError("the clock is not moved in production")
    async with open_sessions(settings.database_url) as sessions, sessions.begin() as session:
        offset = await move_clock(session, by=by)
    return _say(offset)


def _say(offset: timedelta) -> str:
    now: datetime = machine_now() + offset
    moved = f"moved by {offset}" if offset else "the machine's own time"
    return f"{now.isoformat(timespec='seconds').replace('+00:00', 'Z')} ({moved})"
