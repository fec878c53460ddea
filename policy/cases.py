"""Run acceptance cases: starting facts, one question, the sets of rules that have to speak.

The data come parsed (no file is read here), in the form that `policy/README.md` describes. What a case leaves out has a plain default: one
piece, for the member, asked two days ago, bought today, paid to the vendor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from policy.decision import Decision
from policy.errors import CaseError
from policy.evaluation import evaluate
from policy.facts import (
    Approval,
    BillFacts,
    BudgetFacts,
    ClosedMonth,
    CredentialFacts,
    Facts,
    GoalFacts,
    MemberFacts,
    PayFacts,
    PlanFacts,
    RequestFacts,
    ReserveFacts,
    Stage,
    TransferFacts,
    VendorFacts,
)
from policy.history import Spend, SpendKind
from policy.rulebook import Rulebook
from policy.rules.budget import earned_cents
from policy.rules.kind import WHOLE

Data = Mapping[str, Any]

PARTS_A_YEAR: Final[Mapping[str, int]] = {"annual": 1, "quarterly": 4, "monthly": 12}
MONTHS_A_YEAR: Final = 12
ASKED_BEFORE: Final = timedelta(hours=48)
SCREENED_ON: Final = date(2026, 10, 1)
EXCLUSION_LISTS: Final = ("leie", "sam", "state_list")

TEXTS: Final = ("payment_method", "rail", "memo_to_vendor", "quote_reason", "sole_source_note")
SWITCHES: Final = ("other_payer_covers", "other_payer_denial_on_file", "already_bought", "emergency")
NUMBERS: Final = ("tax_cents", "delivery_cents", "quotes")
REQUEST_KEYS: Final = frozenset({
    *TEXTS, *SWITCHES, *NUMBERS, "category", "cents", "vendor", "goal", "quantity", "unit_price", "tags", "tagged", "beneficiary",
    "submitted_by", "submitted_at", "purchase_date", "service_to", "lowest_quote", "from", "authorized", "invoice", "evv",
    "from_line", "to_line", "purpose",
})  # fmt: skip
GIVEN_KEYS: Final = frozenset({
    "member", "budget", "plan", "lines", "vendor", "posted", "holds", "paid_invoices", "moved_from_line", "emergencies_this_period",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """What a case expected, and what it got instead."""

    what: str  # decision, deny, approval, warn, available
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went."""

    case_id: str
    title: str
    facts: Facts
    decision: Decision
    differences: tuple[Difference, ...]
    ignored: tuple[str, ...]  # keys of the case that mean nothing here

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences


def run_case(case: Data, fixtures: Data, rulebooks: Mapping[str, Rulebook]) -> CaseResult:
    """Ask one case of the rulebook of its member's program, and compare.

    Raises:
        CaseError: the case or its fixtures cannot be read, or name a rulebook that is not given.

    """
    case_id = str(case.get("id", "?"))
    try:
        program = _member(case, fixtures)["program"]
        rulebook = rulebooks[program]
        facts = case_facts(case, fixtures, rulebook)
        stage: Stage = case.get("stage", "authorize")
        decision = evaluate(rulebook, facts, stage)
        differences = tuple(_differences(case["expect"], decision))
    except KeyError as error:
        raise CaseError(case_id, f"nothing is known of {error}") from error
    except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise CaseError(case_id, str(error)) from error
    ignored = sorted((set(case.get("request", {})) - REQUEST_KEYS) | (set(case.get("given", {})) - GIVEN_KEYS))
    return CaseResult(case_id, str(case.get("title", "")), facts, decision, differences, tuple(ignored))


def case_facts(case: Data, fixtures: Data, rulebook: Rulebook) -> Facts:
    """Return the facts that a case describes: the fixtures, with what it gives laid over them."""
    given: Data = case.get("given", {})
    request: Data = case.get("request", {})
    as_of = _instant(case["as_of"])
    member_id = case["member"]
    stage = case.get("stage", "authorize")
    submitted_by = str(request.get("submitted_by", member_id))
    vendor = _vendor(request["vendor"], fixtures, given) if "vendor" in request else None
    history = (*_spends(given, "posted", "posted"), *_spends(given, "holds", "hold"))
    return Facts(
        as_of=as_of,
        member=_member_facts(member_id, _member(case, fixtures), fixtures),
        plan=_plan({**fixtures["plans"][member_id], **given.get("plan", {})}, fixtures["plans"][member_id], given.get("lines", {})),
        budget=_budget({**fixtures["budgets"][member_id], **given.get("budget", {})}, history, as_of.date(), rulebook),
        vendor=vendor,
        request=_request(request, member_id, submitted_by, as_of) if stage in {"authorize", "pay"} else None,
        history=history,
        approvals=tuple(_approval(one, fixtures) for one in case.get("approvals", ())),
        emergencies_this_period=given.get("emergencies_this_period", 0),
        transfer=_transfer(request, given, submitted_by) if stage == "transfer" else None,
        reserve=_reserve(request, submitted_by) if stage == "reserve" else None,
        pay=_pay(request, given) if stage == "pay" else None,
    )


