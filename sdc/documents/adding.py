"""Keep an uploaded paper, when it is what its bytes say: a PDF or a picture, of bearable size."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.documents.model import Document, DocumentKind
from sdc.errors import InvalidFieldError, MediaTypeError, TooLargeError
from sdc.web.uploads import MAX_PAPER_BYTES

_SIGNATURES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


async def add_document(
    session: AsyncSession,
    *,
    id: UUID,
    program_id: UUID,
    owner_kind: str,
    owner_id: UUID,
    kind: DocumentKind,
    content: bytes,
    by: UUID,
    at: datetime,
) -> Document:
    """Keep a paper of a purchase, bill or vendor. What it is called and what its sender says it is do not matter.

    Raises:
        InvalidFieldError: it is empty.
        TooLargeError: it is larger than 10 MB.
        MediaTypeError: its bytes are not those of a PDF, PNG or JPEG.

    """
    if not content:
        raise InvalidFieldError("file", "this file is empty")
    if len(content) > MAX_PAPER_BYTES:
        raise TooLargeError("a file has 10 MB at most")
    document = Document(
        id=id,
        program_id=program_id,
        owner_kind=owner_kind,
        owner_id=owner_id,
        kind=kind,
        media_type=media_type_of(content),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        uploaded_by=by,
        uploaded_at=at,
    )
    session.add(document)
    journal.record(session, "document.added", subject=id, by=by, at=at, owner=owner_id, paper=kind, sha256=document.sha256)
    return document


def media_type_of(content: bytes) -> str:
    """Tell what a file is by its first bytes.

    Raises:
        MediaTypeError: it is nothing that is taken.

    """
    for signature, media_type in _SIGNATURES.items():
        if content.startswith(signature):
            return media_type
    raise MediaTypeError("send a PDF, PNG or JPEG file")
