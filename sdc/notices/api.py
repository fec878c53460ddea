"""Routes of notices: a member's own, and those of a caseload or program."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.errors import NotFoundError
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.notices.issue import open_text
from sdc.notices.model import Notice, NoticeKind
from sdc.web.input import Output
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, Page, page_bytes, read_page


class NoticeParts(Output):
    """The five parts that every notice has."""

    action_and_date: str
    reasons: str
    rule_citation: str
    hearing_right: str
    continuation_explained: str


class NoticeText(Output):
    """A notice in both languages."""

    en: NoticeParts
    es: NoticeParts


class NoticeOut(Output):
    """A notice as it was written: what was refused, why, and until when it can be appealed."""

    id: UUID
    kind: NoticeKind
    member_id: UUID
    subject_id: UUID
    issued_on: date
    appeal_by: date
    text: NoticeText

    @classmethod
    def of(cls, notice: Notice, keyring: KeyRing) -> Self:
        """Show a notice."""
        return cls(
            id=notice.id,
            kind=notice.kind,
            member_id=notice.member_id,
            subject_id=notice.subject_id,
            issued_on=notice.issued_on,
            appeal_by=notice.appeal_by,
            text=NoticeText.model_validate(open_text(notice, keyring)),
        )


class NoticePage(Page):
    """One page of notices, the newest first."""

    items: list[NoticeOut]


@get("/v1/members/{member_id:uuid}/notices", opt={"permission": Permission.SEE_NOTICES})
async def list_notices(
    member_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> NoticePage:
    """List what a member was told in writing, the newest first."""
    at = clock.now()
    async with sessions.read() as session:
        await _find_member(session, member_id, who, at=at)
        query = select(Notice).where(Notice.member_id == member_id)
        notices, next_cursor = await read_page(session, query, Notice.id, limit=limit, cursor=cursor)
    await journal.record_view(sessions, "notices.viewed", subject=member_id, by=who.id, at=at)
    return page_bytes(NoticePage, notices, lambda notice: NoticeOut.of(notice, keyring), next_cursor)


@get("/v1/notices/{notice_id:uuid}", opt={"permission": Permission.SEE_NOTICES})
async def get_notice(
    notice_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[KeyRing],
) -> NoticeOut:
    """Read one notice in both languages."""
    at = clock.now()
    async with sessions.read() as session:
        notice = await session.scalar(
            select(Notice).join(Member, Member.id == Notice.member_id).where(Notice.id == notice_id, member_scope(who, at=at))
        )
    if notice is None:
        raise NotFoundError("notice", notice_id)
    await journal.record_view(sessions, "notice.viewed", subject=notice_id, by=who.id, at=at, member=notice.member_id)
    return NoticeOut.of(notice, keyring)


async def _find_member(session: AsyncSession, member_id: UUID, who: Principal, *, at: datetime) -> None:
    found = await session.scalar(select(Member.id).where(Member.id == member_id, member_scope(who, at=at)))
    if found is None:
        raise NotFoundError("member", member_id)


HANDLERS = [list_notices, get_notice]
