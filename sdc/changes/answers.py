"""What answers show of a change: every reason in the caller's language; what somebody saves for only to those who work with them."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from sdc.auth.principal import Principal, Role
from sdc.budgets.model import ChangeState, Saving, SavingRelease
from sdc.changes.deciding import NOTE_COLUMN
from sdc.changes.judging import WholeChange
from sdc.changes.purpose import open_purpose
from sdc.changes.states import open_change_moves
from sdc.crypto import KeyRing
from sdc.plans.model import LineMove
from sdc.purchases.answers import READS_NOTES, READS_WORDS, ApprovalOut, DecisionOut
from sdc.web.input import Language, Output
from sdc.web.pages import Page


class ChangeOut(Output):
    """What a move between lines and a saving have in common."""

    id: UUID
    member_id: UUID
    amount_cents: int
    state: ChangeState
    open_moves: list[str]
    asked_by: UUID
    asked_role: Role
    asked_at: datetime
    decision: DecisionOut
    approvals: list[ApprovalOut]
    notice_id: UUID | None
    appeal_by: date | None


class MoveOut(ChangeOut):
    """Money moved, or asked to be moved, from one line of a plan to another; it counts from `moved_on`."""

    plan_id: UUID
    from_category: str
    to_category: str
    moved_on: date | None

    @classmethod
    def of(cls, whole: WholeChange, *, who: Principal, language: Language, keyring: KeyRing) -> Self:
        """Show a move to somebody who may see it, in their language."""
        one = whole.change
        assert isinstance(one, LineMove), "a move is asked for"
        return cls(
            **_common(whole, who=who, language=language, keyring=keyring),
            plan_id=one.plan_id,
            from_category=one.from_category,
            to_category=one.to_category,
            moved_on=one.moved_on,
        )


class SavingOut(ChangeOut):
    """Money put aside, or asked to be put aside, for something bigger; the books hold it from `saved_on`."""

    budget_id: UUID
    purpose: str | None
    goal_id: str | None
    saved_on: date | None

    @classmethod
    def of(cls, whole: WholeChange, *, who: Principal, language: Language, keyring: KeyRing) -> Self:
        """Show a saving to somebody who may see it, in their language."""
        one = whole.change
        assert isinstance(one, Saving), "a saving is asked for"
        return cls(
            **_common(whole, who=who, language=language, keyring=keyring),
            budget_id=one.budget_id,
            purpose=open_purpose(one, keyring) if who.role in READS_WORDS else None,
            goal_id=one.goal_id,
            saved_on=one.saved_on,
        )


class MovePage(Page):
    """Moves, the newest first."""

    items: list[MoveOut]


class SavingPage(Page):
    """Savings, the newest first."""

    items: list[SavingOut]


class SavingReleaseOut(Output):
    """Saved money that is available again."""

    id: UUID
    budget_id: UUID
    amount_cents: int
    saved_cents: int
    available_cents: int
    released_at: datetime

    @classmethod
    def of(cls, release: SavingRelease, *, saved_cents: int, available_cents: int) -> Self:
        """Show a release with what the two accounts hold after it."""
        return cls(
            id=release.id,
            budget_id=release.budget_id,
            amount_cents=release.amount_cents,
            saved_cents=saved_cents,
            available_cents=available_cents,
            released_at=release.released_at,
        )


def _common(whole: WholeChange, *, who: Principal, language: Language, keyring: KeyRing) -> dict[str, Any]:
    one = whole.change
    approvals = [
        ApprovalOut(
            by=approval.by,
            role=approval.role,
            at=approval.at,
            note=keyring.open(approval.note_sealed, NOTE_COLUMN, approval.id)
            if approval.note_sealed is not None and who.role in READS_NOTES
            else None,
        )
        for approval in whole.approvals
    ]
    return {
        "id": one.id,
        "member_id": one.member_id,
        "amount_cents": one.amount_cents,
        "state": one.state,
        "open_moves": [str(move) for move in open_change_moves(one.state)],
        "asked_by": one.asked_by,
        "asked_role": one.asked_role,
        "asked_at": one.asked_at,
        "decision": DecisionOut.of(whole.decision, language),
        "approvals": approvals,
        "notice_id": one.notice_id,
        "appeal_by": whole.notice.appeal_by if whole.notice else None,
    }
