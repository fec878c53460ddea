"""What a search of the directory answers."""

from typing import Any, Self
from uuid import UUID

from sdc.web.input import Output
from sdc.web.pages import Page
from vendors import Listed, OrganisationType, VendorState


class FoundOfferingOut(Output):
    """Something that a vendor offers of what was looked for."""

    id: UUID
    category: str
    title: str
    description: str | None
    unit: str
    unit_price_cents: int
    is_verified: bool


class ListedOut(Output):
    """A vendor of the directory: what it says of itself, and what it offers of what was looked for.

    `is_verified` says that the program approved it and that a person looked up the credential that its work takes; of one that is not,
    `unverified_because` names what is open: `application`, `credential`.
    """

    vendor_id: UUID
    name: str
    state: VendorState
    organisation_type: OrganisationType | None
    is_consumer_run: bool
    categories: list[str]
    service_counties: list[str]
    clientele: list[str]
    languages: list[str]
    accessibility: list[str]
    hours: list[dict[str, Any]]
    is_verified: bool
    unverified_because: list[str]
    offerings: list[FoundOfferingOut]

    @classmethod
    def of(cls, listed: Listed, category: str | None) -> Self:
        """Show a vendor to somebody who looked for a category, or for any."""
        vendor = listed.vendor
        open_points = {
            "application": vendor.state is not VendorState.ACTIVE,
            "credential": not (listed.verified_categories if category is None else listed.verified_categories & {category}),
        }
        return cls(
            vendor_id=vendor.id,
            name=vendor.name,
            state=vendor.state,
            organisation_type=vendor.organisation_type,
            is_consumer_run=listed.is_consumer_run,
            categories=vendor.categories,
            service_counties=vendor.service_counties,
            clientele=vendor.clientele,
            languages=vendor.languages,
            accessibility=vendor.accessibility,
            hours=vendor.hours,
            is_verified=listed.is_verified(category),
            unverified_because=[name for name, is_open in open_points.items() if is_open],
            offerings=[
                FoundOfferingOut(
                    id=one.id,
                    category=one.category,
                    title=one.title,
                    description=one.description,
                    unit=one.unit,
                    unit_price_cents=one.unit_price_cents,
                    is_verified=listed.is_verified(one.category),
                )
                for one in listed.offerings
            ],
        )


class DirectoryPage(Page):
    """Vendors that were found: those whose name or what they sell is called so first, then by name."""

    items: list[ListedOut]
