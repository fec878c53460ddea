"""Entries of purchases: money is set aside, added to, given back, owed to a vendor."""

from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.books.entries.building import build
from sdc.ids import derived_id


def encumbrance(
    *, book_id: UUID, authorization_id: UUID, budget_id: UUID, category: str, amount_cents: int, on: date, from_saved: bool = False
) -> ledger.Entry:
    """Set money aside when a purchase is approved: it is promised, not yet owed."""
    origin = chart.saved(budget_id) if from_saved else chart.available(budget_id)
    return build(book_id, authorization_id, "encumbrance", on, (origin, chart.encumbered(budget_id), amount_cents, category))


def encumbrance_extended(
    *, book_id: UUID, approval_id: UUID, authorization_id: UUID, budget_id: UUID, category: str, amount_cents: int, on: date
) -> ledger.Entry:
    """Set more aside, because a person approved a bill above what was authorised."""
    transfer = (chart.available(budget_id), chart.encumbered(budget_id), amount_cents, category)
    return build(book_id, approval_id, "encumbrance_extended", on, transfer, subject=authorization_id)


def encumbrance_released(
    *,
    book_id: UUID,
    event_id: UUID,
    authorization_id: UUID,
    budget_id: UUID,
    category: str,
    amount_cents: int,
    on: date,
    to_saved: bool = False,
) -> ledger.Entry:
    """Give back what a purchase did not need: a cancel, an expiry, or a final bill that is lower."""
    origin = chart.saved(budget_id) if to_saved else chart.available(budget_id)
    return build(
        book_id,
        event_id,
        "encumbrance_released",
        on,
        (chart.encumbered(budget_id), origin, amount_cents, category),
        subject=authorization_id,
    )


def expenditure(
    *, book_id: UUID, bill_id: UUID, budget_id: UUID, vendor_id: UUID, category: str, encumbered_cents: int, tolerance_cents: int, on: date
) -> ledger.Entry:
    """Record an accepted bill: what was set aside is owed to the vendor now, a small excess comes from available."""
    return build(
        book_id,
        bill_id,
        "expenditure",
        on,
        (chart.encumbered(budget_id), chart.payable(vendor_id), encumbered_cents, category),
        (chart.available(budget_id), chart.payable(vendor_id), tolerance_cents, category),
    )


def expenditure_reversed(
    *, book_id: UUID, bill_id: UUID, budget_id: UUID, vendor_id: UUID, category: str, encumbered_cents: int, tolerance_cents: int, on: date
) -> ledger.Entry:
    """Undo an accepted bill, linked to it: the money is set aside again, the excess is available again."""
    entry = expenditure(
        book_id=book_id,
        bill_id=bill_id,
        budget_id=budget_id,
        vendor_id=vendor_id,
        category=category,
        encumbered_cents=encumbered_cents,
        tolerance_cents=tolerance_cents,
        on=on,
    )
    return ledger.Entry(
        id=derived_id(bill_id, "expenditure_reversed"),
        book_id=book_id,
        kind="expenditure_reversed",
        subject=bill_id,
        effective_on=on,
        transfers=tuple(ledger.Transfer(t.credit, t.debit, t.amount_cents, tag=t.tag) for t in entry.transfers),
        reverses=entry.id,
    )
