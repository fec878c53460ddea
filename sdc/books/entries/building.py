"""How an entry is made: its id derives from the row of what happened, and a transfer of nothing is left out."""

from datetime import date
from uuid import UUID

import ledger
from sdc.books import chart
from sdc.ids import derived_id


def build(
    book_id: UUID, row: UUID, kind: str, on: date, *transfers: tuple[str, str, int, str], subject: UUID | None = None
) -> ledger.Entry:
    """Build the entry `kind` of the event `row` from (debit code, credit code, cents, tag); a transfer of nothing is left out."""
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
