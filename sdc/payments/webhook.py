"""The processor's events: kept once as they come, believed never: the object they hint at is read again."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.errors import BusyError, ForgedEventError
from sdc.ids import NAMESPACE
from sdc.marketplace.onboarding import refresh_payee
from sdc.outbox import enqueue
from sdc.outbox.work import Work
from sdc.payments.locking import attempts_of, lock_payment
from sdc.payments.model import Attempt, AttemptState, Payment, RailEvent
from sdc.payments.recording import SENT_LATE, freeze
from sdc.payments.returning import return_payment
from sdc.payments.states import ON_THE_WAY, is_frozen
from sdc.payments.top_up import look_at_top_up
from sdc.programs.model import TopUp
from vendors import Vendor, rails

_LONGEST_ID = 120
_BANK = "external_account"


async def receive_event(session: AsyncSession, event: rails.Event, *, rail: str, at: datetime) -> bool:
    """Keep a verified event in the inbox and have it applied later; one that came before adds nothing.

    Raises:
        ForgedEventError: its id is such as no processor makes.

    """
    if not (event.id.isascii() and event.id.isprintable() and len(event.id) <= _LONGEST_ID):
        raise ForgedEventError("an event's id is short and plain")
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    row = {
        "id": event.id,
        "rail": rail,
        "type": event.type[:80],
        "object_id": _payee_of(event) or event.object_id or event.account_id,
        "received_at": at,
        "applied_at": None,
    }
    kept = await session.execute(insert(RailEvent).values(row).on_conflict_do_nothing().returning(RailEvent.id))
    if kept.first() is None:
        return False
    enqueue(session, "apply_rail_event", uuid5(NAMESPACE, event.id), at=at, data={"event_id": event.id})
    return True


async def apply_event(work: Work, event_id: str, *, at: datetime, machine_at: datetime) -> None:
    """Read again what an event hints at, and do what that asks for.

    Raises:
        BusyError: the event came before we know what we sent; it is tried again.
        RailAnswerError: the rail did not answer; it is tried again.

    """
    async with work.sessions.read() as session:
        event = await session.get(RailEvent, event_id)
    if event is None or event.applied_at is not None:
        return
    if event.object_id is not None:
        if event.type.startswith("transfer."):
            await _look_at_transfer(work, event.object_id, at=at)
        elif event.type.startswith("topup."):
            await _look_at_top_up(work, event, at=at, machine_at=machine_at)
        elif _is_about_payee(event.type):
            await _look_at_account(work, event, at=at)
    async with work.sessions.begin() as session:
        kept = await session.get(RailEvent, event_id)
        assert kept is not None, "an event is never deleted"
        kept.applied_at = at
        journal.record(session, "rail_event.applied", subject=None, by=None, at=at, event=event_id, type=event.type)


async def _look_at_transfer(work: Work, rail_id: str, *, at: datetime) -> None:
    found = await work.rail.retrieve(rail_id)
    if found is None:
        return
    async with work.sessions.read() as session:
        attempt = await session.scalar(select(Attempt).where(Attempt.rail_id == rail_id, Attempt.state == AttemptState.SENT))
        payment = await session.scalar(select(Payment).where(Payment.reference == _uuid(found.payment_reference)))
    if attempt is not None:
        if found.reversed_cents > attempt.returned_cents:
            async with work.sessions.begin() as session:
                await return_payment(session, attempt.payment_id, rail_id=rail_id, reversed_cents=found.reversed_cents, at=at)
        return
    if payment is None or is_frozen(payment):
        return
    if payment.state not in ON_THE_WAY:
        await _freeze_stray(work, payment.id, found, at=at)
    elif found.reversed_cents:
        raise BusyError("this transfer is not recorded yet")


async def _freeze_stray(work: Work, payment_id: UUID, found: rails.Found, *, at: datetime) -> None:
    """Freeze a payment of which the rail has a transfer that no attempt stands for: one given up for lost arrived after all."""
    if found.reversed_cents >= found.amount_cents:
        return
    async with work.sessions.begin() as session:
        locked = await lock_payment(session, payment_id)
        attempts = await attempts_of(session, locked.payment)
        is_known = any(one.rail_id == found.rail_id and one.state is AttemptState.SENT for one in attempts)
        if attempts and not is_known and locked.payment.state not in ON_THE_WAY:
            freeze(session, locked, attempts[-1], why=SENT_LATE, at=at)


async def _look_at_top_up(work: Work, event: RailEvent, *, at: datetime, machine_at: datetime) -> None:
    async with work.sessions.read() as session:
        top_up_id = await session.scalar(select(TopUp.id).where(TopUp.rail_id == event.object_id))
    if top_up_id is None:
        return  # asked for by somebody else, or its answer is on its way to us: the job that asked looks for itself
    await look_at_top_up(work, top_up_id, at=at, machine_at=machine_at)


async def _look_at_account(work: Work, event: RailEvent, *, at: datetime) -> None:
    async with work.sessions.read() as session:
        vendor_ids = (await session.scalars(select(Vendor.id).where(Vendor.payee_id == event.object_id))).all()
    for vendor_id in vendor_ids:
        await refresh_payee(work.sessions, work.rail, vendor_id, at=at)
        if _BANK in event.type:
            async with work.sessions.begin() as session:
                journal.record(session, "vendor.bank_changed", subject=vendor_id, by=None, at=at, event=event.id)


def _is_about_payee(kind: str) -> bool:
    return "account" in kind or kind.startswith(("capability.", "person."))


def _payee_of(event: rails.Event) -> str | None:
    """Name whose account an event is about. Its object may be only a part of the account: a bank, a capability, a person."""
    return event.account_id if _is_about_payee(event.type) else None


def _uuid(reference: str) -> UUID | None:
    """Read a reference that may be somebody else's."""
    try:
        return UUID(reference)
    except ValueError:
        return None
