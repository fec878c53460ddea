"""Entries of payments: money leaves for a vendor, arrives, or comes back."""

from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.books.entries.building import build


def disbursement(*, book_id: UUID, attempt_id: UUID, vendor_id: UUID, amount_cents: int, rail: str, on: date) -> ledger.Entry:
    """Record that an attempt to pay a vendor has begun: the money is in transit from here on."""
    return build(book_id, attempt_id, "disbursement", on, (chart.payable(vendor_id), chart.transit(rail), amount_cents, ""))


def settlement(*, book_id: UUID, attempt_id: UUID, amount_cents: int, rail: str, on: date) -> ledger.Entry:
    """Record that the processor paid: what was in transit has left our cash."""
    return build(book_id, attempt_id, "settlement", on, (chart.transit(rail), chart.CASH_PROCESSOR, amount_cents, ""))


def disbursement_returned(*, book_id: UUID, attempt_id: UUID, vendor_id: UUID, amount_cents: int, rail: str, on: date) -> ledger.Entry:
    """Record that an attempt was refused before it settled: the vendor is owed the money as before."""
    return build(book_id, attempt_id, "disbursement_returned", on, (chart.transit(rail), chart.payable(vendor_id), amount_cents, ""))


def settlement_returned(*, book_id: UUID, event_id: UUID, attempt_id: UUID, vendor_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that paid money came back to us (a transfer reversed): owed to the vendor again, not given to the member."""
    transfer = (chart.CASH_PROCESSOR, chart.payable(vendor_id), amount_cents, "")
    return build(book_id, event_id, "settlement_returned", on, transfer, subject=attempt_id)
