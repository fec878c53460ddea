"""Who has to say yes: thresholds, a second person, nobody in their own cause, a day to think, the emergency lane."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from policy.decision import Finding
from policy.facts import Facts
from policy.rulebook import NoParams, Params, Rule
from policy.rules.kind import Cents, Count, Silence, kind


class ThresholdParams(Params):
    """The amount above which someone has to say yes."""

    over_cents: Cents


class CoolingParams(Params):
    """From which amount on, and how many hours, one waits."""

    over_cents: Cents
    hours: Count


class EmergencyParams(Params):
    """How much, and how often in a period, is done first and judged after."""

    max_cents: Cents
    max_per_period: Count


UP_TO_THE_THRESHOLD: Final = Silence(up_to=lambda rule: rule.params.over_cents)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold rule as others see it."""

    over_cents: int
    approver: str
    is_met: bool  # the approval it asks for is there


@kind("approval_threshold", ThresholdParams, gives=("over_cents", "most_cents"), silence=UP_TO_THE_THRESHOLD)
def approval_threshold(rule: Rule[ThresholdParams], facts: Facts) -> Finding | None:
    """Ask someone before an amount above the threshold."""
    over = rule.params.over_cents
    return rule.finding(over_cents=over, most_cents=over) if facts.asked.amount_cents > over else None


@kind("second_approval", ThresholdParams, gives=("over_cents", "most_cents"), judges_approval=True, silence=UP_TO_THE_THRESHOLD)
def second_approval(rule: Rule[ThresholdParams], facts: Facts) -> Finding | None:
    """Ask a second person: someone of the role other than the broker who approved."""
    over = rule.params.over_cents
    if facts.asked.amount_cents <= over or facts.is_approved_by_another(rule.role):
        return None
    return rule.finding(over_cents=over, most_cents=over)


@kind("independent_approval", NoParams, gives=("by",), judges_approval=True, silence=Silence({"approvals": ()}))
def independent_approval(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Say when the only approval is by someone who asked, is paid, or is related to who is paid."""
    if not facts.approvals or facts.counted_approvals:
        return None
    not_counted = [one.by for one in facts.approvals if not facts.is_independent(one)]
    return rule.finding(by=frozenset(not_counted)) if not_counted else None


@kind("cooling_off", CoolingParams, gives=("over_cents", "hours", "passes_at", "most_cents"), closes="date", silence=UP_TO_THE_THRESHOLD)
def cooling_off(rule: Rule[CoolingParams], facts: Facts) -> Finding | None:
    """Give the member some hours to change their mind about something big."""
    asked, params = facts.asked, rule.params
    if asked.amount_cents <= params.over_cents:
        return None
    passes_at = later(asked.submitted_at, params.hours)
    if facts.as_of >= passes_at or is_emergency_lane_open(rule, facts):
        return None
    return rule.finding(over_cents=params.over_cents, hours=params.hours, passes_at=passes_at, most_cents=params.over_cents)


@kind(
    "emergency_limits", EmergencyParams, gives=("max_cents", "max_per_period", "emergencies"), silence=Silence({"request.emergency": False})
)
def emergency_limits(rule: Rule[EmergencyParams], facts: Facts) -> Finding | None:
    """Hold an emergency that is larger, or one more, than the program's emergency help allows."""
    asked, params = facts.asked, rule.params
    if not asked.emergency:
        return None
    if asked.amount_cents <= params.max_cents and facts.emergencies_this_period < params.max_per_period:
        return None
    return rule.finding(max_cents=params.max_cents, max_per_period=params.max_per_period, emergencies=facts.emergencies_this_period)


def is_emergency_lane_open(rule: Rule[Any], facts: Facts) -> bool:
    """Tell whether this is an emergency within the limits, or one that someone let pass: it waits for no quotes and no day."""
    if not facts.asked.emergency:
        return False
    on = facts.today
    limits = (one for one in rule.siblings.values() if one.rule.kind == "emergency_limits" and one.rule.is_effective(on))
    return all(one.ask(facts) is None for one in limits)


def threshold_of(rule: Rule[Any], rule_id: str, facts: Facts) -> Threshold | None:
    """Return another rule's threshold, or None when the rulebook does not have it in force."""
    bound = rule.siblings.get(rule_id)
    if bound is None or not bound.rule.is_effective(facts.today) or not isinstance(bound.rule.params, ThresholdParams):
        return None
    role = bound.rule.role
    is_met = facts.is_approved_by_another(role) if bound.rule.kind == "second_approval" else facts.is_approved(role)
    return Threshold(bound.rule.params.over_cents, role, is_met)


def later(at: datetime, hours: int) -> datetime:
    """Return the instant some hours on, whatever clocks do meanwhile."""
    if at.tzinfo is None:
        return at + timedelta(hours=hours)
    return (at.astimezone(UTC) + timedelta(hours=hours)).astimezone(at.tzinfo)
