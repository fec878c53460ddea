"""Gather everything a decision is made on: all the reading of a request, and the facts that the policy sees.

The caller holds the locks (`locking.py`). Balances, plan and history are read by one statement after them: under READ
COMMITTED a subquery in the locking statement itself would still see the moment before it waited.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, ScalarSelect, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

import ledger
import policy
from sdc.books import chart
from sdc.budgets.model import Baseline, Budget, ChangeState, MonthClose
from sdc.budgets.release import due_periods, period_cents
from sdc.clock import local_time
from sdc.documents.model import Document, DocumentKind
from sdc.members.model import Member
from sdc.plans.lines import moved_lines, signed_lines
from sdc.plans.model import LineMove, Plan, PlanState
from sdc.programs.model import Program, Staff
from sdc.purchases.locking import Standing
from sdc.purchases.model import Authorization, PaidFrom, Purchase, PurchaseApproval
from sdc.purchases.rows import JsonRows
from sdc.rulebooks.reading import compiled, compiled_between, version_in_force
from vendors import Credential, Vendor, begun_by, excluded_on, tags_of

T = TypeVar("T")
RECEIPT_DAYS = 30
"""How long after the service a member may take to turn in a slip for what they paid themselves. The number is ours: no source names one."""


@dataclass(frozen=True, slots=True)
class Moving:
    """The plan whose lines money can be moved between, what each was when it was signed, and what has left each in the budget's period."""

    plan_id: UUID
    planned_cents: Mapping[str, int]
    moved_cents: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """What the policy is asked: the facts, and the rulebook that judges them, which is the version of the first judgment.

    `version_id` is that version: the one in force today when nothing has been judged yet. What the version in force says about what
    still waits is in the rulebook already (docs/decisions/0009).
    """

    rulebook: policy.Rulebook
    version_id: UUID
    facts: policy.Facts
    moving: Moving | None = None  # none without a plan
    anew: policy.Rulebook | None = None  # what would judge the same as a new request, where that is another version


async def gather(
    session: AsyncSession,
    standing: Standing,
    purchase: Purchase,
    *,
    words: dict[str, Any],
    approvals: Sequence[PurchaseApproval] = (),
    is_new: bool = False,
    at: datetime,
) -> Question:
    """Read what stands today and put the question; `words` are the purchase's own, opened. A new one has no version yet that judged it."""
    picture = (await session.execute(_picture(), _values(standing, purchase))).one()
    budget, today = standing.budget, standing.today
    history = [Spending.of(row) for row in picture.history]
    facts = policy.Facts(
        as_of=local_time(at, standing.program.time_zone),
        member=member_facts(standing.member, standing.broker, standing.vendor, overdue_receipts=picture.overdue_receipts),
        plan=_plan(picture),
        budget=policy.BudgetFacts(
            starts_on=budget.starts_on,
            ends_on=budget.ends_on,
            allocated_cents=budget.allocated_cents,
            available_cents=picture.available_cents + (0 if standing.is_locked else due_cents(budget, today)),
            saved_cents=picture.saved_cents,
            baseline_monthly_cents=picture.baseline_cents,
            closed_months=closed_months(picture.months),
        ),
        vendor=vendor_facts(
            standing.vendor,
            credential_facts((kind, date.fromisoformat(on)) for kind, on in picture.credentials),
            people=frozenset(str(UUID(one)) for (one,) in picture.people),
        ),
        request=_request(purchase, words, standing.program.time_zone),
        history=tuple(spend for one in history for spend in one.spends()),
        approvals=tuple(
            policy.Approval(
                by=str(one.by), role=one.role, relatives=frozenset(one.relatives), employer=employer_of(standing.vendor, one.employer_id)
            )
            for one in approvals
        ),
        emergencies_this_period=sum(one.is_emergency_within(budget) for one in history),
    )
    version_id = picture.rulebook_id if is_new else purchase.rulebook_version_id
    rulebook = await compiled_between(session, version_id, picture.rulebook_id)
    anew = None if version_id == picture.rulebook_id else await compiled(session, picture.rulebook_id)
    return Question(rulebook, version_id, facts, _moving(picture, budget), anew)


