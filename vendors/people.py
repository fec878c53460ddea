"""Who owns and manages a vendor, its tax record, and each thing that happened to it.

What names a person comes sealed and stays so: this library stores bytes. A mark tells that two sealed texts are the same, to
whoever holds the key.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from vendors.base import VendorBase


class PersonKind(StrEnum):
    """How a person stands to a vendor (42 CFR 455.104: who owns 5% or more, and who manages)."""

    OWNER = "owner"
    MANAGER = "manager"


class VendorPerson(VendorBase):
    """An owner or managing person of a vendor, now or before.

    `reference` is an opaque reference to the person, the same that members, staff and `Vendor.owners` are told apart by. `mark` is
    a keyed mark of name and birth date. A row is never changed but to be ended.
    """

    __tablename__ = "vendor_persons"
    __table_args__ = (
        CheckConstraint("ownership_bps BETWEEN 0 AND 10000", name="ownership"),
        Index("ix_vendor_persons_vendor_id_id", "vendor_id", "id"),
        Index("ix_vendor_persons_mark", "mark"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    kind: Mapped[PersonKind]
    name_sealed: Mapped[bytes]
    birth_sealed: Mapped[bytes | None] = mapped_column(default=None)
    mark: Mapped[str] = mapped_column(String(64), default="")
    npi: Mapped[str | None] = mapped_column(String(10), default=None)
    reference: Mapped[str | None] = mapped_column(String(64), default=None)
    ownership_bps: Mapped[int | None] = mapped_column(default=None)
    is_current: Mapped[bool] = mapped_column(default=True)
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class TinKind(StrEnum):
    """Whose number a taxpayer identification number is; an ITIN is a person's who has no Social Security number."""

    SSN = "ssn"
    ITIN = "itin"
    EIN = "ein"


class TaxClassification(StrEnum):
    """Box 3a of Form W-9: what the vendor is for the tax office."""

    INDIVIDUAL = "individual"
    C_CORPORATION = "c_corporation"
    S_CORPORATION = "s_corporation"
    PARTNERSHIP = "partnership"
    TRUST_ESTATE = "trust_estate"
    LIMITED_LIABILITY_COMPANY = "limited_liability_company"
    EXEMPT = "exempt"


class VendorTaxRecord(VendorBase):
    """A Form W-9 as the vendor sent it: the newest counts, the older ones stay.

    `is_match` says what a check of name and number found, and is unknown before one. `is_certified` says that the vendor
    certified, under penalty of perjury, that it is not subject to backup withholding.
    """

    __tablename__ = "vendor_tax_records"
    __table_args__ = (
        Index("ix_vendor_tax_records_vendor_id_id", "vendor_id", "id"),
        Index("ix_vendor_tax_records_program_id_tin_mark", "program_id", "tin_mark"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    legal_name_sealed: Mapped[bytes]
    tin_sealed: Mapped[bytes]
    tin_mark: Mapped[str] = mapped_column(String(64))
    tin_kind: Mapped[TinKind]
    tin_last_four: Mapped[str] = mapped_column(String(4))
    classification: Mapped[TaxClassification]
    signed_on: Mapped[date]
    is_match: Mapped[bool | None]
    is_certified: Mapped[bool]
    received_at: Mapped[datetime]
    received_by: Mapped[UUID]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None]


class VendorEvent(VendorBase):
    """Something that happened to a vendor, kept for ever (triggers hold it); `facts` are ids, codes and dates, never a word."""

    __tablename__ = "vendor_events"
    __table_args__ = (Index("ix_vendor_events_vendor_id_id", "vendor_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    kind: Mapped[str] = mapped_column(String(64))
    by: Mapped[UUID | None]
    by_role: Mapped[str | None] = mapped_column(String(16))
    reason_sealed: Mapped[bytes | None]
    facts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
