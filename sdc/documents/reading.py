"""Find papers and read them; whether the caller may see their owner is asked by the feature that owns them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from sdc.documents.model import Document
from sdc.errors import NotFoundError


async def documents_of(session: AsyncSession, owner_id: UUID) -> list[Document]:
    """List the papers of an owner, the oldest first, without their bytes."""
    return list(await session.scalars(select(Document).where(Document.owner_id == owner_id).order_by(Document.id)))


async def find_document(session: AsyncSession, document_id: UUID, *, with_content: bool = False) -> Document:
    """Find a paper, with its bytes when asked for.

    Raises:
        NotFoundError: there is none.

    """
    query = select(Document).where(Document.id == document_id)
    document = await session.scalar(query.options(undefer(Document.content)) if with_content else query)
    if document is None:
        raise NotFoundError("document", document_id)
    return document
