"""Who may read a paper: those who may see the purchase, bill or vendor it belongs to; of an order, a vendor sees what it sent itself."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.permissions import ALLOWED, Permission
from sdc.auth.principal import Principal, Role
from sdc.bills.model import Bill
from sdc.bills.scope import bill_scope
from sdc.documents.model import VENDOR_OWNER, Document
from sdc.documents.reading import find_document
from sdc.errors import NotFoundError
from sdc.marketplace.scope import vendor_scope
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.purchases.model import Purchase
from vendors import Vendor

_SUFFIX = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


async def read_paper(session: AsyncSession, document_id: UUID, *, who: Principal, at: datetime) -> Document:
    """Read a paper with its bytes.

    Raises:
        NotFoundError: no such paper, or its owner is not the caller's to see.

    """
    document = await find_document(session, document_id, with_content=True)
    if not await _may_see(session, document, who=who, at=at):
        raise NotFoundError("document", document_id)
    return document


def file_name(document: Document) -> str:
    """Name a paper for whoever saves it: by its id, since a person's name for it may say too much."""
    return f"{document.kind}-{document.id}.{_SUFFIX[document.media_type]}"


async def _may_see(session: AsyncSession, document: Document, *, who: Principal, at: datetime) -> bool:
    if document.owner_kind == VENDOR_OWNER:
        reviewed = select(Vendor.id).where(Vendor.id == document.owner_id, vendor_scope(who, at=at))
        return who.role in ALLOWED[Permission.SEE_VENDOR_PAPERS] and await session.scalar(reviewed) is not None
    if who.role is Role.ADMIN:
        return False
    if who.role is Role.VENDOR and document.owner_kind != "bill":
        return document.uploaded_by == who.id
    if document.owner_kind == "bill":
        if who.role in {Role.MEMBER, Role.REPRESENTATIVE}:
            billed = select(Purchase.id).join(Bill, Bill.purchase_id == Purchase.id).where(Bill.id == document.owner_id)
            return await _is_theirs(session, billed.scalar_subquery(), who=who, at=at)
        return await session.scalar(select(Bill.id).where(Bill.id == document.owner_id, bill_scope(who, at=at))) is not None
    return document.owner_kind == "purchase" and await _is_theirs(session, document.owner_id, who=who, at=at)


async def _is_theirs(session: AsyncSession, purchase_id: UUID | ScalarSelect[UUID], *, who: Principal, at: datetime) -> bool:
    query = select(Purchase.id).join(Member, Member.id == Purchase.member_id).where(Purchase.id == purchase_id, member_scope(who, at=at))
    return await session.scalar(query) is not None
