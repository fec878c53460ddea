"""Entries of what a payer takes back, because a member turned out not to have been eligible for what was spent.

Vendors keep what they were paid and the member owes nothing: we owe the payer, and somebody owes us as much (another payer that
should have paid, the payer itself when it was wrong).
"""

from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.books.entries.building import build


def take_back(*, book_id: UUID, take_back_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a payer takes back what was spent: owed to it, and owed to us; what a budget holds stays as it is."""
    return build(book_id, take_back_id, "take_back", on, (chart.RECOVERABLE_PAYER, chart.PAYER_DUE, amount_cents, ""))


def take_back_paid(*, book_id: UUID, move_id: UUID, take_back_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that what a payer takes back was paid to it from the bank."""
    transfer = (chart.PAYER_DUE, chart.CASH_BANK, amount_cents, "")
    return build(book_id, move_id, "take_back_paid", on, transfer, subject=take_back_id)


def take_back_recovered(*, book_id: UUID, move_id: UUID, take_back_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that what a payer took back came again to the bank, from whoever has to bear it."""
    transfer = (chart.CASH_BANK, chart.RECOVERABLE_PAYER, amount_cents, "")
    return build(book_id, move_id, "take_back_recovered", on, transfer, subject=take_back_id)
