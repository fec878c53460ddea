"""Draft the next version of a rulebook: its text is read at once, and what can not be used is refused with its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import yaml
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc import journal
from sdc.errors import Mistake, RulebookRefusedError
from sdc.rulebooks.model import DraftState, RulebookDraft, RulebookVersion
from sdc.rulebooks.reading import refused

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LOCK_SPACE = 7_301_944


@dataclass(frozen=True, slots=True)
class Sound:
    """A text that loads, with the texts that it inherits from."""

    loaded: policy.Rulebook
    source: str
    bases: Mapping[str, str]


def read_sound(name: str, source: str, published: Mapping[str, policy.Written]) -> Sound:
    """Read the text of a rulebook that may inherit from any of `published`; each of those stands with its own bases.

    Raises:
        RulebookRefusedError: it can not be used, or is called otherwise.

    """
    file = f"{name}.yaml"
    loaded = _load(source, {one: written.text for one, written in published.items()}, file)
    if loaded.name != name:
        wrong = Mistake(file, _line_of_name(source), f"it is called {loaded.name}", f"rulebook: {name}")
        raise RulebookRefusedError([wrong])
    parent = parent_of(source)
    if parent is None:
        return Sound(loaded, source, {})
    bases = {parent: published[parent].text, **published[parent].bases}
    return Sound(_load(source, bases, file), source, bases)


def parent_of(text: str) -> str | None:
    """Tell from which rulebook a text inherits; only of one that has been read strictly: YAML's own reading lets texts grow without end."""
    parent: str | None = yaml.load(text, Loader=_LOADER).get("inherits")  # noqa: S506 - safe, and ten times as fast as the other safe one
    return parent


async def draft_version(
    session: AsyncSession,
    sound: Sound,
    *,
    id: UUID,
    cases: str | None,
    fixtures: str | None,
    effective_from: date | None,
    by: UUID | None,
    at: datetime,
) -> RulebookDraft:
    """Keep a text as the draft of the next version of its rulebook. Without cases of its own it has to pass those of the version before.

    Nothing that judges changes. `effective_from` may also be said when it is proposed.
    """
    name = sound.loaded.name
    await be_alone(session, name)
    if cases is None:
        cases, fixtures = await _cases_before(session, name)
    draft = RulebookDraft(
        id=id,
        name=name,
        version=await _next_number(session, name),
        source=sound.source,
        bases=dict(sound.bases),
        hash=sound.loaded.hash,
        cases=cases,
        fixtures=fixtures,
        state=DraftState.DRAFT,
        report=None,
        effective_from=effective_from,
        drafted_by=by,
        drafted_at=at,
        checked_by=None,
        checked_at=None,
        proposed_by=None,
        proposed_at=None,
        published_by=None,
    )
    session.add(draft)
    journal.record(session, "rulebook.drafted", subject=id, by=by, at=at, name=name, version=draft.version, hash=draft.hash)
    await session.flush()
    return draft


async def be_alone(session: AsyncSession, name: str) -> None:
    """Wait until nobody else drafts or publishes this rulebook; on SQLite one writes at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, func.hashtext(name))))


def _load(source: str, bases: Mapping[str, str], file: str) -> policy.Rulebook:
    try:
        return policy.load(source, bases=bases, source=file)
    except policy.RulebookError as error:
        raise refused(error) from error


def _line_of_name(source: str) -> int | None:
    return next((number for number, line in enumerate(source.splitlines(), 1) if line.startswith("rulebook:")), None)


async def _next_number(session: AsyncSession, name: str) -> int:
    drafted = await session.scalar(select(func.max(RulebookDraft.version)).where(RulebookDraft.name == name))
    published = await session.scalar(select(func.max(RulebookVersion.version)).where(RulebookVersion.name == name))
    return max(drafted or 0, published or 0) + 1


async def _cases_before(session: AsyncSession, name: str) -> tuple[str | None, str | None]:
    """Take the cases that the newest published version was checked by."""
    query = (
        select(RulebookDraft.cases, RulebookDraft.fixtures)
        .where(RulebookDraft.name == name, RulebookDraft.state == DraftState.PUBLISHED)
        .order_by(RulebookDraft.version.desc())
        .limit(1)
    )
    before = (await session.execute(query)).one_or_none()
    return (None, None) if before is None else (before.cases, before.fixtures)
