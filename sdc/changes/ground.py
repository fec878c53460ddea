"""All that a change is judged by: whose it is, by which rulebook, what stands on the accounts and in the plan; read under the locks.

The locks, in the order that everybody keeps: the budget of a saving with its member, or the member of a move with the plan; then
the change itself. A request for a purchase waits at the member too, so that a move and what is spent of its line see one another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
import policy
from sdc.books import chart
from sdc.budgets.model import Budget, ChangeState
from sdc.budgets.release import release_due
from sdc.clock import local_date, local_time
from sdc.errors import NotFoundError
from sdc.members.model import Member
from sdc.plans.lines import Moved, moved_lines, signed_lines
from sdc.plans.model import LineMove, Plan, PlanState
from sdc.programs.model import Program, Staff
from sdc.purchases.facts import Spending, closed_months, due_cents, earned_columns, member_facts, plan_facts, spending_columns
from sdc.purchases.model import Authorization
from sdc.purchases.rows import JsonRows
from sdc.rulebooks.reading import compiled, version_in_force


@dataclass(frozen=True, slots=True)
class Ground:
    """What a change stands on. A saving has its budget, a move its plan; the other is the one in force today, if there is one."""

    member: Member
    broker: Staff | None
    program: Program
    budget: Budget | None
    plan: Plan | None
    rulebook: policy.Rulebook
    today: date
    starts_on: date
    ends_on: date
    """The days within which spending and moves add up: the budget's, or the plan's where no budget is in force."""
    available_cents: int
    saved_cents: int
    moves: tuple[Moved, ...]
    """Moves of this plan that count."""
    moved_out: Mapping[str, int]
    """What was moved out of each line within the period, under whichever version of the plan."""
    history: tuple[policy.Spend, ...]
    baseline_cents: int | None
    closed_months: tuple[policy.ClosedMonth, ...]


async def find_budget_ground(
    session: AsyncSession, budget_id: UUID, *, scope: ColumnElement[bool], is_locking: bool = True, at: datetime
) -> Ground:
    """Lock a budget and its member, release what is due, and read what a saving is judged by.

    Raises:
        NotFoundError: no such budget, or not the caller's.

    """
    query = (
        select(Budget, Member, Program, Staff)
        .join(Member, Member.id == Budget.member_id)
        .join(Program, Program.id == Budget.program_id)
        .outerjoin(Staff, Staff.id == Member.broker_id)
        .where(Budget.id == budget_id, scope)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(query.with_for_update(of=(Budget, Member), key_share=True) if is_locking else query)).one_or_none()
    if row is None:
        raise NotFoundError("budget", budget_id)
    budget, member, program, broker = row
    today = local_date(at, program.time_zone)
    if is_locking and budget.next_release_on is not None and budget.next_release_on <= today:
        await release_due(session, budget, today=today, at=at)
    covering = (Plan.member_id == member.id, Plan.state == PlanState.APPROVED, Plan.starts_on <= today, Plan.ends_on >= today)
    plan = await session.scalar(select(Plan).where(*covering).order_by(Plan.version.desc()).limit(1))
    return await _fill(session, member, broker, program, budget, plan, today=today, is_locked=is_locking)


async def find_plan_ground(
    session: AsyncSession, plan_id: UUID, *, scope: ColumnElement[bool], is_locking: bool = True, at: datetime
) -> Ground:
    """Lock the member of a plan and the plan, and read what a move between its lines is judged by.

    Raises:
        NotFoundError: no such plan, or not the caller's.

    """
    query = (
        select(Member, Program, Staff)
        .join(Plan, Plan.member_id == Member.id)
        .join(Program, Program.id == Member.program_id)
        .outerjoin(Staff, Staff.id == Member.broker_id)
        .where(Plan.id == plan_id, scope)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(query.with_for_update(of=Member, key_share=True) if is_locking else query)).one_or_none()
    if row is None:
        raise NotFoundError("plan", plan_id)
    member, program, broker = row
    plans = select(Plan).where(Plan.id == plan_id).execution_options(populate_existing=True)
    plan = (await session.scalars(plans.with_for_update(key_share=True) if is_locking else plans)).one()
    today = local_date(at, program.time_zone)
    covering = (Budget.member_id == member.id, Budget.starts_on <= today, Budget.ends_on >= today)
    # Of several budgets of today the one that began first: the longer the period, the more of it is counted.
    budget = await session.scalar(select(Budget).where(*covering).order_by(Budget.starts_on, Budget.id).limit(1))
    return await _fill(session, member, broker, program, budget, plan, today=today, is_locked=is_locking)


def facts_of(
    ground: Ground,
    *,
    approvals: Sequence[policy.Approval],
    transfer: policy.TransferFacts | None = None,
    reserve: policy.ReserveFacts | None = None,
    at: datetime,
) -> policy.Facts:
    """Put the question to the policy: a move or a saving, with what the member spent and set aside so far."""
    budget, plan = ground.budget, ground.plan
    return policy.Facts(
        as_of=local_time(at, ground.program.time_zone),
        member=member_facts(ground.member, ground.broker),
        plan=policy.PlanFacts.none()
        if plan is None
        else plan_facts(
            starts_on=plan.starts_on, ends_on=plan.ends_on, goals=plan.goals, lines=moved_lines(signed_lines(plan.lines), ground.moves)
        ),
        budget=policy.BudgetFacts(
            starts_on=ground.starts_on,
            ends_on=ground.ends_on,
            allocated_cents=budget.allocated_cents if budget else 0,
            available_cents=ground.available_cents,
            saved_cents=ground.saved_cents,
            baseline_monthly_cents=ground.baseline_cents,
            closed_months=ground.closed_months,
        ),
        history=ground.history,
        approvals=tuple(approvals),
        transfer=transfer,
        reserve=reserve,
    )


async def _fill(
    session: AsyncSession,
    member: Member,
    broker: Staff | None,
    program: Program,
    budget: Budget | None,
    plan: Plan | None,
    *,
    today: date,
    is_locked: bool,
) -> Ground:
    one = budget or plan
    assert one is not None, "a change has a budget or a plan"
    picture = (await session.execute(_picture(member, program, budget, plan, one.starts_on, one.ends_on, today=today))).one()
    assert picture.rulebook_id is not None, "a program is set up with a rulebook that judges"
    moved_out: dict[str, int] = {}
    for category, cents in picture.moved_out:
        moved_out[category] = moved_out.get(category, 0) + cents
    return Ground(
        member=member,
        broker=broker,
        program=program,
        budget=budget,
        plan=plan,
        rulebook=await compiled(session, picture.rulebook_id),
        today=today,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        available_cents=(picture.available_cents or 0) + (0 if is_locked or budget is None else due_cents(budget, today)),
        saved_cents=picture.saved_cents or 0,
        moves=tuple((out_of, into, cents) for out_of, into, cents in picture.moves),
        moved_out=moved_out,
        history=tuple(spend for row in picture.history for spend in Spending.of(row).spends()),
        baseline_cents=picture.baseline_cents,
        closed_months=closed_months(picture.months),
    )


def _picture(
    member: Member, program: Program, budget: Budget | None, plan: Plan | None, starts_on: date, ends_on: date, *, today: date
) -> Select[Any]:
    """Select in one statement, after the locks: the rulebook in force, both balances, moves, history and what was earned."""
    accounts = chart.budget_account_ids(program.id, budget.id) if budget else {}
    counts = (LineMove.member_id == member.id, LineMove.state == ChangeState.APPROVED)
    moves = select(JsonRows(LineMove.from_category, LineMove.to_category, LineMove.amount_cents)).where(
        *counts, LineMove.plan_id == plan.id if plan else false()
    )
    moved_out = select(JsonRows(LineMove.from_category, LineMove.amount_cents)).where(
        *counts, LineMove.moved_on.between(starts_on, ends_on)
    )
    history = select(JsonRows(*spending_columns())).where(Authorization.member_id == member.id)
    baseline, months = earned_columns(member.id, starts_on, ends_on)
    return select(
        version_in_force(program.rulebook, today).scalar_subquery().label("rulebook_id"),
        (ledger.guarded_balance(accounts["available"]) if accounts else literal(0)).label("available_cents"),
        (ledger.guarded_balance(accounts["saved"]) if accounts else literal(0)).label("saved_cents"),
        moves.scalar_subquery().label("moves"),
        moved_out.scalar_subquery().label("moved_out"),
        history.scalar_subquery().label("history"),
        baseline.label("baseline_cents"),
        months.label("months"),
    )
