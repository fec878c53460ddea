"""What does not agree between the processor and the books, each with its cause as far as it is known."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.audit.model import MovementState, RailMovement
from sdc.audit.movements import BEGINNING
from sdc.payments.model import Attempt, AttemptState, Payment
from sdc.programs.model import TopUp, TopUpState

Difference = Mapping[str, Any]
"""A kind, an id, cents (what the processor has beyond the books), a program where it is known, since when, and a cause."""

SHOWN_WITHIN = timedelta(hours=1)
"""How soon the processor's statement shows what our books have; later it is missing (machine time)."""
ATTEMPT_ENDS_WITHIN = timedelta(days=2)
TOP_UP_ENDS_WITHIN = timedelta(days=7)
"""How long money may stand on a clearing account; later it is listed with its cause (machine and program time)."""
MOST_LISTED = 500


async def unmatched_movements(session: AsyncSession) -> list[Difference]:
    """List what stands in suspense, and what is open because no book is known to be of it."""
    states = (MovementState.SUSPENSE, MovementState.OPEN)
    query = select(RailMovement).where(RailMovement.state.in_(states)).order_by(RailMovement.created_at, RailMovement.id)
    return [
        _difference(
            str(one.state),
            one.rail_id,
            one.suspense_cents if one.state is MovementState.SUSPENSE else one.net_cents,
            program_id=one.program_id,
            since=one.created_at,
            cause=f"{one.kind}: {one.reason}",
        )
        for one in await session.scalars(query.limit(MOST_LISTED))
    ]


async def missing_movements(session: AsyncSession, *, machine_at: datetime) -> tuple[int, list[Difference]]:
    """Find postings that the statement does not show: their sum, and a list of those that it should have shown by now.

    The sum is what the processor has beyond our books because of them.
    """
    of_attempt = exists().where(RailMovement.subject_id == Attempt.id, RailMovement.kind == "transfer")
    sent = select(Attempt, Payment.program_id).join(Payment, Payment.id == Attempt.payment_id)
    rows = (await session.execute(sent.where(Attempt.state == AttemptState.SENT, ~Attempt.is_outstanding, ~of_attempt))).all()
    of_top_up = exists().where(RailMovement.subject_id == TopUp.id, RailMovement.kind == "top_up")
    settled = select(TopUp).where(TopUp.state.in_([TopUpState.SETTLED, TopUpState.REVERSED]), ~of_top_up)
    top_ups = (await session.scalars(settled)).all()
    total_cents, listed = 0, list[Difference]()
    for attempt, program_id in rows:
        total_cents += attempt.amount_cents
        if (attempt.ended_at or BEGINNING) <= machine_at - SHOWN_WITHIN:
            cause = "a payment that the statement does not show"
            listed.append(_difference("missing", attempt.rail_id or "", attempt.amount_cents, program_id, attempt.ended_at, cause))
    for top_up in top_ups:
        total_cents -= top_up.amount_cents if top_up.state is TopUpState.SETTLED else 0
        if top_up.state is TopUpState.SETTLED:
            cause = "a top-up that the statement does not show"
            listed.append(_difference("missing", top_up.rail_id or "", -top_up.amount_cents, top_up.program_id, top_up.settled_at, cause))
    return total_cents, listed[:MOST_LISTED]


async def aged_clearing(session: AsyncSession, *, at: datetime, machine_at: datetime) -> list[Difference]:
    """List money that stands on a clearing account for too long: in transit to a vendor, or on its way from the bank."""
    is_open = Attempt.state.in_([AttemptState.SENDING, AttemptState.UNKNOWN])
    stuck = and_(is_open, Attempt.claimed_at <= machine_at - ATTEMPT_ENDS_WITHIN)
    rows = await session.execute(select(Attempt, Payment).join(Payment, Payment.id == Attempt.payment_id).where(stuck).order_by(Attempt.id))
    aged = [
        _difference(
            "aged_transit",
            str(payment.id),
            attempt.amount_cents,
            payment.program_id,
            attempt.claimed_at,
            f"payment {payment.state}: {payment.held_because or attempt.detail or 'no answer of the processor'}",
        )
        for attempt, payment in rows
    ]
    pending = select(TopUp).where(TopUp.state == TopUpState.PENDING, TopUp.created_at <= at - TOP_UP_ENDS_WITHIN).order_by(TopUp.id)
    for top_up in await session.scalars(pending):
        cause = "a top-up that has not settled" if top_up.rail_id else "a top-up that the processor has not taken"
        aged.append(_difference("aged_topup", str(top_up.id), top_up.amount_cents, top_up.program_id, top_up.created_at, cause))
    return aged[:MOST_LISTED]


def whole_difference(kind: str, cents: int, *, cause: str) -> Difference:
    """Write a difference that is of the whole, and of nothing in particular."""
    return _difference(kind, "", cents, None, None, cause)


def _difference(
    kind: str, subject: str, cents: int, program_id: UUID | None = None, since: datetime | None = None, cause: str = ""
) -> Difference:
    return {
        "kind": kind,
        "subject": subject,
        "cents": cents,
        "program_id": str(program_id) if program_id else None,
        "since": since.isoformat() if since else None,
        "cause": cause,
    }
