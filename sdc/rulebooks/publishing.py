"""Publish versions: a checked draft by two people, from a day on; and what comes with the service, where nothing stands yet."""

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc import journal
from sdc.errors import ConflictError, InvalidFieldError
from sdc.ids import NAMESPACE, derived_id
from sdc.rulebooks.drafting import Sound, be_alone, draft_version, parent_of
from sdc.rulebooks.model import DraftState, RulebookDraft, RulebookVersion
from sdc.rulebooks.reading import find_draft, load_written, written
from sdc.rulebooks.states import DraftMove, check_draft_move

SHIPPED = Path(__file__).parents[1] / "shipped" / "rulebooks"
FROM_THE_START = date(2000, 1, 1)
"""Since when a shipped rulebook judges: before any program began."""


async def publish_version(
    session: AsyncSession, name: str, version: int, *, effective_from: date | None, today: date, by: UUID, at: datetime
) -> RulebookDraft:
    """Propose a checked draft with its first day, or publish what somebody else proposed.

    Who names another day than was proposed proposes anew. From its first day on the version judges what is asked then, and the one before
    is superseded; what was judged before keeps its version.

    Raises:
        NotFoundError: no such draft.
        WrongStateError: it is not checked, or published already.
        ConflictError: a later version is published, the text reads otherwise than when it was checked, or the same person proposed it.
        InvalidFieldError: no first day, one that is past, or one that is not after the first day of every published version.

    """
    await be_alone(session, name)
    draft = await find_draft(session, name, version)
    check_draft_move(draft, DraftMove.PUBLISH)
    await _refuse_if_overtaken(session, draft)
    loaded = _read_again(draft)
    first_day = effective_from or draft.effective_from
    if first_day is None:
        raise InvalidFieldError("effective_from", "say from which day it judges")
    await _refuse_day(session, name, first_day, today=today)
    if draft.state is DraftState.CHECKED or first_day != draft.effective_from:
        return await _propose(session, draft, first_day, by=by, at=at)
    if draft.proposed_by == by:
        raise ConflictError("you have proposed this version: somebody else has to publish it")
    draft.state = DraftState.PUBLISHED
    draft.published_by = by
    await session.flush()
    session.add(_version(draft, is_abstract=loaded.is_abstract, effective_from=first_day, at=at))
    _journal(session, "rulebook.published", draft, by=by, at=at)
    await session.flush()
    return draft


async def _propose(session: AsyncSession, draft: RulebookDraft, first_day: date, *, by: UUID, at: datetime) -> RulebookDraft:
    draft.state = DraftState.PROPOSED
    draft.effective_from = first_day
    draft.proposed_by = by
    draft.proposed_at = at
    _journal(session, "rulebook.proposed", draft, by=by, at=at)
    await session.flush()
    return draft


def _journal(session: AsyncSession, kind: str, draft: RulebookDraft, *, by: UUID, at: datetime) -> None:
    journal.record(
        session,
        kind,
        subject=draft.id,
        by=by,
        at=at,
        name=draft.name,
        version=draft.version,
        hash=draft.hash,
        effective_from=draft.effective_from,
        proposed_by=draft.proposed_by,
    )


async def _refuse_if_overtaken(session: AsyncSession, draft: RulebookDraft) -> None:
    newest = await session.scalar(select(func.max(RulebookVersion.version)).where(RulebookVersion.name == draft.name))
    if newest is not None and newest > draft.version:
        raise ConflictError(f"version {newest} was published after this was drafted: draft it again on top of that")


def _read_again(draft: RulebookDraft) -> policy.Rulebook:
    loaded = load_written(written(draft))
    if loaded.hash != draft.hash:
        raise ConflictError("this release of the service reads the text otherwise than the one that checked it: draft and check it again")
    return loaded


async def _refuse_day(session: AsyncSession, name: str, first_day: date, *, today: date) -> None:
    if first_day < today:
        raise InvalidFieldError("effective_from", f"this is past: the earliest day is {today}")
    last = await session.scalar(select(func.max(RulebookVersion.effective_from)).where(RulebookVersion.name == name))
    if last is not None and first_day <= last:
        raise InvalidFieldError("effective_from", f"a version judges from {last} on: say a later day")


def _version(draft: RulebookDraft, *, is_abstract: bool, effective_from: date, at: datetime) -> RulebookVersion:
    return RulebookVersion(
        id=draft.id,
        name=draft.name,
        version=draft.version,
        source=draft.source,
        bases=draft.bases,
        hash=draft.hash,
        is_abstract=is_abstract,
        effective_from=effective_from,
        published_at=at,
    )


# ---- what comes with the service ------------------------------------------------------------------


async def publish_shipped(session: AsyncSession, *, folder: Path = SHIPPED, at: datetime) -> list[RulebookVersion]:
    """Store each shipped rulebook that has no version yet, and answer those; a file's name is its rulebook's."""
    texts = _read(folder)
    standing = set(await session.scalars(select(RulebookVersion.name).where(RulebookVersion.name.in_(texts))))
    return [_publish(session, name, texts, at=at) for name in texts if name not in standing]


async def offer_shipped(session: AsyncSession, *, folder: Path = SHIPPED, at: datetime) -> list[RulebookDraft]:
    """Draft each shipped rulebook that decides otherwise than every version and draft there is of it, and answer those.

    A release of the service changes nothing that judges: what it brings is checked and published by people, like any draft.
    """
    texts = _read(folder)
    versions = select(RulebookVersion.name, RulebookVersion.hash).where(RulebookVersion.name.in_(texts))
    drafts = select(RulebookDraft.name, RulebookDraft.hash).where(RulebookDraft.name.in_(texts))
    known = {tuple(row) for row in await session.execute(versions.union(drafts))}
    offered = []
    for name in sorted({name for name, _ in known}):
        sound = _sound(name, texts)
        if (name, sound.loaded.hash) in known:
            continue
        draft_id = derived_id(NAMESPACE, f"rulebook draft {name} {sound.loaded.hash}")
        offered.append(await draft_version(session, sound, id=draft_id, cases=None, fixtures=None, effective_from=None, by=None, at=at))
    return offered


def _read(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}


def _ancestors(name: str, texts: dict[str, str]) -> dict[str, str]:
    """Collect what a rulebook inherits from, so that its stored version stands by itself."""
    found: dict[str, str] = {}
    parent = parent_of(texts[name])
    while parent in texts and parent not in found:
        found[parent] = texts[parent]
        parent = parent_of(texts[parent])
    return found


def _sound(name: str, texts: dict[str, str]) -> Sound:
    bases = _ancestors(name, texts)
    return Sound(policy.load(texts[name], bases=bases, source=name, version=1), texts[name], bases)


def _publish(session: AsyncSession, name: str, texts: dict[str, str], *, at: datetime) -> RulebookVersion:
    sound = _sound(name, texts)
    loaded = sound.loaded
    version = RulebookVersion(
        id=derived_id(NAMESPACE, f"rulebook {loaded.name} {loaded.version} {loaded.hash}"),
        name=loaded.name,
        version=loaded.version,
        source=sound.source,
        bases=dict(sound.bases),
        hash=loaded.hash,
        is_abstract=loaded.is_abstract,
        effective_from=FROM_THE_START,
        published_at=at,
    )
    session.add(version)
    journal.record(session, "rulebook.published", subject=version.id, by=None, at=at, name=name, version=version.version, hash=version.hash)
    return version
