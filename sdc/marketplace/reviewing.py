"""Review a vendor: approve, reject, suspend, reinstate, screen, and keep its papers; each change is an event."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc import journal
from sdc.clock import local_date
from sdc.errors import NotFoundError, WrongStateError
from sdc.outbox import enqueue
from sdc.programs.model import Program
from vendors import ClosedMoveError, Screening, ScreeningResult, Vendor

_log = structlog.get_logger("sdc.alarm")


async def review_vendor(session: AsyncSession, vendor: Vendor, move: str, *, reason: str | None = None, by: UUID, at: datetime) -> None:
    """Make one of the moves of a reviewer. The caller has locked the vendor.

    A suspended vendor is not paid either: payments look at its state before they leave.

    Raises:
        WrongStateError: the move is not open now; names those that are.

    """
    with in_words_of_the_application():
        vendors.move_vendor(vendor, move, reason=reason)
    journal.record(session, f"vendor.{vendor.state}", subject=vendor.id, by=by, at=at, move=move)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)


async def screen_vendor(
    session: AsyncSession, vendor: Vendor, *, id: UUID, list: str, list_date: date, result: ScreeningResult, by: UUID, at: datetime
) -> Screening:
    """Record what an exclusion list said. The caller has locked the vendor; bills that wait for this are looked at again.

    A possible match calls a person: until it is decided the vendor's bills wait for a look, and its payments are held.
    """
    today = local_date(at, await time_zone_of(session, vendor))
    screening = await vendors.add_screening(
        session, vendor, id=id, list=list, list_date=list_date, result=result, screened_on=today, screened_by=by
    )
    journal.record(session, "vendor.screened", subject=vendor.id, by=by, at=at, list=list, list_date=list_date, result=result)
    if result is ScreeningResult.POSSIBLE:
        _log.error("alarm", kind="possible_match", subject_id=str(vendor.id), list=list)
        journal.record(session, "alarm.possible_match", subject=vendor.id, by=None, at=at, list=list)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)
    return screening


async def accept_tax_form(session: AsyncSession, vendor: Vendor, *, by: UUID, at: datetime) -> None:
    """Note that the tax form is there. The caller has locked the vendor; bills that wait for it are looked at again."""
    vendors.accept_tax_form(vendor)
    journal.record(session, "vendor.tax_form_accepted", subject=vendor.id, by=by, at=at)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)


@contextmanager
def in_words_of_the_application() -> Iterator[None]:
    """Turn the library's refusal of a move into the application's."""
    try:
        yield
    except ClosedMoveError as error:
        raise WrongStateError("vendor", error.vendor_id, state=error.state, move=error.move, open_moves=error.open_moves) from error


async def time_zone_of(session: AsyncSession, vendor: Vendor) -> str:
    """Tell where a vendor's days begin.

    Raises:
        NotFoundError: the program is gone.

    """
    program = await session.get(Program, vendor.program_id)
    if program is None:
        raise NotFoundError("program", vendor.program_id)
    return program.time_zone
