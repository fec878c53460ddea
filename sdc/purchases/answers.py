"""What answers show of a purchase: every reason in the caller's language, and free words only to those who work with the member."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self, TypeVar
from uuid import UUID

from pydantic import Field

import policy
from sdc.auth.principal import Principal, Role
from sdc.crypto import KeyRing
from sdc.purchases.approve import NOTE_COLUMN
from sdc.purchases.ask import ANSWER_COLUMN, QUESTION_COLUMN
from sdc.purchases.confirm import DISPUTE_COLUMN
from sdc.purchases.emergency import NOTE_COLUMN as REVIEW_NOTE_COLUMN
from sdc.purchases.model import DecisionRecord, Delivery, EmergencyReview, PaidFrom, PurchaseApproval, PurchaseState, Question
from sdc.purchases.order import DeliveryOut, open_words, quantity_text
from sdc.purchases.states import open_moves
from sdc.purchases.whole import Whole
from sdc.web.input import Language, Output
from sdc.web.pages import Page

Shape = TypeVar("Shape", bound="PlainRemedyOut")

READS_WORDS = frozenset({Role.MEMBER, Role.REPRESENTATIVE, Role.BROKER, Role.DIRECTOR})
READS_NOTES = frozenset({Role.BROKER, Role.DIRECTOR})


class NeedOut(Output):
    """What stands between a purchase and a yes: a person of a role, an event, or a date closes it."""

    rule: str
    closed_by: dict[str, str]


class ChangeOut(Output):
    """One field that is sent otherwise; `after` is what to send, null to leave it out."""

    field: str
    before: Any
    after: Any


class StepOut(Output):
    """One thing to do, and what a program needs to do it: docs/remedies.md says which details each kind has."""

    kind: str
    message: str
    details: dict[str, Any]


class PlainRemedyOut(Output):
    """What would pass: what changes, what is to be done, and what the policy says to it then.

    `rule` is the rule that it lets pass; none where it passes all that stood in the way. `then` says who or what closes the
    needs that are left, and `ends_in` what the answer is once they are closed.
    """

    rule: str | None = None
    kind: str = "request"
    changes: list[ChangeOut] = Field(default_factory=list)
    steps: list[StepOut] = Field(default_factory=list)
    outcome: str
    needs: list[NeedOut]
    then: list[StepOut] = Field(default_factory=list)
    ends_in: str | None = None
    message: str

    @classmethod
    def of(cls, told: dict[str, Any], language: Language) -> Self:
        """Show a remedy as it was kept; an old one says less."""
        steps = {name: [one | {"message": one["message"][language]} for one in told.get(name, ())] for name in ("steps", "then")}
        return cls.model_validate(told | steps | {"message": told["message"][language]})


class RemedyOut(PlainRemedyOut):
    """The same of a purchase, with the whole request as it would be; of a move or a saving there are the changes alone."""

    category: str | None = None
    vendor_id: str | None = None
    offering_id: str | None = None
    quantity: str | None = None
    unit_price_cents: int | None = None
    tax_cents: int | None = None
    delivery_cents: int | None = None
    amount_cents: int | None = None
    goal_id: str | None = None
    purchase_date: date | None = None
    service_to: date | None = None


class NoRequestOut(Output):
    """Why no request is suggested: `none_exists` in what may be changed, or `search_spent` before one was found."""

    why: str
    message: str


def shown_way(told: Sequence[dict[str, Any]], language: Language, shape: type[Shape]) -> tuple[list[Shape], NoRequestOut | None]:
    """Show the way to yes as it was kept, in one language: every remedy, or why no request passes everything."""
    none = next((one for one in told if one.get("kind") == "no_request"), None)
    remedies = [shape.of(one, language) for one in told if one is not none]
    return remedies, None if none is None else NoRequestOut(why=none["why"], message=none["message"][language])


class FindingOut(Output):
    """One rule's reason, in words, with what would let it pass."""

    rule: str
    severity: str
    message: str
    citation: str
    remedies: list[RemedyOut] = Field(default_factory=list)


