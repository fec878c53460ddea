"""From an entry back to why it was made: the purchase, its decision, who approved, the bill, the payment, the papers.

An entry's subject is the id of what happened: an authorisation, a bill, an attempt to pay, a saving, a closed month. From there the
way goes up to the purchase; all of it is read in a handful of statements for a whole page of entries. Of a bill that was refunded, the
refunds stand beside it; of money that was paid on, the remittance, and of what a payer takes back, the take-back, with who recorded it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from sdc.bills.model import Bill, BillApproval
from sdc.bills.refund import Refund
from sdc.budgets.model import BudgetClosing, MonthClose, Saving
from sdc.changes.model import ChangeApproval
from sdc.database import Base
from sdc.documents.model import Document
from sdc.payments.afterwards_model import Dormancy, Remittance, TakeBack
from sdc.payments.model import Attempt, Payment
from sdc.purchases.model import Authorization, DecisionRecord, Purchase, PurchaseApproval

RowT = TypeVar("RowT", bound=Base)


@dataclass(slots=True)
class Cause:
    """What stands behind one entry: of a saving its decision and who said yes; of a deposit nothing."""

    purchase: Purchase | None = None
    decision: DecisionRecord | None = None
    approvals: list[PurchaseApproval | BillApproval | ChangeApproval] = field(default_factory=list)
    bill: Bill | None = None
    payment: Payment | None = None
    refunds: list[Refund] = field(default_factory=list)
    dormancy: Dormancy | None = None
    remittance: Remittance | None = None
    take_back: TakeBack | None = None
    month: MonthClose | None = None
    closings: list[BudgetClosing] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)


async def find_causes(session: AsyncSession, subjects: Iterable[UUID]) -> dict[UUID, Cause]:
    """Find what stands behind each of the subjects of some entries."""
    asked = set(subjects)
    payments = await _payments_of(session, asked)
    bills = await _by_id(session, Bill, asked | {payment.bill_id for payment in payments.values()})
    authorizations = await _by_id(session, Authorization, asked)
    billed = {bill.purchase_id for bill in bills.values()}
    purchases = await _by_id(session, Purchase, billed | {one.purchase_id for one in authorizations.values()})
    savings = await _by_id(session, Saving, asked)
    decided = {purchase.decision_id for purchase in purchases.values()} | {saving.decision_id for saving in savings.values()}
    decisions = await _by_id(session, DecisionRecord, decided)
    yes_to_purchases = await _grouped(session, PurchaseApproval, PurchaseApproval.purchase_id, purchases)
    yes_to_bills = await _grouped(session, BillApproval, BillApproval.bill_id, bills)
    yes_to_savings = await _grouped(session, ChangeApproval, ChangeApproval.change_id, savings)
    papers = await _grouped(session, Document, Document.owner_id, {*purchases, *bills})
    refunds = await _grouped(session, Refund, Refund.bill_id, bills)
    dormancies = await _grouped(session, Dormancy, Dormancy.payment_id, [payment.id for payment in payments.values()])
    remittances = await _by_id(session, Remittance, asked)
    take_backs = await _by_id(session, TakeBack, asked)
    months = await _by_id(session, MonthClose, asked)
    closings = await _grouped(session, BudgetClosing, BudgetClosing.budget_id, asked)

    causes = {subject: Cause() for subject in asked}
    for subject, cause in causes.items():
        payment = cause.payment = payments.get(subject)
        bill = cause.bill = bills.get(payment.bill_id if payment else subject)
        authorization = authorizations.get(subject)
        cause.refunds = refunds.get(bill.id, []) if bill else []
        cause.dormancy = next(reversed(dormancies.get(payment.id, ())), None) if payment else None
        cause.remittance, cause.take_back, cause.month = remittances.get(subject), take_backs.get(subject), months.get(subject)
        cause.closings = closings.get(subject, [])
        if subject in savings:
            cause.decision = decisions.get(savings[subject].decision_id)
            cause.approvals = [*yes_to_savings.get(subject, ())]
        purchase_id = bill.purchase_id if bill else authorization.purchase_id if authorization else None
        if purchase_id is None:
            continue
        cause.purchase = purchases[purchase_id]
        cause.decision = decisions.get(cause.purchase.decision_id)
        cause.approvals = [*yes_to_purchases.get(purchase_id, ()), *(yes_to_bills.get(bill.id, ()) if bill else ())]
        cause.documents = [*papers.get(purchase_id, ()), *(papers.get(bill.id, ()) if bill else ())]
    return causes


async def _payments_of(session: AsyncSession, subjects: set[UUID]) -> dict[UUID, Payment]:
    """Find the payments of attempts (or of bills that were paid, or the payments themselves), by the subject."""
    by_attempt = select(Attempt.id, Payment).join(Payment, Payment.id == Attempt.payment_id).where(Attempt.id.in_(subjects))
    by_bill = select(Payment.bill_id, Payment).where(Payment.bill_id.in_(subjects))
    found: dict[UUID, Payment] = {}
    itself = select(Payment.id, Payment).where(Payment.id.in_(subjects))
    for query in (by_attempt, by_bill, itself):
        found |= {row[0]: row[1] for row in await session.execute(query)}
    return found


async def _by_id(session: AsyncSession, model: type[RowT], ids: Iterable[UUID]) -> dict[UUID, RowT]:
    key: InstrumentedAttribute[UUID] = model.id  # type: ignore[attr-defined]
    rows = await session.scalars(select(model).where(key.in_(set(ids))))
    return {row.id: row for row in rows}  # type: ignore[attr-defined]


async def _grouped(
    session: AsyncSession, model: type[RowT], owner: InstrumentedAttribute[UUID], ids: Iterable[UUID] | Mapping[UUID, object]
) -> dict[UUID, list[RowT]]:
    """Read what belongs to each of the owners, the oldest first."""
    found: dict[UUID, list[RowT]] = {}
    key: InstrumentedAttribute[UUID] = model.id  # type: ignore[attr-defined]
    for row in await session.scalars(select(model).where(owner.in_(set(ids))).order_by(key)):
        found.setdefault(getattr(row, owner.key), []).append(row)
    return found
