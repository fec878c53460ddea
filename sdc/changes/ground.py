"""All that a change is judged by: whose it is, by which rulebook, what stands on the accounts and in the plan; read under the locks.

The locks, in the order that everybody keeps: the budget of a saving with its member, or the member of a move with the plan; then
the change itself. A request for a purchase waits at the member too, so that a move and what is spent of its line see one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
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
from sdc.plans.reading import moves_of
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
    is_locked: bool
    available_cents: int = 0
    saved_cents: int = 0
    moves: tuple[Moved, ...] = ()
    """Moves of this plan that count."""

    @property
    def period(self) -> tuple[date, date]:
        """The days within which spending and moves add up: the budget's, or the plan's where no budget is in force."""
        one = self.budget or self.plan
        assert one is not None, "a change has a budget or a plan"
        return one.starts_on, one.ends_on


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
    members = select(Member).join(Plan, Plan.member_id == Member.id).where(Plan.id == plan_id, scope)
    locked = members.with_for_update(of=Member, key_share=True) if is_locking else members
    member = await session.scalar(locked.execution_options(populate_existing=True))
    if member is None:
        raise NotFoundError("plan", plan_id)
    plans = select(Plan).where(Plan.id == plan_id).execution_options(populate_existing=True)
    plan = (await session.scalars(plans.with_for_update(key_share=True) if is_locking else plans)).one()
    program = await session.get_one(Program, member.program_id)
    broker = await session.get(Staff, member.broker_id) if member.broker_id else None
    today = local_date(at, program.time_zone)
    covering = (Budget.member_id == member.id, Budget.starts_on <= today, Budget.ends_on >= today)
    # Of several budgets of today the one that began first: the longer the period, the more of it is counted.
    budget = await session.scalar(select(Budget).where(*covering).order_by(Budget.starts_on, Budget.id).limit(1))
    return await _fill(session, member, broker, program, budget, plan, today=today, is_locked=is_locking)


async def facts_of(
    session: AsyncSession,
    ground: Ground,
    *,
    approvals: Sequence[policy.Approval],
    transfer: policy.TransferFacts | None = None,
    reserve: policy.ReserveFacts | None = None,
    at: datetime,
) -> policy.Facts:
    """Put the question to the policy: a move or a saving, with what the member spent and set aside so far."""
    starts_on, ends_on = ground.period
    spent = await session.scalar(select(JsonRows(*spending_columns())).where(Authorization.member_id == ground.member.id))
    earned = earned_columns(ground.member.id, starts_on, ends_on)
    baseline_cents, months = (await session.execute(select(*earned))).one()
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
            starts_on=starts_on,
            ends_on=ends_on,
            allocated_cents=budget.allocated_cents if budget else 0,
            available_cents=ground.available_cents,
            saved_cents=ground.saved_cents,
            baseline_monthly_cents=baseline_cents,
            closed_months=closed_months(months),
        ),
        history=tuple(spend for row in spent or () for spend in Spending.of(row).spends()),
        approvals=tuple(approvals),
        transfer=transfer,
        reserve=reserve,
    )


async def moved_out(session: AsyncSession, ground: Ground) -> dict[str, int]:
    """Add up what was moved out of each line within the period, under whichever version of the plan."""
    starts_on, ends_on = ground.period
    rows = await session.execute(
        select(LineMove.from_category, LineMove.amount_cents).where(
            LineMove.member_id == ground.member.id,
            LineMove.state == ChangeState.APPROVED,
            LineMove.moved_on.between(starts_on, ends_on),
        )
    )
    moved: dict[str, int] = {}
    for category, cents in rows:
        moved[category] = moved.get(category, 0) + cents
    return moved


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
    version_id = await session.scalar(version_in_force(program.rulebook, today))
    assert version_id is not None, "a program is set up with a rulebook that judges"
    available_cents = saved_cents = 0
    if budget is not None:
        accounts = chart.budget_account_ids(budget.program_id, budget.id)
        held = await ledger.balances(session, accounts.values())
        available_cents = held[accounts["available"]] + (0 if is_locked else due_cents(budget, today))
        saved_cents = held[accounts["saved"]]
    return Ground(
        member=member,
        broker=broker,
        program=program,
        budget=budget,
        plan=plan,
        rulebook=await compiled(session, version_id),
        today=today,
        is_locked=is_locked,
        available_cents=available_cents,
        saved_cents=saved_cents,
        moves=() if plan is None else tuple((await moves_of(session, [plan]))[plan.id]),
    )
