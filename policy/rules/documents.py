"""Paper: the bill and what it must say, receipts that are late, the record of a visit."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from policy.decision import Finding
from policy.facts import BillFacts, Facts
from policy.rulebook import NoParams, Params, Rule
from policy.rules.kind import Categories, Cents, Count, Silence, kind

BILL_FIELDS: Final = {
    "business": "business",
    "date": "billed_on",
    "amount_cents": "amount_cents",
    "description": "description",
    "number": "number",
    "received_on": "received_on",
}
"""The words of a rulebook for what a bill says, and the facts behind them."""


BillField = Literal["business", "date", "amount_cents", "description", "number", "received_on"]
VisitField = Literal["service_type", "member", "date", "location", "worker", "begin_end"]


class OverbillParams(Params):
    """How much more than authorised a purchase may cost in the end."""

    tolerance_cents: Cents


class BillFieldParams(Params):
    """What a bill must say."""

    fields: Annotated[tuple[BillField, ...], Field(strict=False)]


class OverdueParams(Params):
    """How many receipts may be late."""

    max_overdue: Count


class VisitParams(Params):
    """Which categories need the record of a visit, and what it must say."""

    categories: Categories
    fields: Annotated[tuple[VisitField, ...], Field(strict=False)]


@kind("bill_attached", NoParams, stages=("pay",))
def bill_attached(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Hold payment until there is a bill or a slip."""
    return rule.finding() if facts.billed.bill is None else None


@kind("bill_within_authorization", OverbillParams, stages=("pay",), gives=("bill_cents", "authorized_cents", "tolerance_cents"))
def bill_within_authorization(rule: Rule[OverbillParams], facts: Facts) -> Finding | None:
    """Hold a bill above what is left of the authorisation; the tolerance is there once a purchase, not once a bill."""
    pay = facts.billed
    if pay.bill is None or pay.bill.amount_cents is None:
        return None
    tolerance = max(0, rule.params.tolerance_cents - pay.tolerance_used_cents)
    if pay.bill.amount_cents <= pay.authorized_cents + tolerance:
        return None
    return rule.finding(bill_cents=pay.bill.amount_cents, authorized_cents=pay.authorized_cents, tolerance_cents=tolerance)


@kind("bill_fields", BillFieldParams, stages=("pay",), gives=("missing",))
def bill_fields(rule: Rule[BillFieldParams], facts: Facts) -> Finding | None:
    """Hold a bill that leaves out what it must say."""
    bill = facts.billed.bill
    if bill is None:
        return None
    missing = tuple(name for name in rule.params.fields if not says(bill, name))
    return rule.finding(missing=missing) if missing else None


@kind("overdue_receipts", OverdueParams, gives=("overdue", "max_overdue"), silence=Silence({"member.overdue_receipts": 0}))
def overdue_receipts(rule: Rule[OverdueParams], facts: Facts) -> Finding | None:
    """Hold new purchases of a member who owes receipts."""
    overdue, most = facts.member.overdue_receipts, rule.params.max_overdue
    return rule.finding(overdue=overdue, max_overdue=most) if overdue > most else None


@kind("visit_record", VisitParams, stages=("pay",), gives=("missing",), silence=Silence(about=lambda rule: rule.params.categories))
def visit_record(rule: Rule[VisitParams], facts: Facts) -> Finding | None:
    """Hold payment for help at home until the record of the visit is whole."""
    if facts.asked.category not in rule.params.categories:
        return None
    record = facts.billed.visit_record
    missing = tuple(name for name in rule.params.fields if not record.get(name, "").strip())
    return rule.finding(missing=missing) if missing else None


def says(bill: BillFacts, name: str) -> bool:
    """Tell whether a bill says something under a name."""
    value = getattr(bill, BILL_FIELDS[name])
    return value is not None and str(value).strip() != ""
