"""What vendors offer, in which unit and at which price."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from vendors.model import Offering


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
