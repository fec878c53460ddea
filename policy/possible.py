"""Facts that no real question can have: of another type, below zero, contradicting one another, or missing. They never lead to a yes.

A rule looks at the facts it needs and takes them as they are: a text where a set belongs, or a count below zero, would let it pass in
silence. So what every rule let pass is looked at once more here, whole. Each part has one quick check; only when that fails is it found out
which of its facts are wrong: those that make a part that is right fail too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from policy.facts import (
    BillFacts,
    BudgetFacts,
    Facts,
    MemberFacts,
    PayFacts,
    PlanFacts,
    RequestFacts,
    ReserveFacts,
    Stage,
    TransferFacts,
    VendorFacts,
)
from policy.rulebook import Rulebook

MOST_CENTS: Final = 10**12
"""More than any account holds: ten thousand million dollars."""

SOURCES: Final = frozenset({"available", "saved"})
PAYMENT_METHODS: Final = frozenset({"vendor_direct", "member_reimbursement"})
RAILS: Final = frozenset({"vendor_payout", "payroll"})

_A_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_NOT_A_LETTER = re.compile(r"[^a-z0-9]")
_THOUSANDTHS: Final = 1_000
_MAY_BE: Final = attrgetter("may_be")
_UNREADABLE = (ArithmeticError, AttributeError, KeyError, LookupError, TypeError, ValueError)

Part = Any
"""Something that should be a part of the facts, and may be anything."""


def impossible(rulebook: Rulebook, facts: Facts, stage: Stage) -> tuple[str, ...]:
    """Name the facts that are missing, or that no real question can have; none, when all may be so.

    Only what the stage is judged by is looked at. Nothing is raised.
    """
    try:
        if _is_right(facts, stage) and not _contradictions(rulebook, facts, stage):
            return ()
    except _UNREADABLE:
        pass
    return tuple(_wrong(rulebook, facts, stage)) or ("facts",)


def _is_right(facts: Part, stage: Stage) -> bool:
    """Tell whether each fact by itself may be so."""
    if not (isinstance(facts.as_of, datetime) and _are_approvals(facts.approvals) and _is_history(facts.history)):
        return False
    if not _is_count(facts.emergencies_this_period):
        return False
    for name, check, _ in _NEEDED[stage]:
        part = getattr(facts, name)
        try:
            may_be = part.may_be
        except AttributeError:  # not looked at yet, or no part at all
            may_be = check(part)
            object.__setattr__(part, "may_be", may_be)
        if not may_be:
            return False
    return True


def _contradictions(rulebook: Rulebook, facts: Facts, stage: Stage) -> list[str]:
    """Name what contradicts something else, or is unknown to the rulebook; the facts are right by themselves."""
    found: list[str] = []
    if facts.plan.ends_on < facts.plan.starts_on:
        found.append("plan.ends_on")
    if facts.budget.ends_on < facts.budget.starts_on:
        found.append("budget.ends_on")
    if stage == "transfer":
        found += _contradictions_of_move(rulebook, facts.transfer)
    elif stage != "reserve":
        found += _contradictions_of_request(rulebook, facts, stage)
    return found


def _contradictions_of_move(rulebook: Rulebook, move: Part) -> list[str]:
    found = [name for name in ("from_line", "to_line") if getattr(move, name) not in rulebook.categories]
    if not found and move.to_line == move.from_line:
        found = ["to_line"]
    return [f"transfer.{name}" for name in found]


def _contradictions_of_request(rulebook: Rulebook, facts: Facts, stage: Stage) -> list[str]:
    request: Part = facts.request
    found: list[str] = []
    if request.category not in rulebook.categories:
        found.append("request.category")
    if request.submitted_at > facts.as_of:
        found.append("request.submitted_at")
    if stage == "authorize" and request.amount_cents < 1:
        found.append("request.amount_cents")
    if stage == "authorize" and request.service_to is not None and request.service_to < request.purchase_date:
        found.append("request.service_to")
    named = _named_fundings(rulebook)
    if named and facts.member.funding not in named and _is_slip(facts.member.funding, named):
        found.append("member.funding")
    return found


# ---- naming what is wrong -------------------------------------------------------------------------


def _wrong(rulebook: Rulebook, facts: Facts, stage: Stage) -> Iterator[str]:
    """Name each fact that is wrong by itself; if none is, each that contradicts another."""
    found = list(_wrong_by_itself(facts, stage))
    yield from found
    if not found:
        try:
            yield from _contradictions(rulebook, facts, stage)
        except _UNREADABLE:
            yield "as_of"  # with a time zone where the request has none, or without one


def _wrong_by_itself(facts: Part, stage: Stage) -> Iterator[str]:
    if not isinstance(facts.as_of, datetime):
        yield "as_of"
    for name, check, right in _NEEDED[stage]:
        part = getattr(facts, name)
        if _passes(check, part):
            continue
        if type(part) is not type(right):
            yield name
            continue
        wrong = [f"{name}.{one.name}" for one in fields(right) if not _passes(check, _with(right, one.name, getattr(part, one.name)))]
        yield from wrong or [name]
    for name, check_all in _LISTS:
        if not _passes(check_all, getattr(facts, name)):
            yield name


def _with(right: Part, name: str, value: object) -> Part:
    return replace(right, **{name: value})


def _passes(check: Callable[[Part], bool], part: Part) -> bool:
    try:
        return check(part)
    except _UNREADABLE:
        return False


# ---- single facts ---------------------------------------------------------------------------------


def _is_cents(value: Part) -> bool:
    return type(value) is int and 0 <= value <= MOST_CENTS


def _is_cents_or_none(value: Part) -> bool:
    return value is None or (type(value) is int and 0 <= value <= MOST_CENTS)


def _is_count(value: Part) -> bool:
    return type(value) is int and value >= 0


def _is_id(value: Part) -> bool:
    return isinstance(value, str) and value != ""


def _is_text_or_none(value: Part) -> bool:
    return value is None or isinstance(value, str)


def _is_day(value: Part) -> bool:
    return type(value) is date


def _is_day_or_none(value: Part) -> bool:
    return value is None or type(value) is date


def _are_names(value: Part) -> bool:
    """Tell whether this is a set of texts: a text alone, or a list, is none."""
    if type(value) is not frozenset and type(value) is not set:
        return False
    for one in value:  # noqa: SIM110 - half the time of all(...), and this is asked seven times
        if not isinstance(one, str):
            return False
    return True


def _is_quantity(value: Part) -> bool:
    if type(value) is not Decimal or not value.is_finite() or not 0 < value <= MOST_CENTS:
        return False
    return value == 1 or value * _THOUSANDTHS % 1 == 0


# ---- parts ----------------------------------------------------------------------------------------


def _is_member(one: Part) -> bool:
    return (
        _is_id(one.id)
        and isinstance(one.status, str)
        and _is_day(one.eligible_from)
        and (one.eligible_to is None or type(one.eligible_to) is date)
        and isinstance(one.funding, str)
        and _are_names(one.relatives)
        and _are_names(one.household)
        and (one.broker_id is None or _is_id(one.broker_id))
        and _are_names(one.broker_relatives)
        and _is_text_or_none(one.broker_employer)
        and _is_count(one.overdue_receipts)
    )


def _is_plan(one: Part) -> bool:
    return (
        isinstance(one.status, str)
        and _is_day(one.starts_on)
        and _is_day(one.ends_on)
        and all(isinstance(line, str) for line in one.lines)
        and all(type(cents) is int and 0 <= cents <= MOST_CENTS for cents in one.lines.values())
        and all(_is_id(goal_id) and _is_goal(goal) for goal_id, goal in one.goals.items())
    )


def _is_goal(one: Part) -> bool:
    return isinstance(one.status, str) and isinstance(one.domain, str) and isinstance(one.title, str)


def _is_budget(one: Part) -> bool:
    return (
        _is_day(one.starts_on)
        and _is_day(one.ends_on)
        and _is_cents(one.allocated_cents)
        and type(one.available_cents) is int  # below zero when more was spent than is released
        and _is_cents(one.saved_cents)
        and _is_cents_or_none(one.baseline_monthly_cents)
        and isinstance(one.closed_months, tuple)
        and (not one.closed_months or _are_months(one.closed_months))
    )


def _are_months(months: tuple[Part, ...]) -> bool:
    """Tell whether each month is one and stands there once: twice, it would earn twice."""
    right = all(_A_MONTH.fullmatch(one.month) is not None and _is_cents(one.actual_cents) for one in months)
    return right and len({one.month for one in months}) == len(months)


def _is_vendor(one: Part) -> bool:
    return (
        _is_id(one.id)
        and isinstance(one.status, str)
        and _are_names(one.categories)
        and _are_names(one.owners)
        and _are_names(one.people)
        and isinstance(one.credentials, tuple)
        and all(_is_id(paper.type) and _is_day_or_none(paper.expires_on) for paper in one.credentials)
        and type(one.is_directed_worker) is bool
        and _are_names(one.excluded_on)
        and type(one.has_tax_form) is bool
        and type(one.tin_matches) is bool
        and type(one.payouts_enabled) is bool
        and _is_day_or_none(one.screened_on)
    )


def _is_request(one: Part) -> bool:
    return (
        type(one.amount_cents) is int
        and 0 <= one.amount_cents <= MOST_CENTS
        and isinstance(one.category, str)
        and _is_id(one.submitted_by)
        and isinstance(one.submitted_at, datetime)
        and _is_day(one.purchase_date)
        and _is_day_or_none(one.service_to)
        and _is_text_or_none(one.goal_id)
        and _is_quantity(one.quantity)
        and _is_cents_or_none(one.unit_price_cents)
        and _is_cents(one.tax_cents)
        and _is_cents(one.delivery_cents)
        and _are_names(one.tags)
        and type(one.tagged) is bool
        and _is_id(one.beneficiary)
        and one.source in SOURCES
        and one.payment_method in PAYMENT_METHODS
        and one.rail in RAILS
        and _has_right_words(one)
        and type(one.other_payer_covers) is bool
        and type(one.other_payer_denial_on_file) is bool
        and type(one.already_bought) is bool
        and type(one.emergency) is bool
    )


def _has_right_words(one: Part) -> bool:
    return (
        isinstance(one.memo_to_vendor, str)
        and isinstance(one.quote_reason, str)
        and isinstance(one.sole_source_note, str)
        and _is_count(one.quotes)
        and _is_cents_or_none(one.lowest_quote_cents)
    )


def _is_transfer(one: Part) -> bool:
    return (
        _is_id(one.from_line)
        and _is_id(one.to_line)
        and _is_cents(one.amount_cents)
        and one.amount_cents > 0
        and _is_id(one.submitted_by)
        and _is_cents(one.moved_cents)
        and _is_cents_or_none(one.planned_cents)
    )


def _is_reserve(one: Part) -> bool:
    return (
        _is_cents(one.amount_cents)
        and one.amount_cents > 0
        and _is_id(one.submitted_by)
        and isinstance(one.purpose, str)
        and _is_text_or_none(one.goal_id)
    )


def _is_pay(one: Part) -> bool:
    return (
        _is_cents(one.authorized_cents)
        and _is_bill(one.bill)
        and isinstance(one.paid_bills, frozenset | set)
        and all(isinstance(vendor, str) and isinstance(number, str) for vendor, number in one.paid_bills)
        and _is_cents(one.tolerance_used_cents)
        and isinstance(one.visit_record, Mapping)
        and all(isinstance(name, str) and isinstance(text, str) for name, text in one.visit_record.items())
    )


def _is_bill(one: Part) -> bool:
    return (
        _is_text_or_none(one.number)
        and _is_day_or_none(one.received_on)
        and _is_cents(one.amount_cents)
        and one.amount_cents > 0
        and _is_text_or_none(one.business)
        and _is_day_or_none(one.billed_on)
        and _is_text_or_none(one.description)
    )


def _are_approvals(all_of_them: Part) -> bool:
    if all_of_them == ():
        return True
    return isinstance(all_of_them, tuple) and all(
        _is_id(one.by) and isinstance(one.role, str) and _are_names(one.relatives) and _is_text_or_none(one.employer) for one in all_of_them
    )


def _is_history(all_of_it: Part) -> bool:
    return isinstance(all_of_it, tuple) and (not all_of_it or all(map(_MAY_BE, all_of_it)))


# ---- what pays for a member -----------------------------------------------------------------------


@lru_cache(maxsize=64)
def _named_fundings(rulebook: Rulebook) -> frozenset[str]:
    """Return the fundings that some rule of requests binds."""
    bound = rulebook.by_stage["authorize"]
    return frozenset(name for one in bound for name in getattr(one.rule.params, "applies_to_funding", ()))


@lru_cache(maxsize=1_024)
def _is_slip(funding: str, named: frozenset[str]) -> bool:
    """Tell whether a funding is missing, or is a named one written wrong: the rule that binds it would pass in silence.

    A program may have fundings that no rule names, so that only what is like a named one is doubted: the same letters, or one letter that
    is another, too many or too few.
    """
    plain = _NOT_A_LETTER.sub("", funding.casefold())
    return not plain or any(_is_nearly(plain, _NOT_A_LETTER.sub("", one.casefold())) for one in named)


def _is_nearly(text: str, other: str) -> bool:
    short, long = sorted((text, other), key=len)
    same = next((at for at, (one, two) in enumerate(zip(short, long, strict=False)) if one != two), len(short))
    return short[same:] == long[same + 1 :] or short[same + 1 :] == long[same + 1 :]


# ---- the parts by name, each with its check and one that is right ---------------------------------

_DAY: Final = date(2026, 1, 1)
_Known = tuple[str, Callable[[Part], bool], Part]

_ALWAYS: Final[tuple[_Known, ...]] = (
    ("member", _is_member, MemberFacts(id="member", status="active", eligible_from=_DAY)),
    ("plan", _is_plan, PlanFacts.none()),
    ("budget", _is_budget, BudgetFacts(starts_on=date.min, ends_on=date.max, allocated_cents=0, available_cents=0)),
)
_REQUEST: Final[_Known] = (
    "request",
    _is_request,
    RequestFacts(category="", amount_cents=1, submitted_by="member", submitted_at=datetime(2026, 1, 1), purchase_date=_DAY),  # noqa: DTZ001
)
_VENDOR: Final[_Known] = ("vendor", _is_vendor, VendorFacts(id="vendor", status="active"))
_PAY: Final[_Known] = ("pay", _is_pay, PayFacts(authorized_cents=0, bill=BillFacts(amount_cents=1)))
_TRANSFER: Final[_Known] = ("transfer", _is_transfer, TransferFacts("from", "to", 1, "member"))
_RESERVE: Final[_Known] = ("reserve", _is_reserve, ReserveFacts(1, "member"))
_NEEDED: Final[Mapping[Stage, tuple[_Known, ...]]] = {
    "authorize": (*_ALWAYS, _VENDOR, _REQUEST),
    "pay": (*_ALWAYS, _VENDOR, _REQUEST, _PAY),
    "transfer": (*_ALWAYS, _TRANSFER),
    "reserve": (*_ALWAYS, _RESERVE),
}
_LISTS: Final[tuple[tuple[str, Callable[[Part], bool]], ...]] = (
    ("approvals", _are_approvals),
    ("history", _is_history),
    ("emergencies_this_period", _is_count),
)
