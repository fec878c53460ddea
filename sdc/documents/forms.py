"""What answers show of a paper."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sdc.documents.model import Document, DocumentKind
from sdc.web.input import Output


class DocumentOut(Output):
    """An uploaded paper; its bytes are at `/v1/documents/{id}`."""

    id: UUID
    kind: DocumentKind
    owner_kind: str
    owner_id: UUID
    media_type: str
    size_bytes: int
    sha256: str
    uploaded_at: datetime

    @classmethod
    def of(cls, document: Document) -> Self:
        """Show a paper without its bytes."""
        return cls.model_validate(document)


class DocumentList(Output):
    """All papers of an owner, the oldest first."""

    items: list[DocumentOut]
    next_cursor: None = None
