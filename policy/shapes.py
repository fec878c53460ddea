"""What each fact by itself must look like: its type, its range, its few words. A check takes anything, and may stumble over it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from policy.parts import NOBODY, ONE_PIECE

MOST_CENTS: Final = 10**12
"""More than any account holds: ten thousand million dollars."""

SOURCES: Final = frozenset({"available", "saved"})
PAYMENT_METHODS: Final = frozenset({"vendor_direct", "member_reimbursement"})
RAILS: Final = frozenset({"vendor_payout", "payroll"})

_A_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_THOUSANDTHS: Final = 1_000
_MAY_BE: Final = attrgetter("may_be")

Part = Any
"""Something that should be a part of the facts, and may be anything."""

# ---- single facts ---------------------------------------------------------------------------------


def is_cents(value: Part) -> bool:
    """Tell whether this is money: whole cents, none or more."""
    return type(value) is int and 0 <= value <= MOST_CENTS


def is_cents_or_none(value: Part) -> bool:
    """Tell whether this is money, or unknown."""
    return value is None or (type(value) is int and 0 <= value <= MOST_CENTS)


def is_count(value: Part) -> bool:
    """Tell whether this counts something."""
    return type(value) is int and value >= 0


def is_id(value: Part) -> bool:
    """Tell whether this names someone or something."""
    return isinstance(value, str) and value != ""


def is_text_or_none(value: Part) -> bool:
    """Tell whether this is a text, or nothing is said."""
    return value is None or isinstance(value, str)


def is_day(value: Part) -> bool:
    """Tell whether this is a day; an instant is none."""
    return type(value) is date


def is_day_or_none(value: Part) -> bool:
    """Tell whether this is a day, or no day is known."""
    return value is None or type(value) is date


def are_names(value: Part) -> bool:
    """Tell whether this is a set of texts: a text alone, or a list, is none."""
    if type(value) is not frozenset and type(value) is not set:
        return False
    for one in value:  # noqa: SIM110 - half the time of all(...), and this is asked seven times
        if not isinstance(one, str):
            return False
    return True


def is_quantity(value: Part) -> bool:
    """Tell whether this is a quantity: more than nothing, at most three decimals."""
    if type(value) is not Decimal or not value.is_finite() or not 0 < value <= MOST_CENTS:
        return False
    return value == 1 or value * _THOUSANDTHS % 1 == 0


# ---- parts ----------------------------------------------------------------------------------------


def is_member(one: Part) -> bool:
    """Tell whether a member may be so."""
    return (
        is_id(one.id)
        and isinstance(one.status, str)
        and is_day(one.eligible_from)
        and (one.eligible_to is None or type(one.eligible_to) is date)
        and isinstance(one.funding, str)
        and are_names(one.relatives)
        and are_names(one.household)
        and (one.broker_id is None or is_id(one.broker_id))
        and are_names(one.broker_relatives)
        and is_text_or_none(one.broker_employer)
        and is_count(one.overdue_receipts)
    )


def is_plan(one: Part) -> bool:
    """Tell whether a plan may be so."""
    return isinstance(one.status, str) and is_day(one.starts_on) and is_day(one.ends_on) and are_lines(one.lines) and are_goals(one.goals)


def are_lines(lines: Part) -> bool:
    """Tell whether these are the lines of a plan."""
    for line, cents in lines.items():  # noqa: SIM110 - see are_names
        if type(cents) is not int or not 0 <= cents <= MOST_CENTS or not isinstance(line, str):
            return False
    return True


def are_goals(goals: Part) -> bool:
    """Tell whether these are the goals of a plan."""
    for goal_id, goal in goals.items():  # noqa: SIM110 - see are_names
        if not goal_id or not isinstance(goal_id, str) or not is_goal(goal):
            return False
    return True


def is_goal(one: Part) -> bool:
    """Tell whether a goal may be so."""
    return isinstance(one.status, str) and isinstance(one.domain, str) and isinstance(one.title, str)


def is_budget(one: Part) -> bool:
    """Tell whether a budget may be so."""
    return (
        type(one.starts_on) is date
        and type(one.ends_on) is date
        and is_cents(one.allocated_cents)
        and type(one.available_cents) is int  # below zero when more was spent than is released
        and is_cents(one.saved_cents)
        and (one.baseline_monthly_cents is None or is_cents(one.baseline_monthly_cents))
        and (one.closed_months == () or (isinstance(one.closed_months, tuple) and are_months(one.closed_months)))
    )


def are_months(months: tuple[Part, ...]) -> bool:
    """Tell whether each month is one and stands there once: twice, it would earn twice."""
    right = all(_A_MONTH.fullmatch(one.month) is not None and is_cents(one.actual_cents) for one in months)
    return right and len({one.month for one in months}) == len(months)


def is_vendor(one: Part) -> bool:
    """Tell whether a vendor may be so."""
    return (
        is_id(one.id)
        and isinstance(one.status, str)
        and are_names(one.categories)
        and are_names(one.owners)
        and are_names(one.people)
        and isinstance(one.credentials, tuple)
        and all(is_id(paper.type) and is_day_or_none(paper.expires_on) for paper in one.credentials)
        and type(one.is_directed_worker) is bool
        and are_names(one.excluded_on)
        and type(one.has_tax_form) is bool
        and type(one.tin_matches) is bool
        and type(one.payouts_enabled) is bool
        and is_day_or_none(one.screened_on)
    )


def is_request(one: Part) -> bool:
    """Tell whether a request may be so; a purchase that is paid may have nothing left.

    Every decision asks this, and most of its facts are plain: what is plain is seen here, the rest is looked at.
    """
    return (
        type(one.amount_cents) is int
        and 0 <= one.amount_cents <= MOST_CENTS
        and isinstance(one.category, str)
        and is_id(one.submitted_by)
        and isinstance(one.submitted_at, datetime)
        and type(one.purchase_date) is date
        and (one.service_to is None or type(one.service_to) is date)
        and (one.goal_id is None or isinstance(one.goal_id, str))
        and (one.quantity is ONE_PIECE or is_quantity(one.quantity))
        and (one.unit_price_cents is None or is_cents(one.unit_price_cents))
        and type(one.tax_cents) is int
        and 0 <= one.tax_cents <= MOST_CENTS
        and type(one.delivery_cents) is int
        and 0 <= one.delivery_cents <= MOST_CENTS
        and (one.tags is NOBODY or are_names(one.tags))
        and type(one.tagged) is bool
        and is_id(one.beneficiary)
        and one.source in SOURCES
        and one.payment_method in PAYMENT_METHODS
        and one.rail in RAILS
        and has_right_words(one)
        and type(one.other_payer_covers) is bool
        and type(one.other_payer_denial_on_file) is bool
        and type(one.already_bought) is bool
        and type(one.emergency) is bool
    )


def has_right_words(one: Part) -> bool:
    """Tell whether the notes and quotes of a request may be so."""
    return (
        isinstance(one.memo_to_vendor, str)
        and isinstance(one.quote_reason, str)
        and isinstance(one.sole_source_note, str)
        and type(one.quotes) is int
        and one.quotes >= 0
        and (one.lowest_quote_cents is None or is_cents(one.lowest_quote_cents))
    )


def is_transfer(one: Part) -> bool:
    """Tell whether a move between lines may be so."""
    return (
        is_id(one.from_line)
        and is_id(one.to_line)
        and is_cents(one.amount_cents)
        and one.amount_cents > 0
        and is_id(one.submitted_by)
        and is_cents(one.moved_cents)
        and is_cents_or_none(one.planned_cents)
    )


def is_reserve(one: Part) -> bool:
    """Tell whether a saving may be so."""
    return (
        is_cents(one.amount_cents)
        and one.amount_cents > 0
        and is_id(one.submitted_by)
        and isinstance(one.purpose, str)
        and is_text_or_none(one.goal_id)
    )


def is_pay(one: Part) -> bool:
    """Tell whether what is known at the payment may be so."""
    return (
        is_cents(one.authorized_cents)
        and is_bill(one.bill)
        and isinstance(one.paid_bills, frozenset | set)
        and all(isinstance(vendor, str) and isinstance(number, str) for vendor, number in one.paid_bills)
        and is_cents(one.tolerance_used_cents)
        and isinstance(one.visit_record, Mapping)
        and all(isinstance(name, str) and isinstance(text, str) for name, text in one.visit_record.items())
    )


def is_bill(one: Part) -> bool:
    """Tell whether a bill may be so; one without an amount asks for nothing."""
    return (
        is_text_or_none(one.number)
        and is_day_or_none(one.received_on)
        and is_cents(one.amount_cents)
        and one.amount_cents > 0
        and is_text_or_none(one.business)
        and is_day_or_none(one.billed_on)
        and is_text_or_none(one.description)
    )


def are_approvals(all_of_them: Part) -> bool:
    """Tell whether these are approvals."""
    if all_of_them == ():
        return True
    return isinstance(all_of_them, tuple) and all(
        is_id(one.by) and isinstance(one.role, str) and are_names(one.relatives) and is_text_or_none(one.employer) for one in all_of_them
    )


def is_history(all_of_it: Part) -> bool:
    """Tell whether this is a history; each spend was looked at when it was made."""
    return isinstance(all_of_it, tuple) and (not all_of_it or all(map(_MAY_BE, all_of_it)))
