"""Review a vendor: approve, reject, suspend, reinstate, screen, and take its tax form as seen; each change is an event."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc import journal
from sdc.auth.principal import Role
from sdc.clock import local_date
from sdc.errors import ConflictError, NotFoundError, WrongStateError
from sdc.marketplace.events import Actor, note_event, note_exclusion
from sdc.marketplace.messages import write_message
from sdc.marketplace.tax_forms import newest_tax_form
from sdc.outbox import enqueue
from sdc.programs.model import Program
from vendors import ClosedMoveError, Screening, ScreeningResult, Vendor

REASON_COLUMN: Final = "vendors.reason_sealed"
LETS_SELL: Final = frozenset({"approve", "reinstate"})
TOLD_AS: Final = {"approve": "approved", "reject": "rejected", "suspend": "suspended", "reinstate": "reinstated"}


async def review_vendor(
    session: AsyncSession,
    vendor: Vendor,
    move: str,
    *,
    reason: str | None = None,
    message_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Make one of the moves of a reviewer. The caller has locked the vendor, which is told when there is an id for the message.

    The reason is kept sealed: with the vendor until the next move, with the event for ever. A suspended vendor is not paid
    either: payments look at its state before they leave.

    Raises:
        WrongStateError: the move is not open now; names those that are.
        ConflictError: a list excludes the vendor, or holds somebody who may be it, and the move would let it sell.

    """
    if move in LETS_SELL and move in vendors.open_moves(vendor.state):
        _refuse_whom_a_list_names(vendor)
    sealed = None if reason is None or actor.keyring is None else actor.keyring.seal(reason, REASON_COLUMN, vendor.id)
    with in_words_of_the_application():
        vendors.move_vendor(vendor, move, reason_sealed=sealed)
    note_event(session, vendor, TOLD_AS[move], actor=actor, reason=reason, at=at, move=move)
    if message_id is not None:
        await write_message(session, vendor, kind=TOLD_AS[move], id=message_id, facts={}, at=at)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)


def _refuse_whom_a_list_names(vendor: Vendor) -> None:
    if vendors.excluded_on(vendor):
        raise ConflictError("an exclusion list names this vendor: it can not sell or be paid")
    if vendor.has_possible_match:
        raise ConflictError("an exclusion list holds somebody who may be this vendor: decide the possible match first")


async def screen_vendor(
    session: AsyncSession, vendor: Vendor, *, id: UUID, list: str, list_date: date, result: ScreeningResult, actor: Actor, at: datetime
) -> Screening:
    """Record what an exclusion list said. The caller has locked the vendor; bills that wait for this are looked at again.

    A possible match calls a person: until it is decided the vendor's bills wait for a look, and its payments are held. That a list
    excludes the vendor, or does so no more, is an event of the vendor's.
    """
    today = local_date(at, await time_zone_of(session, vendor))
    before = vendors.excluded_on(vendor)
    screening = await vendors.add_screening(
        session, vendor, id=id, list=list, list_date=list_date, result=result, screened_on=today, screened_by=actor.id
    )
    journal.record(session, "vendor.screened", subject=vendor.id, by=actor.id, at=at, list=list, list_date=list_date, result=result)
    if vendors.excluded_on(vendor) != before:
        note_exclusion(session, vendor, actor=actor, at=at)
    if result is ScreeningResult.POSSIBLE:
        journal.raise_alarm(session, "possible_match", subject=vendor.id, at=at, list=list)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)
    return screening


async def accept_tax_form(session: AsyncSession, vendor: Vendor, *, actor: Actor, at: datetime) -> None:
    """Note that a signed tax form was seen that is not kept here. The caller has locked the vendor; bills that wait are looked at again.

    Raises:
        ConflictError: the vendor says so of itself, and a form that it sent stands here.

    """
    if actor.role is Role.VENDOR and await newest_tax_form(session, vendor) is not None:
        raise ConflictError("the tax form that you sent stands here: a person of the program looks at it")
    vendors.accept_tax_form(vendor)
    note_event(session, vendor, "tax_form_accepted", actor=actor, at=at, is_on_paper=True)
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
