"""Follow a vendor's money from its balance at the rail to its bank: a second machine, which never sends anything again.

Our debt ended with the transfer. When a bank does not take a payout its money is in the vendor's balance again, and the rail
pays it out anew once the vendor has mended its bank details; the payments that were in it are delivered then.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.ids import NAMESPACE, derived_id
from sdc.marketplace.messages.writing import write_message
from sdc.outbox.work import Work
from sdc.payments.bank_model import PayoutPart, PayoutState, VendorPayout
from sdc.payments.carrying import GONE_BACK, Carried, Open, carry, delivery_of
from sdc.payments.model import Attempt, AttemptState, BankLeg, Payment
from vendors import Vendor, rails

OPEN_LEGS = (BankLeg.IN_VENDOR_BALANCE, BankLeg.PAYING_OUT, BankLeg.FAILED)
MAY_FAIL_FOR = 5
"""For how many business days after it arrived a bank may still send a payout back."""
_RANK = {state: rank for rank, state in enumerate(PayoutState)} | {PayoutState.CANCELED: 3}
_SKEW = timedelta(minutes=10)
_REACH = timedelta(days=30)
_SATURDAY = 5


async def look_at_payouts(
    work: Work, vendor_id: UUID, *, payee_id: str, rail_id: str | None = None, at: datetime, machine_at: datetime
) -> int:
    """Read a payee's payouts again, the one `rail_id` among them, and follow their payments; says how many of these changed.

    All that were made since the oldest one that is open are read: an event that was lost, or came before an earlier one's,
    changes nothing about which payments a payout carries.

    Raises:
        RailAnswerError: the rail did not answer.

    """
    async with work.sessions.read() as session:
        since = await _open_since(session, vendor_id, payee_id)
    listed = {one.rail_id: one for one in await work.rail.payouts(payee_id, since=(since or machine_at - _REACH) - _SKEW)}
    if rail_id is not None and rail_id not in listed:
        one = await work.rail.payout(payee_id, rail_id)
        if one is not None:
            listed[one.rail_id] = one
    if not listed:
        return 0
    seen = sorted((one for one in listed.values() if one.amount_cents > 0), key=lambda one: (one.created_at, one.rail_id))
    async with work.sessions.begin() as session:
        vendor = (await session.scalars(select(Vendor).where(Vendor.id == vendor_id).with_for_update())).one()
        return await follow_payouts(session, vendor, seen, at=at, machine_at=machine_at)


async def follow_payouts(
    session: AsyncSession, vendor: Vendor, payouts: Sequence[rails.Payout], *, at: datetime, machine_at: datetime
) -> int:
    """Record payouts as the rail has them, the oldest first, and where the payments in them are now; says how many changed.

    The caller has locked the vendor. A payout only goes on: what is read late, or told again, takes nothing back.
    """
    touched = set[UUID]()
    for seen in payouts:
        payout = await session.scalar(select(VendorPayout).where(VendorPayout.rail_id == seen.rail_id))
        is_new = payout is None
        if payout is None:
            payout = _new_payout(vendor, seen, machine_at=machine_at)
            session.add(payout)
            await session.flush()
        has_changed = is_new or _go_on(payout, seen)
        payout.is_final = is_final(payout, today=machine_at.date())
        if is_new or payout.state not in GONE_BACK:
            touched |= await _fill(session, payout, is_new=is_new)
        if has_changed:
            touched |= await _tell(session, vendor, payout, at=at)
        await session.flush()
    return await follow_payments(session, touched, at=at)


async def follow_payments(session: AsyncSession, payment_ids: Collection[UUID], *, at: datetime) -> int:
    """Note where payments are, by what carries them; says how many moved."""
    moved = 0
    ids = sorted(payment_ids)
    payments = (await session.scalars(select(Payment).where(Payment.id.in_(ids)).order_by(Payment.id).with_for_update())).all()
    sent_cents, carried = await _sent(session, ids), await _carried(session, ids)
    for payment in payments:
        leg, day = delivery_of(sent_cents[payment.id], carried[payment.id])
        if day is not None or leg is BankLeg.FAILED:
            payment.expected_on = day
        if payment.delivery is not leg:
            journal.record(session, "payment.delivery_changed", subject=payment.id, by=None, at=at, was=payment.delivery, now=leg)
            payment.delivery = leg
            moved += 1
    return moved


def is_final(payout: VendorPayout, *, today: date) -> bool:
    """Say whether a payout stays as it is: one that arrived may come back for five business days."""
    if payout.state in GONE_BACK:
        return True
    if payout.state is not PayoutState.PAID:
        return False
    day, left = payout.arrives_on or payout.created_at.date(), MAY_FAIL_FOR
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return today > day


def _new_payout(vendor: Vendor, seen: rails.Payout, *, machine_at: datetime) -> VendorPayout:
    return VendorPayout(
        id=uuid5(NAMESPACE, f"payout {seen.rail_id}"),
        rail_id=seen.rail_id,
        vendor_id=vendor.id,
        payee_id=seen.payee_id,
        amount_cents=seen.amount_cents,
        state=PayoutState(seen.state),
        arrives_on=seen.arrives_on,
        failure_code=seen.failure_code[:80],
        created_at=seen.created_at,
        seen_at=machine_at,
        is_final=False,
    )


def _go_on(payout: VendorPayout, seen: rails.Payout) -> bool:
    """Take what the rail says of a payout now, unless it is older than what we know; says whether its state changed."""
    state = PayoutState(seen.state)
    if _RANK[state] < _RANK[payout.state] or (payout.state in GONE_BACK and state is not payout.state):
        return False
    has_changed = payout.state is not state or payout.arrives_on != seen.arrives_on
    payout.state, payout.arrives_on, payout.failure_code = state, seen.arrives_on, seen.failure_code[:80]
    return has_changed


async def _fill(session: AsyncSession, payout: VendorPayout, *, is_new: bool) -> set[UUID]:
    """Note what a payout carries. One that is known already takes only what was sent before it and was recorded late."""
    taken_cents = await session.scalar(select(func.sum(PayoutPart.amount_cents)).where(PayoutPart.payout_id == payout.id))
    left_cents = payout.amount_cents - int(taken_cents or 0)
    if left_cents <= 0:
        return set()
    before = None if is_new else payout.created_at + _SKEW
    mine = set(await session.scalars(select(PayoutPart.attempt_id).where(PayoutPart.payout_id == payout.id)))
    uncarried = [one for one in await _uncarried(session, payout, before=before) if one.attempt_id not in mine]
    parts = carry(left_cents, uncarried)
    for part in parts:
        session.add(PayoutPart(payout_id=payout.id, **_columns(part.attempt_id, part.payment_id, part.amount_cents)))
    await session.flush()
    return {part.payment_id for part in parts}


def _columns(attempt_id: UUID, payment_id: UUID, amount_cents: int) -> dict[str, UUID | int]:
    return {"attempt_id": attempt_id, "payment_id": payment_id, "amount_cents": amount_cents}


async def _uncarried(session: AsyncSession, payout: VendorPayout, *, before: datetime | None) -> list[Open]:
    """List what of the payee's sent attempts no payout carries, the oldest first."""
    is_open = (Payment.vendor_id == payout.vendor_id, Payment.delivery.in_(OPEN_LEGS))
    is_sent = (Attempt.state == AttemptState.SENT, Attempt.payee_id == payout.payee_id, Attempt.amount_cents > Attempt.returned_cents)
    query = select(Attempt).join(Payment, Payment.id == Attempt.payment_id).where(*is_open, *is_sent)
    if before is not None:
        query = query.where(Attempt.claimed_at <= before)
    attempts = (await session.scalars(query.order_by(Attempt.id))).all()
    live = await session.execute(
        select(PayoutPart.attempt_id, func.sum(PayoutPart.amount_cents))
        .join(VendorPayout, VendorPayout.id == PayoutPart.payout_id)
        .where(PayoutPart.attempt_id.in_([one.id for one in attempts]), VendorPayout.state.not_in(GONE_BACK))
        .group_by(PayoutPart.attempt_id)
    )
    carried_cents = {row[0]: int(row[1]) for row in live}
    return [Open(one.id, one.payment_id, one.amount_cents - one.returned_cents - carried_cents.get(one.id, 0)) for one in attempts]


