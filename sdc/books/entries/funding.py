"""Entries of the payers' money: it arrives, it moves between bank and processor."""

from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.books.entries.building import build


def deposit(*, book_id: UUID, deposit_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a payer's money arrived at the bank: it is that source's, and nobody's budget yet."""
    return build(book_id, deposit_id, "deposit", on, (chart.CASH_BANK, chart.funding(source_id), amount_cents, ""))


def top_up(*, book_id: UUID, top_up_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Send money from the bank to the processor: it is on its way."""
    return build(book_id, top_up_id, "top_up", on, (chart.CASH_TOPUP, chart.CASH_BANK, amount_cents, ""))


def top_up_settled(*, book_id: UUID, top_up_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a top-up arrived at the processor."""
    return build(book_id, top_up_id, "top_up_settled", on, (chart.CASH_PROCESSOR, chart.CASH_TOPUP, amount_cents, ""))


def top_up_failed(*, book_id: UUID, top_up_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a top-up never left: the money is at the bank again."""
    return build(book_id, top_up_id, "top_up_failed", on, (chart.CASH_BANK, chart.CASH_TOPUP, amount_cents, ""))


def top_up_reversed(*, book_id: UUID, top_up_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that the bank took a settled top-up back: the processor does not have the money any more, the bank does."""
    return build(book_id, top_up_id, "top_up_reversed", on, (chart.CASH_BANK, chart.CASH_PROCESSOR, amount_cents, ""))
