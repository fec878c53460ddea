"""Read again the object that events hint at, and do what its state asks for: the same whatever came, how often and in which order."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from sdc.errors import BusyError
from sdc.marketplace.onboarding import refresh_payee
from sdc.outbox.work import Work
from sdc.payments.clearing import follow_outstanding
from sdc.payments.delivering import look_at_payouts
from sdc.payments.locking import attempts_of, lock_payment
from sdc.payments.model import Attempt, AttemptState, Payment
from sdc.payments.recording import SENT_LATE, freeze
from sdc.payments.returning import return_payment
from sdc.payments.states import ON_THE_WAY, is_frozen
from sdc.payments.top_up import look_at_top_up
from sdc.programs.model import TopUp
from vendors import Vendor, rails


@dataclass(frozen=True, slots=True)
class Hint:
    """What several events are about together: one object, to be read once."""

    about: str
    object_id: str
    account_id: str | None
    types: frozenset[str]


async def look_at_object(work: Work, hint: Hint, *, at: datetime, machine_at: datetime) -> None:
    """Read the object of a hint again. One that is not ours, and what no rule of ours is about, changes nothing.

    Raises:
        BusyError: the event came before we know what we sent; it is tried again.
        RailAnswerError: the rail did not answer; it is tried again.

    """
    match hint.about:
        case "transfer":
            await _look_at_transfer(work, hint.object_id, at=at)
        case "top_up":
            await _look_at_top_up(work, hint.object_id, at=at, machine_at=machine_at)
        case "payee":
            await _look_at_payee(work, hint, at=at)
        case "payout" if hint.account_id is not None:
            await _look_at_payout(work, hint.account_id, hint.object_id, at=at, machine_at=machine_at)
        case _:
            return


async def _look_at_transfer(work: Work, rail_id: str, *, at: datetime) -> None:
    found = await work.rail.retrieve(rail_id)
    if found is None:
        return
    async with work.sessions.read() as session:
        attempt = await session.scalar(select(Attempt).where(Attempt.rail_id == rail_id, Attempt.state == AttemptState.SENT))
        payment = await session.scalar(select(Payment).where(Payment.reference == _uuid(found.payment_reference)))
    if attempt is not None and attempt.is_outstanding:
        async with work.sessions.begin() as session:
            await follow_outstanding(session, attempt.payment_id, found, at=at)
        if found.cleared_at is None:
            return
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


async def _look_at_top_up(work: Work, rail_id: str, *, at: datetime, machine_at: datetime) -> None:
    async with work.sessions.read() as session:
        top_up_id = await session.scalar(select(TopUp.id).where(TopUp.rail_id == rail_id))
    if top_up_id is None:
        return  # asked for by somebody else, or its answer is on its way to us: the job that asked looks for itself
    await look_at_top_up(work, top_up_id, at=at, machine_at=machine_at)


async def _look_at_payee(work: Work, hint: Hint, *, at: datetime) -> None:
    for vendor_id in await _vendors_of(work, hint.object_id):
        is_told = any(map(_tells_of_other_bank, hint.types))
        await refresh_payee(work.sessions, work.rail, vendor_id, at=at, cooling_off=work.settings.cooling_off, told_of_bank=is_told)


def _tells_of_other_bank(kind: str) -> bool:
    """Say whether an event is about a payee's bank, and not about one that was only added (which the first one is as well)."""
    return kind.startswith(BANK) and not kind.endswith("created")


BANK = "bank:"
"""How the type of an event that is about the bank of a payee begins in a hint about the payee."""


async def _look_at_payout(work: Work, payee_id: str, rail_id: str, *, at: datetime, machine_at: datetime) -> None:
    for vendor_id in await _vendors_of(work, payee_id):
        await look_at_payouts(work, vendor_id, payee_id=payee_id, rail_id=rail_id, at=at, machine_at=machine_at)


async def _vendors_of(work: Work, payee_id: str) -> list[UUID]:
    async with work.sessions.read() as session:
        return list(await session.scalars(select(Vendor.id).where(Vendor.payee_id == payee_id)))


def _uuid(reference: str) -> UUID | None:
    """Read a reference that may be somebody else's."""
    try:
        return UUID(reference)
    except ValueError:
        return None
