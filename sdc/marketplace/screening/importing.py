"""Import an exclusion list: read whole before anything is written, then kept piece by piece, and in force only once all of it is there."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.database import Sessions
from sdc.marketplace.screening.running import start_run
from vendors import ListRefusedError
from vendors.screening import ExclusionEntry, ExclusionList, Listed, ListKind, ListState, current_versions, layouts_of, read_list, text_of

AT_ONCE: Final = 2_000
"""Rows in one transaction: some tens of milliseconds."""
_MANY_ROWS: Final = 1_000
_FEWEST_PERCENT: Final = 80

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to: `is_new` is false where the same file of the same day was there already."""

    list_id: UUID
    rows: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, and what it is said to be: `may_shrink` says that far fewer rows than before are right."""

    content: bytes
    name: str
    list_date: date
    kind: ListKind = ListKind.FULL
    may_shrink: bool = False


async def import_list(
    sessions: Sessions, upload: Upload, *, id: UUID, run_id: UUID, by: UUID | None, at: datetime, progress: Progress
) -> Imported:
    """Import a file, and have everybody looked up on it. What broke off before is taken up where it stopped.

    Nobody is screened against a file before all of it is there; then it replaces what it follows in one step, and the rows that are
    out of force are removed.

    Raises:
        ListRefusedError: it is not such a list (says where), older than the one in force, a change to a list that is not there, or a
            whole list with less than 80 % of the rows of the one in force.

    """
    text = text_of(upload.content)
    sha256 = hashlib.sha256(upload.content).hexdigest()
    rows = sum(1 for _ in _read(upload, text))
    async with sessions.begin() as session:
        file, is_complete = await _open(session, upload, sha256, rows, id=id, by=by, at=at)
    if is_complete:
        return Imported(file.id, file.rows, is_new=False)
    await _keep(sessions, file.id, _read(upload, text), rows, progress)
    async with sessions.begin() as session:
        await _complete(session, file.id, run_id=run_id, by=by, at=at)
    await _remove_what_is_out_of_force(sessions, upload.name)
    return Imported(file.id, rows, is_new=True)


def _read(upload: Upload, text: str) -> Iterable[Listed]:
    return read_list(text, layouts_of(upload.name))


async def _open(
    session: AsyncSession, upload: Upload, sha256: str, rows: int, *, id: UUID, by: UUID | None, at: datetime
) -> tuple[ExclusionList, bool]:
    """Find the file where it was begun or is there already, else begin it."""
    query = select(ExclusionList).where(
        ExclusionList.name == upload.name,
        ExclusionList.kind == upload.kind,
        ExclusionList.list_date == upload.list_date,
        ExclusionList.sha256 == sha256,
    )
    file = await session.scalar(query.order_by(ExclusionList.id.desc()).limit(1))
    if file is not None and file.state is ListState.COMPLETE:
        return file, True
    await _refuse_what_does_not_follow(session, upload, rows)
    if file is None:
        file = ExclusionList(
            id=id,
            name=upload.name,
            list_date=upload.list_date,
            kind=upload.kind,
            state=ListState.IMPORTING,
            rows=rows,
            sha256=sha256,
            imported_by=by,
            imported_at=at,
            completed_at=None,
        )
        session.add(file)
        journal.record(session, "exclusion_list.begun", subject=id, by=by, at=at, list=upload.name, list_date=upload.list_date)
    return file, False


async def _refuse_what_does_not_follow(session: AsyncSession, upload: Upload, rows: int) -> None:
    version = (await current_versions(session)).get(upload.name)
    if version is None:
        if upload.kind is not ListKind.FULL:
            raise ListRefusedError(f"there is no whole list {upload.name} yet that this {upload.kind} could change: import that first")
        return
    whole = await session.get_one(ExclusionList, version.whole_id)
    if upload.list_date < whole.list_date:
        raise ListRefusedError(f"this is of {upload.list_date}, and the list {upload.name} of {whole.list_date} is in force already")
    is_far_fewer = whole.rows >= _MANY_ROWS and rows * 100 < whole.rows * _FEWEST_PERCENT
    if upload.kind is ListKind.FULL and is_far_fewer and not upload.may_shrink:
        raise ListRefusedError(f"this has {rows:,} rows and the list in force {whole.rows:,}: it looks cut off")


async def _keep(sessions: Sessions, file_id: UUID, listed: Iterable[Listed], rows: int, progress: Progress) -> None:
    """Write the rows that are not there yet, some at a time, each piece in a transaction of its own."""
    async with sessions.read() as session:
        done = await _count(session, file_id)
        last = await session.scalar(select(func.max(ExclusionEntry.number)).where(ExclusionEntry.list_id == file_id)) or 0
    done = done if done == last else 0  # rows are missing in between: go through all again
    numbered = islice(enumerate(listed, start=1), done, None)
    progress(done, rows)
    while piece := [_row(file_id, number, one) for number, one in islice(numbered, AT_ONCE)]:
        async with sessions.begin() as session:
            await _insert(session, piece)
        done += len(piece)
        progress(done, rows)


async def _count(session: AsyncSession, file_id: UUID) -> int:
    return await session.scalar(select(func.count()).select_from(ExclusionEntry).where(ExclusionEntry.list_id == file_id)) or 0


async def _insert(session: AsyncSession, piece: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those that another process wrote meanwhile are the same rows."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    await session.execute(insert(ExclusionEntry).on_conflict_do_nothing(), piece)


def _row(file_id: UUID, number: int, one: Listed) -> dict[str, Any]:
    identity = one.identity
    return {
        "list_id": file_id,
        "number": number,
        "key": one.key,
        "case": one.case,
        "last": one.last,
        "first": one.first,
        "middle": one.middle,
        "business": one.business,
        "surname_key": identity.people[0].surname if identity.people else "",
        "business_key": identity.businesses[0].joined if identity.businesses else "",
        "npi": one.npi,
        "born_on": one.born_on,
        "city": one.city,
        "state": one.state,
        "type": one.type,
        "excluded_on": one.excluded_on,
        "reinstated_on": one.reinstated_on,
        "waived_on": one.waived_on,
        "waiver_state": one.waiver_state,
        "ends_on": one.ends_on,
    }


async def _complete(session: AsyncSession, file_id: UUID, *, run_id: UUID, by: UUID | None, at: datetime) -> None:
    file = await session.scalar(select(ExclusionList).where(ExclusionList.id == file_id).with_for_update())
    if file is None or file.state is ListState.COMPLETE:
        return
    if await _count(session, file_id) != file.rows:
        raise ListRefusedError("rows of this list were removed while it was imported, by another import: import it again")
    file.state, file.completed_at = ListState.COMPLETE, at
    journal.record(
        session, "exclusion_list.imported", subject=file.id, by=by, at=at, list=file.name, list_date=file.list_date, rows=file.rows
    )
    await start_run(session, id=run_id, because="list", by=by, at=at)


async def _remove_what_is_out_of_force(sessions: Sessions, name: str) -> None:
    """Remove the rows of files that are in force no more, and of those that were begun and given up; the files stay on record."""
    async with sessions.read() as session:
        version = (await current_versions(session)).get(name)
        kept: frozenset[UUID] = frozenset() if version is None else version.file_ids
        files = await session.scalars(select(ExclusionList.id).where(ExclusionList.name == name))
        old = [file_id for file_id in files if file_id not in kept]
    entry = ExclusionEntry
    for file_id in old:
        while True:
            async with sessions.begin() as session:
                some = select(entry.number).where(entry.list_id == file_id).order_by(entry.number).limit(AT_ONCE)
                numbers = list(await session.scalars(some))
                if numbers:
                    await session.execute(delete(entry).where(entry.list_id == file_id, entry.number <= numbers[-1]))
            if len(numbers) < AT_ONCE:
                break
