"""What every process of the service owns: sessions, clock, keys and the rail, opened together and closed together."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sdc.clock import Clock
from sdc.config import Settings, read_settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.errors import ConfigurationError
from sdc.outbox.work import Work
from vendors.rails import Rail


def settings_here() -> Settings:
    """Read the settings of this process.

    Raises:
        ConfigurationError: some can not be; all are named.

    """
    return read_settings(os.environ)


@asynccontextmanager
async def open_sessions(database_url: str) -> AsyncIterator[Sessions]:
    """Open a database, and close it at the end."""
    sessions = Sessions(database_url)
    try:
        yield sessions
    finally:
        await sessions.close()


@asynccontextmanager
async def open_work(settings: Settings) -> AsyncIterator[Work]:
    """Open what a process works with, and close it at the end."""
    async with open_sessions(settings.database_url) as sessions:
        work = Work(sessions=sessions, clock=Clock(), keyring=KeyRing(settings.secret_keys), settings=settings, rail=_rail_of(settings))
        await work.clock.refresh(sessions)
        await work.rail.open()
        try:
            yield work
        finally:
            await work.rail.aclose()


def _rail_of(settings: Settings) -> Rail:
    """Make the rail that pays: Stripe's own client, pointed at Stripe or at the sandbox.

    Raises:
        ConfigurationError: key, base address and secrets must not be used together.

    """
    from vendors import RailMisconfiguredError
    from vendors.rails.stripe import StripeRail, StripeSettings

    try:
        stripe = StripeSettings(
            api_key=settings.stripe_api_key, api_base=settings.stripe_api_base, webhook_secrets=settings.stripe_webhook_secrets
        )
    except RailMisconfiguredError as error:
        raise ConfigurationError(str(error)) from error
    return StripeRail(stripe)
