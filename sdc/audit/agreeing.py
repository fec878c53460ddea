"""Whether the books say what the features say: authorisations, accepted bills, sent payments and refunds, against their entries."""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.bills.model import Bill, BillState
from sdc.bills.refund import Refund, RefundReceipt
from sdc.books import chart
from sdc.budgets.model import Budget
from sdc.ids import derived_id
from sdc.payments.afterwards_model import TakeBack
from sdc.payments.model import Attempt, AttemptState, Payment
from sdc.purchases.model import Authorization

_PAGE = 1_000
_TOOK_MONEY = (BillState.ACCEPTED, BillState.PAID, BillState.REVERSED)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that the books and a feature tell differently."""

    kind: str
    program_id: UUID
    subject: UUID
    detail: str


async def disagreements(session: AsyncSession, program_id: UUID) -> list[Disagreement]:
    """Compare the book of a program with its authorisations, bills and payments."""
    return [
        *await _authorizations(session, program_id),
        *await _budgets(session, program_id),
        *await _bills(session, program_id),
        *await _payments(session, program_id),
        *await _refunds(session, program_id),
        *await _take_backs(session, program_id),
    ]


async def _authorizations(session: AsyncSession, program_id: UUID) -> list[Disagreement]:
    """Find authorisations that are not what is left of them, what was spent and what was given back, together."""
    whole = Authorization.left_cents + Authorization.spent_cents + Authorization.released_cents
    wrong = await session.scalars(
        select(Authorization)
        .where(Authorization.program_id == program_id, Authorization.authorized_cents != whole)
        .order_by(Authorization.id)
    )
    return [
        Disagreement(
            "authorization_sum",
            program_id,
            one.id,
            f"authorized {one.authorized_cents} cents, but {one.left_cents} left, {one.spent_cents} spent, {one.released_cents} released",
        )
        for one in wrong
    ]


async def _budgets(session: AsyncSession, program_id: UUID) -> list[Disagreement]:
    """Compare what the books hold aside for each budget with what is left of its authorisations."""
    left = func.coalesce(func.sum(Authorization.left_cents), 0)
    rows = await session.execute(
        select(Budget.id, left)
        .outerjoin(Authorization, Authorization.budget_id == Budget.id)
        .where(Budget.program_id == program_id)
        .group_by(Budget.id)
    )
    promised = {budget_id: int(cents) for budget_id, cents in rows}
    accounts = {budget_id: chart.account_id(program_id, chart.encumbered(budget_id)) for budget_id in promised}
    opened = await ledger.find_accounts(session, accounts.values())
    held = await ledger.balances(session, opened)
    return [
        Disagreement(
            "encumbered",
            program_id,
            budget_id,
            f"the books hold {held.get(accounts[budget_id])} cents aside, {cents} are left of its authorisations",
        )
        for budget_id, cents in sorted(promised.items())
        if held.get(accounts[budget_id]) != cents
    ]


async def _bills(session: AsyncSession, program_id: UUID) -> list[Disagreement]:
    """Find bills that took money without an expenditure of their amount, and expenditures without a bill."""
    posted = {entry.subject: entry async for entry in _entries(session, program_id, "expenditure")}
    undone = {entry.subject async for entry in _entries(session, program_id, "expenditure_reversed")}
    query = (
        select(Bill.id, Bill.state, Bill.amount_cents).where(Bill.program_id == program_id, Bill.state.in_(_TOOK_MONEY)).order_by(Bill.id)
    )
    found = []
    for bill_id, state, amount_cents in await session.execute(query):
        entry = posted.pop(bill_id, None)
        cents = sum(transfer.amount_cents for transfer in entry.transfers) if entry else None
        if cents != amount_cents:
            found.append(
                Disagreement("bill_expenditure", program_id, bill_id, f"a bill of {amount_cents} cents, an expenditure of {cents}")
            )
        if (state is BillState.REVERSED) != (bill_id in undone):
            found.append(Disagreement("bill_reversal", program_id, bill_id, f"the bill is {state}, the books disagree"))
    return [*found, *_without_cause("expenditure_without_bill", program_id, posted)]


async def _payments(session: AsyncSession, program_id: UUID) -> list[Disagreement]:
    """Find attempts that were sent and not settled, of the amount, and settlements without an attempt."""
    posted = {entry.id: entry async for entry in _entries(session, program_id, "settlement")}
    sent = await session.execute(
        select(Attempt.id, Attempt.amount_cents)
        .join(Payment, Payment.id == Attempt.payment_id)
        .where(
            Payment.program_id == program_id,
            Attempt.state == AttemptState.SENT,
            Attempt.settled_on.is_not(None),  # one that was voided before it cleared was not paid
            ~Attempt.is_outstanding,
        )
        .order_by(Attempt.id)
    )
    found = []
    for attempt_id, amount_cents in sent:
        entry = posted.pop(derived_id(attempt_id, "settlement"), None)
        cents = sum(transfer.amount_cents for transfer in entry.transfers) if entry else None
        if cents != amount_cents:
            found.append(
                Disagreement("payment_settlement", program_id, attempt_id, f"a payment of {amount_cents} cents, a settlement of {cents}")
            )
    found += await _sent_payments(session, program_id)
    return [*found, *_without_cause("settlement_without_payment", program_id, {entry.subject for entry in posted.values()})]


async def _sent_payments(session: AsyncSession, program_id: UUID) -> list[Disagreement]:
    """Find payments whose attempts do not come to what was sent of them, less what came back."""
    sent = Payment.amount_cents - Payment.withheld_cents - Payment.offset_cents
    kept = func.coalesce(func.sum(Attempt.amount_cents - Attempt.returned_cents), 0)
    rows = await session.execute(
        select(Payment.id, sent, Payment.returned_cents, kept)
        .outerjoin(Attempt, and_(Attempt.payment_id == Payment.id, Attempt.state == AttemptState.SENT))
        .where(Payment.program_id == program_id, Payment.sent_at.is_not(None))
        .group_by(Payment.id, sent, Payment.returned_cents)
        .order_by(Payment.id)
    )
    return [
        Disagreement(
            "payment_settlement",
            program_id,
            payment_id,
            f"{sent_cents - returned_cents} cents of a payment are sent, its attempts hold {held}",
        )
        for payment_id, sent_cents, returned_cents, held in rows
        if int(held) != sent_cents - returned_cents
    ]


async def _refunds(session: AsyncSession, program_id: UUID) -> list[Disagreement]:
    """Find receipts of refunds without an entry of their amount, entries without a receipt, and authorisations that count others."""
    kinds = ("refund_received", "refund_collected")
    posted: dict[UUID, ledger.Entry] = {}
    for kind in kinds:
        posted |= {entry.id: entry async for entry in _entries(session, program_id, kind)}
    receipts = select(RefundReceipt.id, RefundReceipt.amount_cents).where(RefundReceipt.program_id == program_id)
    found = []
    for receipt_id, amount_cents in await session.execute(receipts.order_by(RefundReceipt.id)):
        entry = next((one for kind in kinds if (one := posted.pop(derived_id(receipt_id, kind), None))), None)
        cents = sum(transfer.amount_cents for transfer in entry.transfers if transfer.tag) if entry else None
        if cents != amount_cents:
            found.append(Disagreement("refund", program_id, receipt_id, f"{amount_cents} cents came back, an entry of {cents}"))
    came = func.coalesce(func.sum(RefundReceipt.amount_cents), 0)
    counted = await session.execute(
        select(Authorization.id, Authorization.refunded_cents, came)
        .outerjoin(Bill, Bill.authorization_id == Authorization.id)
        .outerjoin(Refund, Refund.bill_id == Bill.id)
        .outerjoin(RefundReceipt, RefundReceipt.refund_id == Refund.id)
        .where(Authorization.program_id == program_id)
        .group_by(Authorization.id, Authorization.refunded_cents)
        .having(Authorization.refunded_cents != came)
        .order_by(Authorization.id)
    )
    found += [
        Disagreement("refund", program_id, authorization_id, f"{refunded_cents} cents are counted as refunded, {cents} came back")
        for authorization_id, refunded_cents, cents in counted
    ]
    return [*found, *_without_cause("refund_without_receipt", program_id, {entry.subject for entry in posted.values()})]


async def _take_backs(session: AsyncSession, program_id: UUID) -> list[Disagreement]:
    """Compare what is owed to payers, and to us, for what they took back, with what take-backs say is not paid and not recovered."""
    due = func.coalesce(func.sum(TakeBack.amount_cents - TakeBack.paid_cents), 0)
    open_to_us = func.coalesce(func.sum(TakeBack.amount_cents - TakeBack.recovered_cents), 0)
    row = (await session.execute(select(due, open_to_us).where(TakeBack.program_id == program_id))).one()
    told = {
        chart.account_id(program_id, code): int(cents) for code, cents in zip((chart.PAYER_DUE, chart.RECOVERABLE_PAYER), row, strict=True)
    }
    opened = await ledger.find_accounts(session, told)
    held = await ledger.balances(session, opened)
    return [
        Disagreement("take_back", program_id, account, f"the books hold {held.get(account, 0)} cents, {cents} are open of take-backs")
        for account, cents in told.items()
        if held.get(account, 0) != cents
    ]


def _without_cause(kind: str, program_id: UUID, subjects: Collection[UUID]) -> list[Disagreement]:
    return [
        Disagreement(kind, program_id, subject, f"{times} entries that nothing explains")
        for subject, times in sorted(Counter(subjects).items())
    ]


async def _entries(session: AsyncSession, program_id: UUID, kind: str) -> AsyncIterator[ledger.Entry]:
    cursor: str | None = None
    while True:
        page = await ledger.entries(session, program_id, kind=kind, after=cursor, limit=_PAGE)
        for recorded in page.entries:
            yield recorded.entry
        cursor = page.next_cursor
        if cursor is None:
            return
