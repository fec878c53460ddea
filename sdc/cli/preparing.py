"""Prepare a database: its tables, its clock, the shipped rulebooks."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import migrations
from sdc.auth.principal import PrincipalRow
from sdc.cli.failing import step
from sdc.cli.process import open_sessions
from sdc.clock import ClockOffset, machine_now, move_clock, read_offset
from sdc.config import Settings
from sdc.errors import ConfigurationError
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.publishing import offer_shipped, publish_shipped


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was done to a database."""

    revision: str
    rulebooks: Sequence[str]
    """The rulebooks that were published just now, by name and version."""
    offered: Sequence[str]
    """The ones that this release brings and that people have to check and publish first."""


async def prepare(settings: Settings) -> Prepared:
    """Bring the database up to date, start its clock where it is empty, and publish the shipped rulebooks.

    Raises:
        ClickException: a step failed; says which and why.

    """
    with step("bringing the database up to date"):
        await migrations.upgrade(settings.database_url)
    with step("publishing the shipped rulebooks"):
        try:
            published, offered = await _begin(settings)
        except IntegrityError:  # somebody else did so at the same moment: what they left stands
            published, offered = await _begin(settings)
    return Prepared(migrations.newest_revision(), published, offered)


async def _begin(settings: Settings) -> tuple[list[str], list[str]]:
    """Start the clock and publish the rulebooks, as far as nobody has; answers what was published and what is offered as a draft."""
    async with open_sessions(settings.database_url) as sessions, sessions.begin() as session:
        await _start_clock(session, settings)
        at = machine_now() + await read_offset(session)
        versions = await publish_shipped(session, at=at)
        await session.flush()
        drafts = await offer_shipped(session, at=at)
        return ([f"{one.name} version {one.version}" for one in versions], [f"{one.name} version {one.version}" for one in drafts])


async def be_ready(settings: Settings) -> None:
    """Let a process start: while developing, on a database it prepares itself; in production, on one that an operator has.

    Raises:
        ConfigurationError: in production, the database is not of this program's revision, or its clock is moved.

    """
    if not settings.is_production:
        if not await _is_prepared(settings):
            await prepare(settings)
        return
    found = await migrations.current_revision(settings.database_url)
    if found != migrations.newest_revision():
        message = f"the database is at revision {found}, this program needs {migrations.newest_revision()}: run `sdc db upgrade` first"
        raise ConfigurationError(message)
    async with open_sessions(settings.database_url) as sessions, sessions.read() as session:
        if await read_offset(session):
            raise ConfigurationError("the clock of this database is moved, which production refuses")


async def _is_prepared(settings: Settings) -> bool:
    """Say whether nothing is left to prepare: the newest tables, and rulebooks in them."""
    if await migrations.current_revision(settings.database_url) != migrations.newest_revision():
        return False
    async with open_sessions(settings.database_url) as sessions, sessions.read() as session:
        return await session.scalar(select(RulebookVersion.id).limit(1)) is not None


async def _start_clock(session: AsyncSession, settings: Settings) -> None:
    """Let the program's time begin where SDC_CLOCK_START says, when nobody has used the database yet."""
    if settings.clock_start is None or await session.scalar(select(or_(exists(select(PrincipalRow.id)), exists(select(ClockOffset.id))))):
        return
    await move_clock(session, by=settings.clock_start - machine_now())
