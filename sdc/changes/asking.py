"""Ask for a change: move money between two lines of a plan, or save some of a budget."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.budgets.model import ChangeState, Saving
from sdc.changes.ground import Ground, find_budget_ground, find_plan_ground
from sdc.changes.judging import ChangeIds, Judged, WholeChange, judge_change, rule_on_change
from sdc.changes.purpose import seal_purpose
from sdc.crypto import KeyRing
from sdc.errors import FieldError, InvalidFieldError, WrongStateError
from sdc.members.acting import ActingMove, require_move
from sdc.members.scope import member_scope
from sdc.plans.lines import signed_lines
from sdc.plans.model import LineMove, PlanState


@dataclass(frozen=True, slots=True)
class AskedMove:
    """From which line of a plan to which, and how much."""

    from_category: str
    to_category: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class AskedSaving:
    """How much, what for, and for which goal."""

    amount_cents: int
    purpose: str | None
    goal_id: str | None


async def request_move(
    session: AsyncSession, plan_id: UUID, asked: AskedMove, *, who: Principal, id: UUID, ids: ChangeIds, keyring: KeyRing, at: datetime
) -> WholeChange:
    """Store a move with its decision: it counts at once, waits for somebody, or is denied with a notice.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such plan, or not the caller's.
        WrongStateError: the plan is not in force, or its days are over.
        InvalidFieldError: a line that the plan does not have, or the same line twice.

    """
    await require_move(session, who, ActingMove.PLAN)
    ground = await find_plan_ground(session, plan_id, scope=member_scope(who, at=at), at=at)
    change = _move(ground, asked, who=who, id=id, ids=ids, at=at)
    session.add(change)
    journal.record(session, "move.requested", subject=id, by=who.id, at=at, plan=plan_id, amount_cents=asked.amount_cents, role=who.role)
    return await rule_on_change(session, ground, change, [], because="request", by=who.id, ids=ids, keyring=keyring, at=at)


async def preview_move(
    session: AsyncSession, plan_id: UUID, asked: AskedMove, *, who: Principal, id: UUID, ids: ChangeIds, keyring: KeyRing, at: datetime
) -> Judged:
    """Tell what a move would be answered now; nothing is locked or stored.

    Raises:
        ForbiddenError, NotFoundError, WrongStateError, InvalidFieldError: as `request_move`.

    """
    await require_move(session, who, ActingMove.PLAN)
    ground = await find_plan_ground(session, plan_id, scope=member_scope(who, at=at), is_locking=False, at=at)
    return judge_change(ground, _move(ground, asked, who=who, id=id, ids=ids, at=at), [], keyring=keyring, at=at)


async def request_saving(
    session: AsyncSession, budget_id: UUID, asked: AskedSaving, *, who: Principal, id: UUID, ids: ChangeIds, keyring: KeyRing, at: datetime
) -> WholeChange:
    """Store a saving with its decision: put aside at once, waiting for somebody, or denied with a notice.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such budget, or not the caller's.
        WrongStateError: the budget's days are over.

    """
    await require_move(session, who, ActingMove.PLAN)
    ground = await find_budget_ground(session, budget_id, scope=member_scope(who, at=at), at=at)
    change = _saving(ground, asked, who=who, id=id, ids=ids, keyring=keyring, at=at)
    session.add(change)
    amount_cents = asked.amount_cents
    journal.record(session, "saving.requested", subject=id, by=who.id, at=at, budget=budget_id, amount_cents=amount_cents, role=who.role)
    return await rule_on_change(session, ground, change, [], because="request", by=who.id, ids=ids, keyring=keyring, at=at)


async def preview_saving(
    session: AsyncSession, budget_id: UUID, asked: AskedSaving, *, who: Principal, id: UUID, ids: ChangeIds, keyring: KeyRing, at: datetime
) -> Judged:
    """Tell what a saving would be answered now; nothing is locked or stored.

    Raises:
        ForbiddenError, NotFoundError, WrongStateError: as `request_saving`.

    """
    await require_move(session, who, ActingMove.PLAN)
    ground = await find_budget_ground(session, budget_id, scope=member_scope(who, at=at), is_locking=False, at=at)
    change = _saving(ground, asked, who=who, id=id, ids=ids, keyring=keyring, at=at)
    return judge_change(ground, change, [], keyring=keyring, at=at)


def check_plan(ground: Ground, *, move: str) -> None:
    """Refuse to move between the lines of a plan that nothing is bought by.

    Raises:
        WrongStateError: it is not in force, or its days are over.

    """
    plan = ground.plan
    assert plan is not None, "a move has its plan"
    if plan.state is not PlanState.APPROVED or plan.ends_on < ground.today:
        state = "over" if plan.state is PlanState.APPROVED else plan.state
        raise WrongStateError("plan", plan.id, state=state, move=move, open_moves=())


def check_budget(ground: Ground, *, move: str) -> None:
    """Refuse to save from a budget whose days are over.

    Raises:
        WrongStateError: they are.

    """
    budget = ground.budget
    assert budget is not None, "a saving has its budget"
    if budget.ends_on < ground.today:
        raise WrongStateError("budget", budget.id, state="over", move=move, open_moves=())


def _move(ground: Ground, asked: AskedMove, *, who: Principal, id: UUID, ids: ChangeIds, at: datetime) -> LineMove:
    check_plan(ground, move="move")
    assert ground.plan is not None, "a move has its plan"
    signed = signed_lines(ground.plan.lines)
    wrong = [
        FieldError(field, "this plan has no such line: a new version of the plan, signed and approved, can have it")
        for field, category in (("from_category", asked.from_category), ("to_category", asked.to_category))
        if category not in signed
    ]
    if asked.from_category == asked.to_category:
        wrong.append(FieldError("to_category", "this is the line that the money would come from"))
    if wrong:
        raise InvalidFieldError(wrong[0].field, wrong[0].message, more=wrong[1:])
    return LineMove(
        id=id,
        program_id=ground.program.id,
        member_id=ground.member.id,
        plan_id=ground.plan.id,
        from_category=asked.from_category,
        to_category=asked.to_category,
        amount_cents=asked.amount_cents,
        state=ChangeState.PENDING,
        asked_by=who.id,
        asked_role=who.role,
        asked_at=at,
        decision_id=ids.decision,
        notice_id=None,
        moved_on=None,
    )


def _saving(ground: Ground, asked: AskedSaving, *, who: Principal, id: UUID, ids: ChangeIds, keyring: KeyRing, at: datetime) -> Saving:
    check_budget(ground, move="save")
    assert ground.budget is not None, "a saving has its budget"
    return Saving(
        id=id,
        program_id=ground.program.id,
        member_id=ground.member.id,
        budget_id=ground.budget.id,
        goal_id=asked.goal_id,
        amount_cents=asked.amount_cents,
        purpose_sealed=seal_purpose(asked.purpose, id, keyring),
        state=ChangeState.PENDING,
        asked_by=who.id,
        asked_role=who.role,
        asked_at=at,
        decision_id=ids.decision,
        notice_id=None,
        saved_on=None,
    )
