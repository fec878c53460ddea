"""Limits that contradict one another, rules that can never speak, and dates that leave a gap or overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal

from policy.errors import Problem
from policy.facts import ROLE_RANKS
from policy.rulebook import ONE_DAY, Rule, Rulebook
from policy.rules.approval import CoolingParams, EmergencyParams, ThresholdParams
from policy.rules.budget import CapParams
from policy.rules.frequency import FrequencyParams, SplitParams
from policy.rules.price import CeilingParams, QuoteParams
from policy.rules.prohibited import CategoryParams, ReimbursementParams, TagParams

Tell = Callable[..., Problem]
"""Points at where a rule is written: see policy/checking.py."""

ALWAYS: Final = (date.min, date.max)


def contradictions(rulebook: Rulebook, tell: Tell) -> Iterator[Problem]:
    """Go through what does not fit together."""
    rules = [bound.rule for bound in rulebook.rules.values()]
    yield from _thresholds(rulebook, rules, tell)
    yield from _asked_twice(rulebook, rules, tell)
    yield from _limits(rulebook, rules, tell)
    yield from _release(rulebook, rules, tell)
    yield from _refused_and_limited(rulebook, rules, tell)
    for rule in rules:
        for problem, expected, severity in _alone(rule):
            if severity == "error" or (rule.id in rulebook.writing.own_rules and not rulebook.is_abstract):
                yield tell(rulebook, rule.id, problem, expected, severity=severity)
    yield from _dates(rulebook, rules, tell)


# ---- limits ---------------------------------------------------------------------------------------


def _thresholds(rulebook: Rulebook, rules: list[Rule[Any]], tell: Tell) -> Iterator[Problem]:
    """Find a higher person who is asked for less than a lower one is, and splitting that guards no threshold."""
    asking = [rule for rule in rules if isinstance(rule.params, ThresholdParams) and rule.approver is not None]
    for higher in asking:
        for lower in asking:
            if (
                ROLE_RANKS[lower.role] < ROLE_RANKS[higher.role]
                and higher.params.over_cents < lower.params.over_cents
                and _meet(higher, lower)
            ):
                problem = (
                    f"{higher.id} asks the {higher.role} above {higher.params.over_cents} cents, "
                    f"but {lower.id} asks the {lower.role} only above {lower.params.over_cents}"
                )
                yield tell(rulebook, higher.id, problem, f"over_cents of {lower.params.over_cents} or more")
    for rule in rules:
        if isinstance(rule.params, SplitParams):
            for name in rule.params.thresholds:
                if name not in {one.id for one in asking}:
                    yield tell(rulebook, rule.id, f"{rule.id} guards {name}, which is no threshold in force", "rules with over_cents")


def _asked_twice(rulebook: Rulebook, rules: list[Rule[Any]], tell: Tell) -> Iterator[Problem]:
    """Find two rules of a kind that ask the same person above different amounts."""
    asking = [rule for rule in rules if isinstance(rule.params, ThresholdParams) and rule.approver is not None]
    for number, one in enumerate(asking):
        for other in asking[number + 1 :]:
            if (one.kind, one.role) == (other.kind, other.role) and _meet(one, other):
                problem = f"{one.id} and {other.id} both ask the {one.role}: the higher amount never matters"
                yield tell(rulebook, other.id, problem, "one of the two", severity="warning")


def _limits(rulebook: Rulebook, rules: list[Rule[Any]], tell: Tell) -> Iterator[Problem]:
    """Find a price for one that is above what the whole year may cost, and limits of which one never matters."""
    caps = [rule for rule in rules if isinstance(rule.params, CapParams)]
    for ceiling in (rule for rule in rules if isinstance(rule.params, CeilingParams)):
        for code, cents in ceiling.params.ceilings.items():
            for cap in caps:
                most = cap.params.caps.get(code)
                if most is not None and cents > most and _meet(ceiling, cap):
                    problem = f"{ceiling.id} lets one {code} cost {cents} cents, but {cap.id} allows {most} a year"
                    yield tell(rulebook, ceiling.id, problem, f"a price of {most} or less")
    for number, one in enumerate(caps):
        for other in caps[number + 1 :]:
            for code in sorted(one.params.caps.keys() & other.params.caps.keys()):
                if _meet(one, other):
                    yield tell(rulebook, other.id, f"{one.id} and {other.id} both cap {code}", "one cap at a time", severity="warning")


def _release(rulebook: Rulebook, rules: list[Rule[Any]], tell: Tell) -> Iterator[Problem]:
    """Find money that is earned without a rule that counts it, and the other way round."""
    earning = [rule.id for rule in rules if rule.kind == "earned_funds"]
    if rulebook.is_abstract:
        return
    if rulebook.release == "earned" and not earning:
        yield tell(rulebook, "", "budget.release is earned, but no rule counts what is earned", "a rule of kind earned_funds")
    if rulebook.release != "earned":
        for rule_id in earning:
            problem = f"{rule_id} counts what is earned, but budget.release is {rulebook.release}"
            yield tell(rulebook, rule_id, problem, f"release: earned, or {rule_id} under disabled")


def _refused_and_limited(rulebook: Rulebook, rules: list[Rule[Any]], tell: Tell) -> Iterator[Problem]:
    """Find categories that a rulebook of its own words both refuses and limits."""
    own = [rule for rule in rules if rule.id in rulebook.writing.own_rules]
    for refusing in (rule for rule in own if isinstance(rule.params, CategoryParams) and rule.severity == "deny"):
        for rule in own:
            for code in sorted(_subjects(rule) & refusing.params.categories):
                if rule is not refusing and "authorize" in rule.stages:
                    problem = f"{refusing.id} refuses {code}, and {rule.id} sets something for it"
                    yield tell(rulebook, rule.id, problem, "one of the two", severity="warning")


Odd = Iterator[tuple[str, str, Literal["error", "warning"]]]
"""What is odd in one rule: the problem, what was expected, and how bad it is."""


def _alone(rule: Rule[Any]) -> Odd:
    """Find what is odd in one rule."""
    params = rule.params
    if isinstance(params, ReimbursementParams):
        yield from _odd_reimbursement(rule.id, params)
    if isinstance(params, EmergencyParams) and (params.max_per_period == 0) != (params.max_cents == 0):
        problem = f"{rule.id} allows {params.max_per_period} emergencies of {params.max_cents} cents: it holds every one"
        yield problem, "both above 0, or both 0", "warning"
    if isinstance(params, FrequencyParams):
        for code, limit in params.limits.items():
            if limit.window_months == 0:
                yield f"{rule.id} counts {code} in a window of 0 months: it never speaks", "window_months of 1 or more", "error"
    for kind, name in ((SplitParams, "window_days"), (CoolingParams, "hours"), (QuoteParams, "quotes")):
        if isinstance(params, kind) and getattr(params, name) == 0:
            yield f"{rule.id} has {name} 0: it never speaks", f"{name} of 1 or more", "error"
    if isinstance(params, TagParams | CategoryParams | CapParams | CeilingParams | FrequencyParams) and not _subjects(rule):
        yield f"{rule.id} names nothing: it never speaks", "what it is about, or the rule under disabled", "warning"


def _odd_reimbursement(rule_id: str, params: ReimbursementParams) -> Odd:
    if params.reimbursement_allowed and params.reimbursement_max_cents == 0:
        yield f"{rule_id} allows to pay a member back, up to 0 cents", "reimbursement_max_cents above 0, or not allowed", "error"
    if not params.reimbursement_allowed and params.reimbursement_max_cents > 0:
        problem = f"{rule_id} pays no member back, and has a limit of {params.reimbursement_max_cents} cents for it"
        yield problem, "reimbursement_allowed: true, or a limit of 0", "error"


# ---- dates ----------------------------------------------------------------------------------------


def _dates(rulebook: Rulebook, rules: list[Rule[Any]], tell: Tell) -> Iterator[Problem]:
    """Find rules that follow one another with a gap or an overlap, and rules that are over before the budget's year begins."""
    alike: defaultdict[tuple[object, ...], list[Rule[Any]]] = defaultdict(list)
    for rule in rules:
        alike[rule.kind, rule.stages, rule.severity, rule.approver].append(rule)
        if rulebook.period is not None and not _touch(_span(rule), rulebook.period):
            starts_on, ends_on = rulebook.period
            problem = f"{rule.id} is never in force from {starts_on} to {ends_on}, the budget's year"
            yield tell(rulebook, rule.id, problem, "dates within it", severity="warning")
    for group in alike.values():
        dated = sorted((rule for rule in group if _span(rule) != ALWAYS), key=_span)
        for rule in dated:
            followers = [other for other in group if other is not rule and _about_the_same(rule, other) and _span(other) > _span(rule)]
            follower = min(followers, key=_span, default=None)
            if follower is None:
                others = [other for other in group if other is not rule and _about_the_same(rule, other)]
                if rule.effective_to is not None and not any(_touch(_span(other), (rule.effective_to, date.max)) for other in others):
                    problem = f"{rule.id} ends on {rule.effective_to}, and nothing of its kind follows"
                    yield tell(rulebook, rule.id, problem, "a rule that follows, or no end", severity="warning")
                continue
            yield from _between(rulebook, rule, follower, tell)


