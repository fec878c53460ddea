"""A vendor gives back what it was paid: in cash, or, with its consent, set off against its next payments.

| it comes                        | the money goes to                                     |
|---------------------------------|-------------------------------------------------------|
| while the budget's period lasts | what the member can spend, under the same category    |
| of a purchase from savings      | the member's savings                                  |
| after the period's end          | the payer whose source it was (`lapsed`)              |

Never more is asked back than was paid of a bill, less what was asked before. What is asked and has not come is claimed: the books
show that the vendor owes it, and nobody can spend it yet.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal, Role
from sdc.bills.case import Case, lock_bill, open_case
from sdc.bills.model import Bill
from sdc.bills.refund import Refund, RefundReceipt, RefundState, RefundTo, RefundWay
from sdc.books import chart, entries
from sdc.books.posting import open_accounts, post
from sdc.crypto import KeyRing
from sdc.errors import ConflictError, InvalidFieldError, WrongStateError
from sdc.marketplace.messages import write_message
from sdc.payments.model import Payment
from sdc.payments.splitting import free_offset_cents
from sdc.purchases.authorizing import collect_authorization, refund_authorization
from sdc.purchases.model import PaidFrom

REASON_COLUMN = "refunds.reason"
WAIVER_COLUMN = "refunds.waiver"


@dataclass(frozen=True, slots=True)
class AskedRefund:
    """What is asked back of a bill, or came: `received_on` is when the cash came, or when the vendor agreed to an offset."""

    way: RefundWay
    amount_cents: int
    received_on: date | None
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundIds:
    """The ids of a new refund, of what came of it at once, and of the message to its vendor."""

    refund: UUID
    receipt: UUID
    message: UUID


@dataclass(frozen=True, slots=True)
class Opened:
    """A bill with its payment and all that a refund of it changes, locked."""

    case: Case
    bill: Bill
    payment: Payment | None


async def refund_bill(
    session: AsyncSession, bill: Bill, asked: AskedRefund, *, ids: RefundIds, by: UUID, keyring: KeyRing, at: datetime
) -> Refund:
    """Take in cash that a vendor gave back of a bill, or claim it; with the vendor's consent its next payments send less.

    Raises:
        InvalidFieldError: a day that has not come, or lies before the bill; none where one is needed, or one where none is.
        ConflictError: less was paid of the bill and not asked back before.

    """
    opened = await _open(session, bill, at=at)
    _check_day(asked, opened)
    left_cents = _paid_cents(opened.payment) - await _asked_cents(session, bill.id)
    if asked.amount_cents > left_cents:
        raise ConflictError(f"{max(0, left_cents)} cents of this bill were paid and not asked back yet, {asked.amount_cents} are asked")
    is_cash = asked.way is RefundWay.CASH
    refund = Refund(
        id=ids.refund,
        program_id=bill.program_id,
        bill_id=bill.id,
        vendor_id=bill.vendor_id,
        way=asked.way,
        state=RefundState.DUE,
        is_claimed=not is_cash,
        amount_cents=asked.amount_cents,
        collected_cents=0,
        waived_cents=0,
        reason_sealed=keyring.seal(asked.reason, REASON_COLUMN, ids.refund),
        waiver_sealed=None,
        consented_by=by if asked.way is RefundWay.OFFSET else None,
        consented_on=asked.received_on if asked.way is RefundWay.OFFSET else None,
        created_by=by,
        created_at=at,
    )
    session.add(refund)
    journal.record(session, "refund.asked", subject=refund.id, by=by, at=at, bill=bill.id, way=asked.way, amount_cents=asked.amount_cents)
    if is_cash:
        assert asked.received_on is not None, "the day was checked"
        came = Came(asked.amount_cents, asked.received_on, asked.reference)
        await _receive(session, opened, refund, came, id=ids.receipt, by=by, at=at)
        return refund
    await write_message(
        session, opened.case.standing.vendor, kind="refund_owed", id=ids.message, facts={"amount_cents": asked.amount_cents}, at=at
    )
    await open_accounts(session, chart.accounts(bill.program_id, chart.RECOVERABLE_VENDOR, chart.REFUNDS_DUE), at=at)
    claim = entries.refund_claimed(
        book_id=bill.program_id, claim_id=refund.id, bill_id=bill.id, amount_cents=asked.amount_cents, on=opened.case.today
    )
    await post(session, claim, at=at)
    return refund


@dataclass(frozen=True, slots=True)
class Came:
    """Money that came of a refund: how much, on which day, and what the bank calls it; or the payment it was set off against."""

    amount_cents: int
    on: date
    reference: str
    payment_id: UUID | None = None


async def receive_refund(session: AsyncSession, refund: Refund, came: Came, *, id: UUID, by: UUID, at: datetime) -> RefundReceipt:
    """Take in cash that came of a refund that was claimed.

    Raises:
        InvalidFieldError: the day has not come.
        WrongStateError: nothing of it is asked any more.
        ConflictError: less is asked, or payments on their way stand for it.

    """
    opened = await open_refund(session, refund, at=at)
    if came.on > opened.case.today:
        raise InvalidFieldError("received_on", "this day has not come yet")
    await _check_open(session, opened, refund, came.amount_cents, move="receive")
    return await _receive(session, opened, refund, came, id=id, by=by, at=at)


async def consent_to_offset(session: AsyncSession, refund: Refund, *, on: date | None, who: Principal, at: datetime) -> None:
    """Keep that a vendor agrees to have its next payments set off against a refund; the staff says on which day it agreed.

    Raises:
        InvalidFieldError: the staff names no day, or one that has not come.
        WrongStateError: nothing of it is asked any more, or the vendor has agreed before.

    """
    opened = await open_refund(session, refund, at=at)
    if who.role is not Role.VENDOR and on is None:
        raise InvalidFieldError("received_on", "say on which day the vendor agreed")
    agreed_on = on or opened.case.today
    if agreed_on > opened.case.today:
        raise InvalidFieldError("received_on", "this day has not come yet")
    if refund.state is not RefundState.DUE or refund.consented_on is not None:
        raise WrongStateError("refund", refund.id, state=refund.state, move="consent", open_moves=open_refund_moves(refund))
    refund.consented_by, refund.consented_on = who.id, agreed_on
    journal.record(session, "refund.consented", subject=refund.id, by=who.id, at=at, on=agreed_on)


async def waive_refund(session: AsyncSession, refund: Refund, *, reason: str, id: UUID, by: UUID, keyring: KeyRing, at: datetime) -> None:
    """Ask for the rest of a refund no more: it was asked by mistake, or can not be collected.

    Raises:
        WrongStateError: nothing of it is asked any more.
        ConflictError: payments on their way stand for it.

    """
    opened = await open_refund(session, refund, at=at)
    waived_cents = refund.due_cents
    await _check_open(session, opened, refund, waived_cents, move="waive")
    refund.waived_cents += waived_cents
    refund.waiver_sealed = keyring.seal(reason, WAIVER_COLUMN, refund.id)
    refund.state = RefundState.COLLECTED if refund.collected_cents else RefundState.WAIVED
    journal.record(session, "refund.waived", subject=refund.id, by=by, at=at, amount_cents=waived_cents)
    waiver = entries.refund_waived(
        book_id=refund.program_id, waiver_id=id, bill_id=refund.bill_id, amount_cents=waived_cents, on=opened.case.today
    )
    await post(session, waiver, at=at)


async def collect_offset(session: AsyncSession, payment_id: UUID, refund: Refund, *, id: UUID, at: datetime) -> RefundReceipt | None:
    """Collect of one refund what a payment that was sent was set off against; nothing when all of that is collected."""
    opened = await open_refund(session, refund, at=at)
    locked = select(Payment).where(Payment.id == payment_id).with_for_update()
    payment = (await session.scalars(locked.execution_options(populate_existing=True))).one()
    left_cents = await uncollected_cents(session, payment)
    cents = min(left_cents, refund.due_cents)
    if cents <= 0:
        return None
    came = Came(cents, opened.case.today, str(payment.reference), payment.id)
    return await _receive(session, opened, refund, came, id=id, by=None, at=at)


async def uncollected_cents(session: AsyncSession, payment: Payment) -> int:
    """Tell what of a payment's offset no refund was collected for yet."""
    done = select(func.coalesce(func.sum(RefundReceipt.amount_cents), 0)).where(RefundReceipt.payment_id == payment.id)
    return payment.offset_cents - int(await session.scalar(done) or 0)


