"""What the routes of reconciliations answer."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Self
from uuid import UUID

from sdc.audit.model import ReconciliationRecord
from sdc.web.input import Output
from sdc.web.pages import Page


class DifferenceOut(Output):
    """Something that does not agree: `cents` is what the processor has beyond the books, below zero when it has less."""

    kind: str
    subject: str
    cents: int
    program_id: UUID | None
    since: datetime | None
    cause: str


class ReconciliationOut(Output):
    """One time that the processor was held against the books: opening + net = available + pending, over all programs."""

    id: UUID
    at: datetime
    rail: str
    opening_cents: int
    net_cents: int
    available_cents: int
    pending_cents: int
    books_cents: int
    topup_cents: int
    transit_cents: int
    waiting_cents: int
    movements: int
    matched: int
    is_even: bool
    differences: list[DifferenceOut]

    @classmethod
    def of(cls, record: ReconciliationRecord, *, program_ids: Collection[UUID] | None) -> Self:
        """Show a reconciliation; to somebody who works for some programs only, the differences of theirs and of the whole."""
        every = [DifferenceOut.model_validate_json(_json(one)) for one in record.differences]
        shown = [one for one in every if program_ids is None or one.program_id is None or one.program_id in program_ids]
        return cls(
            id=record.id,
            at=record.at,
            rail=record.rail,
            opening_cents=record.opening_cents,
            net_cents=record.net_cents,
            available_cents=record.available_cents,
            pending_cents=record.pending_cents,
            books_cents=record.books_cents,
            topup_cents=record.topup_cents,
            transit_cents=record.transit_cents,
            waiting_cents=record.waiting_cents,
            movements=record.movements,
            matched=record.matched,
            is_even=not every,
            differences=shown,
        )


class ReconciliationPage(Page):
    """Reconciliations, the newest first."""

    items: list[ReconciliationOut]


def _json(difference: dict[str, object]) -> str:
    return json.dumps(difference)
