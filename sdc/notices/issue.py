"""Write a notice: the same day as the no, in both languages, with the last day to appeal."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.crypto import KeyRing
from sdc.notices.dates import appeal_by
from sdc.notices.model import Notice, NoticeKind
from sdc.notices.words import Reason, Refusal, Texts, notice_text
from sdc.programs.model import Program

_COLUMN = "notices.text"


def issue_notice(
    session: AsyncSession,
    program: Program,
    *,
    notice_id: UUID,
    member_id: UUID,
    subject_id: UUID,
    kind: NoticeKind,
    refusal: Refusal,
    reasons: Sequence[Reason],
    issued_on: date,
    keyring: KeyRing,
    at: datetime,
) -> Notice:
    """Store the notice of a no; what it says stays as it is said today."""
    last_day = appeal_by(issued_on, program.notice_profile)
    texts = notice_text(kind, refusal, reasons, profile=program.notice_profile, issued_on=issued_on, appeal_by=last_day)
    notice = Notice(
        id=notice_id,
        program_id=program.id,
        member_id=member_id,
        subject_id=subject_id,
        kind=kind,
        issued_on=issued_on,
        appeal_by=last_day,
        text_sealed=keyring.seal(json.dumps(texts, ensure_ascii=False), _COLUMN, notice_id),
        created_at=at,
    )
    session.add(notice)
    journal.record(session, "notice.issued", subject=notice_id, by=None, at=at, of=subject_id, notice=kind, appeal_by=last_day)
    return notice


def open_text(notice: Notice, keyring: KeyRing) -> Texts:
    """Open the words of a notice."""
    texts: Texts = json.loads(keyring.open(notice.text_sealed, _COLUMN, notice.id))
    return texts
