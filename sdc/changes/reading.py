"""Find changes to show or to decide on: what is not the caller's is not there."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.auth.principal import Principal
from sdc.budgets.model import Saving
from sdc.changes.judging import WholeChange
from sdc.changes.model import ChangeApproval
from sdc.errors import NotFoundError
from sdc.members.model import Member
from sdc.members.scope import member_scope
from sdc.notices.model import Notice
from sdc.plans.model import LineMove
from sdc.purchases.model import DecisionRecord

_NAMES: Mapping[type[Any], str] = {LineMove: "move", Saving: "saving"}
ChangeT = TypeVar("ChangeT", LineMove, Saving)


def change_scope(model: type[LineMove] | type[Saving], who: Principal, *, at: datetime) -> ColumnElement[bool]:
    """Express which changes are a caller's: those of the members who are theirs to see."""
    return model.member_id.in_(select(Member.id).where(member_scope(who, at=at)))


async def read_change(session: AsyncSession, model: type[ChangeT], change_id: UUID, *, who: Principal, at: datetime) -> ChangeT:
    """Read a move or a saving that is the caller's to see.

    Raises:
        NotFoundError: there is none, or it is not the caller's.

    """
    change = await session.scalar(select(model).where(model.id == change_id, change_scope(model, who, at=at)))
    if change is None:
        raise NotFoundError(_NAMES[model], change_id)
    return change


def recheck_change(model: type[ChangeT], change_id: UUID, *, who: Principal, at: datetime) -> Callable[[AsyncSession], Awaitable[object]]:
    """Ask again, before an answer is replayed, whether the change is still the caller's to see."""

    async def recheck(session: AsyncSession) -> object:
        return await read_change(session, model, change_id, who=who, at=at)

    return recheck


async def whole_changes(session: AsyncSession, changes: Sequence[LineMove | Saving]) -> list[WholeChange]:
    """Read what hangs on some changes, in one statement a kind."""
    ids = [one.id for one in changes]
    if not ids:
        return []
    decisions = await session.scalars(select(DecisionRecord).where(DecisionRecord.id.in_([one.decision_id for one in changes])))
    by_id = {one.id: one for one in decisions}
    approvals: dict[UUID, list[ChangeApproval]] = {}
    for approval in await session.scalars(select(ChangeApproval).where(ChangeApproval.change_id.in_(ids)).order_by(ChangeApproval.id)):
        approvals.setdefault(approval.change_id, []).append(approval)
    told = [one.notice_id for one in changes if one.notice_id is not None]
    notices = {one.id: one for one in await session.scalars(select(Notice).where(Notice.id.in_(told)))} if told else {}
    return [
        WholeChange(one, by_id[one.decision_id], approvals.get(one.id, []), notices.get(one.notice_id) if one.notice_id else None)
        for one in changes
    ]


async def read_whole_change(session: AsyncSession, change: LineMove | Saving) -> WholeChange:
    """Read what hangs on one change."""
    return (await whole_changes(session, [change]))[0]