async def _tell(session: AsyncSession, vendor: Vendor, payout: VendorPayout, *, at: datetime) -> set[UUID]:
    """Write down that a payout went on; of one that came back the vendor hears. Returns the payments in it."""
    journal.record(
        session,
        f"vendor_payout.{payout.state}",
        subject=payout.id,
        by=None,
        at=at,
        vendor=vendor.id,
        amount_cents=payout.amount_cents,
        arrives_on=payout.arrives_on,
    )
    parts = (await session.scalars(select(PayoutPart).where(PayoutPart.payout_id == payout.id))).all()
    if parts and payout.state in GONE_BACK:
        cents = sum(part.amount_cents for part in parts)
        message_id = derived_id(payout.id, "failed at bank")
        await write_message(session, vendor, kind="payment_failed_at_bank", id=message_id, facts={"amount_cents": cents}, at=at)
    return {part.payment_id for part in parts}


async def _open_since(session: AsyncSession, vendor_id: UUID, payee_id: str) -> datetime | None:
    """Tell when the oldest attempt was made that is not at the bank, or the oldest payout that may still change."""
    is_open = (Payment.vendor_id == vendor_id, Payment.delivery.in_(OPEN_LEGS), Attempt.payee_id == payee_id)
    attempt = select(func.min(Attempt.claimed_at)).join(Payment, Payment.id == Attempt.payment_id).where(*is_open)
    payout = select(func.min(VendorPayout.created_at)).where(
        VendorPayout.vendor_id == vendor_id, VendorPayout.payee_id == payee_id, ~VendorPayout.is_final
    )
    moments = [moment for moment in (await session.scalar(attempt), await session.scalar(payout)) if moment is not None]
    return min(moments, default=None)


async def _sent(session: AsyncSession, payment_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Tell what of each payment was sent and did not come back."""
    net = func.sum(Attempt.amount_cents - Attempt.returned_cents)
    query = select(Attempt.payment_id, net).where(Attempt.payment_id.in_(payment_ids), Attempt.state == AttemptState.SENT)
    rows = await session.execute(query.group_by(Attempt.payment_id))
    return defaultdict(int, {row[0]: int(row[1]) for row in rows})


async def _carried(session: AsyncSession, payment_ids: Iterable[UUID]) -> dict[UUID, list[Carried]]:
    """List the parts of each payment with what became of them; what failed and is carried again counts only once, as it is now."""
    query = select(PayoutPart.payment_id, PayoutPart.amount_cents, VendorPayout.state, VendorPayout.arrives_on)
    rows = await session.execute(
        query.join(VendorPayout, VendorPayout.id == PayoutPart.payout_id).where(PayoutPart.payment_id.in_(payment_ids))
    )
    parts = defaultdict[UUID, list[Carried]](list)
    for row in rows:
        parts[row[0]].append(Carried(int(row[1]), row[2], row[3]))
    return parts