def open_refund_moves(refund: Refund) -> list[str]:
    """List what can be done with a refund."""
    if refund.state is not RefundState.DUE:
        return []
    return [*(["consent"] if refund.consented_on is None else []), "receive", "waive"]


async def open_refund(session: AsyncSession, refund: Refund, *, at: datetime) -> Opened:
    """Lock a refund, its bill and all that comes before them."""
    opened = await _open(session, await session.get_one(Bill, refund.bill_id), at=at)
    locked = select(Refund).where(Refund.id == refund.id).with_for_update()
    await session.execute(locked.execution_options(populate_existing=True))
    return opened


async def _open(session: AsyncSession, bill: Bill, *, at: datetime) -> Opened:
    case = await open_case(session, bill.purchase_id, at=at)
    locked = await lock_bill(session, bill.id)
    payment = select(Payment).where(Payment.bill_id == bill.id).with_for_update().execution_options(populate_existing=True)
    return Opened(case, locked, await session.scalar(payment))


async def _receive(
    session: AsyncSession, opened: Opened, refund: Refund, came: Came, *, id: UUID, by: UUID | None, at: datetime
) -> RefundReceipt:
    """Take in what came: to whom it belongs depends on the day in the program, and on where the purchase's money came from."""
    case = opened.case
    budget, to = case.standing.budget, _goes_to(case)
    receipt = RefundReceipt(
        id=id,
        refund_id=refund.id,
        program_id=refund.program_id,
        vendor_id=refund.vendor_id,
        payment_id=came.payment_id,
        amount_cents=came.amount_cents,
        to=to,
        received_on=came.on,
        reference=came.reference,
        by=by,
        at=at,
    )
    session.add(receipt)
    refund.collected_cents += came.amount_cents
    if refund.due_cents == 0:
        refund.state = RefundState.COLLECTED
    journal.record(
        session, "refund.received", subject=opened.bill.id, by=by, at=at, refund=refund.id, amount_cents=came.amount_cents, to=to
    )
    if to is RefundTo.LAPSED:
        await open_accounts(session, chart.accounts(refund.program_id, chart.lapsed(budget.funding_source_id)), at=at)
    said = {"receipt_id": id, "bill_id": refund.bill_id, "source_id": budget.funding_source_id}
    if refund.is_claimed:
        entry = collect_authorization(
            case.authorization, **said, amount_cents=came.amount_cents, to=to.value, is_offset=came.payment_id is not None, on=came.on
        )
    else:
        entry = refund_authorization(case.authorization, **said, amount_cents=came.amount_cents, to=to.value, on=came.on)
    await post(session, entry, at=at)
    return receipt


