"""Which account at the rail is ours: asked for once a process, so that a webhook of another platform is told from ours at no cost."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from vendors import RailAnswerError
from vendors.rails import Rail

_WITHIN_SECONDS = 5.0
_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class OurAccount:
    """What the rail said, or when it is asked again."""

    account_id: str | None = None
    ask_at: datetime | None = None

    async def learn(self, rail: Rail, *, machine_at: datetime) -> None:
        """Ask the rail, once; while it does not say, once a minute."""
        if self.account_id is None and (self.ask_at is None or self.ask_at <= machine_at):
            self.ask_at = machine_at + _AGAIN_AFTER
            with suppress(RailAnswerError, TimeoutError):
                self.account_id = await asyncio.wait_for(rail.account_id(), _WITHIN_SECONDS)
