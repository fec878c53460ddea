"""Draft a plan: goals in the member's words, lines of money, each line for a goal if it names one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.clock import local_date
from sdc.crypto import KeyRing
from sdc.errors import FieldError
from sdc.members.model import Member
from sdc.plans.model import Plan, PlanState
from sdc.programs.model import Program
from sdc.programs.setting_up import refuse_if_any, wrong_period
from sdc.rulebooks.reading import compiled, version_in_force

TITLES = "plans.titles"
ACTIVE = "active"
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class GoalDraft:
    """A goal as it is written: `id` is a new one; `key` is what the writer calls it, or its id in an earlier plan."""

    id: UUID
    key: str | None
    domain: str
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as it is written; `goal` names a goal by place (from 0), key, title or domain."""

    category: str
    amount_cents: int
    goal: str | int | None


async def draft_plan(
    session: AsyncSession,
    keyring: KeyRing,
    member: Member,
    *,
    id: UUID,
    starts_on: date,
    ends_on: date,
    goals: Sequence[GoalDraft],
    lines: Sequence[LineDraft],
    by: UUID,
    at: datetime,
) -> Plan:
    """Write the next version of a member's plan. A goal that an earlier version had keeps its id.

    The caller has locked the member's row.

    Raises:
        InvalidFieldError: dates out of order, two goals of one key, a category twice or unknown to the program's
            rulebook, a line whose goal is not one of these (all are named).

    """
    wrong = [*wrong_period("", starts_on, ends_on), *_wrong_goals(goals), *await _wrong_categories(session, member, lines, at=at)]
    chosen = [_goal_of(line.goal, goals) for line in lines]
    wrong += [
        FieldError(f"lines[{place}].goal", "this names none of the goals, or more than one")
        for place, (line, goal) in enumerate(zip(lines, chosen, strict=True))
        if line.goal is not None and goal is None
    ]
    refuse_if_any(wrong)
    versions = await session.scalar(select(func.max(Plan.version)).where(Plan.member_id == member.id))
    ids = await _goal_ids(session, member, goals)
    plan = Plan(
        id=id,
        program_id=member.program_id,
        member_id=member.id,
        version=(versions or 0) + 1,
        state=PlanState.DRAFT,
        starts_on=starts_on,
        ends_on=ends_on,
        goals=[{"id": ids[goal.id], "domain": goal.domain, "status": goal.status} for goal in goals],
        lines=[
            {"category": line.category, "amount_cents": line.amount_cents, "goal_id": None if goal is None else ids[goal.id]}
            for line, goal in zip(lines, chosen, strict=True)
        ],
        titles_sealed=keyring.seal(json.dumps({ids[goal.id]: goal.title for goal in goals}), TITLES, id),
        created_by=by,
        created_at=at,
    )
    session.add(plan)
    journal.record(session, "plan.drafted", subject=id, by=by, at=at, member=member.id, version=plan.version)
    return plan


def titles_of(keyring: KeyRing, plan: Plan) -> dict[str, str]:
    """Open the titles of a plan's goals, by goal id."""
    titles: dict[str, str] = json.loads(keyring.open(plan.titles_sealed, TITLES, plan.id))
    return titles


def _wrong_goals(goals: Sequence[GoalDraft]) -> list[FieldError]:
    keys = [goal.key for goal in goals]
    return [
        FieldError(f"goals[{place}].id", "another goal has this id")
        for place, key in enumerate(keys)
        if key is not None and key in keys[:place]
    ]


async def _wrong_categories(session: AsyncSession, member: Member, lines: Sequence[LineDraft], *, at: datetime) -> list[FieldError]:
    program = await session.get_one(Program, member.program_id)
    version_id = await session.scalar(version_in_force(program.rulebook, local_date(at, program.time_zone)))
    assert version_id is not None, "a program is set up with a rulebook that judges"
    known = (await compiled(session, version_id)).categories
    categories = [line.category for line in lines]
    wrong = []
    for place, category in enumerate(categories):
        if category not in known:
            wrong.append(FieldError(f"lines[{place}].category", "this is not a category of the program's rulebook"))
        elif category in categories[:place]:
            wrong.append(FieldError(f"lines[{place}].category", "another line has this category"))
    return wrong


def _goal_of(named: str | int | None, goals: Sequence[GoalDraft]) -> GoalDraft | None:
    """Find the one goal that a line names; None when it names none, or more than one."""
    if named is None:
        return None
    if isinstance(named, str):
        for same in ([g for g in goals if g.key == named], [g for g in goals if g.title == named], [g for g in goals if g.domain == named]):
            if same:
                return same[0] if len(same) == 1 else None
    place = int(named) if isinstance(named, int) or (named.isascii() and named.isdigit()) else len(goals)
    return goals[place] if 0 <= place < len(goals) else None


async def _goal_ids(session: AsyncSession, member: Member, goals: Sequence[GoalDraft]) -> dict[UUID, str]:
    """Say under which id each goal stands: the one it had in an earlier plan of the member, else its new one."""
    earlier = await session.scalars(select(Plan.goals).where(Plan.member_id == member.id)) if any(goal.key for goal in goals) else ()
    known = {goal["id"] for plan_goals in earlier for goal in plan_goals}
    return {goal.id: goal.key if goal.key is not None and goal.key in known else str(goal.id) for goal in goals}
