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
from functools import lru_cache
from typing import Final

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
from policy.shapes import (
    Part,
    are_approvals,
    is_budget,
    is_count,
    is_history,
    is_member,
    is_pay,
    is_plan,
    is_request,
    is_reserve,
    is_transfer,
    is_vendor,
)

_NOT_A_LETTER = re.compile(r"[^a-z0-9]")
_UNREADABLE = (ArithmeticError, AttributeError, KeyError, LookupError, TypeError, ValueError)


def impossible(rulebook: Rulebook, facts: Facts, stage: Stage, *, whole: bool) -> tuple[str, ...]:
    """Name the facts that are missing, or that no real question can have; none, when all may be so.

    Only what the stage is judged by is looked at; `whole` is what `is_whole` says of it. Nothing is raised.
    """
    try:
        if whole and not _contradictions(rulebook, facts, stage):
            return ()
    except _UNREADABLE:
        pass
    return tuple(_wrong(rulebook, facts, stage)) or ("facts",)


def is_whole(facts: Part, stage: Stage) -> bool:
    """Tell whether what the stage is judged by is there, and each fact by itself may be so."""
    try:
        return _is_right(facts, stage)
    except _UNREADABLE:
        return False


def _is_right(facts: Part, stage: Stage) -> bool:
    if not (isinstance(facts.as_of, datetime) and are_approvals(facts.approvals) and is_count(facts.emergencies_this_period)):
        return False
    if facts.history != () and not (isinstance(facts.history, tuple) and facts.past.may_be):
        return False
    for name, check, _ in _NEEDED[stage]:
        part = getattr(facts, name)
        may_be = getattr(part, "may_be", None)
        if may_be is None:  # not looked at yet, or no part at all
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
    ("member", is_member, MemberFacts(id="member", status="active", eligible_from=_DAY)),
    ("plan", is_plan, PlanFacts.none()),
    ("budget", is_budget, BudgetFacts(starts_on=date.min, ends_on=date.max, allocated_cents=0, available_cents=0)),
)
_REQUEST: Final[_Known] = (
    "request",
    is_request,
    RequestFacts(category="", amount_cents=1, submitted_by="member", submitted_at=datetime(2026, 1, 1), purchase_date=_DAY),  # noqa: DTZ001
)
_VENDOR: Final[_Known] = ("vendor", is_vendor, VendorFacts(id="vendor", status="active"))
_PAY: Final[_Known] = ("pay", is_pay, PayFacts(authorized_cents=0, bill=BillFacts(amount_cents=1)))
_TRANSFER: Final[_Known] = ("transfer", is_transfer, TransferFacts("from", "to", 1, "member"))
_RESERVE: Final[_Known] = ("reserve", is_reserve, ReserveFacts(1, "member"))
_NEEDED: Final[Mapping[Stage, tuple[_Known, ...]]] = {
    "authorize": (*_ALWAYS, _VENDOR, _REQUEST),
    "pay": (*_ALWAYS, _VENDOR, _REQUEST, _PAY),
    "transfer": (*_ALWAYS, _TRANSFER),
    "reserve": (*_ALWAYS, _RESERVE),
}
_LISTS: Final[tuple[tuple[str, Callable[[Part], bool]], ...]] = (
    ("approvals", are_approvals),
    ("history", is_history),
    ("emergencies_this_period", is_count),
)