def _differences(expected: Data, decision: Decision) -> list[Difference]:
    found: list[Difference] = []
    if expected["decision"] != decision.outcome:
        found.append(Difference("decision", expected["decision"], decision.outcome))
    sets = [("deny", decision.rules("deny"))]
    if expected["decision"] != "deny":
        sets += [("approval", decision.rules("needs_approval")), ("warn", decision.rules("warn"))]
    for what, got in sets:
        wanted = expected.get(what, ())
        if set(wanted) != set(got):
            found.append(Difference(what, ", ".join(sorted(wanted)) or "none", ", ".join(sorted(got)) or "none"))
    if "available" in expected and expected["available"] != decision.available_cents:
        found.append(Difference("available", str(expected["available"]), str(decision.available_cents)))
    return found


# ---- who ------------------------------------------------------------------------------------------


def _member(case: Data, fixtures: Data) -> Data:
    return {**fixtures["members"][case["member"]], **case.get("given", {}).get("member", {})}


def _person(fixtures: Data, person_id: str | None) -> Data:
    found: Data = fixtures.get("people", {}).get(person_id, {})
    return found


def _member_facts(member_id: str, data: Data, fixtures: Data) -> MemberFacts:
    broker_id = data.get("broker")
    broker = _person(fixtures, broker_id)
    return MemberFacts(
        id=member_id,
        status=data.get("status", "active"),
        eligible_from=_day(data["eligible_from"]),
        eligible_to=None if data.get("eligible_to") is None else _day(data["eligible_to"]),
        funding=data.get("funding", ""),
        relatives=frozenset(data.get("relatives", ())),
        household=frozenset(data.get("household", ())),
        broker_id=broker_id,
        broker_relatives=frozenset(broker.get("relatives", ())),
        broker_employer=broker.get("employer"),
        overdue_receipts=data.get("overdue_receipts", 0),
    )


def _approval(data: Data, fixtures: Data) -> Approval:
    person = {**_person(fixtures, data["by"]), **data}
    return Approval(by=data["by"], role=person["role"], relatives=frozenset(person.get("relatives", ())), employer=person.get("employer"))


def _vendor(vendor_id: str, fixtures: Data, given: Data) -> VendorFacts:
    changed: Data = given.get("vendor", {})
    data: Data = {**(changed if vendor_id not in fixtures["vendors"] else fixtures["vendors"])[vendor_id], **changed.get(vendor_id, {})}
    credentials = (
        CredentialFacts(one["type"], None if one.get("expires") is None else _day(one["expires"])) for one in data.get("credentials", ())
    )
    screened_on = data.get("screened_on", SCREENED_ON)
    return VendorFacts(
        id=vendor_id,
        status=data.get("status", "active"),
        categories=frozenset(data.get("categories", ())),
        owners=frozenset(data.get("owners", ())),
        people=frozenset(data.get("people", ())),
        credentials=tuple(credentials),
        is_directed_worker=data.get("is_directed_worker", False),
        excluded_on=frozenset(name for name in EXCLUSION_LISTS if data.get(f"{name}_match", False)),
        has_tax_form=data.get("w9", True),
        tin_matches=data.get("tin_match", True),
        payouts_enabled=data.get("payouts_enabled", True),
        screened_on=None if screened_on is None else _day(screened_on),
    )


# ---- plan and money -------------------------------------------------------------------------------


def _plan(data: Data, fixture: Data, lines: Data) -> PlanFacts:
    goals = {
        goal_id: GoalFacts(**{**fixture.get("goals", {}).get(goal_id, {}), **goal}) for goal_id, goal in (data.get("goals") or {}).items()
    }
    return PlanFacts(
        status=data["status"],
        starts_on=_day(data["from"]),
        ends_on=_day(data["to"]),
        goals=goals,
        lines={**(data.get("lines") or {}), **lines},
    )


