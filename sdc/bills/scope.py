"""Which bills and orders a caller may see: filters for queries, so that what is not theirs is not there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal, Role
from sdc.bills.model import Bill
from sdc.errors import NotFoundError
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.programs.scope import program_scope
from sdc.purchases.model import Purchase


def bill_scope(who: Principal, *, at: datetime) -> ColumnElement[bool]:
    """Express which bills are a caller's: a vendor's own, a broker's caseload, the programs of the rest of the staff."""
    match who.role:
        case Role.VENDOR:
            return Bill.vendor_id == who.id
        case Role.BROKER:
            theirs = select(Purchase.id).join(Member, Member.id == Purchase.member_id).where(member_scope(who, at=at))
            return Bill.purchase_id.in_(theirs)
        case _:
            return program_scope(who, Bill.program_id)


async def load_bill(session: AsyncSession, bill_id: UUID, *, who: Principal, at: datetime) -> Bill:
    """Read a bill that the caller may see.

    Raises:
        NotFoundError: no such bill, or not the caller's.

    """
    bill = await session.scalar(select(Bill).where(Bill.id == bill_id, bill_scope(who, at=at)))
    if bill is None:
        raise NotFoundError("bill", bill_id)
    return bill


async def find_order(session: AsyncSession, order_id: UUID, *, who: Principal, at: datetime) -> UUID:
    """Find the purchase behind an order that the caller may bill; a broker may name the purchase itself.

    Raises:
        NotFoundError: no such order, or not the caller's.

    """
    query = select(Purchase.id).where(Purchase.authorization_id.is_not(None))
    if who.role is Role.VENDOR:
        query = query.where(Purchase.order_id == order_id, Purchase.vendor_id == who.id)
    else:
        query = query.join(Member, Member.id == Purchase.member_id).where(member_scope(who, at=at))
        query = query.where(or_(Purchase.order_id == order_id, Purchase.id == order_id))
    purchase_id = await session.scalar(query)
    if purchase_id is None:
        raise NotFoundError("order", order_id)
    return purchase_id