def _goes_to(case: Case) -> RefundTo:
    if case.today > case.standing.budget.ends_on:
        return RefundTo.LAPSED
    return RefundTo.SAVED if case.purchase.paid_from is PaidFrom.SAVED else RefundTo.AVAILABLE


async def _check_open(session: AsyncSession, opened: Opened, refund: Refund, amount_cents: int, *, move: str) -> None:
    if refund.state is not RefundState.DUE:
        raise WrongStateError("refund", refund.id, state=refund.state, move=move, open_moves=open_refund_moves(refund))
    free_cents = refund.due_cents
    if refund.consented_on is not None:
        free_cents = min(free_cents, await free_offset_cents(session, opened.case.standing.vendor))
    if amount_cents > free_cents:
        raise ConflictError(f"{free_cents} cents of this refund are due and not set off against a payment yet, {amount_cents} are named")


def _check_day(asked: AskedRefund, opened: Opened) -> None:
    day, name = asked.received_on, "received_on"
    if asked.way is RefundWay.CLAIM:
        if day is not None:
            raise InvalidFieldError(name, "nothing came yet: leave this out of a claim")
        return
    if day is None:
        what = "the money came" if asked.way is RefundWay.CASH else "the vendor agreed"
        raise InvalidFieldError(name, f"say on which day {what}")
    if not opened.bill.received_on <= day <= opened.case.today:
        raise InvalidFieldError(name, "this day has not come yet, or lies before the bill")


def _paid_cents(payment: Payment | None) -> int:
    """Tell what was paid of a bill and has not come back by itself; what is withheld and set off is paid."""
    if payment is None or payment.sent_at is None or payment.is_outstanding:
        return 0
    return payment.amount_cents - payment.returned_cents


async def _asked_cents(session: AsyncSession, bill_id: UUID) -> int:
    query = select(func.coalesce(func.sum(Refund.amount_cents - Refund.waived_cents), 0)).where(Refund.bill_id == bill_id)
    return int(await session.scalar(query) or 0)
