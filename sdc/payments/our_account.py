"""Which account at the rail is ours: asked for once a process, so that a webhook of another platform is told from ours at no cost."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from vendors import RailAnswerError
from vendors.rails import Rail

_WITHIN_SECONDS = 2.0
_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class OurAccount:
    """What the rail said, or when it is asked again."""

    account_id: str | None = None
    ask_at: datetime | None = None

    async def id_at(self, rail: Rail, *, machine_at: datetime) -> str | None:
        """Name our account; nothing while the rail does not say, and it is not asked at every event then."""
        if self.account_id is None and (self.ask_at is None or self.ask_at <= machine_at):
            self.ask_at = machine_at + _AGAIN_AFTER
            try:
                self.account_id = await asyncio.wait_for(rail.account_id(), _WITHIN_SECONDS)
            except (RailAnswerError, TimeoutError):
                return None
        return self.account_id
