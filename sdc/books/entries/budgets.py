"""Entries of budgets: allocated, released, earned, saved."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.books.entries.building import build
from sdc.ids import derived_id


def allocation(
    *, book_id: UUID, budget_id: UUID, source_id: UUID, amount_cents: int, on: date, lines: Sequence[tuple[str, int]] = ()
) -> ledger.Entry:
    """Give a member a budget from a funding source; nothing of it can be spent until it is released.

    `lines`, where there are any, are the categories it is meant for with the cents of each: a transfer a line, together the amount.
    """
    shares = lines or [("", amount_cents)]
    transfers = [(chart.funding(source_id), chart.unreleased(budget_id), cents, tag) for tag, cents in shares]
    return build(book_id, budget_id, "allocation", on, *transfers)


def release(*, book_id: UUID, budget_id: UUID, period: int, amount_cents: int, on: date) -> ledger.Entry:
    """Release one period's share of a budget; the id derives from the budget and the period's number."""
    row = derived_id(budget_id, f"period {period}")
    return build(
        book_id, row, "release", on, (chart.unreleased(budget_id), chart.available(budget_id), amount_cents, ""), subject=budget_id
    )


def earned(*, book_id: UUID, close_id: UUID, budget_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Allocate what a closed month has earned, and release it at once; a correction that finds more adds the rest."""
    return build(
        book_id,
        close_id,
        "earned",
        on,
        (chart.funding(source_id), chart.unreleased(budget_id), amount_cents, ""),
        (chart.unreleased(budget_id), chart.available(budget_id), amount_cents, ""),
    )


def budget_cut(*, book_id: UUID, close_id: UUID, budget_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Take back what a closed month had not earned after all, as a correction found: from what is available, never below it."""
    return build(book_id, close_id, "budget_cut", on, (chart.available(budget_id), chart.funding(source_id), amount_cents, ""))


def saving(*, book_id: UUID, saving_id: UUID, budget_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Put money of a budget aside for something bigger: only a purchase from savings can take it, or the member takes it back."""
    return build(book_id, saving_id, "saving", on, (chart.available(budget_id), chart.saved(budget_id), amount_cents, ""))


def saving_undone(*, book_id: UUID, release_id: UUID, budget_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Make saved money available again, because the member wants it for something else."""
    return build(book_id, release_id, "saving_undone", on, (chart.saved(budget_id), chart.available(budget_id), amount_cents, ""))
