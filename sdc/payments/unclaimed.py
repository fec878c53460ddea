"""Money that is owed and that nobody takes: the owner is written to, the law's years pass, then it is unclaimed property.

It is never income. What is unclaimed can be claimed back by its owner until it was paid on to the state; after that the state has
it. Which state's law counts is that of the owner's last known address, as an administrator says when the letter is written.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.books import chart, entries
from sdc.books.posting import open_accounts, post
from sdc.clock import local_date
from sdc.errors import ConflictError, WrongStateError
from sdc.marketplace.messages import write_message
from sdc.payments.afterwards_model import Dormancy
from sdc.payments.claiming import program_day
from sdc.payments.locking import Locked, lock_payment
from sdc.payments.model import Payment, PaymentState
from sdc.payments.states import is_bill_payable, owed_cents, sent_cents
from sdc.programs.model import Program

LETTER_DAYS: Final = 60
"""How long before the money becomes unclaimed its owner was written to (Uniform Unclaimed Property Act sec. 501: 60 to 180 days)."""


@dataclass(frozen=True, slots=True)
class Law:
    """After how many years what is owed to a business is presumed abandoned, and where that stands."""

    years: int
    source: str


LAWS: Final[Mapping[str, Law]] = MappingProxyType(
    {
        "FL": Law(5, "Fla. Stat. 717.102(1)"),
        "NJ": Law(3, "N.J.S.A. 46:30B-7"),
        "PA": Law(3, "72 P.S. 1301.9"),
        "TX": Law(3, "Tex. Prop. Code 72.101(a)"),
        "WA": Law(3, "RCW 63.30.040"),
    }
)
"""By the state of the owner's last known address; a new state is a new row here."""
ELSEWHERE: Final = Law(5, "the longest time that is common; see the state's own law")
_TAKEN_BY_NOBODY = frozenset({PaymentState.HELD, PaymentState.REJECTED, PaymentState.CANCELED, PaymentState.REVERSED, PaymentState.SENT})


def dormant_from(owed_since: date, law: str) -> date:
    """Tell the first day on which what is owed since a day is unclaimed by a state's law."""
    years = LAWS.get(law, ELSEWHERE).years
    try:
        return owed_since.replace(year=owed_since.year + years)
    except ValueError:  # a 29th of February
        return owed_since.replace(year=owed_since.year + years, month=3, day=1)


def first_day(dormancy: Dormancy) -> date:
    """Tell from which day on what the letter told of is unclaimed: the law's years have passed, and the letter had its time."""
    return max(dormant_from(dormancy.owed_since, dormancy.law), dormancy.letter_on + timedelta(days=LETTER_DAYS))


async def write_to_owner(
    session: AsyncSession, payment_id: UUID, *, law: str, id: UUID, message_id: UUID, by: UUID, at: datetime
) -> Dormancy:
    """Write to the vendor that a payment waits for it, and keep when.

    Raises:
        NotFoundError: no such payment.
        WrongStateError: it is on its way, or arrived, or is unclaimed already.
        ConflictError: its bill was reversed, so that nothing is owed.

    """
    locked = await lock_payment(session, payment_id)
    payment = locked.payment
    _check_owed(locked, move="letter")
    program = await session.get_one(Program, payment.program_id)
    since, today = local_date(payment.sent_at or payment.created_at, program.time_zone), local_date(at, program.time_zone)
    dormancy = Dormancy(
        id=id,
        program_id=payment.program_id,
        payment_id=payment.id,
        vendor_id=payment.vendor_id,
        law=law,
        amount_cents=owed_cents(payment),
        owed_since=since,
        letter_by=by,
        letter_on=today,
        dormant_by=None,
        dormant_on=None,
        claimed_by=None,
        claimed_on=None,
        remittance_id=None,
    )
    session.add(dormancy)
    facts: dict[str, str | int] = {
        "amount_cents": dormancy.amount_cents,
        "paid_on": since.isoformat(),
        "remit_on": first_day(dormancy).isoformat(),
    }
    await write_message(session, locked.vendor, kind="uncashed_payment", id=message_id, facts=facts, at=at)
    journal.record(session, "payment.owner_written_to", subject=payment.id, by=by, at=at, law=law, amount_cents=dormancy.amount_cents)
    return dormancy