def _between(rulebook: Rulebook, rule: Rule[Any], follower: Rule[Any], tell: Tell) -> Iterator[Problem]:
    """Tell the days between a rule and the one that follows it, or those that they share."""
    ends_on, starts_on = rule.effective_to, follower.effective_from
    if starts_on is None or (ends_on is not None and ends_on < starts_on - ONE_DAY):
        if starts_on is not None and ends_on is not None:
            gap = f"from {ends_on + ONE_DAY} to {starts_on - ONE_DAY}"
            yield tell(rulebook, follower.id, f"no rule of this kind is in force {gap}: {rule.id} ended", f"it from {ends_on + ONE_DAY}")
        return
    if ends_on is None or ends_on >= starts_on:
        problem = f"{rule.id} and {follower.id} are both in force from {starts_on}" + (f" to {ends_on}" if ends_on else "")
        yield tell(rulebook, follower.id, problem, "dates that do not overlap")


def _span(rule: Rule[Any]) -> tuple[date, date]:
    return rule.effective_from or date.min, rule.effective_to or date.max


def _touch(one: tuple[date, date], other: tuple[date, date]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _meet(one: Rule[Any], other: Rule[Any]) -> bool:
    """Tell whether two rules are asked together on some day."""
    return bool(set(one.stages) & set(other.stages)) and _touch(_span(one), _span(other))


def _about_the_same(one: Rule[Any], other: Rule[Any]) -> bool:
    """Tell whether two rules of a kind are about the same things, or one of them about everything."""
    mine, theirs = _subjects(one), _subjects(other)
    return not mine or not theirs or bool(mine & theirs)


def _subjects(rule: Rule[Any]) -> frozenset[str]:
    """Return the categories or tags that a rule is about; none for one that is about everything."""
    found: set[str] = set()
    for value in dict(rule.params).values():
        if isinstance(value, Mapping):
            found |= {str(key) for key in value}
        elif isinstance(value, frozenset):
            found |= {str(one) for one in value}
    return frozenset(found)