def _budget(data: Data, history: tuple[Spend, ...], today: date, rulebook: Rulebook) -> BudgetFacts:
    starts_on, ends_on = _day(data["from"]), _day(data["to"])
    saved = data.get("reserved_cents", 0)
    months = tuple(ClosedMonth(str(month), actual) for month, actual in (data.get("closed_months") or {}).items())
    budget = BudgetFacts(
        starts_on=starts_on,
        ends_on=ends_on,
        allocated_cents=data.get("allocated_cents", 0),
        available_cents=0,
        saved_cents=saved,
        baseline_monthly_cents=data.get("baseline_monthly_cents"),
        closed_months=months,
    )
    if rulebook.release == "earned":
        share = rulebook.parameter("B09", "share")
        released = earned_cents(budget, WHOLE if share is None else share)
    else:
        released = released_cents(budget.allocated_cents, PARTS_A_YEAR[rulebook.release], starts_on, today)
    spent = sum(one.cents for one in history if starts_on <= one.on <= ends_on)
    return BudgetFacts(
        starts_on=starts_on,
        ends_on=ends_on,
        allocated_cents=data.get("allocated_cents", released),
        available_cents=data.get("available_cents", released - spent - saved),
        saved_cents=saved,
        baseline_monthly_cents=budget.baseline_monthly_cents,
        closed_months=months,
    )


def released_cents(allocated_cents: int, parts: int, starts_on: date, today: date) -> int:
    """Return what a case's budget has released by today: each quarter or month opens its part, rounded down in total."""
    months = (today.year - starts_on.year) * MONTHS_A_YEAR + today.month - starts_on.month
    opened = min(parts, 1 + months // (MONTHS_A_YEAR // parts))
    return allocated_cents * max(0, opened) // parts


def _spends(given: Data, name: str, kind: SpendKind) -> tuple[Spend, ...]:
    return tuple(
        Spend(one["category"], one["cents"], _day(one["date"]), one.get("vendor"), kind, one.get("purchase")) for one in given.get(name, ())
    )


# ---- the question ---------------------------------------------------------------------------------


def _request(data: Data, member_id: str, submitted_by: str, as_of: datetime) -> RequestFacts:
    bought_on = _day(data.get("purchase_date", as_of.date()))
    others = {name: data[name] for name in (*TEXTS, *SWITCHES, *NUMBERS) if data.get(name) is not None}
    return RequestFacts(
        category=data["category"],
        amount_cents=data["cents"] if "cents" in data else data["authorized"],
        submitted_by=submitted_by,
        submitted_at=_instant(data["submitted_at"]) if "submitted_at" in data else as_of - ASKED_BEFORE,
        purchase_date=bought_on,
        service_to=_day(data.get("service_to", bought_on)),
        goal_id=data.get("goal"),
        quantity=Decimal(str(data.get("quantity", 1))),
        unit_price_cents=data.get("unit_price"),
        tags=frozenset(data.get("tags", ())),
        tagged=data.get("tagged", True),
        beneficiary=data.get("beneficiary", member_id),
        source=data.get("from", "available"),
        lowest_quote_cents=data.get("lowest_quote"),
        **others,
    )


def _transfer(data: Data, given: Data, submitted_by: str) -> TransferFacts:
    moved = given.get("moved_from_line", {}).get(data["from_line"], 0)
    return TransferFacts(data["from_line"], data["to_line"], data["cents"], submitted_by, moved)


def _reserve(data: Data, submitted_by: str) -> ReserveFacts:
    return ReserveFacts(data["cents"], submitted_by, data.get("purpose") or "", data.get("goal"))


def _pay(data: Data, given: Data) -> PayFacts:
    return PayFacts(
        authorized_cents=data["authorized"],
        bill=None if data.get("invoice") is None else _bill(data["invoice"]),
        paid_bills=frozenset((one["vendor"], str(one["number"])) for one in given.get("paid_invoices", ())),
        visit_record={name: str(value) for name, value in (data.get("evv") or {}).items() if value is not None},
    )


def _bill(data: Data) -> BillFacts:
    return BillFacts(
        number=None if data.get("number") is None else str(data["number"]),
        received_on=None if data.get("received_on") is None else _day(data["received_on"]),
        amount_cents=data.get("amount_cents"),
        business=data.get("business"),
        billed_on=None if data.get("date") is None else _day(data["date"]),
        description=data.get("description"),
    )


def _day(value: Any) -> date:  # noqa: ANN401 - YAML reads a date as a date or as text
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _instant(value: Any) -> datetime:  # noqa: ANN401 - see _day
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
