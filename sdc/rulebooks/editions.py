"""Every version of a rulebook as it stands on a day: on its way, judging, or superseded; and who brought it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.errors import NotFoundError
from sdc.rulebooks.model import DraftState, RulebookDraft, RulebookVersion

SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Edition:
    """One version, without its text. Nobody drafted or proposed what came with the service."""

    id: UUID
    name: str
    version: int
    state: str  # draft, checked, proposed, published, superseded
    hash: str
    effective_from: date | None
    superseded_on: date | None
    published_at: datetime | None
    drafted_by: UUID | None
    proposed_by: UUID | None
    published_by: UUID | None


async def read_editions(session: AsyncSession, name: str, *, today: date) -> Sequence[Edition]:
    """Read all versions of a rulebook, the newest first, drafts included."""
    v, d = RulebookVersion, RulebookDraft
    columns = (v.id, v.name, v.version, v.hash, v.effective_from, v.published_at)
    published = (await session.execute(select(*columns).where(v.name == name).order_by(v.effective_from))).all()
    columns = (d.id, d.name, d.version, d.hash, d.effective_from, d.state, d.drafted_by, d.proposed_by, d.published_by)  # type: ignore[assignment]
    drafts = {row.id: row for row in await session.execute(select(*columns).where(d.name == name))}
    found = []
    for row, follower in zip_longest(published, published[1:]):
        draft = drafts.get(row.id)
        superseded_on = None if follower is None else follower.effective_from
        found.append(
            Edition(
                row.id,
                row.name,
                row.version,
                SUPERSEDED if superseded_on is not None and superseded_on <= today else DraftState.PUBLISHED.value,
                row.hash,
                row.effective_from,
                superseded_on,
                row.published_at,
                *((None, None, None) if draft is None else (draft.drafted_by, draft.proposed_by, draft.published_by)),
            )
        )
    found += [
        Edition(
            row.id, row.name, row.version, row.state.value, row.hash, row.effective_from, None, None, row.drafted_by, row.proposed_by, None
        )
        for row in drafts.values()
        if row.state is not DraftState.PUBLISHED
    ]
    return sorted(found, key=lambda one: one.version, reverse=True)


async def read_edition(session: AsyncSession, name: str, version: int, *, today: date) -> Edition:
    """Read one version as it stands.

    Raises:
        NotFoundError: there is none.

    """
    for one in await read_editions(session, name, today=today):
        if one.version == version:
            return one
    raise NotFoundError("rulebook version")
