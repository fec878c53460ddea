"""Money promised to one purchase: set aside, added to, spent by bills, given back; always authorized = left + spent + released.

Whoever calls holds the budget's and the purchase's row locks (`locking.py`). Each function changes the row and answers
the entry that says the same in the books; the caller posts it, last. The row protects one purchase from another inside
the budget's one encumbered account.
"""

from datetime import date, datetime
from uuid import UUID

import ledger
from sdc.books import entries
from sdc.books.entries import RefundTo
from sdc.errors import ConflictError
from sdc.purchases.model import Authorization, PaidFrom, Purchase


def authorize(purchase: Purchase, *, authorization_id: UUID, on: date, at: datetime) -> tuple[Authorization, ledger.Entry]:
    """Promise the whole amount of a purchase. The authorisation is added by whoever sees its entry posted."""
    authorization = Authorization(
        id=authorization_id,
        program_id=purchase.program_id,
        member_id=purchase.member_id,
        budget_id=purchase.budget_id,
        purchase_id=purchase.id,
        vendor_id=purchase.vendor_id,
        category=purchase.category,
        paid_from=purchase.paid_from,
        purchase_date=purchase.purchase_date,
        emergency=purchase.emergency,
        authorized_cents=purchase.amount_cents,
        left_cents=purchase.amount_cents,
        spent_cents=0,
        released_cents=0,
        tolerance_cents=0,
        waiting_bills=0,
        created_at=at,
        closed_at=None,
    )
    entry = entries.encumbrance(
        book_id=purchase.program_id,
        authorization_id=authorization_id,
        budget_id=purchase.budget_id,
        category=purchase.category,
        amount_cents=purchase.amount_cents,
        on=on,
        from_saved=purchase.paid_from is PaidFrom.SAVED,
    )
    return authorization, entry


def extend_authorization(authorization: Authorization, *, approval_id: UUID, amount_cents: int, on: date) -> ledger.Entry:
    """Promise more, from available, because a person approved a bill above what is left."""
    authorization.authorized_cents += amount_cents
    authorization.left_cents += amount_cents
    return entries.encumbrance_extended(
        book_id=authorization.program_id,
        approval_id=approval_id,
        authorization_id=authorization.id,
        budget_id=authorization.budget_id,
        category=authorization.category,
        amount_cents=amount_cents,
        on=on,
    )


def receive_bill(authorization: Authorization) -> None:
    """Count a bill that waits for its decision: until then the purchase is not canceled and does not expire."""
    authorization.waiting_bills += 1


def refuse_bill(authorization: Authorization) -> None:
    """Count a waiting bill out: it was rejected and takes nothing."""
    authorization.waiting_bills -= 1


def spend_authorization(
    authorization: Authorization, *, bill_id: UUID, encumbered_cents: int, tolerance_cents: int, on: date
) -> ledger.Entry:
    """Spend what a waiting bill takes: `encumbered_cents` of what is left, and a small excess from available.

    Raises:
        ConflictError: less is left than the bill takes from it.

    """
    if encumbered_cents > authorization.left_cents:
        raise ConflictError(f"{authorization.left_cents} cents of this authorisation are left, {encumbered_cents} are asked")
    authorization.left_cents -= encumbered_cents
    authorization.spent_cents += encumbered_cents
    authorization.tolerance_cents += tolerance_cents
    authorization.waiting_bills -= 1
    return entries.expenditure(
        book_id=authorization.program_id,
        bill_id=bill_id,
        budget_id=authorization.budget_id,
        vendor_id=authorization.vendor_id,
        category=authorization.category,
        encumbered_cents=encumbered_cents,
        tolerance_cents=tolerance_cents,
        on=on,
    )


def restore_authorization(
    authorization: Authorization, *, bill_id: UUID, encumbered_cents: int, tolerance_cents: int, on: date
) -> ledger.Entry:
    """Undo what an accepted bill took: it is left again, the excess is available again."""
    authorization.left_cents += encumbered_cents
    authorization.spent_cents -= encumbered_cents
    authorization.tolerance_cents -= tolerance_cents
    authorization.closed_at = None
    return entries.expenditure_reversed(
        book_id=authorization.program_id,
        bill_id=bill_id,
        budget_id=authorization.budget_id,
        vendor_id=authorization.vendor_id,
        category=authorization.category,
        encumbered_cents=encumbered_cents,
        tolerance_cents=tolerance_cents,
        on=on,
    )


def refund_authorization(
    authorization: Authorization, *, receipt_id: UUID, bill_id: UUID, source_id: UUID, amount_cents: int, to: RefundTo, on: date
) -> ledger.Entry:
    """Count what a vendor gave back in cash of what a bill had taken: it is spent no more.

    The caller has seen that no more comes back than was paid; the row's own check is the last line.
    """
    authorization.refunded_cents += amount_cents
    return entries.refund_received(
        book_id=authorization.program_id,
        refund_id=receipt_id,
        bill_id=bill_id,
        budget_id=authorization.budget_id,
        source_id=source_id,
        category=authorization.category,
        amount_cents=amount_cents,
        to=to,
        on=on,
    )


def collect_authorization(
    authorization: Authorization,
    *,
    receipt_id: UUID,
    bill_id: UUID,
    source_id: UUID,
    amount_cents: int,
    to: RefundTo,
    is_offset: bool,
    on: date,
) -> ledger.Entry:
    """Count what came of a refund that was claimed: in cash, or set off against what its vendor is owed."""
    authorization.refunded_cents += amount_cents
    return entries.refund_collected(
        book_id=authorization.program_id,
        refund_id=receipt_id,
        bill_id=bill_id,
        budget_id=authorization.budget_id,
        source_id=source_id,
        vendor_id=authorization.vendor_id,
        category=authorization.category,
        amount_cents=amount_cents,
        to=to,
        is_offset=is_offset,
        on=on,
    )


def release_authorization(authorization: Authorization, *, event_id: UUID, on: date, at: datetime) -> ledger.Entry | None:
    """Give back what is left (a cancel, an expiry, a final bill) and close the authorisation; no entry when nothing is left.

    `event_id` is the row of what happened: the bill's id, or one derived from the purchase and the move that ends it.
    """
    released_cents = authorization.left_cents
    authorization.left_cents = 0
    authorization.released_cents += released_cents
    authorization.closed_at = at
    if released_cents == 0:
        return None
    return entries.encumbrance_released(
        book_id=authorization.program_id,
        event_id=event_id,
        authorization_id=authorization.id,
        budget_id=authorization.budget_id,
        category=authorization.category,
        amount_cents=released_cents,
        on=on,
        to_saved=authorization.paid_from is PaidFrom.SAVED,
    )
