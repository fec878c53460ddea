"""All that a bill is judged by, read under the locks that keep it true: vendor, budget, purchase, then the bill."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc.bills.model import Bill, BillApproval
from sdc.bills.states import TAKEN
from sdc.purchases.facts import employer_of, gather
from sdc.purchases.locking import Standing, find_purchase
from sdc.purchases.model import Authorization, Delivery, DeliveryState, Purchase

ON_RECORD = "on record"
"""What the policy is told of a fact that a visit's record says: that it does, and no more."""


@dataclass(frozen=True, slots=True)
class Case:
    """A purchase that is billed, what is left of its authorisation, and all that stands around it."""

    standing: Standing
    purchase: Purchase
    authorization: Authorization

    @property
    def today(self) -> date:
        """The day it is in the program."""
        return self.standing.today


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands beside a bill at this moment: read after the locks, so that it stays true until the commit."""

    approvals: list[BillApproval]
    is_number_taken: bool
    confirmed_thousandths: int


async def open_case(session: AsyncSession, purchase_id: UUID, *, at: datetime) -> Case:
    """Lock vendor (shared), budget and purchase in the order that everybody keeps, and read what belongs to them.

    Raises:
        NotFoundError: no such purchase.

    """
    standing, purchase = await find_purchase(session, purchase_id, scope=true(), at=at)
    locked = select(Authorization).where(Authorization.id == purchase.authorization_id).with_for_update()
    authorization = (await session.scalars(locked.execution_options(populate_existing=True))).one()
    return Case(standing, purchase, authorization)


async def lock_bill(session: AsyncSession, bill_id: UUID) -> Bill:
    """Lock a bill that is known to exist, after its case."""
    query = select(Bill).where(Bill.id == bill_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def read_circumstances(session: AsyncSession, bill: Bill) -> Circumstances:
    """Read the approvals, deliveries and papers that a bill's decision depends on."""
    approvals = await session.scalars(select(BillApproval).where(BillApproval.bill_id == bill.id).order_by(BillApproval.id))
    taken = select(Bill.id).where(Bill.vendor_id == bill.vendor_id, Bill.number == bill.number, Bill.id != bill.id, Bill.state.in_(TAKEN))
    confirmed = select(func.coalesce(func.sum(Delivery.quantity_thousandths), 0)).where(
        Delivery.purchase_id == bill.purchase_id, Delivery.state == DeliveryState.CONFIRMED
    )
    row = (await session.execute(select(taken.exists(), confirmed.scalar_subquery()))).one()
    return Circumstances(
        approvals=[one for one in approvals if one.by != bill.sent_by],  # who sent a bill does not approve it
        is_number_taken=bool(row[0]),
        confirmed_thousandths=int(row[1]),
    )


async def ask_policy(
    session: AsyncSession, case: Case, bill: Bill, beside: Circumstances, *, at: datetime
) -> tuple[policy.Rulebook, policy.Facts, policy.Decision]:
    """Ask whether the bill may be paid.

    The member's own words stay out: no rule of this stage looks at them, and a decision on a bill is read by more people
    than one on a request.
    """
    question = await gather(session, case.standing, case.purchase, words={}, at=at)
    number_taken = {(str(bill.vendor_id), bill.number)} if beside.is_number_taken else set()
    facts = replace(
        question.facts,
        approvals=tuple(
            policy.Approval(
                by=str(one.by),
                role=one.role,
                relatives=frozenset(one.relatives),
                employer=employer_of(case.standing.vendor, one.employer_id),
            )
            for one in beside.approvals
        ),
        pay=policy.PayFacts(
            authorized_cents=case.authorization.left_cents,
            bill=policy.BillFacts(
                number=bill.number,
                received_on=bill.received_on,
                amount_cents=bill.amount_cents,
                business=bill.business,
                billed_on=bill.billed_on,
                description=bill.description,
            ),
            paid_bills=frozenset(number_taken),
            tolerance_used_cents=case.authorization.tolerance_cents,
            visit_record=dict.fromkeys(bill.visit_says, ON_RECORD),
        ),
    )
    return question.rulebook, facts, policy.evaluate(question.rulebook, facts, stage="pay")