@cache
def _picture() -> Select[Any]:
    """Select in one statement: both balances, the plan that judges, the rulebook in force, credentials and history."""
    member_id = _parameter(Authorization.member_id, "member_id")
    history = select(JsonRows(*spending_columns())).where(Authorization.member_id == member_id)
    credentials = select(JsonRows(Credential.type, Credential.expires_on)).where(
        Credential.vendor_id == _parameter(Credential.vendor_id, "vendor_id"), begun_by(_parameter(Purchase.service_to, "service_to"))
    )
    one = LineMove
    moves = select(JsonRows(one.from_category, one.to_category, one.amount_cents, one.plan_id, one.moved_on)).where(
        one.member_id == _parameter(one.member_id, "member_id"), one.state == ChangeState.APPROVED
    )
    close = bindparam("vendor_keys", type_=Staff.employer_id.type, expanding=True)
    people = select(JsonRows(Staff.id)).where(Staff.employer_id.in_(close))
    baseline, months = earned_columns(
        _parameter(Baseline.member_id, "member_id"), _parameter(Budget.starts_on, "budget_from"), _parameter(Budget.ends_on, "budget_to")
    )
    on = _parameter(Plan.starts_on, "purchase_date")
    covers = and_(Plan.starts_on <= on, Plan.ends_on >= on)
    return (
        select(
            ledger.guarded_balance(_parameter(Program.id, "available_id")).label("available_cents"),
            ledger.guarded_balance(_parameter(Program.id, "saved_id")).label("saved_cents"),
            version_in_force(Program.rulebook, _parameter(Plan.starts_on, "today")).scalar_subquery().label("rulebook_id"),
            credentials.scalar_subquery().label("credentials"),
            history.scalar_subquery().label("history"),
            moves.scalar_subquery().label("moves"),
            baseline.label("baseline_cents"),
            months.label("months"),
            _overdue_receipts(_parameter(Purchase.member_id, "member_id"), _parameter(Purchase.service_to, "slips_before")).label(
                "overdue_receipts"
            ),
            people.scalar_subquery().label("people"),
            Plan.id.label("plan_id"),
            Plan.starts_on,
            Plan.ends_on,
            Plan.goals,
            Plan.lines,
        )
        .select_from(Program)
        .outerjoin(Plan, and_(Plan.member_id == _parameter(Plan.member_id, "member_id"), Plan.state == PlanState.APPROVED))
        .where(Program.id == _parameter(Program.id, "program_id"))
        .order_by(covers.desc(), Plan.version.desc())
        .limit(1)
    )


def _parameter(like: InstrumentedAttribute[T], name: str) -> BindParameter[T]:
    """Name a value of a statement that is built once: its type is that of a column."""
    return bindparam(name, type_=like.type)


def _values(standing: Standing, purchase: Purchase) -> dict[str, UUID | date | list[str]]:
    """Fill in the parameters of the picture."""
    accounts = chart.budget_account_ids(standing.budget.program_id, standing.budget.id)
    return {
        "available_id": accounts["available"],
        "saved_id": accounts["saved"],
        "today": standing.today,
        "vendor_id": standing.vendor.id,
        "member_id": standing.member.id,
        "program_id": standing.program.id,
        "purchase_date": purchase.purchase_date,
        "service_to": purchase.service_to,
        "slips_before": standing.today - timedelta(days=RECEIPT_DAYS),
        "vendor_keys": [str(standing.vendor.id), *standing.vendor.employer_ids],
        "budget_from": standing.budget.starts_on,
        "budget_to": standing.budget.ends_on,
    }


def _overdue_receipts(member_id: ColumnElement[UUID], before: ColumnElement[date]) -> ScalarSelect[int]:
    """Count the slips that a member owes: for what they paid themselves, approved, long over, without a receipt and without a bill."""
    paid_themselves = or_(Purchase.already_bought, Purchase.payment_method == "member_reimbursement")
    receipt = select(Document.id).where(Document.owner_id == Purchase.id, Document.kind == DocumentKind.RECEIPT)
    return (
        select(func.count())
        .select_from(Purchase)
        .join(Authorization, Authorization.id == Purchase.authorization_id)
        .where(Purchase.member_id == member_id, Purchase.service_to < before, paid_themselves)
        .where(Authorization.closed_at.is_(None), Authorization.spent_cents == 0, Authorization.waiting_bills == 0, ~receipt.exists())
        .scalar_subquery()
    )


