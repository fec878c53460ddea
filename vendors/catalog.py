"""What vendors offer, in which unit and at which price."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, not_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from vendors.model import Credential, Offering, Vendor, VendorState


@dataclass(frozen=True, slots=True)
class Offered:
    """Something on offer, with its vendor and what the vendor may show."""

    offering: Offering
    vendor: Vendor
    credentials: tuple[Credential, ...]


def add_offering(
    session: AsyncSession, *, id: UUID, vendor_id: UUID, category: str, title: str, unit: str, unit_price_cents: int, tags: Sequence[str]
) -> Offering:
    """Put something on offer. A new price is a new offering, so that what was bought keeps its own."""
    offering = Offering(
        id=id,
        vendor_id=vendor_id,
        category=category,
        title=title,
        unit=unit,
        unit_price_cents=unit_price_cents,
        tags=sorted(set(tags)),
        is_active=True,
    )
    session.add(offering)
    return offering


async def find_offered(
    session: AsyncSession, *, program_id: UUID, category: str, near_cents: int, is_cheaper: bool = False, limit: int
) -> list[Offered]:
    """Read what active vendors of a program that no list excludes offer in a category, the nearest price first, in one statement.

    With `is_cheaper` only what costs less than `near_cents`.
    """
    distance = func.abs(Offering.unit_price_cents - near_cents)
    near = (
        select(Offering.id)
        .join(Vendor, Vendor.id == Offering.vendor_id)
        .where(
            Vendor.program_id == program_id,
            Vendor.state == VendorState.ACTIVE,
            not_(Vendor.on_leie | Vendor.on_sam | Vendor.on_state_list | Vendor.has_possible_match),
            Offering.category == category,
            Offering.is_active,
            Offering.unit_price_cents < near_cents if is_cheaper else true(),
        )
        .order_by(distance, Offering.id)
        .limit(limit)
    )
    rows = await session.execute(
        select(Offering, Vendor, Credential)
        .join(Vendor, Vendor.id == Offering.vendor_id)
        .outerjoin(Credential, Credential.vendor_id == Vendor.id)
        .where(Offering.id.in_(near))
        .order_by(distance, Offering.id, Credential.id)
    )
    found: dict[UUID, tuple[Offering, Vendor, list[Credential]]] = {}
    for offering, vendor, credential in rows:
        shown = found.setdefault(offering.id, (offering, vendor, []))[2]
        if credential is not None:
            shown.append(credential)
    return [Offered(offering, vendor, tuple(credentials)) for offering, vendor, credentials in found.values()]
