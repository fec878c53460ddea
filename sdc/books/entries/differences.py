"""Entries of what no rule foresees: differences that wait in suspense, and what processor and bank take for themselves."""

from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.books.entries.building import build


def into_suspense(*, book_id: UUID, difference_id: UUID, difference_cents: int, on: date) -> ledger.Entry:
    """Keep a difference at the processor until a person has explained it.

    `difference_cents` is what the processor has beyond our books: above zero money that nobody accounts for, below zero
    money that is gone. The books agree with the processor from here on.
    """
    return build(book_id, difference_id, "into_suspense", on, _difference(difference_cents))


def out_of_suspense(*, book_id: UUID, difference_id: UUID, difference_cents: int, on: date) -> ledger.Entry:
    """Take a difference out again, once it is explained and what explains it is posted; the amount is that of the way in."""
    return build(book_id, difference_id, "out_of_suspense", on, _difference(-difference_cents))


def administration_funded(*, book_id: UUID, funding_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Set money of a payer aside for fees, so that no member's budget pays them."""
    return build(book_id, funding_id, "administration_funded", on, (chart.funding(source_id), chart.ADMINISTRATION, amount_cents, ""))


def fee(*, book_id: UUID, fee_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record a fee that the processor took: administration pays it, and refuses what it does not have."""
    return build(book_id, fee_id, "fee", on, (chart.ADMINISTRATION, chart.CASH_PROCESSOR, amount_cents, ""))


def _difference(cents: int) -> tuple[str, str, int, str]:
    return (chart.CASH_PROCESSOR, chart.SUSPENSE, cents, "") if cents > 0 else (chart.SUSPENSE, chart.CASH_PROCESSOR, -cents, "")
