"""Routes of what a vendor is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.errors import InvalidFieldError
from sdc.marketplace.messages.words import WORDS
from sdc.marketplace.model import VendorMessage
from sdc.marketplace.scope import load_vendor
from sdc.web.input import Language, Output
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, page_bytes, row_of
from vendors import Vendor


class VendorMessageOut(Output):
    """Something a vendor is told, in the language of whoever reads; `facts` are what the words are made of."""

    id: UUID
    kind: str
    subject: str
    text: str
    facts: dict[str, str | int]
    created_at: datetime
    read_at: datetime | None
    mailed_at: datetime | None

    @classmethod
    def of(cls, message: VendorMessage, language: Language) -> Self:
        """Show a message."""
        subject, text = WORDS[message.kind].told(message.facts, language)
        return cls(
            id=message.id,
            kind=message.kind,
            subject=subject,
            text=text,
            facts=message.facts,
            created_at=message.created_at,
            read_at=message.read_at,
            mailed_at=message.mailed_at,
        )


class VendorMessagePage(Page):
    """Messages, the newest first."""

    items: list[VendorMessageOut]


@get("/v1/vendors/{vendor_id:uuid}/messages", opt={"permission": Permission.SEE_VENDOR_RECORDS})
async def list_messages(
    request: Request[Any, Any, Any],
    vendor_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> VendorMessagePage:
    """List what a vendor was told. What the vendor itself is shown here counts as read from then on."""
    at = clock.now()
    async with sessions.read() as session:
        vendor = await load_vendor(session, vendor_id, who=who, at=at)
        rows, next_cursor = await _read_messages(session, vendor, limit=limit, cursor=cursor)
    unread = [message.id for message in rows if message.read_at is None]
    if who.role is Role.VENDOR and unread:
        async with sessions.begin() as session:
            read = update(VendorMessage).where(VendorMessage.id.in_(unread), VendorMessage.read_at.is_(None))
            await session.execute(read.values(read_at=at).execution_options(synchronize_session=False))
    language = language_of(request)
    return page_bytes(VendorMessagePage, rows, lambda message: VendorMessageOut.of(message, language), next_cursor)


async def _read_messages(
    session: AsyncSession, vendor: Vendor, *, limit: int, cursor: str | None
) -> tuple[Sequence[VendorMessage], str | None]:
    """Read one page, the newest first: by the instant, for the ids of some messages follow from other rows and tell no order."""
    mine = select(VendorMessage).where(VendorMessage.vendor_id == vendor.id)
    query = mine
    if cursor is not None:
        last = await session.scalar(mine.where(VendorMessage.id == row_of(cursor)))
        if last is None:
            raise InvalidFieldError("cursor", "this is not a cursor of this list")
        query = mine.where(tuple_(VendorMessage.created_at, VendorMessage.id) < tuple_(last.created_at, last.id))
    found = (await session.scalars(query.order_by(VendorMessage.created_at.desc(), VendorMessage.id.desc()).limit(limit + 1))).all()
    return found[:limit], cursor_of(found[limit - 1].id) if len(found) > limit else None


HANDLERS = [list_messages]
