"""What a search may choose from beside the facts: other vendors, money still to come, what was moved between lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from policy.facts import NOBODY, BudgetFacts, VendorFacts
from policy.rulebook import Release as Rhythm
from policy.rulebook import Rulebook

PARTS_A_YEAR: Final[Mapping[Rhythm, int]] = {"annual": 1, "quarterly": 4, "monthly": 12, "earned": 1}
MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a vendor of the directory sells, and all that the rules ask of its vendor."""

    vendor: VendorFacts
    category: str
    offering_id: str | None = None
    unit_price_cents: int | None = None  # None: the price that was asked
    tags: frozenset[str] = NOBODY
    name: str = ""  # how the member knows the vendor


@dataclass(frozen=True, slots=True)
class Release:
    """Money of the budget that opens on a day to come."""

    on: date
    cents: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be suggested. Left out, nothing is known of it: no other vendor, nothing moved yet, releases as the rulebook has them."""

    candidates: tuple[Candidate, ...] = ()
    releases: tuple[Release, ...] | None = None  # in order; None: as the rulebook releases
    moved_cents: Mapping[str, int] = field(default_factory=dict)  # already moved out of each line this period
    planned_cents: Mapping[str, int] = field(default_factory=dict)  # each line as the plan was signed, where moves have changed it
    least_unit_price_cents: int = 1  # for how much the vendor sells it: no suggestion goes below
    may_move: bool = True  # whether money can be moved between lines of this plan
    may_add_lines: bool = False  # whether a move can also open a line that the plan does not have: mostly that takes a new plan
    may_use_payroll: bool = True  # whether a request can be paid by payroll here


def releases_to_come(rulebook: Rulebook, budget: BudgetFacts, today: date) -> tuple[Release, ...]:
    """Return what the rulebook's rhythm still opens: each part rounded down in total, on the first day of its month."""
    parts = PARTS_A_YEAR[rulebook.release]
    found = []
    for number in range(1, parts):
        months = budget.starts_on.month - 1 + number * MONTHS_A_YEAR // parts
        on = date(budget.starts_on.year + months // MONTHS_A_YEAR, months % MONTHS_A_YEAR + 1, 1)
        cents = budget.allocated_cents * (number + 1) // parts - budget.allocated_cents * number // parts
        if today < on <= budget.ends_on:
            found.append(Release(on, cents))
    return tuple(found)
