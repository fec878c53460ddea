"""Entries of what comes back from a vendor: a refund goes where the money came from, tagged with the same category.

A refund comes as cash at the bank; one that was claimed before may come as an offset, too: the vendor is owed that much less.
While the budget's period runs it is the member's again (available, or saved when the purchase was bought from savings); after
its end it is the payer's (lapsed).
"""

from datetime import date
from typing import Literal
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.books.entries.building import build

RefundTo = Literal["available", "saved", "lapsed"]
"""Who has the money of a refund: the member to spend, the member's savings, or the payer whose source it was."""


def refund_received(
    *,
    book_id: UUID,
    refund_id: UUID,
    bill_id: UUID,
    budget_id: UUID,
    source_id: UUID,
    category: str,
    amount_cents: int,
    on: date,
    to: RefundTo = "available",
) -> ledger.Entry:
    """Record that a vendor gave back in cash what it was paid."""
    transfer = (chart.CASH_BANK, _back(budget_id, source_id, to), amount_cents, category)
    return build(book_id, refund_id, "refund_received", on, transfer, subject=bill_id)


def refund_claimed(*, book_id: UUID, claim_id: UUID, bill_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a vendor owes us back what it was paid; nobody has the money before it is collected."""
    transfer = (chart.RECOVERABLE_VENDOR, chart.REFUNDS_DUE, amount_cents, "")
    return build(book_id, claim_id, "refund_claimed", on, transfer, subject=bill_id)


def refund_collected(
    *,
    book_id: UUID,
    refund_id: UUID,
    bill_id: UUID,
    budget_id: UUID,
    source_id: UUID,
    vendor_id: UUID,
    category: str,
    amount_cents: int,
    on: date,
    to: RefundTo = "available",
    is_offset: bool = False,
) -> ledger.Entry:
    """Record that a claimed refund came, in cash or as an offset: the claim shrinks, and the money goes where it came from."""
    return build(
        book_id,
        refund_id,
        "refund_collected",
        on,
        (chart.payable(vendor_id) if is_offset else chart.CASH_BANK, chart.RECOVERABLE_VENDOR, amount_cents, ""),
        (chart.REFUNDS_DUE, _back(budget_id, source_id, to), amount_cents, category),
        subject=bill_id,
    )


def refund_waived(*, book_id: UUID, waiver_id: UUID, bill_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that what was claimed is not asked for any more: it was a mistake, or can not be collected."""
    transfer = (chart.REFUNDS_DUE, chart.RECOVERABLE_VENDOR, amount_cents, "")
    return build(book_id, waiver_id, "refund_waived", on, transfer, subject=bill_id)


def _back(budget_id: UUID, source_id: UUID, to: RefundTo) -> str:
    match to:
        case "available":
            return chart.available(budget_id)
        case "saved":
            return chart.saved(budget_id)
        case "lapsed":
            return chart.lapsed(source_id)
