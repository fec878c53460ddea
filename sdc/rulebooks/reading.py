"""Which version of a rulebook judges on a day, and that version made ready to be asked."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

import policy
from sdc.errors import Mistake, NotFoundError, RulebookRefusedError
from sdc.rulebooks.model import RulebookDraft, RulebookVersion

_compiled: dict[UUID, policy.Rulebook] = {}
"""What this process has loaded: a version never changes, and its id names its content."""
_between: dict[tuple[UUID, UUID], policy.Rulebook] = {}
"""The same, of one version with what a newer one says about what still waits."""


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
    stored = await _find(session, version_id)
    loaded = policy.load(stored.source, bases=stored.bases, source=stored.name, version=stored.version)
    return _compiled.setdefault(version_id, loaded)


async def compiled_between(session: AsyncSession, judged_by: UUID, in_force: UUID) -> policy.Rulebook:
    """Load what decides today about something that the version `judged_by` judged first (docs/decisions/0009), once in a process.

    Raises:
        NotFoundError: no such version.

    """
    if judged_by == in_force:
        return await compiled(session, in_force)
    known = _between.get((judged_by, in_force))
    if known is not None:
        return known
    older, newer = await _find(session, judged_by), await _find(session, in_force)
    return _between.setdefault((judged_by, in_force), policy.load_between(written(older), written(newer)))


async def compiled_since(session: AsyncSession, judged_by: int, in_force: policy.Rulebook) -> policy.Rulebook:
    """Load what decides today about something that version number `judged_by` of the rulebook in force judged first.

    Raises:
        NotFoundError: no such version.

    """
    if judged_by == in_force.version:
        return in_force
    older, newer = [(await find_version(session, in_force.name, number)).id for number in (judged_by, in_force.version)]
    return await compiled_between(session, older, newer)


def written(version: RulebookVersion | RulebookDraft) -> policy.Written:
    """Give a version as it was written."""
    return policy.Written(version.source, version.bases, version.name, version.version)


async def _find(session: AsyncSession, version_id: UUID) -> RulebookVersion:
    stored = await session.get(RulebookVersion, version_id)
    if stored is None:
        raise NotFoundError("rulebook version", version_id)
    return stored


def newest_versions() -> Select[RulebookVersion]:
    """Select the newest version of each rulebook."""
    later = aliased(RulebookVersion)
    is_older = select(later.id).where(later.name == RulebookVersion.name, later.version > RulebookVersion.version).exists()
    return select(RulebookVersion).where(~is_older)


def versions_of(name: str) -> Select[RulebookVersion]:
    """Select the published versions of a rulebook."""
    return select(RulebookVersion).where(RulebookVersion.name == name)


async def published_in_force(session: AsyncSession, on: date) -> dict[str, policy.Written]:
    """Read every rulebook in the version that judges on a day, by its name: what a draft may inherit from."""
    later = aliased(RulebookVersion)
    is_followed = select(later.id).where(
        later.name == RulebookVersion.name, later.effective_from > RulebookVersion.effective_from, later.effective_from <= on
    )
    query = select(RulebookVersion).where(RulebookVersion.effective_from <= on, ~is_followed.exists())
    return {one.name: written(one) for one in await session.scalars(query)}


async def require_rulebook(session: AsyncSession, name: str) -> None:
    """Refuse a name that no rulebook has, not even as a draft.

    Raises:
        NotFoundError: there is none.

    """
    names = select(RulebookVersion.name).union(select(RulebookDraft.name)).subquery()
    if await session.scalar(select(names.c.name).where(names.c.name == name).limit(1)) is None:
        raise NotFoundError("rulebook")


async def find_version(session: AsyncSession, name: str, version: int) -> RulebookVersion:
    """Find one published version of a rulebook.

    Raises:
        NotFoundError: there is none.

    """
    stored = await session.scalar(versions_of(name).where(RulebookVersion.version == version))
    if stored is None:
        raise NotFoundError("rulebook version")
    return stored


async def find_draft(session: AsyncSession, name: str, version: int) -> RulebookDraft:
    """Find one draft of a rulebook, published or not; who changes it holds its rulebook (`be_alone`).

    Raises:
        NotFoundError: there is none, or the version came with the service and was never a draft.

    """
    query = select(RulebookDraft).where(RulebookDraft.name == name, RulebookDraft.version == version)
    draft = await session.scalar(query.execution_options(populate_existing=True))
    if draft is None:
        raise NotFoundError("draft of a rulebook")
    return draft


async def find_written(session: AsyncSession, name: str, version: int) -> RulebookVersion | RulebookDraft:
    """Find one version of a rulebook, or the draft of one that is not published yet.

    Raises:
        NotFoundError: there is neither.

    """
    stored = await session.scalar(versions_of(name).where(RulebookVersion.version == version))
    return stored or await find_draft(session, name, version)


async def find_draft_of(session: AsyncSession, version_id: UUID) -> RulebookDraft | None:
    """Find the draft that a version was or will be published from; None for what came with the service."""
    return await session.get(RulebookDraft, version_id)


async def find_changed(session: AsyncSession, name: str, version: int, named: int | None) -> RulebookVersion | RulebookDraft:
    """Find the version to compare with: the one that is named, else the published one before.

    Raises:
        NotFoundError: there is none.

    """
    if named is not None:
        return await find_written(session, name, named)
    query = versions_of(name).where(RulebookVersion.version < version).order_by(RulebookVersion.version.desc()).limit(1)
    before = await session.scalar(query)
    if before is None:
        raise NotFoundError("rulebook version before this one")
    return before


async def written_versions(session: AsyncSession, name: str) -> list[policy.Written]:
    """Read every published version of a rulebook as it was written."""
    return [written(one) for one in await session.scalars(versions_of(name).order_by(RulebookVersion.version))]


async def loaded(session: AsyncSession, stored: RulebookVersion | RulebookDraft) -> policy.Rulebook:
    """Load a version, or a draft, which this process does not keep."""
    if isinstance(stored, RulebookVersion):
        return await compiled(session, stored.id)
    return load_written(written(stored))


def load_written(text: policy.Written) -> policy.Rulebook:
    """Load what was written.

    Raises:
        RulebookRefusedError: it can not be used, or not any more: a release of the service may read a text otherwise than the one before.

    """
    try:
        return policy.load(text.text, bases=text.bases, source=text.source, version=text.version)
    except policy.RulebookError as error:
        raise refused(error) from error


def refused(error: policy.RulebookError) -> RulebookRefusedError:
    """Say as a refusal what the policy says of a text: every mistake it names."""
    return RulebookRefusedError([Mistake(one.source, one.line, one.problem, one.expected) for one in error.problems])
