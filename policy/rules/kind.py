"""A kind of rule: a question about the facts with typed parameters. The kinds are in code, the limits are in rulebooks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from policy.decision import Finding
from policy.facts import Facts, Stage
from policy.rulebook import Params, Rule

WHOLE: Final = 10_000
"""Basis points of a whole: a share of 0.48 is 4800."""

MAX_CENTS: Final = 10**10
MOST_SHARES: Final = 100

P = TypeVar("P", bound=Params)
Judge = Callable[[Rule[P], Facts], Finding | None]
Closing = Literal["role", "date"]


@dataclass(frozen=True, slots=True)
class Silence:
    """When rules of a kind surely say nothing to a whole question, so that a plan (policy/compiling.py) need not ask them.

    Each claim stands alone: one that holds is enough. To claim too little costs time, to claim too much would lose a finding, so that
    tests/policy/test_compiling.py holds the claims against the judges. A kind without claims is always asked.
    """

    when: Mapping[str, object] = field(default_factory=dict)  # a fact, as `request.emergency`, and the value with which nothing is said
    about: Callable[[Rule[Any]], Collection[str]] | None = None  # the categories a rule is about: to others it says nothing
    tags: Callable[[Rule[Any]], Collection[str]] | None = None  # the tags it is about: to things without them it says nothing
    up_to: Callable[[Rule[Any]], int] | None = None  # the amount in cents up to which it says nothing


@dataclass(frozen=True, slots=True)
class Kind:
    """What a rulebook may name: the judge, the parameters it takes, where it may be asked, which values it gives to the words."""

    name: str
    judge: Judge[Any]
    params: type[Params]
    stages: frozenset[Stage]
    gives: frozenset[str]
    judges_approval: bool  # the judge itself looks at who approved
    closes: Closing | None  # the finding names its own person or date
    silence: Silence


ALWAYS_ASKED: Final = Silence()

KINDS: Final[dict[str, Kind]] = {}
"""Every kind there is, by name; each family of rules adds its own."""


def kind(
    name: str,
    params: type[P],
    *,
    stages: tuple[Stage, ...] = ("authorize",),
    gives: tuple[str, ...] = (),
    judges_approval: bool = False,
    closes: Closing | None = None,
    silence: Silence = ALWAYS_ASKED,
) -> Callable[[Judge[P]], Judge[P]]:
    """Make a judge a kind that rulebooks can name."""

    def register(judge: Judge[P]) -> Judge[P]:
        assert name not in KINDS, f"two kinds are called {name}"
        KINDS[name] = Kind(name, judge, params, frozenset(stages), frozenset(gives), judges_approval, closes, silence)
        return judge

    return register


# ---- types of parameters --------------------------------------------------------------------------


def _basis_points(value: object) -> int:
    """Read 0.48 as 4800: exact, and at most four decimals."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("share", "a share, written as a number like 0.48")
    points = Decimal(value) * WHOLE
    if points != points.to_integral_value() or not 0 <= points <= MOST_SHARES * WHOLE:
        raise PydanticCustomError("share", "a share between 0 and 100 (0.48 is 48 percent), with at most four decimals")
    return int(points)


def _basis_points_of_whole(value: object) -> int:
    """Read a share of something that cannot be more than all of it."""
    points = _basis_points(value)
    if points > WHOLE:
        raise PydanticCustomError("share", "a share between 0 and 1 (0.48 is 48 percent)")
    return points


def _known_category(code: str, info: ValidationInfo) -> str:
    known: Mapping[str, object] = (info.context or {}).get("categories", {})
    if code not in known:
        raise PydanticCustomError("category", "unknown category {name}", {"name": code})
    return code


def _known_rule(rule_id: str, info: ValidationInfo) -> str:
    known: Mapping[str, object] = (info.context or {}).get("rules", {})
    if rule_id not in known:
        raise PydanticCustomError("rule", "unknown rule {name}", {"name": rule_id})
    return rule_id


def _sorted(values: frozenset[str]) -> list[str]:
    return sorted(values)


Cents = Annotated[int, Field(ge=0, le=MAX_CENTS)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Share = Annotated[int, BeforeValidator(_basis_points), WithJsonSchema({"type": "number", "minimum": 0, "maximum": MOST_SHARES})]
ShareOfWhole = Annotated[int, BeforeValidator(_basis_points_of_whole), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]
CategoryCode = Annotated[str, AfterValidator(_known_category)]
RuleId = Annotated[str, AfterValidator(_known_rule)]
Tags = Annotated[frozenset[str], Field(strict=False), PlainSerializer(_sorted)]
Categories = Annotated[frozenset[CategoryCode], Field(strict=False), PlainSerializer(_sorted)]
Names = Annotated[tuple[str, ...], Field(strict=False)]


def floor_share(cents: int, basis_points: int) -> int:
    """Return a share of an amount, rounded down to the cent."""
    return cents * basis_points // WHOLE
