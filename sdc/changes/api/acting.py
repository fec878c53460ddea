"""What the routes of moves between lines and of savings do alike: show, list, approve, decline and take back a change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from litestar import Response
from litestar.status_codes import HTTP_200_OK
from sqlalchemy import Select

from sdc import idempotency, journal
from sdc.auth.principal import Principal
from sdc.changes.answers import MoveOut, SavingOut
from sdc.changes.deciding import approve_change, cancel_change, decline_change, open_change
from sdc.changes.forms import ApproveIn, DeclineIn
from sdc.changes.judging import ChangeIds, WholeChange
from sdc.changes.reading import ChangeT, read_change, read_whole_change, recheck_change, whole_changes
from sdc.changes.states import ChangeMove
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.web.input import Language
from sdc.web.pages import read_page

OutT = TypeVar("OutT", MoveOut, SavingOut)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, when, and how they are answered."""

    who: Principal
    at: datetime
    language: Language
    sessions: Sessions
    keyring: KeyRing


@dataclass(frozen=True, slots=True)
class Acting(Generic[ChangeT, OutT]):
    """The acts on one kind of change: its rows, how one is shown, and its name in the journal."""

    model: type[ChangeT]
    out: type[OutT]
    name: str

    def shown(self, whole: WholeChange, caller: Caller) -> OutT:
        """Show a change to who asks, in their language."""
        return self.out.of(whole, who=caller.who, language=caller.language, keyring=caller.keyring)

    async def page(
        self, query: Select[ChangeT], limit: int, cursor: str | None, *, subject: UUID | None, caller: Caller
    ) -> tuple[Sequence[OutT], str | None]:
        """Show a page of changes and where the next one begins; that it was seen is noted."""
        async with caller.sessions.read() as session:
            changes, next_cursor = await read_page(session, query, self.model.id, limit=limit, cursor=cursor)
            wholes = await whole_changes(session, changes)
        await journal.record_view(
            caller.sessions, f"{self.name}s.viewed", subject=subject, by=caller.who.id, at=caller.at, shown=len(wholes)
        )
        return [self.shown(whole, caller) for whole in wholes], next_cursor

    async def one(self, change_id: UUID, *, caller: Caller) -> OutT:
        """Show one change; that it was seen is noted."""
        async with caller.sessions.read() as session:
            whole = await read_whole_change(session, await read_change(session, self.model, change_id, who=caller.who, at=caller.at))
        member = whole.change.member_id
        await journal.record_view(caller.sessions, f"{self.name}.viewed", subject=change_id, by=caller.who.id, at=caller.at, member=member)
        return self.shown(whole, caller)

    async def approve(self, change_id: UUID, data: ApproveIn | None, *, key: IdempotencyKey, caller: Caller) -> Response[OutT]:
        """Keep a yes and ask the policy again."""
        who, at = caller.who, caller.at
        recheck = recheck_change(self.model, change_id, who=who, at=at)
        async with idempotency.begin(caller.sessions, key, at=at, recheck=recheck) as call:
            ground, change = await open_change(call.session, self.model, change_id, move=ChangeMove.APPROVE, who=who, at=at)
            whole = await approve_change(
                call.session,
                ground,
                change,
                who=who,
                approval_id=new_id(),
                note=data.note if data else None,
                ids=ChangeIds.new(),
                keyring=caller.keyring,
                at=at,
            )
            return call.answer(self.shown(whole, caller), HTTP_200_OK)

    async def decline(self, change_id: UUID, data: DeclineIn, *, key: IdempotencyKey, caller: Caller) -> Response[OutT]:
        """Say no, with a reason and a notice."""
        who, at = caller.who, caller.at
        recheck = recheck_change(self.model, change_id, who=who, at=at)
        async with idempotency.begin(caller.sessions, key, at=at, recheck=recheck) as call:
            ground, change = await open_change(call.session, self.model, change_id, move=ChangeMove.DECLINE, who=who, at=at)
            whole = await decline_change(
                call.session, ground, change, who=who, reason=data.reason, notice_id=new_id(), keyring=caller.keyring, at=at
            )
            return call.answer(self.shown(whole, caller), HTTP_200_OK)

    async def cancel(self, change_id: UUID, *, key: IdempotencyKey, caller: Caller) -> Response[OutT]:
        """Take back what waits."""
        who, at = caller.who, caller.at
        recheck = recheck_change(self.model, change_id, who=who, at=at)
        async with idempotency.begin(caller.sessions, key, at=at, recheck=recheck) as call:
            _, change = await open_change(call.session, self.model, change_id, move=ChangeMove.CANCEL, who=who, at=at)
            whole = await cancel_change(call.session, change, who=who, at=at)
            return call.answer(self.shown(whole, caller), HTTP_200_OK)
