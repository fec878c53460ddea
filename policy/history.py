"""What was bought before, and its sums over a budget's period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from types import MappingProxyType
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


NO_PAST: Final = Past(MappingProxyType({}), MappingProxyType({}), may_be=True)
NO_TOTALS: Final = Totals(0, MappingProxyType({}), MappingProxyType({}))


def past_of(history: tuple[Spend, ...]) -> Past:
    """Sort a history."""
    if history == ():
        return NO_PAST
    by_category: dict[str, list[Spend]] = {}
    by_vendor: dict[str | None, list[Spend]] = {}
    for spend in history:
        by_category.setdefault(spend.category, []).append(spend)
        by_vendor.setdefault(spend.vendor_id, []).append(spend)
    return Past(by_category, by_vendor, all(map(_MAY_BE, history)))


def totals_of(history: tuple[Spend, ...], starts_on: date, ends_on: date) -> Totals:
    """Sum what lies in a period, both ends included."""
    if history == ():
        return NO_TOTALS
    by_category: dict[str, int] = {}
    by_vendor: dict[str | None, int] = {}
    spent = 0
    for spend in history:
        if starts_on <= spend.on <= ends_on:
            category, vendor_id, cents = spend.category, spend.vendor_id, spend.cents
            by_category[category] = by_category.get(category, 0) + cents
            by_vendor[vendor_id] = by_vendor.get(vendor_id, 0) + cents
            spent += cents
    return Totals(spent, by_category, by_vendor)


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
