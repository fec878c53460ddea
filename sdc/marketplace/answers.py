"""What the routes of vendors take and answer."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import StringConstraints

from sdc.auth.principal import Role
from sdc.crypto import KeyRing
from sdc.marketplace.contact import open_contact, open_legal_name
from sdc.marketplace.missing import Lack
from sdc.marketplace.reviewing import REASON_COLUMN
from sdc.purchases.order import OrderOut
from sdc.web.input import Day, Input, Language, Output
from sdc.web.pages import Page
from vendors import OrganisationType, Screening, ScreeningResult, Vendor, VendorState, excluded_on

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
ListName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_\-]{0,31}$")]

_PUBLIC = (
    "id",
    "program_id",
    "name",
    "state",
    "categories",
    "organisation_type",
    "is_consumer_run",
    "service_counties",
    "clientele",
    "languages",
    "accessibility",
    "hours",
)
_OWN = (
    "owners",
    "employer_ids",
    "is_directed_worker",
    "npi",
    "has_tax_form",
    "withholds",
    "is_payable",
    "screened_on",
    "has_possible_match",
)
SEES_ALL_OF_A_VENDOR = frozenset({Role.ADMIN, Role.AUDITOR, Role.BROKER, Role.DIRECTOR, Role.VENDOR})


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


class ContactOut(Output):
    """Whom the program writes to or calls."""

    name: str
    email: str
    phone: str | None
    language: Language


class OpeningOut(Output):
    """From when to when a vendor is open on a weekday, in local time."""

    day: str
    opens: str
    closes: str


class LackOut(Output):
    """One thing that a vendor lacks: its code, what is wrong, and how to fix it."""

    what: str
    message: str
    fix: str


class VendorOut(Output):
    """A vendor. A member sees who it is, what it sells, and whether they can go there; the rest is for staff and the vendor itself."""

    id: UUID
    program_id: UUID
    name: str
    state: VendorState
    categories: list[str]
    organisation_type: OrganisationType | None
    is_consumer_run: bool
    service_counties: list[str]
    clientele: list[str]
    languages: list[str]
    accessibility: list[str]
    hours: list[OpeningOut]
    reason: str | None = None
    owners: list[str] | None = None
    employer_ids: list[str] | None = None
    is_directed_worker: bool | None = None
    legal_name: str | None = None
    contact: ContactOut | None = None
    npi: str | None = None
    has_tax_form: bool | None = None
    tin_matches: bool | None = None
    withholds: bool | None = None
    is_payable: bool | None = None
    screened_on: date | None = None
    excluded_on: list[str] | None = None
    has_possible_match: bool | None = None
    missing: list[LackOut] | None = None

    @classmethod
    def of(cls, vendor: Vendor, role: Role, keyring: KeyRing, *, missing: Sequence[Lack] | None = None) -> Self:
        """Show a vendor to a role; what it lacks only where it was asked for."""
        public = {field: getattr(vendor, field) for field in _PUBLIC}
        if role not in SEES_ALL_OF_A_VENDOR:
            return cls(**public)
        contact = None if vendor.contact_sealed is None else open_contact(keyring, vendor, vendor.contact_sealed)
        return cls(
            **public,
            **{field: getattr(vendor, field) for field in _OWN},
            reason=vendor.reason if vendor.reason_sealed is None else keyring.open(vendor.reason_sealed, REASON_COLUMN, vendor.id),
            legal_name=open_legal_name(keyring, vendor),
            contact=None if contact is None else ContactOut.model_validate(contact),
            tin_matches=vendor.has_tin_match,
            excluded_on=sorted(excluded_on(vendor)),
            missing=None if missing is None else [LackOut.model_validate(lack) for lack in missing],
        )


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
