"""Every entry the program makes, in one place: read this file and you have read the whole programme.

Each function names an event's row; the entry's id derives from it, so that a retry posts nothing new and a new event
always posts. Ids and cents only: no record of a feature comes here.
"""

from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.ids import derived_id


def _entry(
    book_id: UUID, row: UUID, kind: str, on: date, *transfers: tuple[str, str, int, str], subject: UUID | None = None
) -> ledger.Entry:
    """Build an entry from (debit code, credit code, cents, tag); a transfer of nothing is left out."""
    return ledger.Entry(
        id=derived_id(row, kind),
        book_id=book_id,
        kind=kind,
        subject=subject or row,
        effective_on=on,
        transfers=tuple(
            ledger.Transfer(chart.account_id(book_id, debit), chart.account_id(book_id, credit), cents, tag=tag)
            for debit, credit, cents, tag in transfers
            if cents
        ),
    )


def deposit(*, book_id: UUID, deposit_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a payer's money arrived at the bank: it is that source's, and nobody's budget yet."""
    return _entry(book_id, deposit_id, "deposit", on, (chart.CASH_BANK, chart.funding(source_id), amount_cents, ""))


def top_up(*, book_id: UUID, top_up_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Send money from the bank to the processor: it is on its way."""
    return _entry(book_id, top_up_id, "top_up", on, (chart.CASH_TOPUP, chart.CASH_BANK, amount_cents, ""))


def top_up_settled(*, book_id: UUID, top_up_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a top-up arrived at the processor."""
    return _entry(book_id, top_up_id, "top_up_settled", on, (chart.CASH_PROCESSOR, chart.CASH_TOPUP, amount_cents, ""))


def top_up_failed(*, book_id: UUID, top_up_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that a top-up never left: the money is at the bank again."""
    return _entry(book_id, top_up_id, "top_up_failed", on, (chart.CASH_BANK, chart.CASH_TOPUP, amount_cents, ""))


def top_up_reversed(*, book_id: UUID, top_up_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that the bank took a settled top-up back: the processor does not have the money any more, the bank does."""
    return _entry(book_id, top_up_id, "top_up_reversed", on, (chart.CASH_BANK, chart.CASH_PROCESSOR, amount_cents, ""))


def allocation(*, book_id: UUID, budget_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Give a member a budget from a funding source; nothing of it can be spent until it is released."""
    return _entry(book_id, budget_id, "allocation", on, (chart.funding(source_id), chart.unreleased(budget_id), amount_cents, ""))


def release(*, book_id: UUID, budget_id: UUID, period: int, amount_cents: int, on: date) -> ledger.Entry:
    """Release one period's share of a budget; the id derives from the budget and the period's number."""
    row = derived_id(budget_id, f"period {period}")
    return _entry(
        book_id, row, "release", on, (chart.unreleased(budget_id), chart.available(budget_id), amount_cents, ""), subject=budget_id
    )


def earned(*, book_id: UUID, close_id: UUID, budget_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Allocate what a closed month has earned, and release it at once; a correction that finds more adds the rest."""
    return _entry(
        book_id,
        close_id,
        "earned",
        on,
        (chart.funding(source_id), chart.unreleased(budget_id), amount_cents, ""),
        (chart.unreleased(budget_id), chart.available(budget_id), amount_cents, ""),
    )


def budget_cut(*, book_id: UUID, close_id: UUID, budget_id: UUID, source_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Take back what a closed month had not earned after all, as a correction found: from what is available, never below it."""
    return _entry(book_id, close_id, "budget_cut", on, (chart.available(budget_id), chart.funding(source_id), amount_cents, ""))


def encumbrance(
    *, book_id: UUID, authorization_id: UUID, budget_id: UUID, category: str, amount_cents: int, on: date, from_saved: bool = False
) -> ledger.Entry:
    """Set money aside when a purchase is approved: it is promised, not yet owed."""
    origin = chart.saved(budget_id) if from_saved else chart.available(budget_id)
    return _entry(book_id, authorization_id, "encumbrance", on, (origin, chart.encumbered(budget_id), amount_cents, category))


def encumbrance_extended(
    *, book_id: UUID, approval_id: UUID, authorization_id: UUID, budget_id: UUID, category: str, amount_cents: int, on: date
) -> ledger.Entry:
    """Set more aside, because a person approved a bill above what was authorised."""
    transfer = (chart.available(budget_id), chart.encumbered(budget_id), amount_cents, category)
    return _entry(book_id, approval_id, "encumbrance_extended", on, transfer, subject=authorization_id)


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
    return _entry(
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
    return _entry(
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


def saving(*, book_id: UUID, saving_id: UUID, budget_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Put money of a budget aside for something bigger: only a purchase from savings can take it, or the member takes it back."""
    return _entry(book_id, saving_id, "saving", on, (chart.available(budget_id), chart.saved(budget_id), amount_cents, ""))


def saving_undone(*, book_id: UUID, release_id: UUID, budget_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Make saved money available again, because the member wants it for something else."""
    return _entry(book_id, release_id, "saving_undone", on, (chart.saved(budget_id), chart.available(budget_id), amount_cents, ""))


def disbursement(*, book_id: UUID, attempt_id: UUID, vendor_id: UUID, amount_cents: int, rail: str, on: date) -> ledger.Entry:
    """Record that an attempt to pay a vendor has begun: the money is in transit from here on."""
    return _entry(book_id, attempt_id, "disbursement", on, (chart.payable(vendor_id), chart.transit(rail), amount_cents, ""))


def settlement(*, book_id: UUID, attempt_id: UUID, amount_cents: int, rail: str, on: date) -> ledger.Entry:
    """Record that the processor paid: what was in transit has left our cash."""
    return _entry(book_id, attempt_id, "settlement", on, (chart.transit(rail), chart.CASH_PROCESSOR, amount_cents, ""))


def disbursement_returned(*, book_id: UUID, attempt_id: UUID, vendor_id: UUID, amount_cents: int, rail: str, on: date) -> ledger.Entry:
    """Record that an attempt was refused before it settled: the vendor is owed the money as before."""
    return _entry(book_id, attempt_id, "disbursement_returned", on, (chart.transit(rail), chart.payable(vendor_id), amount_cents, ""))


def settlement_returned(*, book_id: UUID, event_id: UUID, attempt_id: UUID, vendor_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Record that paid money came back to us (a transfer reversed): owed to the vendor again, not given to the member."""
    transfer = (chart.CASH_PROCESSOR, chart.payable(vendor_id), amount_cents, "")
    return _entry(book_id, event_id, "settlement_returned", on, transfer, subject=attempt_id)
