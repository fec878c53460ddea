"""What the routes of offerings take and answer."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.auth.principal import Principal, Role
from sdc.web.input import CategoryCode, Cents, Input, Name, Output, Tag, Words
from sdc.web.pages import Page
from vendors import UNITS, Offering, OfferingPrice

_SEES_WHO_SET_A_PRICE = frozenset({Role.ADMIN, Role.AUDITOR, Role.DIRECTOR})

Unit = Annotated[
    str,
    StringConstraints(min_length=1, max_length=32, pattern=r"\S"),
    Field(description="what one of it is, such as " + ", ".join(UNITS), examples=list(UNITS)),
]
Tags = Annotated[list[Tag], Field(max_length=30, default_factory=list)]


class OfferingIn(Input):
    """Something for sale. Tags say what is in it, as a reviewer would."""

    category: CategoryCode
    title: Name
    description: Words | None = None
    unit: Unit
    unit_price_cents: Cents
    tags: Tags


class PriceIn(Input):
    """What one costs from now on."""

    unit_price_cents: Cents


class OfferingTagsIn(Input):
    """All that is in it, in the words of the rules; what is not named is taken away."""

    tags: Annotated[list[Tag], Field(max_length=30)]


class OfferingOut(Output):
    """Something for sale."""

    id: UUID
    vendor_id: UUID
    category: str
    title: str
    description: str | None
    unit: str
    unit_price_cents: int
    tags: list[str]
    is_active: bool

    @classmethod
    def of(cls, offering: Offering) -> Self:
        """Show an offering."""
        return cls.model_validate(offering)


class OfferingPage(Page):
    """Offerings, the newest first."""

    items: list[OfferingOut]


class PriceOut(Output):
    """A price and from when it was asked; who set it is shown to reviewers, and to a vendor where it did so itself."""

    unit_price_cents: int
    from_at: datetime
    by: UUID | None


class OfferingWithPricesOut(OfferingOut):
    """Something for sale, with every price it had, the newest first."""

    prices: list[PriceOut]

    @classmethod
    def to(cls, offering: Offering, prices: list[OfferingPrice], who: Principal) -> Self:
        """Show an offering to whoever asks."""

        def out(one: OfferingPrice) -> PriceOut:
            sees_who = who.role in _SEES_WHO_SET_A_PRICE or one.by == who.id
            return PriceOut(unit_price_cents=one.unit_price_cents, from_at=one.from_at, by=one.by if sees_who else None)

        return cls(**OfferingOut.of(offering).model_dump(), prices=[out(one) for one in prices])
