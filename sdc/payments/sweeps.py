"""What the worker looks for again and again beside what leaves: events to apply, and payouts of vendors."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.marketplace.onboarding import refresh_payee
from sdc.outbox.sweeping import each
from sdc.outbox.work import Work
from sdc.payments.applying import BATCH, apply_events
from sdc.payments.bank_model import RailCursor, VendorPayout
from sdc.payments.cursors import look_again_at, make_cursor, take_turn
from sdc.payments.delivering import OPEN_LEGS, look_at_payouts
from sdc.payments.model import Payment
from vendors import Vendor

PAYOUTS = "payouts"
PAYOUTS_EVERY = timedelta(minutes=1)
LOOK_AT_VENDOR_AFTER = timedelta(hours=1)
"""How often the bank leg of a vendor's payments is looked at by itself; the rail's events do it sooner."""
LOOK_AT_OLD_AFTER = timedelta(days=1)
OLD_AFTER = timedelta(days=14)
VENDORS_AT_ONCE = 50
_MOST_BATCHES = 100


async def apply_waiting(work: Work, *, at: datetime, machine_at: datetime) -> int:
    """Apply the events that wait in the inbox, batch by batch."""
    applied = 0
    for _ in range(_MOST_BATCHES):
        now_applied = await apply_events(work, at=at, machine_at=machine_at)
        applied += now_applied
        if now_applied < BATCH:
            break
    return applied


async def look_at_vendors(work: Work, *, at: datetime, machine_at: datetime) -> int:
    """Look at the bank leg of vendors that is open, and at whether their bank is the same: an event may be lost."""
    if await take_turn(work, PAYOUTS, every=PAYOUTS_EVERY, machine_at=machine_at) is None:
        return 0
    async with work.sessions.begin() as session:
        due, is_more = await _due_vendors(session, machine_at=machine_at)
        if is_more:
            await look_again_at(session, PAYOUTS, look_at=machine_at)

    async def look(vendor_id: UUID) -> bool:
        return await _look_at_vendor(work, vendor_id, at=at, machine_at=machine_at)

    return await each(due, look, sweep="look_at_payouts", subject=str)


async def _due_vendors(session: AsyncSession, *, machine_at: datetime) -> tuple[list[UUID], bool]:
    """List vendors whose turn has come, and say whether there are more. One that is seen for the first time waits for its first turn."""
    is_open = select(Payment.vendor_id).where(Payment.delivery.in_(OPEN_LEGS))
    may_change = select(VendorPayout.vendor_id).where(~VendorPayout.is_final)
    vendor_ids = (await session.scalars(union(is_open, may_change))).all()
    rows = await session.execute(select(RailCursor.name, RailCursor.look_at).where(RailCursor.name.startswith(f"{PAYOUTS}:")))
    turns = {row[0]: row[1] for row in rows}
    for vendor_id in vendor_ids:
        if _name(vendor_id) not in turns:
            await make_cursor(session, _name(vendor_id), position=None, look_at=machine_at + LOOK_AT_VENDOR_AFTER)
    due = sorted(one for one in vendor_ids if (turn := turns.get(_name(one))) is not None and turn <= machine_at)
    for vendor_id in due[:VENDORS_AT_ONCE]:
        await look_again_at(session, _name(vendor_id), look_at=machine_at + LOOK_AT_VENDOR_AFTER)
    return due[:VENDORS_AT_ONCE], len(due) > VENDORS_AT_ONCE


async def _look_at_vendor(work: Work, vendor_id: UUID, *, at: datetime, machine_at: datetime) -> bool:
    """Look at one vendor; when nothing happens for long it is looked at once a day only."""
    async with work.sessions.read() as session:
        vendor = await session.get(Vendor, vendor_id)
        query = select(Payment.sent_at).where(Payment.vendor_id == vendor_id, Payment.delivery.in_(OPEN_LEGS), Payment.sent_at.is_not(None))
        sent_at = await session.scalar(query.order_by(Payment.sent_at.desc()).limit(1))
    if vendor is None or vendor.payee_id is None:
        return False
    await refresh_payee(work.sessions, work.rail, vendor_id, at=at, cooling_off=work.settings.cooling_off)
    moved = await look_at_payouts(work, vendor_id, payee_id=vendor.payee_id, at=at, machine_at=machine_at)
    if not moved and (sent_at is None or sent_at < at - OLD_AFTER):
        async with work.sessions.begin() as session:
            await look_again_at(session, _name(vendor_id), look_at=machine_at + LOOK_AT_OLD_AFTER)
    return moved > 0


def _name(vendor_id: UUID) -> str:
    return f"{PAYOUTS}:{vendor_id}"
