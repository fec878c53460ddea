"""What vendors offer, in which unit and at which price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, not_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from vendors.base import VendorBase
from vendors.credential import Credential
from vendors.model import Vendor, VendorState

UNITS = ("each", "session", "visit", "class", "hour", "day", "week", "month", "mile", "ride", "meal", "pack")
"""Units that most things are sold in; a vendor may name another."""


class Offering(VendorBase):
    """Something a vendor sells at a price, tagged by a reviewer, never by the member. One that is retired is not active."""

    __tablename__ = "vendor_offerings"
    __table_args__ = (CheckConstraint("unit_price_cents > 0", name="price"), Index("ix_vendor_offerings_vendor_id", "vendor_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    category: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(String(2000), default=None)
    unit: Mapped[str] = mapped_column(String(32))
    unit_price_cents: Mapped[int]
    tags: Mapped[list[str]]
    is_active: Mapped[bool]


class OfferingPrice(VendorBase):
    """A price of an offering and the instant from which it was asked. `by` is nobody where it stood before prices were kept."""

    __tablename__ = "vendor_offering_prices"
    __table_args__ = (
        CheckConstraint("unit_price_cents > 0", name="price"),
        Index("ix_vendor_offering_prices_offering_id_id", "offering_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("vendor_offerings.id"))
    unit_price_cents: Mapped[int]
    from_at: Mapped[datetime]
    by: Mapped[UUID | None]


@dataclass(frozen=True, slots=True)
class Offered:
    """Something on offer, with its vendor and what the vendor may show."""

    offering: Offering
    vendor: Vendor
    credentials: tuple[Credential, ...]


def add_offering(
    session: AsyncSession,
    *,
    id: UUID,
    vendor_id: UUID,
    category: str,
    title: str,
    unit: str,
    unit_price_cents: int,
    tags: Sequence[str],
    description: str | None = None,
) -> Offering:
    """Put something on offer. Its price may change later; what was bought keeps the price it was bought at."""
    offering = Offering(
        id=id,
        vendor_id=vendor_id,
        category=category,
        title=title,
        description=description,
        unit=unit,
        unit_price_cents=unit_price_cents,
        tags=sorted(set(tags)),
        is_active=True,
    )
    session.add(offering)
    return offering


def set_price(session: AsyncSession, offering: Offering, *, id: UUID, unit_price_cents: int, by: UUID | None, at: datetime) -> None:
    """Ask a price from now on, and keep it in the history of prices. The first price of an offering is set like any other."""
    offering.unit_price_cents = unit_price_cents
    session.add(OfferingPrice(id=id, offering_id=offering.id, unit_price_cents=unit_price_cents, from_at=at, by=by))


async def prices_of(session: AsyncSession, offering_id: UUID) -> list[OfferingPrice]:
    """Read the prices of an offering, the newest first."""
    query = select(OfferingPrice).where(OfferingPrice.offering_id == offering_id)
    return list(await session.scalars(query.order_by(OfferingPrice.from_at.desc(), OfferingPrice.id.desc())))


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