def earned_columns(
    member_id: ColumnElement[UUID] | UUID, starts_on: ColumnElement[date] | date, ends_on: ColumnElement[date] | date
) -> tuple[ScalarSelect[int], ScalarSelect[Any]]:
    """Select what a budget is earned by: the baseline that holds in all of its period, and the months closed against it."""
    holds = (Baseline.member_id == member_id, Baseline.starts_on <= starts_on, Baseline.ends_on >= ends_on)
    baseline = select(Baseline.monthly_cents).where(*holds).limit(1)
    months = select(JsonRows(MonthClose.month, MonthClose.actual_cents)).where(
        MonthClose.baseline_id == Baseline.id, *holds, MonthClose.replaced_at.is_(None), MonthClose.month.between(starts_on, ends_on)
    )
    return baseline.scalar_subquery(), months.scalar_subquery()


def closed_months(rows: Sequence[Sequence[Any]]) -> tuple[policy.ClosedMonth, ...]:
    """Tell the policy of closed months, the earliest first."""
    told = sorted((str(month)[:7], int(cents)) for month, cents in rows)
    return tuple(policy.ClosedMonth(month=month, actual_cents=cents) for month, cents in told)


def spending_columns() -> tuple[ColumnElement[Any], ...]:
    """Name what is read of each authorisation of the past, in the order of `Spending.of`; what was refunded is not spent."""
    one = Authorization
    spent_cents = one.spent_cents + one.tolerance_cents - one.refunded_cents
    return (one.category, spent_cents, one.left_cents, one.purchase_date, one.vendor_id, one.emergency, one.purchase_id)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Spending:
    """One authorisation of the past: what of it is spent, and what is still set aside."""

    category: str
    spent_cents: int
    left_cents: int
    on: date
    vendor_id: UUID
    emergency: bool
    purchase_id: UUID

    @classmethod
    def of(cls, row: Sequence[Any]) -> "Spending":
        """Read a row of `spending_columns`."""
        category, spent_cents, left_cents, on, vendor_id, emergency, purchase_id = row
        return cls(category, spent_cents, left_cents, date.fromisoformat(on), UUID(vendor_id), bool(emergency), UUID(purchase_id))

    def is_emergency_within(self, budget: Budget) -> bool:
        """Say whether it was an emergency of the budget's period that was not taken back."""
        return self.emergency and bool(self.spent_cents + self.left_cents) and budget.starts_on <= self.on <= budget.ends_on

    def spends(self) -> list[policy.Spend]:
        """Tell the spent and the held part; nothing of what was given back."""
        vendor_id, purchase_id = str(self.vendor_id), str(self.purchase_id)
        posted = policy.Spend(self.category, self.spent_cents, self.on, vendor_id, "posted", purchase_id)
        held = policy.Spend(self.category, self.left_cents, self.on, vendor_id, "hold", purchase_id)
        return [spend for spend in (posted, held) if spend.cents]


def due_cents(budget: Budget, today: date) -> int:
    """Add up what a request would release before it is judged."""
    due = due_periods(budget.release, budget.starts_on, periods=budget.periods, today=today)
    periods = range(budget.released_periods + 1, due + 1)
    return sum(period_cents(budget.allocated_cents, period=period, periods=budget.periods) for period in periods)


def employer_of(vendor: Vendor, employer_id: str | None) -> str | None:
    """Name an employer as the vendor itself where it stands close to it: to the rules on conflicts of interest it is the same."""
    return str(vendor.id) if employer_id in vendor.employer_ids else employer_id


def works_for(broker: Staff | None, vendor: Vendor | None) -> str | None:
    """Tell for whom a broker works, as this vendor sees it: it may name the broker, or the broker's employer, as close to it."""
    if broker is None or vendor is None:
        return broker.employer_id if broker else None
    return str(vendor.id) if str(broker.id) in vendor.employer_ids else employer_of(vendor, broker.employer_id)


def member_facts(member: Member, broker: Staff | None, vendor: Vendor | None = None, *, overdue_receipts: int = 0) -> policy.MemberFacts:
    """Tell the policy whose budget it is."""
    return policy.MemberFacts(
        id=str(member.id),
        status=member.status,
        eligible_from=member.eligible_from,
        eligible_to=member.eligible_to,
        funding=member.funding,
        relatives=frozenset(member.relatives),
        household=frozenset(member.household),
        broker_id=str(broker.id) if broker else None,
        broker_relatives=frozenset(broker.relatives) if broker else frozenset(),
        broker_employer=works_for(broker, vendor),
        overdue_receipts=overdue_receipts,
    )


