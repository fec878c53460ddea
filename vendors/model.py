"""A vendor: who they are, what they may sell, what makes them payable; people appear as opaque references only."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from vendors.base import VendorBase


class VendorState(StrEnum):
    """A vendor applies, is approved by a person, and may be suspended and reinstated, or rejected for good."""

    APPLIED = "applied"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"


class OrganisationType(StrEnum):
    """What kind of organisation a vendor is."""

    INDIVIDUAL = "individual"
    SOLE_PROPRIETOR = "sole_proprietor"
    COMPANY = "company"
    PARTNERSHIP = "partnership"
    NONPROFIT = "nonprofit"
    CONSUMER_RUN = "consumer_run"
    FAITH_BASED = "faith_based"
    PUBLIC_AGENCY = "public_agency"
    TRIBAL = "tribal"
    OTHER = "other"


class Vendor(VendorBase):
    """A shop, teacher, landlord or clinic that may be paid.

    `owners` are opaque references to owners and managing persons. The facts that the pay stage asks for stand here
    as they are today: tax form, match of the tax number, bank set up, last screening and what it found, whichever state's list
    it was; `has_possible_match` waits for a person. `payees` counts
    under how many ids the rail has known it: an account that was closed for good is replaced by a fresh one.

    `reason_sealed` is why the last move was made; until 0.4 it stood open in `reason`.
    What names a person is sealed by the application and opened by nobody else: the legal name, and the contact (name, e-mail,
    telephone) as it is and as it was before its last change, for a notice to the old address. Counties, clientele, languages,
    accessibility and hours are what a member chooses by. `employer_ids` are opaque references to employers that stand close to the
    vendor, for the rules on conflicts of interest. `withholds` says that a part of each payment is kept back for the tax office.
    """

    __tablename__ = "vendors"
    __table_args__ = (Index("ix_vendors_program_id_state_id", "program_id", "state", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[VendorState]
    reason: Mapped[str | None] = mapped_column(String(500), default=None)
    reason_sealed: Mapped[bytes | None] = mapped_column(default=None)
    categories: Mapped[list[str]]
    owners: Mapped[list[str]]
    is_directed_worker: Mapped[bool]
    has_tax_form: Mapped[bool]
    has_tin_match: Mapped[bool]
    is_payable: Mapped[bool]
    rail: Mapped[str | None] = mapped_column(String(16))
    payee_id: Mapped[str | None] = mapped_column(String(120))
    payees: Mapped[int] = mapped_column(default=0)
    screened_on: Mapped[date | None]
    on_leie: Mapped[bool]
    on_sam: Mapped[bool]
    on_state_list: Mapped[bool]
    has_possible_match: Mapped[bool] = mapped_column(default=False)
    npi: Mapped[str | None] = mapped_column(String(10), default=None)
    legal_name_sealed: Mapped[bytes | None] = mapped_column(default=None)
    contact_sealed: Mapped[bytes | None] = mapped_column(default=None)
    former_contact_sealed: Mapped[bytes | None] = mapped_column(default=None)
    contact_changed_at: Mapped[datetime | None] = mapped_column(default=None)
    organisation_type: Mapped[OrganisationType | None] = mapped_column(default=None)
    is_consumer_run: Mapped[bool] = mapped_column(default=False)
    service_counties: Mapped[list[str]] = mapped_column(default=list)
    clientele: Mapped[list[str]] = mapped_column(default=list)
    languages: Mapped[list[str]] = mapped_column(default=list)
    accessibility: Mapped[list[str]] = mapped_column(default=list)
    hours: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    employer_ids: Mapped[list[str]] = mapped_column(default=list)
    bank_changed_at: Mapped[datetime | None] = mapped_column(default=None)
    bank_mark: Mapped[str | None] = mapped_column(String(120), default=None)
    cooling_off_until: Mapped[datetime | None] = mapped_column(default=None)
    withholds: Mapped[bool] = mapped_column(default=False)


class ScreeningResult(StrEnum):
    """What a list said of a vendor, its owners and managers."""

    CLEAR = "clear"
    POSSIBLE = "possible"
    MATCH = "match"


class Screening(VendorBase):
    """One look at one exclusion list, kept with the list's date."""

    __tablename__ = "vendor_screenings"
    __table_args__ = (Index("ix_vendor_screenings_vendor_id_id", "vendor_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    list: Mapped[str] = mapped_column(String(32))
    list_date: Mapped[date]
    result: Mapped[ScreeningResult]
    screened_on: Mapped[date]
    screened_by: Mapped[UUID | None]
