"""Wait after a vendor's bank details changed: whoever took over its account must not be paid before the vendor has heard of it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc.clock import local_date
from sdc.errors import ConflictError, NotFoundError
from sdc.ids import derived_id
from sdc.marketplace.events import Actor, note_event
from sdc.marketplace.messages.writing import write_message
from sdc.outbox import enqueue
from sdc.programs.model import Program
from vendors import Vendor

COOLING_OFF = timedelta(hours=72)
ONBOARDING_OPENED = "vendor.onboarding_opened"
"""The kind of journal event that says who opened the processor's page for a vendor."""


async def cool_vendor_off(session: AsyncSession, vendor: Vendor, *, lasts: timedelta, at: datetime) -> None:
    """Hold what is paid to a vendor from now on, and tell the contact that stood before. The caller has locked the vendor.

    Payments that have begun to leave are not stopped. One that waits when the time is over leaves by itself.
    """
    until = at + lasts
    vendors.cool_off(vendor, at=at, until=until)
    note_event(session, vendor, "bank_changed", actor=Actor(), at=at, until=until)
    program = await session.get(Program, vendor.program_id)
    if program is None:
        raise NotFoundError("program", vendor.program_id)
    days = {name: local_date(when, program.time_zone).isoformat() for name, when in (("changed_on", at), ("waits_until_on", until))}
    message_id = derived_id(vendor.id, f"bank changed {at.isoformat()}")
    await write_message(session, vendor, kind="bank_changed", id=message_id, facts=days, to="old", at=at)


async def end_cooling_off_early(
    session: AsyncSession, vendor: Vendor, *, actor: Actor, reason: str, opened_by: UUID | None, at: datetime
) -> None:
    """Let a vendor be paid again before its time, because a person of staff has made sure that the change is the vendor's own.

    The caller has locked the vendor. `opened_by` is who of staff last opened the processor's page for it: somebody else decides.

    Raises:
        ConflictError: nothing is held for this vendor because of its bank; or the same person opened the page.

    """
    until = vendors.cooling_off_until(vendor)
    if until is None or until <= at:
        raise ConflictError("no change of bank details holds this vendor's payments")
    if opened_by is not None and opened_by == actor.id:
        raise ConflictError("who opened the payout page for this vendor can not end the wait: a second person has to look")
    vendors.end_cooling_off(vendor)
    note_event(session, vendor, "cooling_off_ended", actor=actor, reason=reason, at=at, until=until)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)
