"""Decide on a change that waits: yes, no, or not wanted any more."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.budgets.model import ChangeState, Saving
from sdc.changes.asking import check_budget, check_plan
from sdc.changes.ground import Ground, find_budget_ground, find_plan_ground
from sdc.changes.judging import ChangeIds, WholeChange, kind_of, rule_on_change, tell_no
from sdc.changes.model import ChangeApproval
from sdc.changes.reading import ChangeT, read_change, read_whole_change
from sdc.changes.states import ChangeMove, check_change_move
from sdc.crypto import KeyRing
from sdc.errors import ConflictError
from sdc.members.acting import ActingMove, require_move
from sdc.notices.model import NoticeKind
from sdc.notices.words import decline_reason
from sdc.plans.model import LineMove
from sdc.programs.model import Staff
from sdc.rulebooks.reading import compiled_since

NOTE_COLUMN = "change_approvals.note"


async def open_change(
    session: AsyncSession, model: type[ChangeT], change_id: UUID, *, move: ChangeMove, who: Principal, at: datetime
) -> tuple[Ground, ChangeT]:
    """Lock a change that is the caller's with all that comes before it, for a move.

    Raises:
        NotFoundError: there is none, or it is not the caller's.
        WrongStateError: the move is not open for it now.

    """
    seen = await read_change(session, model, change_id, who=who, at=at)
    if isinstance(seen, Saving):
        ground = await find_budget_ground(session, seen.budget_id, scope=true(), at=at)
    else:
        ground = await find_plan_ground(session, seen.plan_id, scope=true(), at=at)
    locked = select(model).where(model.id == change_id).with_for_update().execution_options(populate_existing=True)
    change = (await session.scalars(locked)).one()
    check_change_move(change, move)
    return ground, change


async def approve_change(
    session: AsyncSession,
    ground: Ground,
    change: LineMove | Saving,
    *,
    who: Principal,
    approval_id: UUID,
    note: str | None,
    ids: ChangeIds,
    keyring: KeyRing,
    at: datetime,
) -> WholeChange:
    """Record a person's yes, and ask the policy again with it. The yes of whoever asked is kept, and does not count.

    The caller holds the locks.

    Raises:
        WrongStateError: the plan of a move is not in force any more, or the days of a plan or budget are over.
        ConflictError: the same person has approved it already.

    """
    if isinstance(change, LineMove):
        check_plan(ground, move=ChangeMove.APPROVE)
    else:
        check_budget(ground, move=ChangeMove.APPROVE)
    whole = await read_whole_change(session, change)
    rulebook = await compiled_since(session, whole.decision.rulebook_version, ground.rulebook)
    ground = replace(ground, rulebook=rulebook)  # as a purchase does, it keeps the version that judged it first
    if any(approval.by == who.id for approval in whole.approvals):
        raise ConflictError("you have approved this already: someone else has to")
    approver = await session.get_one(Staff, who.id)
    approval = ChangeApproval(
        id=approval_id,
        change_id=change.id,
        by=who.id,
        role=who.role,
        employer_id=approver.employer_id,
        relatives=approver.relatives,
        note_sealed=None if note is None else keyring.seal(note, NOTE_COLUMN, approval_id),
        at=at,
    )
    session.add(approval)
    journal.record(session, f"{kind_of(change)}.approval_given", subject=change.id, by=who.id, at=at, approval=approval_id, role=who.role)
    approvals = [*whole.approvals, approval]
    return await rule_on_change(session, ground, change, approvals, because="approval", by=who.id, ids=ids, keyring=keyring, at=at)


async def decline_change(
    session: AsyncSession,
    ground: Ground,
    change: LineMove | Saving,
    *,
    who: Principal,
    reason: str,
    notice_id: UUID,
    keyring: KeyRing,
    at: datetime,
) -> WholeChange:
    """Say no as a person, for a reason that the member reads in the notice. The caller holds the locks."""
    whole = await read_whole_change(session, change)
    change.state = ChangeState.DECLINED
    reasons = [decline_reason(reason)]
    whole.notice = tell_no(session, ground, change, NoticeKind.DECLINE, reasons, notice_id=notice_id, keyring=keyring, at=at)
    journal.record(session, f"{kind_of(change)}.declined", subject=change.id, by=who.id, at=at, role=who.role, notice=notice_id)
    return whole


async def cancel_change(session: AsyncSession, change: LineMove | Saving, *, who: Principal, at: datetime) -> WholeChange:
    """Take a change back that waits; whoever asked may always do so. The caller holds the locks.

    Raises:
        ForbiddenError: the representative did not ask for it and was not given this move.

    """
    if change.asked_by != who.id:
        await require_move(session, who, ActingMove.CANCEL)
    change.state = ChangeState.CANCELED
    journal.record(session, f"{kind_of(change)}.canceled", subject=change.id, by=who.id, at=at, role=who.role)
    return await read_whole_change(session, change)
