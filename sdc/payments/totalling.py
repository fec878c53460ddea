"""What a vendor was paid in a calendar year, by the day on which it was paid, for itself and for Form 1099-NEC.

| field      | what it adds up                                                                                  |
|------------|--------------------------------------------------------------------------------------------------|
| gross      | what was sent, what was withheld beside it, and what was set off against what the vendor owed    |
| withheld   | tax kept back of payments whose first attempt was sent in the year                               |
| refunded   | what the vendor gave back, in cash and by offset, by the day it came                             |
| returned   | what came back to us after it was sent, by the day it came                                       |
| reportable | gross - refunded - returned                                                                      |
| net        | reportable - withheld: what the vendor kept                                                      |

Every day is the program's. The threshold is of the year (26 U.S.C. 6041(a)); a vendor of whom tax was withheld is reported whatever it
was paid. Whether a kind of vendor or of goods is exempt is not looked at here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc.bills.refund import RefundReceipt
from sdc.books import chart
from sdc.clock import local_date
from sdc.payments.model import Attempt, AttemptState, Payment
from sdc.programs.model import Program
from vendors import Vendor, VendorTaxRecord

THRESHOLD_CENTS: Final[Mapping[int, int]] = MappingProxyType({1954: 60_000, 2026: 200_000})
"""From a year on: $600 (26 U.S.C. 6041(a)), $2,000 for payments from 2026 (Pub. L. 119-21 sec. 70433)."""
LAST_KNOWN_YEAR: Final = 2026
"""From 2027 on the threshold is indexed: a row for each year, once the tax office has published it."""
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class YearTotal:
    """The sums of one calendar year, in cents; `count` is how many payments they are of."""

    gross_cents: int = 0
    withheld_cents: int = 0
    refunded_cents: int = 0
    returned_cents: int = 0
    count: int = 0

    @property
    def reportable_cents(self) -> int:
        """What counts for the tax office."""
        return self.gross_cents - self.refunded_cents - self.returned_cents

    @property
    def net_cents(self) -> int:
        """What the vendor kept."""
        return self.reportable_cents - self.withheld_cents

    def is_reportable(self, year: int) -> bool:
        """Say whether this much is reported for the year."""
        return self.reportable_cents >= threshold_cents(year) or self.withheld_cents > 0

    def __add__(self, other: "YearTotal") -> "YearTotal":
        return YearTotal(
            self.gross_cents + other.gross_cents,
            self.withheld_cents + other.withheld_cents,
            self.refunded_cents + other.refunded_cents,
            self.returned_cents + other.returned_cents,
            self.count + other.count,
        )


def threshold_cents(year: int) -> int:
    """Tell from how much on a year's payments to one vendor are reported."""
    return THRESHOLD_CENTS[max(first for first in THRESHOLD_CENTS if first <= year)]


