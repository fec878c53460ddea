"""A rulebook ready to be asked: its rules in order, their parameters checked, their words split, each bound to what it judges by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Generic, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from policy.decision import FactValue, Finding, Need, Severity
from policy.errors import Problem
from policy.facts import ROLE_RANKS, Facts, Stage
from policy.words import PRINTED_BELOW, CategoryNames, Template, Words, printed_types

Origin = Literal["documented", "adapted", "illustrative"]
Release = Literal["annual", "quarterly", "monthly", "earned"]

ONE_DAY: Final = timedelta(days=1)


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
    places: tuple[tuple[str, frozenset[type]], ...] = field(init=False)  # and the types that are surely printed there

    def __post_init__(self) -> None:
        places = sorted(self.en.places() | self.es.places())
        object.__setattr__(self, "places", tuple((place, printed_types(place)) for place in places))

    def fill(self, values: Mapping[str, Any]) -> Mapping[str, str]:
        """Return both texts with the numbers filled in: put together when read, but what could not be printed is refused here."""
        for place, types in self.places:
            value = values[place]
            if type(value) not in types or (type(value) is int and not -PRINTED_BELOW < value < PRINTED_BELOW):
                return {"en": self.en.fill(values, self.categories), "es": self.es.fill(values, self.categories)}
        return Words((self.en, self.es), values, self.categories)


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
    categories: Mapping[str, Category] = field(repr=False)
    siblings: Mapping[str, Bound] = field(repr=False)  # the rules beside it, by id: some kinds ask them
    gives: frozenset[str] = field(default_factory=frozenset)
    applies_to_waiting: bool = False  # a newer version asks it of what an older one judged and still waits or is billed

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
        facts = {
            name: value if type(value) is int and -PRINTED_BELOW < value < PRINTED_BELOW else plain(value) for name, value in values.items()
        }
        return Finding(self.id, self.kind, self.severity, self.message.fill(values), self.provenance.source, facts)

    def need(self, finding: Finding) -> Need:
        """Say who or what closes the finding: an event, an instant the finding names, or a person."""
        if self.closed_by_event is not None:
            return Need(self.id, {"event": self.closed_by_event})
        passes_at = finding.facts.get("passes_at")
        if passes_at is not None:
            return Need(self.id, {"date": str(passes_at)})
        return Need(self.id, {"role": str(finding.facts.get("approver") or self.role)})


Judge = Callable[[Rule[Any], Facts], Finding | None]
"""What a kind does with a rule of its own: say a finding, or nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A rule with the judge that is asked about it."""

    rule: Rule[Any]
    judge: Judge
    silencing_rank: int | None  # of the role whose yes silences it

    @classmethod
    def of(cls, rule: Rule[Any], judge: Judge, *, judges_approval: bool) -> Bound:
        """Bind a rule; one that names an approver is silent once they said yes, unless its judge looks at approvals itself."""
        is_silenced = rule.approver is not None and not judges_approval
        return cls(rule, judge, ROLE_RANKS[rule.role] if is_silenced else None)

    def ask(self, facts: Facts) -> Finding | None:
        """Return what the rule says to the facts, or None when it has nothing to say."""
        if self.silencing_rank is not None and facts.approved_rank >= self.silencing_rank:
            return None
        return self.judge(self.rule, facts)


@dataclass(frozen=True, slots=True)
class Writing:
    """How a rulebook is written, for those who look it over; nothing is decided by it."""

    source: str = ""  # the file of the rulebook itself
    places: Mapping[str, tuple[str, int | None]] = field(default_factory=dict)  # of a rule or a category: the file and the line
    own_rules: frozenset[str] = frozenset()  # written or changed by the rulebook itself, not only inherited
    own_categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()  # that its rules may name
    remarks: tuple[Problem, ...] = ()  # seen while its files were laid over one another


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
    is_abstract: bool = False  # only for others to inherit from: no program decides by it
    period: tuple[date, date] | None = None  # of the budget, first and last day
    rollover: str = ""  # what becomes of money that is left
    with_rules_of: int | None = None  # the newer version whose rules are asked beside its own
    writing: Writing = field(default_factory=Writing)
    turning_days: tuple[date, ...] = field(init=False)  # the days from which other rules are in force than the day before
    plans: dict[tuple[Stage, int], Any] = field(init=False, default_factory=dict)  # kept and filled by policy/compiling.py

    def __post_init__(self) -> None:
        rules = [one.rule for one in self.rules.values()]
        days = {rule.effective_from for rule in rules if rule.effective_from}
        days |= {rule.effective_to + ONE_DAY for rule in rules if rule.effective_to and rule.effective_to < date.max}
        object.__setattr__(self, "turning_days", tuple(sorted(days)))

    def __repr__(self) -> str:
        return f"<rulebook {self.name}, version {self.version}, {len(self.rules)} rules>"

    def at(self, stage: Stage, on: date) -> tuple[Bound, ...]:
        """Return the rules in force at a stage on a day, in order."""
        return tuple(one for one in self.by_stage[stage] if one.rule.is_effective(on))

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
        str(value)  # a number that is too long to be written is refused here
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
