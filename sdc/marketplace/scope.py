"""Which vendors a caller may see: a filter for queries, so that what is not theirs is not there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal, Role
from sdc.errors import NotFoundError
from sdc.idempotency import Recheck
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.programs.scope import program_scope
from vendors import Vendor, VendorState


def vendor_scope(who: Principal, *, at: datetime) -> ColumnElement[bool]:
    """Express which vendors are a caller's: itself, those of their programs, or those a member can buy from."""
    match who.role:
        case Role.VENDOR:
            return Vendor.id == who.id
        case Role.MEMBER | Role.REPRESENTATIVE:
            programs = select(Member.program_id).where(member_scope(who, at=at))
            return and_(Vendor.program_id.in_(programs), Vendor.state == VendorState.ACTIVE)
        case _:
            return program_scope(who, Vendor.program_id)


def recheck_vendor(vendor_id: UUID, *, who: Principal, at: datetime) -> Recheck:
    """Have a call's answer given again only to whoever may still see the vendor."""

    async def recheck(session: AsyncSession) -> object:
        return await load_vendor(session, vendor_id, who=who, at=at)

    return recheck


async def load_vendor(session: AsyncSession, vendor_id: UUID, *, who: Principal, at: datetime, lock: bool = False) -> Vendor:
    """Read a vendor that the caller may see, locked when it is to be changed.

    Raises:
        NotFoundError: no such vendor, or not the caller's.

    """
    query = select(Vendor).where(Vendor.id == vendor_id, vendor_scope(who, at=at))
    vendor = await session.scalar(query.with_for_update() if lock else query)
    if vendor is None:
        raise NotFoundError("vendor", vendor_id)
    return vendor