def _plan(picture: Row[Any]) -> policy.PlanFacts:
    if picture.starts_on is None:
        return policy.PlanFacts.none()
    of_this_plan = [row[:3] for row in picture.moves if UUID(row[3]) == picture.plan_id]
    lines = moved_lines(signed_lines(picture.lines), of_this_plan)
    return plan_facts(starts_on=picture.starts_on, ends_on=picture.ends_on, goals=picture.goals, lines=lines)


def _moving(picture: Row[Any], budget: Budget) -> Moving | None:
    if picture.starts_on is None:
        return None
    moved: dict[str, int] = {}
    for from_category, _, cents, _, moved_on in picture.moves:
        if budget.starts_on <= date.fromisoformat(moved_on) <= budget.ends_on:
            moved[from_category] = moved.get(from_category, 0) + cents
    return Moving(picture.plan_id, signed_lines(picture.lines), moved)


def plan_facts(*, starts_on: date, ends_on: date, goals: Sequence[Mapping[str, Any]], lines: Mapping[str, int]) -> policy.PlanFacts:
    """Tell the policy of an approved plan, its lines as they are today."""
    told = {goal["id"]: policy.GoalFacts(domain=goal["domain"], status=goal["status"]) for goal in goals}
    return policy.PlanFacts(status=PlanState.APPROVED, starts_on=starts_on, ends_on=ends_on, goals=told, lines=lines)


def credential_facts(held: Iterable[tuple[str, date]]) -> tuple[policy.CredentialFacts, ...]:
    """Tell the policy of credentials, by every tag that a rulebook may know each by."""
    return tuple(policy.CredentialFacts(type=tag, expires_on=expires_on) for one, expires_on in held for tag in sorted(tags_of(one)))


def vendor_facts(
    vendor: Vendor, credentials: tuple[policy.CredentialFacts, ...], *, people: frozenset[str] = frozenset()
) -> policy.VendorFacts:
    """Tell the policy who would be paid; `people` of the program's staff work for them, as do whom the vendor names as close to it."""
    return policy.VendorFacts(
        id=str(vendor.id),
        status=vendor.state,
        # Who may be on an exclusion list is set up to sell nothing until a person has decided it: a new purchase goes to a director
        # (docs/decisions/0016), and neither the member nor the broker reads why.
        categories=frozenset() if vendor.has_possible_match else frozenset(vendor.categories),
        owners=frozenset(vendor.owners),
        people=people | frozenset(vendor.employer_ids),
        credentials=credentials,
        is_directed_worker=vendor.is_directed_worker,
        excluded_on=excluded_on(vendor),
        has_tax_form=vendor.has_tax_form,
        tin_matches=vendor.has_tin_match,
        payouts_enabled=vendor.is_payable,
        screened_on=None if vendor.has_possible_match else vendor.screened_on,  # an open question is no screening
    )


def _request(purchase: Purchase, words: dict[str, Any], time_zone: str) -> policy.RequestFacts:
    quoted = [quote["amount_cents"] for quote in purchase.quotes if quote["amount_cents"] is not None]
    return policy.RequestFacts(
        category=purchase.category,
        amount_cents=purchase.amount_cents,
        submitted_by=str(purchase.asked_by),
        submitted_at=local_time(purchase.requested_at, time_zone),
        purchase_date=purchase.purchase_date,
        service_to=purchase.service_to,
        goal_id=purchase.goal_id,
        quantity=Decimal(purchase.quantity_thousandths) / 1_000,
        unit_price_cents=purchase.unit_price_cents,
        tax_cents=purchase.tax_cents,
        delivery_cents=purchase.delivery_cents,
        tags=frozenset(purchase.tags),
        tagged=purchase.is_tagged,
        beneficiary=purchase.beneficiary or "member",
        source="saved" if purchase.paid_from is PaidFrom.SAVED else "available",
        payment_method=purchase.payment_method,
        memo_to_vendor=words.get("memo_to_vendor") or "",
        quotes=len(purchase.quotes),
        lowest_quote_cents=min(quoted, default=None),
        quote_reason=words.get("quote_reason") or "",
        sole_source_note=words.get("sole_source_note") or "",
        other_payer_covers=purchase.other_payer_covers,
        other_payer_denial_on_file=purchase.other_payer_denial_on_file,
        already_bought=purchase.already_bought,
        emergency=purchase.emergency,
    )
