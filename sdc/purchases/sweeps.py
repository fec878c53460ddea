"""What the worker looks for again and again: purchases that expire, deliveries that confirm themselves, dates that close a need.

Each purchase is a short transaction of its own, under the same locks in the same order as a request takes; what somebody
else did meanwhile is seen there, and left.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.clock import local_date
from sdc.outbox.sweeping import each
from sdc.outbox.work import Work
from sdc.programs.model import Program
from sdc.purchases.confirm import settle_deliveries
from sdc.purchases.consenting import NEEDED, forget_consent
from sdc.purchases.expire import expire_purchase
from sdc.purchases.judging import RulingIds
from sdc.purchases.locking import find_purchase
from sdc.purchases.model import Authorization, Delivery, DeliveryState, OrderConsent, Purchase
from sdc.purchases.reask import reask_by_date
from sdc.purchases.states import FROM, WAITING, Move
from sdc.purchases.whole import read_whole

AT_ONCE = 100
_EARLIEST_ZONE = timedelta(hours=14)
"""A day begins this much earlier somewhere than in UTC: the query finds a little too much, the verb looks closely."""


async def expire_sweep(work: Work) -> int:
    """End purchases whose last day is over; answer how many."""
    at = work.clock.now()
    billed = select(Authorization.id).where(Authorization.id == Purchase.authorization_id, Authorization.waiting_bills > 0)
    over = (
        select(Purchase.id, Purchase.expires_on, Program.time_zone)
        .join(Program, Program.id == Purchase.program_id)
        .where(Purchase.state.in_(FROM[Move.EXPIRE]), Purchase.expires_on < (at + _EARLIEST_ZONE).date(), ~billed.exists())
        .order_by(Purchase.expires_on)
    )
    ids = [purchase_id for purchase_id, last_day, zone in await _read(work, over) if last_day < local_date(at, zone)]
    return await _each(work, ids, expire_purchase, at=at)


async def confirm_sweep(work: Work) -> int:
    """Confirm deliveries whose proof nobody disputed in time; answer for how many purchases."""
    at = work.clock.now()
    proved = (
        select(Purchase.id, Delivery.confirm_on, Program.time_zone)
        .join(Delivery, Delivery.purchase_id == Purchase.id)
        .join(Program, Program.id == Purchase.program_id)
        .where(Purchase.state.in_(FROM[Move.CONFIRM]))  # who cancels an order leaves what was claimed of it behind
        .where(Delivery.state == DeliveryState.CLAIMED, Delivery.confirm_on <= (at + _EARLIEST_ZONE).date())
        .order_by(Delivery.confirm_on)
    )
    due = [purchase_id for purchase_id, day, zone in await _read(work, proved) if day <= local_date(at, zone)]
    return await _each(work, list(dict.fromkeys(due)), confirm_by_time, at=at)


async def reask_sweep(work: Work) -> int:
    """Judge purchases again whose date has come; answer how many."""

    async def reask(session: AsyncSession, purchase_id: UUID, *, at: datetime) -> bool:
        return await reask_by_date(session, purchase_id, ids=RulingIds.new(), keyring=work.keyring, at=at)

    at = work.clock.now()
    due = select(Purchase.id).where(Purchase.reask_at <= at, Purchase.state.in_(WAITING)).order_by(Purchase.reask_at)
    return await _each(work, [row[0] for row in await _read(work, due)], reask, at=at)


async def forget_consents_sweep(work: Work) -> int:
    """Delete what vendors were told of orders that are delivered or ended; answer for how many purchases."""
    at = work.clock.now()
    over = (
        select(Purchase.id)
        .join(OrderConsent, OrderConsent.purchase_id == Purchase.id)
        .where(OrderConsent.forgotten_at.is_(None), Purchase.state.not_in(NEEDED))
        .order_by(OrderConsent.id)
    )
    return await _each(work, [row[0] for row in await _read(work, over)], forget_consent, at=at)


async def confirm_by_time(session: AsyncSession, purchase_id: UUID, *, at: datetime) -> bool:
    """Confirm the deliveries of a purchase that were proved long enough ago; say whether there were any."""
    standing, purchase = await find_purchase(session, purchase_id, scope=true(), at=at)
    if purchase.state not in FROM[Move.CONFIRM]:
        return False
    whole = await read_whole(session, purchase)
    due = [
        one
        for one in whole.deliveries
        if one.state is DeliveryState.CLAIMED and one.confirm_on is not None and one.confirm_on <= standing.today
    ]
    if due:
        settle_deliveries(session, whole, due, by=None, at=at)
    return bool(due)


async def _read(work: Work, due: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """Read what may be due, in a transaction that locks nothing."""
    async with work.sessions.read() as session:
        return list(await session.execute(due.limit(AT_ONCE)))


async def _each(work: Work, ids: Sequence[UUID], change: Callable[..., Awaitable[bool]], *, at: datetime) -> int:
    """Do `change` for each purchase, one transaction each, and count those that it changed."""

    async def one(purchase_id: UUID) -> bool:
        async with work.sessions.begin() as session:
            return await change(session, purchase_id, at=at)

    return await each(ids, one, sweep=change.__name__, subject=str)
