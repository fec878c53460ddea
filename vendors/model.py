"""A vendor: who they are, what they may sell, what makes them payable; people appear as opaque references only."""

from datetime import date
from enum import Enum as PythonEnum
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Enum, ForeignKey, Index, MetaData, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_Document = JSON().with_variant(JSONB(), "postgresql")


class VendorState(StrEnum):
    """A vendor applies, is approved by a person, and may be suspended and reinstated, or rejected for good."""

    APPLIED = "applied"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"


class VendorBase(DeclarativeBase):
    """The base of the vendors' tables; the application adds their metadata to its own migrations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        UUID: Uuid(),
        int: BigInteger(),
        list[str]: _Document,
        list[dict[str, Any]]: _Document,
        StrEnum: Enum(
            PythonEnum,
            native_enum=False,
            length=32,
            create_constraint=False,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }


class Vendor(VendorBase):
    """A shop, teacher, landlord or clinic that may be paid.

    `owners` are opaque references to owners and managing persons. The facts that the pay stage asks for stand here
    as they are today: tax form, match of the tax number, bank set up, last screening and what it found, whichever state's list
    it was; `has_possible_match` waits for a person. `payees` counts
    under how many ids the rail has known it: an account that was closed for good is replaced by a fresh one.
    """

    __tablename__ = "vendors"
    __table_args__ = (Index("ix_vendors_program_id_state_id", "program_id", "state", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[VendorState]
    reason: Mapped[str | None] = mapped_column(String(500))
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


class Credential(VendorBase):
    """A licence or card: its type, number, state of issue and last good day."""

    __tablename__ = "vendor_credentials"
    __table_args__ = (Index("ix_vendor_credentials_vendor_id", "vendor_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    type: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(64))
    state: Mapped[str | None] = mapped_column(String(8))
    expires_on: Mapped[date]


class Offering(VendorBase):
    """Something a vendor sells at a price, tagged by a reviewer, never by the member."""

    __tablename__ = "vendor_offerings"
    __table_args__ = (CheckConstraint("unit_price_cents > 0", name="price"), Index("ix_vendor_offerings_vendor_id", "vendor_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    category: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(32))
    unit_price_cents: Mapped[int]
    tags: Mapped[list[str]]
    is_active: Mapped[bool]


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
    screened_by: Mapped[UUID]