class RulebookOut(Output):
    """The rulebook that decided, with the rules for what waits of a newer version where `with_rules_of` names one."""

    name: str
    version: int
    hash: str
    with_rules_of: int | None = None


class DecisionOut(Output):
    """An answer of the policy, with every reason; `remedies` holds the one request that would pass them all, if there is one."""

    outcome: str
    rulebook: RulebookOut
    findings: list[FindingOut]
    needs: list[NeedOut]
    remedies: list[RemedyOut]
    no_request: NoRequestOut | None = None
    because: str
    decided_at: datetime

    @classmethod
    def of(cls, record: DecisionRecord, language: Language) -> Self:
        """Show a stored decision."""
        decision = policy.Decision.from_data(record.decision)
        shown = cls.from_policy(decision, record.remedies, because=record.because, decided_at=record.decided_at, language=language)
        rulebook = shown.rulebook.model_copy(update={"with_rules_of": record.with_rules_of})
        return shown.model_copy(update={"rulebook": rulebook})

    @classmethod
    def from_policy(
        cls, decision: policy.Decision, remedies: Sequence[dict[str, Any]], *, because: str, decided_at: datetime, language: Language
    ) -> Self:
        """Show a decision of the policy."""
        ways, no_request = shown_way(remedies, language, RemedyOut)
        return cls(
            outcome=decision.outcome,
            rulebook=RulebookOut(name=decision.rulebook_name, version=decision.rulebook_version, hash=decision.rulebook_hash),
            findings=[
                FindingOut(
                    rule=one.rule,
                    severity=one.severity,
                    message=one.message[language],
                    citation=one.citation,
                    remedies=[way for way in ways if way.rule == one.rule],
                )
                for one in decision.findings
            ],
            needs=[NeedOut(rule=need.rule, closed_by=dict(need.closed_by)) for need in decision.needs],
            remedies=[way for way in ways if way.rule is None],
            no_request=no_request,
            because=because,
            decided_at=decided_at,
        )


class PreviewOut(Output):
    """What a request would be answered now."""

    decision: DecisionOut


class DecisionList(Output):
    """Every decision on a purchase, the newest first."""

    items: list[DecisionOut]
    next_cursor: None = None


class ApprovalOut(Output):
    """A person's yes."""

    by: UUID
    role: Role
    at: datetime
    note: str | None = None


class QuestionOut(Output):
    """What was asked, and what was answered."""

    question: str
    asked_by: UUID
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


class DisputedDeliveryOut(DeliveryOut):
    """A delivery with the reason of its dispute, for those who may read it."""

    dispute: str | None = None


class ReviewOut(Output):
    """Who has to look at an emergency, and by when; what they found, once they have. `number` counts it within the period.

    `reviewer_id` is the person it waits for, where that is one; otherwise anybody of `role` or a higher one.
    """

    role: Role
    reviewer_id: UUID | None
    due_on: date
    is_over_limits: bool
    number: int
    outcome: str | None
    reviewed_by: UUID | None
    reviewed_at: datetime | None
    note: str | None = None

    @classmethod
    def of(cls, review: EmergencyReview, *, who: Principal, keyring: KeyRing) -> Self:
        """Show a review; its note only to those who decide."""
        shown = cls.model_validate(review)
        if review.note_sealed is None or who.role not in READS_NOTES:
            return shown
        return shown.model_copy(update={"note": keyring.open(review.note_sealed, REVIEW_NOTE_COLUMN, review.id)})


