"""The facts that a case describes: the fixtures, with what the case gives laid over them. A key that means nothing is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from policy.case_budget import BUDGET_KEYS, budget_facts
from policy.facts import (
    Approval,
    BillFacts,
    CredentialFacts,
    Facts,
    GoalFacts,
    MemberFacts,
    PayFacts,
    PlanFacts,
    RequestFacts,
    ReserveFacts,
    TransferFacts,
    VendorFacts,
)
from policy.history import Spend, SpendKind
from policy.rulebook import Rulebook

Data = Mapping[str, Any]

ASKED_BEFORE: Final = timedelta(hours=48)
SCREENED_ON: Final = date(2026, 10, 1)
EXCLUSION_LISTS: Final = {"leie_match": "leie", "sam_match": "sam", "state_list_match": "state_list"}

TEXTS: Final = ("payment_method", "rail", "memo_to_vendor", "quote_reason", "sole_source_note")
SWITCHES: Final = ("other_payer_covers", "other_payer_denial_on_file", "already_bought", "emergency")
NUMBERS: Final = ("tax_cents", "delivery_cents", "quotes")
SOURCES: Final = ("available", "saved")
PAYMENT_METHODS: Final = ("vendor_direct", "member_reimbursement")
RAILS: Final = ("vendor_payout", "payroll")

KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "request": frozenset({
        *TEXTS, *SWITCHES, *NUMBERS, "category", "cents", "vendor", "goal", "quantity", "unit_price", "tags", "tagged", "beneficiary",
        "submitted_by", "submitted_at", "purchase_date", "service_to", "lowest_quote", "from", "authorized", "invoice", "evv",
        "from_line", "to_line", "purpose",
    }),
    "given": frozenset({
        "member", "people", "budget", "plan", "lines", "vendor", "posted", "holds", "paid_invoices", "moved_from_line",
        "emergencies_this_period",
    }),
    "member": frozenset({
        "program", "funding", "status", "eligible_from", "eligible_to", "broker", "relatives", "household", "overdue_receipts",
    }),
    "person": frozenset({"role", "employer", "relatives"}),
    "approval": frozenset({"by", "role", "employer", "relatives"}),
    "vendor": frozenset({
        *EXCLUSION_LISTS, "categories", "status", "owners", "people", "credentials", "is_directed_worker", "w9", "tin_match",
        "payouts_enabled", "screened_on",
    }),
    "budget": BUDGET_KEYS,
    "credential": frozenset({"type", "expires"}),
    "plan": frozenset({"status", "from", "to", "goals", "lines"}),
    "goal": frozenset({"domain", "status", "title"}),
    "spend": frozenset({"category", "cents", "date", "vendor", "purchase"}),
    "invoice": frozenset({"number", "received_on", "amount_cents", "business", "date", "description"}),
    "evv": frozenset({"service_type", "member", "date", "location", "worker", "begin_end"}),
    "paid_invoice": frozenset({"vendor", "number"}),
}  # fmt: skip
"""What each part of a case or a fixture may say."""


class CaseReadingError(ValueError):
    """A part of a case that cannot be read; it becomes a CaseError with the case's id."""


def case_facts(case: Data, fixtures: Data, rulebook: Rulebook) -> Facts:
    """Return the facts that a case describes: the fixtures, with what it gives laid over them."""
    given, request = part(case.get("given"), "given"), part(case.get("request"), "request")
    stage = case.get("stage", "authorize")
    as_of, member_id = instant(need(case, "as_of", "case"), "as_of"), str(need(case, "member", "case"))
    submitted_by = str(request.get("submitted_by") or member_id)
    people = _people(fixtures, given)
    vendor_id = request.get("vendor")
    if stage == "pay":
        request = {"category": _sold_first(str(vendor_id), fixtures, given), **request}
    history = (*_spends(given, "posted", "posted"), *_spends(given, "holds", "hold"))
    return Facts(
        as_of=as_of,
        member=_member_facts(member_id, member_of(case, fixtures), people),
        plan=_plan((fixtures.get("plans") or {}).get(member_id), part(given.get("plan"), "plan", "given.plan"), given.get("lines") or {}),
        budget=budget_facts(_budget(fixtures, given, member_id), history, as_of.date(), rulebook),
        vendor=None if vendor_id is None else _vendor(str(vendor_id), fixtures, given.get("vendor") or {}),
        request=_request(request, member_id, submitted_by, as_of, stage) if stage in {"authorize", "pay"} else None,
        history=history,
        approvals=tuple(_approval(one, people) for one in case.get("approvals") or ()),
        emergencies_this_period=given.get("emergencies_this_period", 0),
        transfer=_transfer(request, given, submitted_by) if stage == "transfer" else None,
        reserve=_reserve(request, submitted_by) if stage == "reserve" else None,
        pay=_pay(request, given) if stage == "pay" else None,
    )


