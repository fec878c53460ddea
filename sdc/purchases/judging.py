"""Ask the policy about a purchase, keep its answer with the facts it saw, and do what it says."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
import policy
from sdc import journal
from sdc.crypto import KeyRing
from sdc.ids import derived_id, new_id
from sdc.notices.issue import issue_notice
from sdc.notices.model import NoticeKind
from sdc.notices.words import Reason, Refusal
from sdc.purchases.authorizing import authorize
from sdc.purchases.emergency import close_review, keep_review
from sdc.purchases.facts import Question, gather
from sdc.purchases.keeping import keep_decision
from sdc.purchases.locking import Standing
from sdc.purchases.model import PaidFrom, Purchase, PurchaseState
from sdc.purchases.order import open_words
from sdc.purchases.remedying import way_to_yes
from sdc.purchases.whole import Whole
from sdc.rulebooks.kinds import rules_of_kind

BILL_DAYS = 150
"""How long after the service a vendor may bill, when the rulebook has no rule about it (Acumen vendor payment guide: five months)."""


@dataclass(frozen=True, slots=True)
class RulingIds:
    """The ids of what one ruling may make, named by whoever starts it."""

    decision: UUID
    authorization: UUID
    notice: UUID

    @classmethod
    def new(cls) -> Self:
        """Make ids for a ruling: at the edge, by a handler or a job."""
        return cls(new_id(), new_id(), new_id())


async def rule(
    session: AsyncSession,
    standing: Standing,
    whole: Whole,
    *,
    because: str,
    by: UUID | None,
    ids: RulingIds,
    keyring: KeyRing,
    question: Question | None = None,
    at: datetime,
) -> None:
    """Judge a purchase as things stand, and approve, hold or deny it; the caller holds the locks and calls this last.

    A person's or the rulebook's yes sets the money aside. Should the books refuse it although the policy said yes, it is
    judged again with the balance that they answered.
    """
    if question is None:
        words = open_words(whole.purchase, keyring)
        question = await gather(session, standing, whole.purchase, words=words, approvals=whole.approvals, at=at)
    decision = policy.evaluate(question.rulebook, question.facts)
    remedies = await way_to_yes(session, standing, whole.purchase, question, decision)
    entry = _apply(session, standing, whole, question, decision, remedies, because=because, by=by, ids=ids, keyring=keyring, at=at)
    await session.flush()
    if whole.purchase.emergency:
        keep_review(session, standing, whole, question, decision, by=by, at=at)
        await session.flush()
    if entry is None:
        return
    session.add(whole.authorization)  # its purchase is there now
    await session.flush()
    (answer,) = await ledger.post(session, entry, at=at)
    if not isinstance(answer, ledger.Refused):
        return
    if not isinstance(answer.error, ledger.InsufficientFundsError):
        raise answer.error
    await _take_back(session, whole)
    question = replace(question, facts=_with_balance(question.facts, whole.purchase, answer.error.available_cents))
    refused = replace(question, facts=replace(question.facts, refused_by_books=True))
    decision = policy.evaluate(refused.rulebook, refused.facts)
    again = RulingIds(derived_id(ids.decision, "again"), ids.authorization, ids.notice)
    remedies = await way_to_yes(session, standing, whole.purchase, refused, decision)
    _apply(session, standing, whole, refused, decision, remedies, because="balance", by=by, ids=again, keyring=keyring, at=at)
    close_review(whole, "denied", by=by, at=at)
    await session.flush()


def _apply(
    session: AsyncSession,
    standing: Standing,
    whole: Whole,
    question: Question,
    decision: policy.Decision,
    remedies: list[dict[str, Any]],
    *,
    because: str,
    by: UUID | None,
    ids: RulingIds,
    keyring: KeyRing,
    at: datetime,
) -> ledger.Entry | None:
    """Keep the decision and move the purchase; answer the entry that sets money aside."""
    purchase = whole.purchase
    whole.decision = keep_decision(
        question.rulebook,
        question.facts,
        decision,
        id=ids.decision,
        program_id=purchase.program_id,
        subject_id=purchase.id,
        because=because,
        remedies=remedies,
        keyring=keyring,
        by=by,
        at=at,
    )
    session.add(whole.decision)
    purchase.decision_id = ids.decision
    purchase.reask_at = None
    entry = None
    match decision.outcome:
        case "approve":
            whole.authorization, entry = authorize(purchase, authorization_id=ids.authorization, on=standing.today, at=at)
            purchase.authorization_id = ids.authorization
            purchase.state = PurchaseState.APPROVED
            purchase.expires_on = purchase.service_to + timedelta(days=_bill_days(question.rulebook, standing.today))
        case "needs_approval":
            purchase.reask_at = _reask_at(decision)
        case "deny":
            _deny(session, standing, whole, question, decision, notice_id=ids.notice, keyring=keyring, at=at)
    facts = {"decision": ids.decision, "outcome": decision.outcome, "state": purchase.state, "amount_cents": purchase.amount_cents}
    journal.record(session, "purchase.decided", subject=purchase.id, by=by, at=at, because=because, **facts)
    return entry


def _bill_days(rulebook: policy.Rulebook, on: date) -> int:
    """Tell how long after the service a vendor may bill: by the strictest rule about it in force, whatever it is called."""
    rules = rules_of_kind(rulebook, "pay", "bill_deadline", on=on)
    return min((rule.params.max_days for rule in rules if rule.severity == "deny"), default=BILL_DAYS)


def _deny(
    session: AsyncSession,
    standing: Standing,
    whole: Whole,
    question: Question,
    decision: policy.Decision,
    *,
    notice_id: UUID,
    keyring: KeyRing,
    at: datetime,
) -> None:
    denials = [finding for finding in decision.findings if finding.severity == "deny"]
    reasons = [Reason(finding.rule, dict(finding.message), finding.citation) for finding in denials]
    whole.purchase.state = PurchaseState.DENIED
    whole.purchase.notice_id = notice_id
    whole.notice = issue_notice(
        session,
        standing.program,
        notice_id=notice_id,
        member_id=whole.purchase.member_id,
        subject_id=whole.purchase.id,
        kind=NoticeKind.DENIAL,
        refusal=refusal_of(whole.purchase, question.rulebook),
        reasons=reasons,
        issued_on=standing.today,
        keyring=keyring,
        at=at,
    )


def refusal_of(purchase: Purchase, rulebook: policy.Rulebook) -> Refusal:
    """Name what was asked as a notice does: by its kind, in both languages, and its price."""
    names = rulebook.category_names
    return Refusal(
        {language: names[language].get(purchase.category, purchase.category) for language in ("en", "es")}, purchase.amount_cents
    )


def _reask_at(decision: policy.Decision) -> datetime | None:
    """Tell the first instant that closes a need by itself."""
    instants = [datetime.fromisoformat(need.closed_by["date"]) for need in decision.needs if "date" in need.closed_by]
    return min(instants, default=None)


async def _take_back(session: AsyncSession, whole: Whole) -> None:
    """Undo an authorisation whose encumbrance the books refused."""
    assert whole.authorization is not None, "an encumbrance has an authorisation"
    await session.delete(whole.authorization)
    whole.authorization = None
    whole.purchase.authorization_id = None
    whole.purchase.state = PurchaseState.PENDING


def _with_balance(facts: policy.Facts, purchase: Purchase, cents: int) -> policy.Facts:
    if purchase.paid_from is PaidFrom.SAVED:
        return replace(facts, budget=replace(facts.budget, saved_cents=cents))
    return replace(facts, budget=replace(facts.budget, available_cents=cents))
