"""One uploaded paper, kept as bytes in the database so that it is committed with what it proves."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from sdc.database import Base

VENDOR_OWNER = "vendor"
"""The owner kind of a vendor's own papers."""


class DocumentKind(StrEnum):
    """What a paper is for."""

    QUOTE = "quote"
    RECEIPT = "receipt"
    PROOF = "proof"
    DENIAL_LETTER = "denial_letter"
    VISIT_RECORD = "visit_record"
    TAX_FORM = "tax_form"
    LICENCE = "licence"


class Document(Base):
    """A paper and the purchase, bill or vendor it belongs to.

    `sha256` is of what is kept, `received_sha256` of what its sender sent: metadata are taken out between the two.
    """

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_owner_id_id", "owner_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    owner_kind: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[UUID]
    kind: Mapped[DocumentKind]
    media_type: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    received_sha256: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    uploaded_by: Mapped[UUID]
    uploaded_at: Mapped[datetime]
