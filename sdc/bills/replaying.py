"""Tell the past of bills, for a dry run: how each was decided, and what it spent (see `purchases/replaying.py`)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.bills.model import Bill
from sdc.crypto import KeyRing
from sdc.journal import Event
from sdc.purchases.model import DecisionRecord, Purchase
from sdc.purchases.replaying import PastLine, decision_line, money_line


async def bill_lines(session: AsyncSession, member_ids: Sequence[UUID], keyring: KeyRing) -> list[PastLine]:
    """Tell the decisions on bills of members' purchases, the money that accepted ones took, and what was taken or given back."""
    decided = (
        select(DecisionRecord, Bill.purchase_id, Bill.budget_id, Purchase.member_id)
        .join(Bill, Bill.id == DecisionRecord.subject_id)
        .join(Purchase, Purchase.id == Bill.purchase_id)
        .where(Purchase.member_id.in_(member_ids))
    )
    lines = [
        decision_line(record, member_id, "bill", ("pay",), keyring, {}, of=str(purchase_id), account=str(budget_id))
        for record, purchase_id, budget_id, member_id in await session.execute(decided)
    ]
    spent = (
        select(Event.id.label("event_id"), Event.at, Bill.id, Bill.purchase_id, Bill.amount_cents, Purchase.member_id)
        .select_from(Event)
        .join(Bill, Bill.id == Event.subject_id)
        .join(Purchase, Purchase.id == Bill.purchase_id)
        .where(Purchase.member_id.in_(member_ids), Event.kind == "bill.accepted")
    )
    lines += [
        money_line(row.member_id, row.at, row.event_id, "spent", of=str(row.purchase_id), cents=row.amount_cents, bill=str(row.id))
        for row in await session.execute(spent)
    ]
    reversed_ = (
        select(Event.id, Event.at, Bill.purchase_id, Bill.amount_cents, Purchase.member_id)
        .join(Bill, Bill.id == Event.subject_id)
        .join(Purchase, Purchase.id == Bill.purchase_id)
        .where(Purchase.member_id.in_(member_ids), Event.kind == "bill.reversed")
    )
    lines += [
        money_line(row.member_id, row.at, row.id, "returned", of=str(row.purchase_id), cents=row.amount_cents)
        for row in await session.execute(reversed_)
    ]
    refunded = (
        select(Event.id, Event.at, Event.data, Bill.purchase_id, Purchase.member_id)
        .join(Bill, Bill.id == Event.subject_id)
        .join(Purchase, Purchase.id == Bill.purchase_id)
        .where(Purchase.member_id.in_(member_ids), Event.kind == "refund.received")
    )
    lines += [
        money_line(row.member_id, row.at, row.id, "refunded", of=str(row.purchase_id), cents=row.data["amount_cents"])
        for row in await session.execute(refunded)
    ]
    return lines
