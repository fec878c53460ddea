"""Look at an emergency after the fact: who has to, by when, and what they found.

Every emergency that is not denied at once is looked at by somebody: one that needs a yes by whoever says it, one within the
limits by the broker some days later. An emergency past the limits is told "your broker will call you today": it is due today.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc import journal
from sdc.auth.principal import Principal, Role
from sdc.crypto import KeyRing
from sdc.errors import ConflictError, NotFoundError, WrongStateError
from sdc.ids import derived_id
from sdc.purchases.facts import Question
from sdc.purchases.locking import Standing, find_purchase, purchase_scope
from sdc.purchases.model import EmergencyReview
from sdc.purchases.states import WAITING, Move
from sdc.purchases.whole import Whole, read_whole

REVIEW_DAYS = 3
"""How long an emergency within its limits may stand before somebody has looked at it. The number is ours: no program names one."""

NOTE_COLUMN = "emergency_reviews.note"
LIMITS = "emergency_limits"
"""The kind of rule that says how much, and how often, an emergency is done first and judged after."""

RANKS = {Role.BROKER: 1, Role.DIRECTOR: 2, Role.PAYER: 3}


def keep_review(
    session: AsyncSession, standing: Standing, whole: Whole, question: Question, decision: policy.Decision, *, by: UUID | None, at: datetime
) -> None:
    """Note after a ruling on an emergency who has to look at it and by when, or who has done so by their yes.

    The caller has read the purchase whole, and has stored it.
    """
    review = whole.review
    if decision.outcome == "deny":
        close_review(whole, "denied", by=by, at=at)
        return
    if review is None:
        whole.review = _new_review(standing, whole, question, decision, at=at)
        session.add(whole.review)
        journal.record(
            session,
            "emergency.noted",
            subject=whole.purchase.id,
            by=by,
            at=at,
            role=whole.review.role,
            due_on=whole.review.due_on,
            number=whole.review.number,
            over=whole.review.is_over_limits,
        )
        return
    counted = {one.by for one in question.facts.counted_approvals}
    yes = [one for one in whole.approvals if str(one.by) in counted]
    if decision.outcome == "approve" and yes:
        close_review(whole, "approved", by=yes[-1].by, at=at)
    elif review.reviewed_at is None and decision.outcome == "needs_approval":
        review.role = max(review.role, _role(standing, whole, decision), key=RANKS.__getitem__)
        review.reviewer_id = _reviewer(standing, review.role)
        if _limits_need(decision) is not None and not review.is_over_limits:  # others took the last of what the limits allow
            review.is_over_limits, review.due_on = True, min(review.due_on, standing.today)


def close_review(whole: Whole, outcome: str, *, by: UUID | None, at: datetime) -> None:
    """Note that nobody has to look at an emergency any more; nothing when it was none, or somebody has looked."""
    if whole.review is not None and whole.review.reviewed_at is None:
        whole.review.outcome = outcome
        whole.review.reviewed_by, whole.review.reviewed_at = by, at


async def review_emergency(
    session: AsyncSession, purchase_id: UUID, *, who: Principal, has_concern: bool, note: str | None, keyring: KeyRing, at: datetime
) -> Whole:
    """Say what was found of an emergency that needed no yes. A concern is kept and takes nothing back.

    Raises:
        NotFoundError: no such purchase, not the caller's, or no emergency.
        WrongStateError: it waits for a yes or a no, it came to nothing, or somebody has looked at it.
        ConflictError: the caller asked for it, or somebody of a higher role has to look.

    """
    _, purchase = await find_purchase(session, purchase_id, scope=purchase_scope(who, at=at), at=at)
    whole = await read_whole(session, purchase)
    review = whole.review
    if review is None:
        raise NotFoundError("emergency", purchase_id)
    if review.reviewed_at is not None or purchase.state in WAITING:
        moves = [Move.APPROVE, Move.DECLINE] if purchase.state in WAITING else []
        state = "reviewed" if review.reviewed_at is not None else purchase.state
        raise WrongStateError("emergency", purchase_id, state=state, move="review", open_moves=moves)
    if purchase.asked_by == who.id:
        raise ConflictError("you asked for this: someone else has to look at it")
    if RANKS.get(who.role, 0) < RANKS[review.role]:
        raise ConflictError(f"this waits for a {review.role}")
    close_review(whole, "concern" if has_concern else "in_order", by=who.id, at=at)
    review.note_sealed = None if note is None else keyring.seal(note, NOTE_COLUMN, review.id)
    journal.record(session, "emergency.reviewed", subject=purchase_id, by=who.id, at=at, role=who.role, outcome=review.outcome)
    return whole


def _new_review(standing: Standing, whole: Whole, question: Question, decision: policy.Decision, *, at: datetime) -> EmergencyReview:
    purchase = whole.purchase
    role = _role(standing, whole, decision)
    is_over = _limits_need(decision) is not None
    return EmergencyReview(
        id=derived_id(purchase.id, "review"),
        program_id=purchase.program_id,
        member_id=purchase.member_id,
        purchase_id=purchase.id,
        role=role,
        reviewer_id=_reviewer(standing, role),
        due_on=_due_on(standing.today, is_over=is_over),
        is_over_limits=is_over,
        number=question.facts.emergencies_this_period + 1,
        outcome=None,
        note_sealed=None,
        reviewed_by=None,
        reviewed_at=None,
        created_at=at,
    )


def _role(standing: Standing, whole: Whole, decision: policy.Decision) -> Role:
    """Tell the least role that counts: the highest that a need waits for, else the broker; never one of who asked."""
    waited_for = [Role(need.closed_by["role"]) for need in decision.needs if "role" in need.closed_by]
    role = max(waited_for, key=RANKS.__getitem__, default=Role.BROKER)
    broker = standing.broker
    if role is Role.BROKER and (broker is None or broker.id == whole.purchase.asked_by):
        return Role.DIRECTOR
    return role


def _reviewer(standing: Standing, role: Role) -> UUID | None:
    """Name the person where the role alone says who it is: the member's own broker."""
    return standing.broker.id if role is Role.BROKER and standing.broker is not None else None


def _limits_need(decision: policy.Decision) -> policy.Finding | None:
    return next((one for one in decision.findings if one.kind == LIMITS and one.severity == "needs_approval"), None)


def _due_on(today: date, *, is_over: bool) -> date:
    return today if is_over else today + timedelta(days=REVIEW_DAYS)
