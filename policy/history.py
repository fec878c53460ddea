"""What was bought before, and its sums over a budget's period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, Final, Literal

SpendKind = Literal["posted", "hold"]
KINDS_OF_SPEND: Final = frozenset({"posted", "hold"})
_MAY_BE: Final = attrgetter("may_be")


@dataclass(frozen=True, slots=True)
class Spend:
    """A purchase of the past as far as it is spent (`posted`) or set aside (`hold`)."""

    category: str
    cents: int
    on: date  # the day of the purchase
    vendor_id: str | None
    kind: SpendKind
    purchase_id: str | None = None  # the posted and the held part of one purchase share it, and count as one
    may_be: bool = field(init=False, repr=False, compare=False)  # looked at once: a history is read by many decisions

    def __post_init__(self) -> None:
        object.__setattr__(self, "may_be", _may_be(self))


@dataclass(frozen=True, slots=True)
class Totals:
    """The history of the budget's period, summed once."""

    spent_cents: int
    by_category: Mapping[str, int]
    by_vendor: Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class Past:
    """The history sorted once for the rules that look back at one vendor or one category: each in the order of the history."""

    by_category: Mapping[str, Sequence[Spend]]
    by_vendor: Mapping[str | None, Sequence[Spend]]
    may_be: bool  # each spend may be so at all


def past_of(history: tuple[Spend, ...]) -> Past:
    """Sort a history."""
    by_category: defaultdict[str, list[Spend]] = defaultdict(list)
    by_vendor: defaultdict[str | None, list[Spend]] = defaultdict(list)
    for spend in history:
        by_category[spend.category].append(spend)
        by_vendor[spend.vendor_id].append(spend)
    return Past(dict(by_category), dict(by_vendor), all(map(_MAY_BE, history)))


def totals_of(history: tuple[Spend, ...], starts_on: date, ends_on: date) -> Totals:
    """Sum what lies in a period, both ends included."""
    by_category: defaultdict[str, int] = defaultdict(int)
    by_vendor: defaultdict[str | None, int] = defaultdict(int)
    spent = 0
    for spend in history:
        if starts_on <= spend.on <= ends_on:
            by_category[spend.category] += spend.cents
            by_vendor[spend.vendor_id] += spend.cents
            spent += spend.cents
    return Totals(spent, dict(by_category), dict(by_vendor))


def _may_be(spend: Any) -> bool:  # noqa: ANN401 - it may hold anything
    """Tell whether something of the past may be so: what is given back makes a spend less, never less than nothing."""
    return (
        type(spend.cents) is int
        and spend.cents >= 0
        and isinstance(spend.category, str)
        and type(spend.on) is date
        and (spend.vendor_id is None or isinstance(spend.vendor_id, str))
        and isinstance(spend.kind, str)
        and spend.kind in KINDS_OF_SPEND
        and (spend.purchase_id is None or isinstance(spend.purchase_id, str))
    )