# ---- who ------------------------------------------------------------------------------------------


def member_of(case: Data, fixtures: Data) -> Data:
    """Return the member of a case, with what the case gives laid over."""
    changes = part((case.get("given") or {}).get("member"), "member", "given.member")
    return {**part(find(fixtures, "members", need(case, "member", "case")), "member"), **changes}


def _people(fixtures: Data, given: Data) -> dict[str, Data]:
    people = {name: part(one, "person", f"people.{name}") for name, one in (fixtures.get("people") or {}).items()}
    for name, one in (given.get("people") or {}).items():
        people[name] = {**people.get(name, {}), **part(one, "person", f"given.people.{name}")}
    return people


def _member_facts(member_id: str, data: Data, people: Mapping[str, Data]) -> MemberFacts:
    broker_id = data.get("broker")
    broker = people.get(str(broker_id), {})
    return MemberFacts(
        id=member_id,
        status=data.get("status", "active"),
        eligible_from=day(need(data, "eligible_from", "member"), "eligible_from"),
        eligible_to=None if data.get("eligible_to") is None else day(data["eligible_to"], "eligible_to"),
        funding=data.get("funding") or "",
        relatives=names(data, "relatives"),
        household=names(data, "household"),
        broker_id=broker_id,
        broker_relatives=names(broker, "relatives"),
        broker_employer=broker.get("employer"),
        overdue_receipts=data.get("overdue_receipts", 0),
    )


def _approval(data: Data, people: Mapping[str, Data]) -> Approval:
    data = part(data, "approval", "an approval")
    by = str(need(data, "by", "approval"))
    person = {**people.get(by, {}), **data}
    role = str(need(person, "role", f"approval by {by}"))
    kin = frozenset(name for name, one in people.items() if by in names(one, "relatives"))  # whoever says so: it holds both ways
    return Approval(by=by, role=role, relatives=names(person, "relatives") | kin, employer=person.get("employer"))


def _vendor(vendor_id: str, fixtures: Data, given: Data) -> VendorFacts:
    shipped = fixtures.get("vendors") or {}
    if vendor_id not in shipped and vendor_id not in given:
        raise CaseReadingError(f"nothing is known of the vendor {vendor_id}")
    data: Data = {
        **part(shipped.get(vendor_id), "vendor", f"vendors.{vendor_id}"),
        **part(given.get(vendor_id), "vendor", f"given.vendor.{vendor_id}"),
    }
    screened_on = data.get("screened_on", SCREENED_ON)
    return VendorFacts(
        id=vendor_id,
        status=data.get("status", "active"),
        categories=names(data, "categories"),
        owners=names(data, "owners"),
        people=names(data, "people"),
        credentials=tuple(_credential(one) for one in data.get("credentials") or ()),
        is_directed_worker=switch(data, "is_directed_worker", default=False),
        excluded_on=frozenset(name for key, name in EXCLUSION_LISTS.items() if switch(data, key, default=False)),
        has_tax_form=switch(data, "w9", default=True),
        tin_matches=switch(data, "tin_match", default=True),
        payouts_enabled=switch(data, "payouts_enabled", default=True),
        screened_on=None if screened_on is None else day(screened_on, "screened_on"),
    )


def _sold_first(vendor_id: str, fixtures: Data, given: Data) -> str:
    """Return what a bill is for when it is not said: the first thing that its vendor sells."""
    for vendors in (given.get("vendor"), fixtures.get("vendors")):
        sold = ((vendors or {}).get(vendor_id) or {}).get("categories")
        if sold:
            return str(next(iter(sold)))
    return ""


