"""Entries at the end: tax that is withheld, money that nobody takes, budgets that lapse."""

from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.books.entries.building import build


def withholding(*, book_id: UUID, attempt_id: UUID, vendor_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Keep back tax of what an attempt pays (backup withholding, 26 U.S.C. 3406): owed to the tax office, not to the vendor."""
    return build(book_id, attempt_id, "withholding", on, (chart.payable(vendor_id), chart.WITHHELD, amount_cents, ""))


def withholding_returned(*, book_id: UUID, attempt_id: UUID, vendor_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Undo what an attempt kept back, because it never left: nothing was paid, so no tax is due."""
    return build(book_id, attempt_id, "withholding_returned", on, (chart.WITHHELD, chart.payable(vendor_id), amount_cents, ""))


def tax_remitted(*, book_id: UUID, remittance_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that withheld tax was paid to the tax office from the bank."""
    return build(book_id, remittance_id, "tax_remitted", on, (chart.WITHHELD, chart.CASH_BANK, amount_cents, ""))


def dormant(*, book_id: UUID, dormancy_id: UUID, payment_id: UUID, vendor_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that nobody took what a payment owes for the time the law gives: unclaimed property, never income."""
    transfer = (chart.payable(vendor_id), chart.UNCLAIMED, amount_cents, "")
    return build(book_id, dormancy_id, "dormant", on, transfer, subject=payment_id)


def dormant_claimed(*, book_id: UUID, dormancy_id: UUID, payment_id: UUID, vendor_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a vendor came for what was unclaimed: it is owed as before."""
    transfer = (chart.UNCLAIMED, chart.payable(vendor_id), amount_cents, "")
    return build(book_id, dormancy_id, "dormant_claimed", on, transfer, subject=payment_id)


def unclaimed_remitted(*, book_id: UUID, remittance_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that unclaimed money was paid to the state, which keeps it for its owner."""
    return build(book_id, remittance_id, "unclaimed_remitted", on, (chart.UNCLAIMED, chart.CASH_BANK, amount_cents, ""))


def lapse(
    *,
    book_id: UUID,
    closing_id: UUID,
    budget_id: UUID,
    source_id: UUID,
    unreleased_cents: int,
    available_cents: int,
    saved_cents: int,
    on: date,
) -> ledger.Entry:
    """Give back to its source what a budget did not use by its end."""
    back = chart.lapsed(source_id)
    return build(
        book_id,
        closing_id,
        "lapse",
        on,
        (chart.unreleased(budget_id), back, unreleased_cents, ""),
        (chart.available(budget_id), back, available_cents, ""),
        (chart.saved(budget_id), back, saved_cents, ""),
        subject=budget_id,
    )


def lapse_returned(*, book_id: UUID, return_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that lapsed money was paid back to its payer from the bank."""
    return build(book_id, return_id, "lapse_returned", on, (chart.lapsed(source_id), chart.CASH_BANK, amount_cents, ""))
