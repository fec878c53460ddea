"""Take the locks of a purchase in the one order, vendor, budget and its member, purchase, and see only what is the caller's."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from sdc.auth.principal import Principal, Role
from sdc.budgets.model import Budget
from sdc.budgets.release import release_due
from sdc.clock import local_date
from sdc.errors import ConflictError, NotFoundError
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.programs.model import Program, Staff
from sdc.purchases.model import Purchase
from vendors import Offering, Vendor


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose money it is, by whose rules, with whose broker, and who would be paid: read under the locks."""

    budget: Budget
    member: Member
    program: Program
    broker: Staff | None
    vendor: Vendor
    offering: Offering | None
    today: date
    is_locked: bool


async def find_standing(
    session: AsyncSession,
    *,
    budget_id: UUID,
    vendor_id: UUID,
    offering_id: UUID | None = None,
    member_id: UUID | None = None,
    scope: ColumnElement[bool] | None = None,
    is_locking: bool = True,
    at: datetime,
) -> Standing:
    """Lock the vendor (shared), the budget and its member, and read what stands around them in one statement; release what is due.

    The rules look at all that a member bought, from whichever budget: two requests from two budgets wait for one another
    at the member. What that statement reads beside the rows it locks is of the moment before it waited: balances, plans and
    history are read after it, by `gather`.

    Raises:
        NotFoundError: the budget, the vendor in its program, or the vendor's offering is not there, or not the caller's.
        ConflictError: the offering was retired.

    """
    scope = and_(true() if scope is None else scope, true() if member_id is None else Member.id == member_id)
    ids = {"budget_id": budget_id, "vendor_id": vendor_id, "offering_id": offering_id}
    row = (await session.execute(_standing(is_locking=is_locking).where(scope), ids)).one_or_none()
    if row is None:
        raise NotFoundError(await _missing(session, budget_id, scope), budget_id)
    budget, member, program, broker, vendor, sold = row
    offering: Offering | None = sold  # it and the broker are outer joined
    if offering_id is not None and offering is None:
        raise NotFoundError("offering", offering_id)
    if offering is not None and not offering.is_active:
        raise ConflictError("this is not on offer any more: choose something else that the vendor sells")
    today = local_date(at, program.time_zone)
    if is_locking and budget.next_release_on is not None and budget.next_release_on <= today:
        await release_due(session, budget, today=today, at=at)
    return Standing(budget, member, program, broker, vendor, offering, today, is_locking)


async def find_purchase(session: AsyncSession, reference: UUID, *, scope: ColumnElement[bool], at: datetime) -> tuple[Standing, Purchase]:
    """Lock a purchase that is the caller's, and all that comes before it in the lock order.

    Raises:
        NotFoundError: there is none, or it is not the caller's.

    """
    places = await session.execute(
        select(Purchase.id, Purchase.budget_id, Purchase.vendor_id).where(
            or_(Purchase.id == reference, Purchase.order_id == reference), scope
        )
    )
    place = places.one_or_none()
    if place is None:
        raise NotFoundError("purchase", reference)
    standing = await find_standing(session, budget_id=place.budget_id, vendor_id=place.vendor_id, at=at)
    locked = select(Purchase).where(Purchase.id == place.id).with_for_update().execution_options(populate_existing=True)
    return standing, (await session.scalars(locked)).one()


def purchase_scope(who: Principal, *, at: datetime) -> ColumnElement[bool]:
    """Express which purchases are a caller's: those of their members; a vendor's are those it may fill."""
    if who.role is Role.VENDOR:
        return and_(Purchase.vendor_id == who.id, Purchase.authorization_id.is_not(None))
    return Purchase.member_id.in_(select(Member.id).where(member_scope(who, at=at)))


@cache
def _standing(*, is_locking: bool) -> Select[Budget, Member, Program, Staff, Vendor, Offering]:
    """Build the statement once: to build it anew costs more than to run it."""
    vendors = select(Vendor).where(Vendor.id == bindparam("vendor_id", type_=Vendor.id.type))
    if is_locking:
        vendors = vendors.with_for_update(read=True)  # before the budget: its lock is taken where the subquery runs
    vendor = aliased(Vendor, vendors.subquery())
    offered = bindparam("offering_id", type_=Offering.id.type)
    query = (
        select(Budget, Member, Program, Staff, vendor, Offering)
        .join(Member, Member.id == Budget.member_id)
        .join(Program, Program.id == Budget.program_id)
        .join(vendor, vendor.program_id == Budget.program_id)
        .outerjoin(Staff, Staff.id == Member.broker_id)
        .outerjoin(Offering, and_(Offering.id == offered, Offering.vendor_id == vendor.id))
        .where(Budget.id == bindparam("budget_id", type_=Budget.id.type))
        .execution_options(populate_existing=True)
    )
    return query.with_for_update(of=(Budget, Member), key_share=True) if is_locking else query


async def _missing(session: AsyncSession, budget_id: UUID, scope: ColumnElement[bool]) -> str:
    """Name what of a request is not there."""
    budget = select(Budget.id).join(Member, Member.id == Budget.member_id).where(Budget.id == budget_id, scope)
    return "budget" if await session.scalar(budget) is None else "vendor"