def _credential(data: Data) -> CredentialFacts:
    data = part(data, "credential", "a credential")
    expires = data.get("expires")
    return CredentialFacts(str(need(data, "type", "credential")), None if expires is None else day(expires, "expires"))


# ---- money, plan and past -------------------------------------------------------------------------


def _budget(fixtures: Data, given: Data, member_id: str) -> Data:
    changes = part(given.get("budget"), "budget", "given.budget")
    return {**part(find(fixtures, "budgets", member_id), "budget", f"budgets.{member_id}"), **changes}


def _plan(fixture: Data | None, given: Data, lines: Data) -> PlanFacts:
    """Return the plan: what is given replaces it field by field; a line that is given as null is taken out."""
    if fixture is None and not given:
        return PlanFacts.none()
    fixture = part(fixture, "plan", "a plan")
    data = {**fixture, **given}
    known = fixture.get("goals") or {}
    goals = {name: _goal(name, one or {}, known.get(name) or {}) for name, one in (data.get("goals") or {}).items()}
    laid = {**(data.get("lines") or {}), **lines}
    return PlanFacts(
        status=str(data.get("status", "approved")),
        starts_on=day(need(data, "from", "plan"), "plan.from"),
        ends_on=day(need(data, "to", "plan"), "plan.to"),
        goals=goals,
        lines={category: cents for category, cents in laid.items() if cents is not None},
    )


def _goal(name: str, data: Data, known: Data) -> GoalFacts:
    """Return a goal: what is not said comes from the goal of that name in the fixtures; a new goal is open."""
    whole = {"status": "active", **known, **part(data, "goal", f"goals.{name}")}
    return GoalFacts(str(need(whole, "domain", f"goal {name}")), str(whole["status"]), str(whole.get("title", "")))


def _spends(given: Data, name: str, kind: SpendKind) -> tuple[Spend, ...]:
    return tuple(_spend(one, name, kind) for one in given.get(name) or ())


def _spend(data: Data, name: str, kind: SpendKind) -> Spend:
    data = part(data, "spend", name)
    on = day(need(data, "date", name), f"{name}.date")
    return Spend(str(need(data, "category", name)), cents(data, "cents", name), on, data.get("vendor"), kind, data.get("purchase"))


# ---- the question ---------------------------------------------------------------------------------


def _request(data: Data, member_id: str, submitted_by: str, as_of: datetime, stage: str) -> RequestFacts:
    bought_on = day(data.get("purchase_date") or as_of.date(), "purchase_date")
    others: dict[str, Any] = {name: data[name] for name in (*TEXTS, *NUMBERS) if data.get(name) is not None}
    others |= {name: switch(data, name, default=False) for name in SWITCHES}
    for name, known in (("payment_method", PAYMENT_METHODS), ("rail", RAILS), ("from", SOURCES)):
        if data.get(name) is not None and data[name] not in known:
            raise CaseReadingError(f"request.{name} is {data[name]!r}, expected {' or '.join(known)}")
    is_bill = stage == "pay"
    return RequestFacts(
        category=str(data.get("category") or "") if is_bill else str(need(data, "category", "request")),
        amount_cents=cents(data, "authorized" if is_bill and "cents" not in data else "cents", "request"),
        submitted_by=submitted_by,
        submitted_at=as_of - ASKED_BEFORE if data.get("submitted_at") is None else instant(data["submitted_at"], "submitted_at"),
        purchase_date=bought_on,
        service_to=day(data.get("service_to") or bought_on, "service_to"),
        goal_id=data.get("goal"),
        quantity=number(data.get("quantity", 1), "quantity"),
        unit_price_cents=data.get("unit_price"),
        tags=names(data, "tags"),
        tagged=switch(data, "tagged", default=True),
        beneficiary=str(data.get("beneficiary") or member_id),
        source="saved" if data.get("from") == "saved" else "available",
        lowest_quote_cents=data.get("lowest_quote"),
        **others,
    )


def _transfer(data: Data, given: Data, submitted_by: str) -> TransferFacts:
    from_line, to_line = (str(need(data, name, "request")) for name in ("from_line", "to_line"))
    moved = (given.get("moved_from_line") or {}).get(from_line, 0)
    return TransferFacts(from_line, to_line, cents(data, "cents", "request"), submitted_by, moved)