async def year_totals(session: AsyncSession, program: Program, year: int, *, vendor_id: UUID | None = None) -> dict[UUID, YearTotal]:
    """Total a calendar year of a program by vendor, or of one vendor; who was paid nothing is left out."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    theirs = and_(Payment.program_id == program.id, *([] if vendor_id is None else [Payment.vendor_id == vendor_id]))
    totals: dict[UUID, YearTotal] = {}

    def add(vendor: UUID, **cents: int) -> None:
        one = totals.get(vendor, YearTotal())
        totals[vendor] = replace(one, **{name: getattr(one, name) + more for name, more in cents.items()})

    for vendor, cents, payments in await session.execute(_sent(theirs, first, last)):
        add(vendor, gross_cents=int(cents), count=int(payments))
    for vendor, cents in await session.execute(_withheld(theirs, first, last)):
        add(vendor, gross_cents=int(cents), withheld_cents=int(cents))
    for payment in await session.scalars(select(Payment).where(theirs, Payment.attempts == 0, Payment.sent_at.is_not(None))):
        assert payment.sent_at is not None, "it was asked for"
        if first <= local_date(payment.sent_at, program.time_zone) <= last:  # nothing of it was sent: all else was set off
            add(payment.vendor_id, gross_cents=payment.withheld_cents, withheld_cents=payment.withheld_cents, count=1)
    for vendor, cents, set_off in await session.execute(_refunded(program.id, vendor_id, first, last)):
        add(vendor, gross_cents=int(set_off), refunded_cents=int(cents))
    for vendor, cents in (await _returned(session, program, first, last, vendor_id=vendor_id)).items():
        add(vendor, returned_cents=cents)
    return totals


async def tax_numbers(session: AsyncSession, vendor_ids: Sequence[UUID]) -> dict[UUID, VendorTaxRecord]:
    """Read the newest tax record of each vendor: those with the same mark have the same number."""
    records = select(VendorTaxRecord).where(VendorTaxRecord.vendor_id.in_(vendor_ids)).order_by(VendorTaxRecord.id)
    return {record.vendor_id: record for record in await session.scalars(records)}


def _sent(theirs: ColumnElement[bool], first: date, last: date) -> Select[UUID, int, int]:
    return (
        select(Payment.vendor_id, func.sum(Attempt.amount_cents).label("cents"), func.count(distinct(Payment.id)).label("payments"))
        .join(Attempt, Attempt.payment_id == Payment.id)
        .where(theirs, Attempt.state == AttemptState.SENT, Attempt.settled_on.between(first, last))
        .group_by(Payment.vendor_id)
    )


def _withheld(theirs: ColumnElement[bool], first: date, last: date) -> Select[UUID, int]:
    """Add up the tax of payments whose first attempt was sent in these days: it was kept back once, whatever came back later."""
    began = (
        select(Attempt.payment_id, func.min(Attempt.settled_on).label("paid_on"))
        .where(Attempt.state == AttemptState.SENT)
        .group_by(Attempt.payment_id)
        .subquery()
    )
    return (
        select(Payment.vendor_id, func.sum(Payment.withheld_cents).label("cents"))
        .join(began, began.c.payment_id == Payment.id)
        .where(theirs, Payment.withheld_cents > 0, began.c.paid_on.between(first, last))
        .group_by(Payment.vendor_id)
    )


def _refunded(program_id: UUID, vendor_id: UUID | None, first: date, last: date) -> Select[UUID, int, int]:
    set_off = func.sum(RefundReceipt.amount_cents).filter(RefundReceipt.payment_id.is_not(None))
    query = select(
        RefundReceipt.vendor_id, func.sum(RefundReceipt.amount_cents).label("cents"), func.coalesce(set_off, 0).label("set_off")
    ).where(RefundReceipt.program_id == program_id, RefundReceipt.received_on.between(first, last))
    if vendor_id is not None:
        query = query.where(RefundReceipt.vendor_id == vendor_id)
    return query.group_by(RefundReceipt.vendor_id)


async def _returned(session: AsyncSession, program: Program, first: date, last: date, *, vendor_id: UUID | None) -> dict[UUID, int]:
    """Add up what the books say came back after it was sent, by vendor."""
    found: dict[UUID, int] = {}
    accounts: dict[UUID, UUID] = {}
    if vendor_id is None:
        ids = await session.scalars(select(Vendor.id).where(Vendor.program_id == program.id))
        accounts = {chart.account_id(program.id, chart.payable(one)): one for one in ids}
    else:
        accounts = {chart.account_id(program.id, chart.payable(vendor_id)): vendor_id}
    cursor: str | None = None
    while True:
        page = await ledger.entries(
            session,
            program.id,
            account=None if vendor_id is None else next(iter(accounts)),
            kind="settlement_returned",
            effective_from=first,
            effective_to=last,
            after=cursor,
            limit=_PAGE,
        )
        for recorded in page.entries:
            for transfer in recorded.entry.transfers:
                vendor = accounts[transfer.credit]
                found[vendor] = found.get(vendor, 0) + transfer.amount_cents
        cursor = page.next_cursor
        if cursor is None:
            return found
