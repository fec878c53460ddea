"""Which version of a rulebook judges on a day, and that version made ready to be asked."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

import policy
from sdc.errors import NotFoundError
from sdc.rulebooks.model import RulebookVersion

_compiled: dict[UUID, policy.Rulebook] = {}
"""What this process has loaded: a version never changes, and its id names its content."""


def version_in_force(name: InstrumentedAttribute[str] | str, on: ColumnElement[date] | date) -> Select[UUID]:
    """Select the id of the version of rulebook `name` that judges on a day; to be embedded by `.scalar_subquery()`."""
    version = aliased(RulebookVersion)
    return (
        select(version.id)
        .where(version.name == name, version.effective_from <= on)
        .order_by(version.effective_from.desc(), version.version.desc())
        .limit(1)
    )


async def compiled(session: AsyncSession, version_id: UUID) -> policy.Rulebook:
    """Load a stored version, once in the life of a process.

    Raises:
        NotFoundError: no such version.

    """
    known = _compiled.get(version_id)
    if known is not None:
        return known
    stored = await session.get(RulebookVersion, version_id)
    if stored is None:
        raise NotFoundError("rulebook version", version_id)
    loaded = policy.load(stored.source, bases=stored.bases, source=stored.name, version=stored.version)
    return _compiled.setdefault(version_id, loaded)


def newest_versions() -> Select[RulebookVersion]:
    """Select the newest version of each rulebook."""
    later = aliased(RulebookVersion)
    is_older = select(later.id).where(later.name == RulebookVersion.name, later.version > RulebookVersion.version).exists()
    return select(RulebookVersion).where(~is_older)


def versions_of(name: str) -> Select[RulebookVersion]:
    """Select the versions of a rulebook."""
    return select(RulebookVersion).where(RulebookVersion.name == name)


async def require_rulebook(session: AsyncSession, name: str) -> None:
    """Refuse a name that no rulebook has.

    Raises:
        NotFoundError: there is none.

    """
    if await session.scalar(select(RulebookVersion.id).where(RulebookVersion.name == name).limit(1)) is None:
        raise NotFoundError("rulebook")


async def find_version(session: AsyncSession, name: str, version: int) -> RulebookVersion:
    """Find one version of a rulebook.

    Raises:
        NotFoundError: there is none.

    """
    stored = await session.scalar(versions_of(name).where(RulebookVersion.version == version))
    if stored is None:
        raise NotFoundError("rulebook version")
    return stored