def _reserve(data: Data, submitted_by: str) -> ReserveFacts:
    return ReserveFacts(cents(data, "cents", "request"), submitted_by, str(data.get("purpose") or ""), data.get("goal"))


def _pay(data: Data, given: Data) -> PayFacts:
    visit = part(data.get("evv"), "evv", "request.evv")
    paid = [part(one, "paid_invoice", "paid_invoices") for one in given.get("paid_invoices") or ()]
    return PayFacts(
        authorized_cents=cents(data, "authorized" if "authorized" in data else "cents", "request"),
        bill=None if data.get("invoice") is None else _bill(part(data["invoice"], "invoice", "request.invoice")),
        paid_bills=frozenset(
            (str(need(one, "vendor", "paid_invoices")), str(one["number"])) for one in paid if one.get("number") is not None
        ),
        visit_record={name: str(value) for name, value in visit.items() if value is not None},
    )


def _bill(data: Data) -> BillFacts:
    return BillFacts(
        number=None if data.get("number") is None else str(data["number"]),
        received_on=None if data.get("received_on") is None else day(data["received_on"], "received_on"),
        amount_cents=data.get("amount_cents"),
        business=None if data.get("business") is None else str(data["business"]),
        billed_on=None if data.get("date") is None else day(data["date"], "date"),
        description=None if data.get("description") is None else str(data["description"]),
    )


# ---- reading values -------------------------------------------------------------------------------


def part(data: Any, kind: str, where: str = "") -> Data:  # noqa: ANN401 - whatever stands there
    """Return a part of a case, an absent one as empty; refuse a key that it does not have."""
    where = where or kind
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise CaseReadingError(f"{where} is {data!r}, expected fields and their values")
    known = KNOWN[kind]
    refuse_unknown(data, known, where)
    return data


def refuse_unknown(data: Data, known: Collection[str], where: str) -> None:
    """Refuse a key that means nothing: a case would hold or fail for another reason than its writer thinks."""
    unknown = sorted(str(key) for key in data if key not in known)
    if unknown:
        raise CaseReadingError(f"{where} has an unknown key {unknown[0]}, expected one of: {', '.join(sorted(known))}")


def find(fixtures: Data, what: str, name: str) -> Data:
    """Return one entry of the fixtures."""
    found = (fixtures.get(what) or {}).get(name)
    if found is None:
        raise CaseReadingError(f"the fixtures have no {name} among their {what}")
    return dict(found)


def need(data: Data, key: str, where: str) -> Any:  # noqa: ANN401 - see part
    """Return a value that has to be there."""
    if data.get(key) is None:
        raise CaseReadingError(f"{where} has no {key}")
    return data[key]


def cents(data: Data, key: str, where: str) -> int:
    """Return an amount that has to be there."""
    value = need(data, key, where)
    if isinstance(value, bool) or not isinstance(value, int):
        raise CaseReadingError(f"{where}.{key} is {value!r}, expected whole cents")
    return value


def names(data: Data, key: str) -> frozenset[str]:
    """Return a list of names as a set."""
    value = data.get(key) or ()
    if isinstance(value, str) or not isinstance(value, Collection):
        raise CaseReadingError(f"{key} is {value!r}, expected a list")
    return frozenset(str(one) for one in value)


def switch(data: Data, key: str, *, default: bool) -> bool:
    """Return something that is so or not."""
    value = data.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise CaseReadingError(f"{key} is {value!r}, expected true or false")
    return value


def number(value: Any, where: str) -> Decimal:  # noqa: ANN401 - see part
    """Return a quantity."""
    try:
        return Decimal(str(value))
    except ArithmeticError as error:
        raise CaseReadingError(f"{where} is {value!r}, expected a number") from error


def day(value: Any, where: str) -> date:  # noqa: ANN401 - YAML reads a date as a date or as text
    """Return a date."""
    if isinstance(value, datetime):
        return value.date()
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise CaseReadingError(f"{where} is {value!r}, expected a date like 2026-10-15") from error


def instant(value: Any, where: str) -> datetime:  # noqa: ANN401 - see day
    """Return an instant of the program's local time."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the program's local time
    try:
        return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise CaseReadingError(f'{where} is {value!r}, expected an instant like "2026-10-15T12:00"') from error