async def make_dormant(session: AsyncSession, payment_id: UUID, *, by: UUID, at: datetime) -> Payment:
    """Move what a payment owes to unclaimed: its owner was written to, and the law's years have passed.

    Raises:
        NotFoundError: no such payment.
        WrongStateError: it is on its way, or arrived, or is unclaimed already.
        ConflictError: nothing is owed, nobody wrote to the owner, or the day has not come; says which day it is.

    """
    locked = await lock_payment(session, payment_id)
    payment = locked.payment
    _check_owed(locked, move="dormant")
    dormancy = await _last(session, payment)
    if dormancy is None or dormancy.dormant_on is not None:
        raise ConflictError("the owner of this payment has to be written to first")
    today = await program_day(session, payment, at=at)
    if today < first_day(dormancy):
        raise ConflictError(f"this payment is unclaimed from {first_day(dormancy)} on, not before")
    dormancy.amount_cents, dormancy.dormant_by, dormancy.dormant_on = owed_cents(payment), by, today
    payment.state, payment.held_because, payment.look_at = PaymentState.DORMANT, None, None
    locked.bill.is_sending = True  # it is owed to whoever claims it: nobody reverses it meanwhile
    journal.record(session, "payment.dormant", subject=payment.id, by=by, at=at, amount_cents=dormancy.amount_cents)
    await open_accounts(session, chart.accounts(payment.program_id, chart.UNCLAIMED), at=at)
    entry = entries.dormant(
        book_id=payment.program_id,
        dormancy_id=dormancy.id,
        payment_id=payment.id,
        vendor_id=payment.vendor_id,
        amount_cents=dormancy.amount_cents,
        on=today,
    )
    await post(session, entry, at=at)
    return payment


async def claim_dormant(session: AsyncSession, payment_id: UUID, *, by: UUID, at: datetime) -> Payment:
    """Owe a vendor again what was unclaimed, because it came for it; it is sent by a retry.

    Raises:
        NotFoundError: no such payment.
        WrongStateError: it is not unclaimed.
        ConflictError: the state has the money: the vendor claims it there.

    """
    locked = await lock_payment(session, payment_id)
    payment = locked.payment
    if payment.state is not PaymentState.DORMANT:
        raise WrongStateError("payment", payment.id, state=payment.state, move="claim", open_moves=())
    dormancy = await _last(session, payment)
    assert dormancy is not None, "it was made dormant"
    if dormancy.remittance_id is not None:
        raise ConflictError("this money was paid on to the state: its owner claims it there")
    today = await program_day(session, payment, at=at)
    dormancy.claimed_by, dormancy.claimed_on = by, today
    payment.state = PaymentState.CANCELED
    if payment.sent_at is not None:
        payment.state = PaymentState.REVERSED if payment.returned_cents == sent_cents(payment) else PaymentState.SENT
    locked.bill.is_sending = False
    journal.record(session, "payment.claimed", subject=payment.id, by=by, at=at, amount_cents=dormancy.amount_cents)
    entry = entries.dormant_claimed(
        book_id=payment.program_id,
        dormancy_id=dormancy.id,
        payment_id=payment.id,
        vendor_id=payment.vendor_id,
        amount_cents=dormancy.amount_cents,
        on=today,
    )
    await post(session, entry, at=at)
    return payment


async def unclaimed_of(session: AsyncSession, program_id: UUID, payment_ids: Collection[UUID] | None) -> list[Dormancy]:
    """Read and lock what is unclaimed in a program and not paid on: all of it, or only what these payments owe."""
    query = select(Dormancy).where(
        Dormancy.program_id == program_id,
        Dormancy.dormant_on.is_not(None),
        Dormancy.claimed_on.is_(None),
        Dormancy.remittance_id.is_(None),
    )
    if payment_ids is not None:
        query = query.where(Dormancy.payment_id.in_(payment_ids))
    rows = await session.scalars(query.order_by(Dormancy.id).with_for_update().execution_options(populate_existing=True))
    return list(rows)


def _check_owed(locked: Locked, *, move: str) -> None:
    payment = locked.payment
    if payment.state not in _TAKEN_BY_NOBODY or owed_cents(payment) == 0 or payment.is_outstanding:
        raise WrongStateError("payment", payment.id, state=payment.state, move=move, open_moves=())
    if not is_bill_payable(locked.bill, payment):
        raise ConflictError("the bill of this payment was reversed: nothing is owed")


async def _last(session: AsyncSession, payment: Payment) -> Dormancy | None:
    query = select(Dormancy).where(Dormancy.payment_id == payment.id).order_by(Dormancy.id.desc()).limit(1)
    return (await session.scalars(query.with_for_update().execution_options(populate_existing=True))).one_or_none()
