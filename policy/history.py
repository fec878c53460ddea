"""What was bought before, and its sums over a budget's period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

SpendKind = Literal["posted", "hold"]


@dataclass(frozen=True, slots=True)
class Spend:
    """A purchase of the past as far as it is spent (`posted`) or set aside (`hold`)."""

    category: str
    cents: int
    on: date  # the day of the purchase
    vendor_id: str | None
    kind: SpendKind
    purchase_id: str | None = None  # the posted and the held part of one purchase share it, and count as one


@dataclass(frozen=True, slots=True)
class Totals:
    """The history of the budget's period, summed once."""

    spent_cents: int
    by_category: Mapping[str, int]
    by_vendor: Mapping[str | None, int]


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
