"""Ask the policy about a change, keep its answer with the facts it saw, and do what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
import policy
from sdc import journal
from sdc.books import entries, posting
from sdc.budgets.model import ChangeState, Saving
from sdc.changes.ground import Ground, facts_of
from sdc.changes.model import ChangeApproval
from sdc.changes.purpose import open_purpose
from sdc.crypto import KeyRing
from sdc.ids import new_id
from sdc.notices.issue import issue_notice
from sdc.notices.model import Notice, NoticeKind
from sdc.notices.words import Reason, Refusal
from sdc.plans.lines import signed_lines
from sdc.plans.model import LineMove
from sdc.purchases.keeping import keep_decision
from sdc.purchases.model import DecisionRecord
from sdc.purchases.remedying import plain_way, releases_to_come

Change = LineMove | Saving
Stage = Literal["transfer", "reserve"]


@dataclass(frozen=True, slots=True)
class ChangeIds:
    """The ids of what one ruling on a change may make, named by whoever starts it."""

    decision: UUID
    notice: UUID

    @classmethod
    def new(cls) -> Self:
        """Make ids for a ruling: at the edge, by a handler."""
        return cls(new_id(), new_id())


@dataclass(slots=True)
class WholeChange:
    """A change with its last decision, who said yes, and the notice of a no."""

    change: Change
    decision: DecisionRecord
    approvals: list[ChangeApproval] = field(default_factory=list)
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the policy saw of a change and says to it, with what would let it pass."""

    facts: policy.Facts
    decision: policy.Decision
    remedies: list[dict[str, Any]]


def judge_change(ground: Ground, change: Change, approvals: Sequence[ChangeApproval], *, keyring: KeyRing, at: datetime) -> Judged:
    """Ask whether a change may be; nothing is stored. More than is there is refused also under a rulebook without a rule that says so."""
    told = [
        policy.Approval(by=str(one.by), role=one.role, relatives=frozenset(one.relatives), employer=one.employer_id) for one in approvals
    ]
    if isinstance(change, LineMove):
        assert ground.plan is not None, "a move has its plan"
        choices = policy.Choices(moved_cents=ground.moved_out, planned_cents=signed_lines(ground.plan.lines))
        transfer = policy.TransferFacts(
            from_line=change.from_category,
            to_line=change.to_category,
            amount_cents=change.amount_cents,
            submitted_by=str(change.asked_by),
            moved_cents=choices.moved_cents.get(change.from_category, 0),
            planned_cents=choices.planned_cents.get(change.from_category, 0),
        )
        facts = facts_of(ground, approvals=told, transfer=transfer, at=at)
        return _judged(ground, facts, choices, "transfer")
    reserve = policy.ReserveFacts(
        amount_cents=change.amount_cents,
        submitted_by=str(change.asked_by),
        purpose=open_purpose(change, keyring) or "",
        goal_id=change.goal_id,
    )
    facts = facts_of(ground, approvals=told, reserve=reserve, at=at)
    facts = replace(facts, refused_by_books=change.amount_cents > ground.available_cents)
    releases = () if ground.budget is None else releases_to_come(ground.budget, today=ground.today)
    return _judged(ground, facts, policy.Choices(releases=releases), "reserve")


def _judged(ground: Ground, facts: policy.Facts, choices: policy.Choices, stage: Stage) -> Judged:
    decision = policy.evaluate(ground.rulebook, facts, stage)
    way = policy.suggest(ground.rulebook, facts, decision, stage=stage, choices=choices)
    return Judged(facts, decision, plain_way(way))


async def rule_on_change(
    session: AsyncSession,
    ground: Ground,
    change: Change,
    approvals: list[ChangeApproval],
    *,
    because: str,
    by: UUID,
    ids: ChangeIds,
    keyring: KeyRing,
    at: datetime,
) -> WholeChange:
    """Judge a change as things stand, and do it, let it wait, or refuse it with a notice.

    The caller holds the locks and calls this last.
    """
    judged = judge_change(ground, change, approvals, keyring=keyring, at=at)
    decision = judged.decision
    record = keep_decision(
        ground.rulebook,
        judged.facts,
        decision,
        id=ids.decision,
        program_id=change.program_id,
        subject_id=change.id,
        because=because,
        remedies=judged.remedies,
        keyring=keyring,
        by=by,
        at=at,
    )
    session.add(record)
    change.decision_id = ids.decision
    whole = WholeChange(change, record, approvals)
    match decision.outcome:
        case "approve":
            _let_count(change, on=ground.today)
        case "needs_approval":
            change.state = ChangeState.PENDING
        case "deny":
            change.state = ChangeState.DENIED
            reasons = [Reason(one.rule, dict(one.message), one.citation) for one in decision.findings if one.severity == "deny"]
            whole.notice = tell_no(session, ground, change, NoticeKind.DENIAL, reasons, notice_id=ids.notice, keyring=keyring, at=at)
    kept = {"decision": ids.decision, "outcome": decision.outcome, "amount_cents": change.amount_cents}
    journal.record(session, f"{kind_of(change)}.decided", subject=change.id, by=by, at=at, because=because, **kept)
    await session.flush()
    if change.state is ChangeState.APPROVED and isinstance(change, Saving):
        await posting.post(session, _entry(change, on=ground.today), at=at)
    return whole


def kind_of(change: Change) -> str:
    """Name what kind of change this is, as the journal and refusals do."""
    return "move" if isinstance(change, LineMove) else "saving"


def tell_no(
    session: AsyncSession,
    ground: Ground,
    change: Change,
    kind: NoticeKind,
    reasons: Sequence[Reason],
    *,
    notice_id: UUID,
    keyring: KeyRing,
    at: datetime,
) -> Notice:
    """Write the notice of a no, with its last day to appeal."""
    change.notice_id = notice_id
    return issue_notice(
        session,
        ground.program,
        notice_id=notice_id,
        member_id=change.member_id,
        subject_id=change.id,
        kind=kind,
        refusal=_refusal(ground, change),
        reasons=reasons,
        issued_on=ground.today,
        keyring=keyring,
        at=at,
    )


def _let_count(change: Change, *, on: date) -> None:
    """Let a change count from today."""
    change.state = ChangeState.APPROVED
    if isinstance(change, LineMove):
        change.moved_on = on
    else:
        change.saved_on = on


def _entry(saving: Saving, *, on: date) -> ledger.Entry:
    return entries.saving(
        book_id=saving.program_id, saving_id=saving.id, budget_id=saving.budget_id, amount_cents=saving.amount_cents, on=on
    )


def _refusal(ground: Ground, change: Change) -> Refusal:
    """Name what was asked as a notice does, in both languages."""
    if isinstance(change, Saving):
        thing = {"en": "money to save", "es": "dinero para ahorrar"}
        asked = {"en": "You asked to put money aside", "es": "Usted pidió apartar dinero"}
        return Refusal(thing, change.amount_cents, asked)
    names = ground.rulebook.category_names
    thing = {language: names[language].get(change.from_category, change.from_category) for language in ("en", "es")}
    asked = {"en": "You asked to move money out of this part of your plan", "es": "Usted pidió pasar dinero de esta parte de su plan"}
    return Refusal(thing, change.amount_cents, asked)
