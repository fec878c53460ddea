"""What a search for a yes answers: remedies for each finding, one request that passes them all, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from policy.decision import Decision
from policy.facts import Facts

Plain = int | str | bool | None | tuple[str, ...]
Why = Literal["none_exists", "search_spent"]
StepKind = Literal[
    "amount", "quantity", "price", "goal", "date", "wait", "move_line", "other_line", "ask_approver", "ask_review", "add_document",
    "add_note", "edit_memo", "other_vendor", "pay_vendor", "payroll", "set_up_payout",
]  # fmt: skip

REQUEST_FIELDS: Final = (
    "goal_id", "purchase_date", "service_to", "quantity", "unit_price_cents", "tax_cents", "amount_cents", "payment_method", "rail",
    "memo_to_vendor", "other_payer_denial_on_file", "tags",
)  # fmt: skip
PRIVATE_FIELDS: Final = frozenset({"memo_to_vendor"})
"""What somebody wrote in their own words is not repeated in a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that is sent otherwise; `after` is what to send (a date or a quantity as text, None to leave it out)."""

    field: str
    before: Plain
    after: Plain

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON."""
        return {"field": self.field, "before": _open(self.before), "after": _open(self.after)}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: its kind, what a program needs to do it, and the words for the person who does it.

    `details` hold, by kind: `amount`: most_cents; `quantity`: quantity, most_cents; `price`: unit_price_cents; `goal`: goal_id; `date`:
    purchase_on, service_on, and whether one may come `later` or `sooner`; `wait`: until (an instant), or on (a day on which to ask
    again); `move_line`: from_category, to_category, amount_cents; `other_line`: from_category; `ask_approver`: role; `add_document`:
    document, and how many or what is missing; `add_note`: field; `edit_memo`: words; `other_vendor`: vendor_id, offering_id, name,
    unit_price_cents.
    """

    kind: StepKind
    message: Mapping[str, str]  # en, es
    details: Mapping[str, Plain] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON."""
        return {
            "kind": self.kind,
            "message": dict(self.message),
            "details": {name: _open(value) for name, value in self.details.items()},
        }


@dataclass(frozen=True, slots=True)
class Remedy:
    """What lets one finding pass, all else as it was: no other rule speaks that did not speak before (a denial may become a need)."""

    rule: str  # the rule whose finding it ends
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]  # empty when nothing is sent otherwise: a person is asked, a paper is added, a date is waited for
    facts: Facts  # the question as it would be then
    decision: Decision  # what the evaluator says to it

    @property
    def kind(self) -> StepKind:
        """The kind of what is done first."""
        return self.steps[0].kind

    @property
    def message(self) -> dict[str, str]:
        """What to do, in both languages."""
        return {language: " ".join(step.message[language] for step in self.steps) for language in ("en", "es")}

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON, without the facts."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "steps": [step.to_data() for step in self.steps],
            "changes": [change.to_data() for change in self.changes],
            "outcome": self.decision.outcome,
            "needs": _needs(self.decision),
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One request that passes every rule that stood in the way, and how what then stays open is closed."""

    steps: tuple[Step, ...]  # what the one who asks does, before or while they send it
    changes: tuple[Change, ...]
    facts: Facts  # the question as it would be then
    decision: Decision  # what the evaluator says to it: never a denial
    then: tuple[Step, ...]  # what closes its needs, in the order of the rules
    final_facts: Facts  # the question once they are closed
    final: Decision  # what the evaluator says to that
    message: Mapping[str, str]

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON, without the facts."""
        return {
            "rule": None,
            "kind": "request",
            "steps": [step.to_data() for step in self.steps],
            "changes": [change.to_data() for change in self.changes],
            "outcome": self.decision.outcome,
            "needs": _needs(self.decision),
            "then": [step.to_data() for step in self.then],
            "ends_in": self.final.outcome,
            "message": dict(self.message),
        }


@dataclass(frozen=True, slots=True)
class NoRequest:
    """No request was found that passes: there is none in what may be changed, or the search was spent before it ended."""

    why: Why
    message: Mapping[str, str]

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON."""
        return {"rule": None, "kind": "no_request", "why": self.why, "message": dict(self.message)}


@dataclass(frozen=True, slots=True)
class WayToYes:
    """The answer of `suggest`. Where the request was approved there is nothing to say: no remedies, and `request` is None."""

    remedies: tuple[Remedy, ...]  # in the order of the findings, the best of each first
    request: Suggestion | NoRequest | None
    evaluations: int  # how often the evaluator was asked

    @property
    def suggestion(self) -> Suggestion | None:
        """The request that passes them all, if there is one."""
        return self.request if isinstance(self.request, Suggestion) else None

    def of(self, rule: str) -> tuple[Remedy, ...]:
        """Return the remedies of one rule's finding."""
        return tuple(one for one in self.remedies if one.rule == rule)

    def to_data(self) -> list[dict[str, Any]]:
        """Return plain data, fit for JSON: first the request that passes them all (or why there is none), then the remedies."""
        first = [] if self.request is None else [self.request.to_data()]
        return [*first, *(one.to_data() for one in self.remedies)]


def changes_between(before: Facts, after: Facts, offering_id: str | None = None) -> tuple[Change, ...]:
    """List what is sent otherwise, by the names of the facts; of words that somebody wrote only that they go."""
    return tuple(_changes(before, after, offering_id))


def _changes(before: Facts, after: Facts, offering_id: str | None) -> Iterator[Change]:
    if before.vendor is not None and after.vendor is not None and before.vendor.id != after.vendor.id:
        yield Change("vendor_id", before.vendor.id, after.vendor.id)
    if offering_id is not None:
        yield Change("offering_id", None, offering_id)
    for name in REQUEST_FIELDS if before.request is not None and after.request is not None else ():
        old, new = getattr(before.request, name), getattr(after.request, name)
        if name == "unit_price_cents":
            old = before.asked.unit_price
            new = after.asked.unit_price if new is None else new
        if old == new or (name == "tags" and offering_id is not None):
            continue
        yield Change(name, None, None) if name in PRIVATE_FIELDS else Change(name, _plain(old), _plain(new))
    for part, names in (("transfer", ("from_line", "amount_cents")), ("reserve", ("goal_id", "amount_cents"))):
        old_part, new_part = getattr(before, part), getattr(after, part)
        for name in names if old_part is not None else ():
            old, new = getattr(old_part, name), getattr(new_part, name)
            if old != new:
                yield Change(name, _plain(old), _plain(new))
    old_bill, new_bill = (None if one.pay is None else one.pay.bill for one in (before, after))
    if old_bill is not None and new_bill is not None and old_bill.amount_cents != new_bill.amount_cents:
        yield Change("amount_cents", old_bill.amount_cents, new_bill.amount_cents)


def _plain(value: Any) -> Plain:  # noqa: ANN401 - a date, a quantity, cents, a set of tags
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    return value.isoformat() if hasattr(value, "isoformat") else f"{value.normalize():f}"


def _open(value: Plain) -> Any:  # noqa: ANN401 - what JSON holds
    return list(value) if isinstance(value, tuple) else value


def _needs(decision: Decision) -> list[dict[str, Any]]:
    return [{"rule": need.rule, "closed_by": dict(need.closed_by)} for need in decision.needs]
