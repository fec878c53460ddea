"""Ask the lists in force about vendors and their people; the lists stay in memory for as long as they are in force."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc.marketplace.screening.subjects import Subject
from vendors.screening import Found, ListedRow, ListIndex, ListVersion, current_versions, load_rows

_loaded: dict[tuple[UUID, date], ListIndex[ListedRow]] = {}
"""By version and day: a row may end, or a reinstatement begin to hold, with the day."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A version of a list, and what it said of each subject that it may name (in `rows`); of all others it said nothing."""

    version: ListVersion
    rows: Mapping[UUID, Sequence[Found[ListedRow]]]


async def load_lists(session: AsyncSession, *, on: date) -> list[tuple[ListVersion, ListIndex[ListedRow]]]:
    """Load every list in force, from memory where it is known."""
    versions = [version for _, version in sorted((await current_versions(session)).items())]
    for old in _loaded.keys() - {(version.id, on) for version in versions}:
        _loaded.pop(old, None)
    lists = []
    for version in versions:
        known = _loaded.get((version.id, on))
        if known is None:
            known = await asyncio.to_thread(ListIndex, await load_rows(session, version, on=on))
            _loaded[version.id, on] = known
        lists.append((version, known))
    return lists


async def ask(lists: Sequence[tuple[ListVersion, ListIndex[ListedRow]]], subjects: Sequence[Subject]) -> list[Asked]:
    """Ask each list about each subject, beside the event loop."""
    return await asyncio.to_thread(_ask, lists, subjects)


def _ask(lists: Sequence[tuple[ListVersion, ListIndex[ListedRow]]], subjects: Sequence[Subject]) -> list[Asked]:
    return [
        Asked(version, {subject.id: found for subject in subjects if (found := index.find(subject.identity))}) for version, index in lists
    ]
