"""The application in this process: real routes, a real database, a clock that stands where the test says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
from litestar import Litestar

from sdc.app import create_app, stand_on
from sdc.auth.principal import PrincipalRow, Role, enrol
from sdc.auth.tokens import DEFAULT_LIFE, issue_token, new_token_text
from sdc.clock import Clock
from sdc.config import Settings, read_settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.outbox.work import Work

NOON = datetime(2026, 10, 15, 16, 0, tzinfo=UTC)
"""Noon in Florida on the day the story starts."""


class StandingClock(Clock):
    """A clock that moves only when a test moves it."""

    def __init__(self, at: datetime = NOON) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        """Tell where it stands."""
        return self.at

    def move(self, **by: float) -> datetime:
        """Move it, as `sdc clock move` would."""
        self.at += timedelta(**by)
        return self.at

    async def refresh(self, sessions: Sessions) -> None:
        """Stay: the test is the only one who moves it."""


@dataclass(slots=True)
class Serving:
    """One application under test and what it stands on."""

    app: Litestar
    http: httpx.AsyncClient
    sessions: Sessions
    clock: StandingClock
    settings: Settings
    keyring: KeyRing
    work: Work

    async def token(self, role: Role, subject: UUID | None = None) -> str:
        """Issue a token for somebody, who is enrolled first when nobody knows them."""
        subject = subject or new_id()
        text, at = new_token_text(), self.clock.now()
        async with self.sessions.begin() as session:
            if await session.get(PrincipalRow, subject) is None:
                enrol(session, subject, role=role, at=at)
                await session.flush()
            await issue_token(session, subject, id=new_id(), text=text, role=role, expires_at=at + DEFAULT_LIFE, by=None, at=at)
        return text

    async def get(self, path: str, token: str | None = None, **parameters: Any) -> httpx.Response:
        """Read over HTTP."""
        return await self.http.get(path, params=parameters or None, headers=bearer(token))

    async def post(
        self, path: str, body: Any = None, token: str | None = None, *, key: str | None = None, language: str = "en"
    ) -> httpx.Response:
        """Post over HTTP, with a fresh key unless one is given."""
        headers = {**bearer(token), "Idempotency-Key": key or uuid4().hex, "Accept-Language": language}
        return await self.http.post(path, json={} if body is None else body, headers=headers)


def bearer(token: str | None) -> dict[str, str]:
    """Write the header of a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


@asynccontextmanager
async def serving(
    url: str, *, rail: Any = None, at: datetime = NOON, raise_faults: bool = False, **settings: str
) -> AsyncIterator[Serving]:
    """Serve the application on a database; no worker runs unless the test drains it."""
    environment = {f"SDC_{name.upper()}": value for name, value in settings.items()}
    read = read_settings({"SDC_DATABASE_URL": url, "SDC_SENDER_RATE": "0", **environment})
    sessions, clock = Sessions(url), StandingClock(at)
    app = _an_app(read)
    stand_on(app, Work(sessions=sessions, clock=clock, keyring=KeyRing(read.secret_keys), settings=read, rail=rail))
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=raise_faults)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://sdc.test") as http:
            yield Serving(app, http, sessions, clock, read, KeyRing(read.secret_keys), app.state.work)
    finally:
        _FREE_APPS.append(app)
        await sessions.close()


_FREE_APPS: list[Litestar] = []


def _an_app(settings: Settings) -> Litestar:
    """Take an application that no test uses now: to build one takes half a second, to put it on another database nothing."""
    if _FREE_APPS:
        return _FREE_APPS.pop()
    nothing: Any = None
    return create_app(settings, sessions=Sessions(settings.database_url), clock=StandingClock(), rail=nothing)
