"""Look up everybody: a run goes through all vendors, some at a time, and goes on where it stopped, whoever's worker it is.

A run begins when a list is complete, and whenever somebody asks for one. A vendor who applies, or changes, is looked up at once by
a job of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.errors import BusyError
from sdc.marketplace.screening.asking import ask, load_lists
from sdc.marketplace.screening.recording import record_looks
from sdc.marketplace.screening.subjects import read_subjects
from sdc.outbox.sweeping import each
from vendors import Vendor, VendorState
from vendors.screening import RunState, ScreeningRun

AT_ONCE: Final = 100
"""Vendors in one transaction: well under a second."""


_log = structlog.get_logger("sdc.worker")


async def start_run(session: AsyncSession, *, id: UUID, because: str, by: UUID | None, at: datetime) -> ScreeningRun:
    """Begin a run over all vendors. Those that are on ask older versions, or the same: this one does their work."""
    running = update(ScreeningRun).where(ScreeningRun.state == RunState.RUNNING)
    await session.execute(running.values(state=RunState.REPLACED, ended_at=at).execution_options(synchronize_session=False))
    total = await session.scalar(select(func.count()).select_from(Vendor).where(Vendor.state != VendorState.REJECTED))
    run = ScreeningRun(
        id=id,
        state=RunState.RUNNING,
        because=because,
        cursor=None,
        vendors_total=total or 0,
        vendors_done=0,
        subjects_done=0,
        matches_found=0,
        asked_by=by,
        started_at=at,
        ended_at=None,
    )
    session.add(run)
    journal.record(session, "screening.run_started", subject=id, by=by, at=at, because=because)
    return run


async def running_run(session: AsyncSession) -> UUID | None:
    """Name the run that is on."""
    query = select(ScreeningRun.id).where(ScreeningRun.state == RunState.RUNNING)
    return await session.scalar(query.order_by(ScreeningRun.id.desc()).limit(1))


async def go_on(sessions: Sessions, run_id: UUID, keyring: KeyRing, *, at: datetime) -> int:
    """Look up the next vendors of a run, and end it after the last; answers how many were looked up.

    Where two workers do the same part, both write the same, and one of them moves the run on.
    """
    async with sessions.read() as session:
        run = await session.get_one(ScreeningRun, run_id)
        if run.state is not RunState.RUNNING:
            return 0
        query = select(Vendor.id).where(Vendor.state != VendorState.REJECTED)
        if run.cursor is not None:
            query = query.where(Vendor.id > run.cursor)
        vendor_ids = list(await session.scalars(query.order_by(Vendor.id).limit(AT_ONCE)))
    subjects, questions = await _look_up_all(sessions, vendor_ids, keyring, at=at) if vendor_ids else (0, 0)
    async with sessions.begin() as session:
        moved: dict[str, Any] = {
            "vendors_done": ScreeningRun.vendors_done + len(vendor_ids),
            "subjects_done": ScreeningRun.subjects_done + subjects,
            "matches_found": ScreeningRun.matches_found + questions,
        }
        if vendor_ids:
            moved["cursor"] = vendor_ids[-1]
        else:
            moved |= {"state": RunState.COMPLETE, "ended_at": at}
        same = ScreeningRun.cursor.is_(None) if run.cursor is None else ScreeningRun.cursor == run.cursor
        step = update(ScreeningRun).where(ScreeningRun.id == run_id, ScreeningRun.state == RunState.RUNNING, same)
        await session.execute(step.values(moved).execution_options(synchronize_session=False))
        if not vendor_ids:
            journal.record(session, "screening.run_completed", subject=run_id, by=None, at=at, vendors=run.vendors_done)
    return len(vendor_ids)


async def _look_up_all(sessions: Sessions, vendor_ids: Sequence[UUID], keyring: KeyRing, *, at: datetime) -> tuple[int, int]:
    """Look up some vendors together, and one by one where that fails: one whose record can not be read keeps the others waiting not.

    That one is logged, and stays as little screened as it was.
    """
    try:
        return await look_up(sessions, vendor_ids, keyring, at=at)
    except BusyError:
        raise
    except Exception as error:  # noqa: BLE001 - others wait behind it
        _log.warning("screening_part_failed", error=type(error).__name__)
    found = {"subjects": 0, "questions": 0}

    async def one(vendor_id: UUID) -> bool:
        subjects, questions = await look_up(sessions, [vendor_id], keyring, at=at)
        found["subjects"] += subjects
        found["questions"] += questions
        return True

    await each(vendor_ids, one, sweep="look_up", subject=str)
    return found["subjects"], found["questions"]


async def look_up(sessions: Sessions, vendor_ids: Sequence[UUID], keyring: KeyRing, *, at: datetime) -> tuple[int, int]:
    """Look up some vendors and their people on every list in force; answers how many were, and how many questions that puts.

    Where there is no list nobody is looked up, and nobody counts as screened.
    """
    async with sessions.read() as session:
        lists = await load_lists(session, on=at.date())
        subjects = await read_subjects(session, vendor_ids, keyring) if lists else {}
    if not subjects:
        return 0, 0
    everybody = [subject for of_one in subjects.values() for subject in of_one]
    asked = await ask(lists, everybody)
    async with sessions.begin() as session:
        questions = await record_looks(session, asked, subjects, keyring=keyring, at=at)
    return len(everybody), questions
