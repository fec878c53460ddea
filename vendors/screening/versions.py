"""Which version of each list is in force, and its rows: the newest whole list, what was added to it, less what was taken off."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncSession

from vendors.screening.identity import Identity, identify_listed
from vendors.screening.model import ExclusionEntry, ExclusionList, ListKind, ListState

_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class ListVersion:
    """A list as it stands: the file by which it is known (the newest), its day, and every file that it is made of."""

    name: str
    id: UUID
    list_date: date
    whole_id: UUID
    added_ids: tuple[UUID, ...] = ()
    taken_off_ids: tuple[UUID, ...] = ()

    @property
    def file_ids(self) -> frozenset[UUID]:
        """Every file that it is made of."""
        return frozenset({self.whole_id, *self.added_ids, *self.taken_off_ids})


@dataclass(frozen=True, slots=True)
class ListedRow:
    """What is kept in memory of a row: enough to know it again, to show it, and to say what it may not do by itself."""

    key: str
    has_waiver: bool
    place: tuple[UUID, int]


async def current_versions(session: AsyncSession) -> dict[str, ListVersion]:
    """Tell which version of each list is in force. A list of which no whole file is complete is not there."""
    query = select(ExclusionList).where(ExclusionList.state == ListState.COMPLETE).order_by(ExclusionList.list_date, ExclusionList.id)
    files: dict[str, list[ExclusionList]] = {}
    for file in await session.scalars(query):
        files.setdefault(file.name, []).append(file)
    found = {}
    for name, known in files.items():
        whole = next((file for file in reversed(known) if file.kind is ListKind.FULL), None)
        if whole is not None:
            later = [file for file in known if file.kind is not ListKind.FULL and _is_later(file, whole)]
            newest = max([whole, *later], key=lambda file: (file.list_date, file.id))
            found[name] = ListVersion(
                name=name,
                id=newest.id,
                list_date=newest.list_date,
                whole_id=whole.id,
                added_ids=tuple(file.id for file in later if file.kind is ListKind.SUPPLEMENT),
                taken_off_ids=tuple(file.id for file in later if file.kind is ListKind.REINSTATEMENT),
            )
    return found


def _is_later(file: ExclusionList, whole: ExclusionList) -> bool:
    """Say whether a file changes a whole list: of a later day, or of the same day and imported after it."""
    return (file.list_date, file.id) > (whole.list_date, whole.id)


async def load_rows(session: AsyncSession, version: ListVersion, *, on: date) -> list[tuple[ListedRow, Identity]]:
    """Load the rows of a version that exclude on a day, for an index. Rows taken off do not."""
    taken_off = await _cases(session, version.taken_off_ids)
    rows: list[tuple[ListedRow, Identity]] = []
    for file_id in (version.whole_id, *version.added_ids):
        after = 0
        while page := await _page(session, file_id, after):
            after = page[-1]["number"]
            holding = [row for row in page if row["case"] not in taken_off and _holds_on(row, on)]
            rows += await asyncio.to_thread(lambda: [_asked(row) for row in holding])  # noqa: B023 - awaited here
    return rows


async def read_rows(session: AsyncSession, rows: Collection[ListedRow]) -> dict[str, dict[str, Any]]:
    """Read rows as they were published, by key."""
    found = {}
    for row in rows:
        entry = await session.get(ExclusionEntry, row.place)
        if entry is not None:
            found[row.key] = published(entry)
    return found


def published(entry: ExclusionEntry) -> dict[str, Any]:
    """Show a row as it was published, as JSON."""
    names = ("last", "first", "middle", "business", "npi", "born_on", "city", "state", "type", "excluded_on", "waived_on", "waiver_state")
    values = {name: getattr(entry, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items() if value}


async def _page(session: AsyncSession, file_id: UUID, after: int) -> Sequence[RowMapping]:
    table = ExclusionEntry.__table__
    query = select(table).where(table.c.list_id == file_id, table.c.number > after).order_by(table.c.number).limit(_AT_ONCE)
    return (await session.execute(query)).mappings().all()


async def _cases(session: AsyncSession, file_ids: Collection[UUID]) -> frozenset[str]:
    if not file_ids:
        return frozenset()
    return frozenset(await session.scalars(select(ExclusionEntry.case).where(ExclusionEntry.list_id.in_(file_ids))))


def _holds_on(row: RowMapping, on: date) -> bool:
    reinstated_on, ends_on = row["reinstated_on"], row["ends_on"]
    return (reinstated_on is None or reinstated_on > on) and (ends_on is None or ends_on >= on)


def _asked(row: RowMapping) -> tuple[ListedRow, Identity]:
    identity = identify_listed(
        last=row["last"],
        first=row["first"],
        middle=row["middle"],
        business=row["business"],
        npi=row["npi"],
        born_on=row["born_on"],
        state=row["state"],
        city=row["city"],
    )
    kept = ListedRow(key=row["key"], has_waiver=row["waived_on"] is not None, place=(row["list_id"], row["number"]))
    return kept, identity
