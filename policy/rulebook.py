"""A rulebook ready to be asked: its rules in order, their parameters checked, their words split, each bound to what it judges by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Generic, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from policy.decision import FactValue, Finding, Need, Severity
from policy.facts import Facts, Stage
from policy.words import CategoryNames, Template

Origin = Literal["documented", "adapted", "illustrative"]
Release = Literal["annual", "quarterly", "monthly", "earned"]


class Params(BaseModel):
    """The parameters of a kind of rule: exact types, no unknown names, unchangeable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NoParams(Params):
    """A kind that has nothing to set."""


P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of thing to buy: its group and the domains of the goals it naturally serves."""

    code: str
    group: str
    domains: frozenset[str]  # "any": every domain

    def serves(self, domain: str) -> bool:
        """Tell whether a goal of this domain is an ordinary reason to buy it."""
        return domain in self.domains or "any" in self.domains


@dataclass(frozen=True, slots=True)
class Message:
    """A rule's words in both languages."""

    en: Template
    es: Template
    categories: CategoryNames

    def fill(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return both texts with the numbers filled in."""
        return {"en": self.en.fill(values, self.categories), "es": self.es.fill(values, self.categories)}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a rule comes from, and where its program's numbers come from when they differ."""

    origin: Origin
    source: str
    parameters_origin: Origin | None = None
    parameters_source: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rule(Generic[P]):
    """One rule of one rulebook, as its kind sees it."""

    id: str
    kind: str
    severity: Severity
    stages: tuple[Stage, ...]
    params: P
    message: Message
    provenance: Provenance
    approver: str | None  # whose yes closes it (or that of someone higher)
    closed_by_event: str | None
    effective_from: date | None
    effective_to: date | None
    categories: Mapping[str, Category]
    siblings: Mapping[str, Bound]  # the rules beside it, by id: some kinds ask them
    gives: frozenset[str] = field(default_factory=frozenset)

    @property
    def role(self) -> str:
        """Whose yes closes it, for a kind that cannot do without."""
        if self.approver is None:  # loading has refused such a rule
            raise LookupError(self.id)
        return self.approver

    def category(self, code: str) -> Category:
        """Return a category of the rulebook (KeyError, hence a person, for one it does not know)."""
        return self.categories[code]

    def is_effective(self, on: date) -> bool:
        """Tell whether the rule is in force on a day, both ends included."""
        return not ((self.effective_from and on < self.effective_from) or (self.effective_to and on > self.effective_to))

    def finding(self, **values: Any) -> Finding:  # noqa: ANN401 - dates, cents, counts, names
        """Say that the rule speaks, with the values it used."""
        return Finding(
            rule=self.id,
            kind=self.kind,
            severity=self.severity,
            message=self.message.fill(values),
            citation=self.provenance.source,
            facts={name: plain(value) for name, value in values.items()},
        )

    def need(self, finding: Finding) -> Need:
        """Say who or what closes the finding: an event, an instant the finding names, or a person."""
        if self.closed_by_event is not None:
            return Need(self.id, {"event": self.closed_by_event})
        passes_at = finding.facts.get("passes_at")
        if passes_at is not None:
            return Need(self.id, {"date": str(passes_at)})
        return Need(self.id, {"role": str(finding.facts.get("approver") or self.role)})


Ask = Callable[[Facts], Finding | None]
"""A rule bound to its parameters."""


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A rule with the call that asks it."""

    rule: Rule[Any]
    ask: Ask


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """What a program decides by. It never changes: a change is another version."""

    name: str
    version: int
    hash: str
    title: str
    release: Release
    categories: Mapping[str, Category]
    category_names: CategoryNames
    rules: Mapping[str, Bound]  # in the order they are asked and told
    by_stage: Mapping[Stage, tuple[Bound, ...]]
    is_dated: bool  # some rule has effective dates

    def at(self, stage: Stage, on: date) -> tuple[Bound, ...]:
        """Return the rules in force at a stage on a day, in order."""
        bound = self.by_stage[stage]
        return bound if not self.is_dated else tuple(one for one in bound if one.rule.is_effective(on))

    def rule(self, rule_id: str) -> Rule[Any] | None:
        """Return a rule, or None when this rulebook does not have it."""
        bound = self.rules.get(rule_id)
        return None if bound is None else bound.rule

    def parameter(self, rule_id: str, name: str) -> Any:  # noqa: ANN401 - as the kind types it
        """Return one parameter of a rule, or None when this rulebook does not have the rule."""
        rule = self.rule(rule_id)
        return None if rule is None else getattr(rule.params, name)


def plain(value: Any) -> FactValue:  # noqa: ANN401 - see Rule.finding
    """Return a value as a finding keeps it: numbers and booleans as they are, the rest as text."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return tuple(sorted(cast("frozenset[str]", value)))
    if isinstance(value, tuple | list):
        return tuple(str(one) for one in value)
    return str(value)


def instant_text(at: datetime) -> str:
    """Return an instant as text: in UTC, when its time zone is known."""
    return at.isoformat() if at.tzinfo is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
