"""What the routes of vendors take and answer."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.auth.principal import Principal, Role
from sdc.purchases.order import OrderOut
from sdc.web.input import CategoryCode, Day, Input, Name, Output, Reference
from sdc.web.pages import Page
from vendors import Screening, ScreeningResult, Vendor, VendorState

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
ListName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_\-]{0,31}$")]

_SEES_ALL_OF_A_VENDOR = frozenset({Role.ADMIN, Role.AUDITOR, Role.BROKER, Role.DIRECTOR, Role.VENDOR})


class VendorIn(Input):
    """Who applies, to which program, to sell what. Owners are opaque references to persons."""

    program_id: UUID
    name: Name
    categories: Annotated[list[CategoryCode], Field(min_length=1, max_length=50)]
    owners: Annotated[list[Reference], Field(max_length=50, default_factory=list)]
    is_directed_worker: bool = False


class ReasonIn(Input):
    """Why: the vendor reads it."""

    reason: Reason


class NoteIn(Input):
    """A move that needs no words; they are taken where they come."""

    reason: Reason | None = None


class ScreeningIn(Input):
    """What an exclusion list of a day said: `leie`, `sam`, or a state's own list by any name."""

    list: ListName
    list_date: Day
    result: ScreeningResult


class VendorOut(Output):
    """A vendor. A member sees who it is and what it sells; the rest is for staff and the vendor itself."""

    id: UUID
    program_id: UUID
    name: str
    state: VendorState
    categories: list[str]
    reason: str | None = None
    owners: list[str] | None = None
    is_directed_worker: bool | None = None
    has_tax_form: bool | None = None
    is_payable: bool | None = None
    screened_on: date | None = None
    excluded_on: list[str] | None = None
    has_possible_match: bool | None = None

    @classmethod
    def of(cls, vendor: Vendor, role: Role) -> Self:
        """Show a vendor to a role."""
        shown = cls(id=vendor.id, program_id=vendor.program_id, name=vendor.name, state=vendor.state, categories=vendor.categories)
        if role not in _SEES_ALL_OF_A_VENDOR:
            return shown
        flags = {"leie": vendor.on_leie, "sam": vendor.on_sam, "state": vendor.on_state_list}
        return shown.model_copy(
            update={
                "reason": vendor.reason,
                "owners": vendor.owners,
                "is_directed_worker": vendor.is_directed_worker,
                "has_tax_form": vendor.has_tax_form,
                "is_payable": vendor.is_payable,
                "screened_on": vendor.screened_on,
                "excluded_on": sorted(name for name, is_on in flags.items() if is_on),
                "has_possible_match": vendor.has_possible_match,
            }
        )

    @classmethod
    def to(cls, vendor: Vendor, who: Principal) -> Self:
        """Show a vendor to whoever asks."""
        return cls.of(vendor, who.role)


class VendorPage(Page):
    """Vendors, the newest first."""

    items: list[VendorOut]


class AppliedOut(VendorOut):
    """A new vendor, and the token by which an applicant without one comes back: shown this once."""

    token: str | None = None


class ScreeningOut(Output):
    """A look at an exclusion list."""

    id: UUID
    list: str
    list_date: date
    result: ScreeningResult
    screened_on: date

    @classmethod
    def of(cls, screening: Screening) -> Self:
        """Show a screening."""
        return cls.model_validate(screening)


class OnboardingOut(Output):
    """Where the vendor tells the payment processor what it needs; single use and short-lived, ask again for a new one."""

    url: str
    is_payable: bool


class OrderPage(Page):
    """Orders, the newest first."""

    items: list[OrderOut]
