"""Keep an uploaded paper that was looked at and cleaned."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.documents.inspecting import Paper
from sdc.documents.model import Document, DocumentKind
from sdc.errors import ConflictError

MOST_PAPERS = 200
"""Of one purchase, bill or vendor: two gigabytes at the most."""


async def add_document(
    session: AsyncSession,
    *,
    id: UUID,
    program_id: UUID,
    owner_kind: str,
    owner_id: UUID,
    kind: DocumentKind,
    paper: Paper,
    by: UUID,
    at: datetime,
) -> Document:
    """Keep a paper of a purchase, bill or vendor, as `inspect_paper` made it; it is inspected before a transaction is open.

    Raises:
        ConflictError: its owner has so many papers that there is no room.

    """
    kept = select(func.count()).select_from(Document).where(Document.owner_id == owner_id)
    if (await session.scalar(kept) or 0) >= MOST_PAPERS:
        raise ConflictError(f"there are {MOST_PAPERS} papers here already, and no more are taken")
    document = Document(
        id=id,
        program_id=program_id,
        owner_kind=owner_kind,
        owner_id=owner_id,
        kind=kind,
        media_type=paper.media_type,
        size_bytes=len(paper.content),
        sha256=hashlib.sha256(paper.content).hexdigest(),
        received_sha256=paper.received_sha256,
        content=paper.content,
        uploaded_by=by,
        uploaded_at=at,
    )
    session.add(document)
    journal.record(session, "document.added", subject=id, by=by, at=at, owner=owner_id, paper=kind, sha256=document.sha256)
    return document
