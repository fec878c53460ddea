"""What requests say of plans, and what answers show."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.crypto import KeyRing
from sdc.plans.drafting import titles_of
from sdc.plans.lines import Moved, moved_lines
from sdc.plans.model import Plan, PlanState
from sdc.web.input import CategoryCode, Cents, Day, Input, Name, Output, Reference
from sdc.web.pages import Page

_MAX_GOALS = 50
_MAX_LINES = 200

GoalStatus = Literal["active", "closed"]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""A part of life, such as `wellness`, `work` or `home`."""


class GoalIn(Input):
    """A goal in the member's own words. `id` is a key for lines to name it by; the id of a goal of an earlier plan keeps that goal."""

    id: Reference | None = None
    domain: Domain
    title: Name
    status: GoalStatus = "active"


class LineIn(Input):
    """Money planned for a category. `goal` names a goal of this plan: its place (from 0), id, title, or domain."""

    category: CategoryCode
    amount_cents: Cents
    goal: Annotated[int, Field(ge=0, lt=_MAX_GOALS)] | Name | None = None


class PlanIn(Input):
    """A plan from a day to a day."""

    starts_on: Day
    ends_on: Day
    goals: Annotated[list[GoalIn], Field(max_length=_MAX_GOALS)]
    lines: Annotated[list[LineIn], Field(max_length=_MAX_LINES)]


class GoalOut(Output):
    """A goal."""

    id: str
    domain: str
    title: str
    status: GoalStatus


class LineOut(Output):
    """Money planned for a category, as it was signed; `moved_cents` came since from other lines, or went to them (below zero).

    `goal` is the id of the goal it serves.
    """

    category: str
    amount_cents: int
    moved_cents: int
    goal: str | None


class PlanOut(Output):
    """One version of a member's plan."""

    id: UUID
    program_id: UUID
    member_id: UUID
    version: int
    state: PlanState
    starts_on: date
    ends_on: date
    goals: list[GoalOut]
    lines: list[LineOut]
    created_by: UUID
    created_at: datetime
    submitted_at: datetime | None
    signed_by: UUID | None
    signed_at: datetime | None
    approved_by: UUID | None
    approved_at: datetime | None

    @classmethod
    def of(cls, plan: Plan, keyring: KeyRing, moves: Sequence[Moved] = ()) -> Self:
        """Show a plan with what was moved between its lines since it was signed."""
        titles = titles_of(keyring, plan)
        moved = moved_lines({}, moves)
        return cls(
            id=plan.id,
            program_id=plan.program_id,
            member_id=plan.member_id,
            version=plan.version,
            state=plan.state,
            starts_on=plan.starts_on,
            ends_on=plan.ends_on,
            goals=[GoalOut(id=one["id"], domain=one["domain"], title=titles[one["id"]], status=one["status"]) for one in plan.goals],
            lines=[
                LineOut(
                    category=one["category"],
                    amount_cents=one["amount_cents"],
                    moved_cents=moved.get(one["category"], 0),
                    goal=one["goal_id"],
                )
                for one in plan.lines
            ],
            created_by=plan.created_by,
            created_at=plan.created_at,
            submitted_at=plan.submitted_at,
            signed_by=plan.signed_by,
            signed_at=plan.signed_at,
            approved_by=plan.approved_by,
            approved_at=plan.approved_at,
        )


class PlanPage(Page):
    """Every version of a member's plan, the newest first."""

    items: list[PlanOut]