class PurchaseOut(Output):
    """A purchase as those see it who are not its vendor."""

    id: UUID
    state: PurchaseState
    open_moves: list[str]
    member_id: UUID
    budget_id: UUID
    vendor_id: UUID
    order_id: UUID
    offering_id: UUID | None
    category: str
    item: str
    description: str | None
    quantity: str
    unit_price_cents: int
    tax_cents: int
    delivery_cents: int
    amount_cents: int
    authorized_cents: int
    left_cents: int
    spent_cents: int
    goal_id: str | None
    paid_from: PaidFrom = Field(alias="from")
    purchase_date: date
    service_to: date
    tags: list[str]
    emergency: bool
    already_bought: bool
    review: ReviewOut | None
    memo_to_vendor: str | None
    asked_by: UUID
    asked_role: Role
    requested_at: datetime
    expires_on: date
    decision: DecisionOut
    approvals: list[ApprovalOut]
    questions: list[QuestionOut]
    deliveries: list[DisputedDeliveryOut]
    notice_id: UUID | None
    appeal_by: date | None
    pick_up_code: str | None

    @classmethod
    def of(cls, whole: Whole, *, who: Principal, language: Language, keyring: KeyRing) -> Self:
        """Show a purchase to somebody who may see it, in their language."""
        one, authorization = whole.purchase, whole.authorization
        assert whole.decision is not None, "every purchase was decided on when it was asked for"
        has_words = who.role in READS_WORDS
        words = open_words(one, keyring) if has_words else {}
        return cls(
            id=one.id,
            state=one.state,
            open_moves=[str(move) for move in open_moves(one.state)],
            member_id=one.member_id,
            budget_id=one.budget_id,
            vendor_id=one.vendor_id,
            order_id=one.order_id,
            offering_id=one.offering_id,
            category=one.category,
            item=one.item,
            description=words.get("description"),
            quantity=quantity_text(one.quantity_thousandths),
            unit_price_cents=one.unit_price_cents,
            tax_cents=one.tax_cents,
            delivery_cents=one.delivery_cents,
            amount_cents=one.amount_cents,
            authorized_cents=authorization.authorized_cents if authorization else 0,
            left_cents=authorization.left_cents if authorization else 0,
            spent_cents=authorization.spent_cents + authorization.tolerance_cents - authorization.refunded_cents if authorization else 0,
            goal_id=one.goal_id,
            paid_from=one.paid_from,
            purchase_date=one.purchase_date,
            service_to=one.service_to,
            tags=one.tags,
            emergency=one.emergency,
            already_bought=one.already_bought,
            review=None if whole.review is None else ReviewOut.of(whole.review, who=who, keyring=keyring),
            memo_to_vendor=words.get("memo_to_vendor"),
            asked_by=one.asked_by,
            asked_role=one.asked_role,
            requested_at=one.requested_at,
            expires_on=one.expires_on,
            decision=DecisionOut.of(whole.decision, language),
            approvals=[_approval(approval, who, keyring) for approval in whole.approvals],
            questions=[_question(question, keyring) for question in whole.questions] if has_words else [],
            deliveries=[_delivery(delivery, keyring, has_words=has_words) for delivery in whole.deliveries],
            notice_id=one.notice_id,
            appeal_by=whole.notice.appeal_by if whole.notice else None,
            pick_up_code=one.pick_up_code if has_words and authorization else None,
        )


class PurchasePage(Page):
    """One page of purchases, the newest first."""

    items: list[PurchaseOut]


def _approval(approval: PurchaseApproval, who: Principal, keyring: KeyRing) -> ApprovalOut:
    note = approval.note_sealed if who.role in READS_NOTES else None
    return ApprovalOut(
        by=approval.by,
        role=approval.role,
        at=approval.at,
        note=None if note is None else keyring.open(note, NOTE_COLUMN, approval.id),
    )


def _question(question: Question, keyring: KeyRing) -> QuestionOut:
    answer = question.answer_sealed
    return QuestionOut(
        question=keyring.open(question.question_sealed, QUESTION_COLUMN, question.id),
        asked_by=question.asked_by,
        asked_at=question.asked_at,
        answer=None if answer is None else keyring.open(answer, ANSWER_COLUMN, question.id),
        answered_at=question.answered_at,
    )


def _delivery(delivery: Delivery, keyring: KeyRing, *, has_words: bool) -> DisputedDeliveryOut:
    shown = DeliveryOut.of(delivery).model_dump()
    dispute = delivery.dispute_sealed if has_words else None
    return DisputedDeliveryOut(**shown, dispute=None if dispute is None else keyring.open(dispute, DISPUTE_COLUMN, delivery.id))
