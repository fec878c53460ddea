"""What the routes of unclaimed money, remittances and year totals take and answer."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from sdc.payments.afterwards_model import Dormancy, Remittance, RemittanceKind
from sdc.payments.forms import Words
from sdc.payments.remitting import Paid
from sdc.payments.totalling import LAST_KNOWN_YEAR, YearTotal, threshold_cents
from sdc.payments.unclaimed import ELSEWHERE, LAWS, first_day
from sdc.web.input import Cents, Day, Input, Output
from sdc.web.pages import Page

BankReference = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")]
StateCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class LetterIn(Input):
    """Which state's law counts: that of the vendor's last known address; and what was known of it."""

    state: StateCode
    reason: Words


class WhyIn(Input):
    """Why a person does this."""

    reason: Words


class LetterOut(Output):
    """What was written to the owner of a payment, and from which day on its money is unclaimed."""

    id: UUID
    payment_id: UUID
    state: str
    law: str
    """Where the years stand; of a state that the table does not have, that it has to be looked up."""
    amount_cents: int
    owed_since: date
    letter_on: date
    unclaimed_from: date
    dormant_on: date | None
    claimed_on: date | None
    remittance_id: UUID | None

    @classmethod
    def of(cls, one: Dormancy) -> Self:
        """Show a letter, and what became of the money since."""
        return cls(
            id=one.id,
            payment_id=one.payment_id,
            state=one.law,
            law=LAWS.get(one.law, ELSEWHERE).source,
            amount_cents=one.amount_cents,
            owed_since=one.owed_since,
            letter_on=one.letter_on,
            unclaimed_from=first_day(one),
            dormant_on=one.dormant_on,
            claimed_on=one.claimed_on,
            remittance_id=one.remittance_id,
        )


class LetterPage(Page):
    """Letters to owners, the newest first."""

    items: list[LetterOut]


class RemittanceIn(Input):
    """What was paid on from the bank."""

    amount_cents: Cents
    remitted_on: Day
    reference: BankReference

    def paid(self) -> Paid:
        """Hand on what was paid."""
        return Paid(self.amount_cents, self.remitted_on, self.reference)


class UnclaimedRemittanceIn(RemittanceIn):
    """Unclaimed money that was paid to a state: of these payments, or of all that are unclaimed."""

    payment_ids: Annotated[list[UUID], Field(min_length=1, max_length=1_000)] | None = None


class RemittanceOut(Output):
    """Money that was paid on."""

    id: UUID
    program_id: UUID
    kind: RemittanceKind
    funding_source_id: UUID | None
    amount_cents: int
    remitted_on: date
    reference: str
    by: UUID
    at: datetime

    @classmethod
    def of(cls, remittance: Remittance) -> Self:
        """Show it."""
        return cls.model_validate(remittance)


class RemittancePage(Page):
    """Remittances, the newest first."""

    items: list[RemittanceOut]


class TotalOut(Output):
    """The sums of a calendar year; see docs/money-afterwards.md for what each adds up."""

    year: int
    gross_cents: int
    withheld_cents: int
    refunded_cents: int
    returned_cents: int
    reportable_cents: int
    net_cents: int
    count: int
    threshold_cents: int
    is_threshold_known: bool
    """Whether the threshold is the law's; from 2027 on it is indexed each year, and until it is published the last one is shown."""
    is_reportable: bool


class YearTotalOut(TotalOut):
    """What one vendor was paid in a calendar year."""

    vendor_id: UUID

    @classmethod
    def of(cls, vendor_id: UUID, year: int, total: YearTotal) -> Self:
        """Show a total."""
        return cls(vendor_id=vendor_id, **_sums(year, total))


class GatheredOut(TotalOut):
    """What everybody with one tax number was paid in a year by one payer, whoever of them and in whichever program."""

    payer_id: UUID
    vendor_ids: list[UUID]
    tin_last_four: str | None

    @classmethod
    def gathered(cls, payer_id: UUID, vendor_ids: list[UUID], year: int, total: YearTotal, *, tin_last_four: str | None) -> Self:
        """Show what was gathered; without a tax record a vendor stands alone."""
        return cls(payer_id=payer_id, vendor_ids=vendor_ids, tin_last_four=tin_last_four, **_sums(year, total))


class GatheredList(Output):
    """Totals of a year by payer and tax number, the largest first."""

    items: list[GatheredOut]
    next_cursor: None = None


def _sums(year: int, total: YearTotal) -> dict[str, Any]:
    return {
        "year": year,
        "gross_cents": total.gross_cents,
        "withheld_cents": total.withheld_cents,
        "refunded_cents": total.refunded_cents,
        "returned_cents": total.returned_cents,
        "reportable_cents": total.reportable_cents,
        "net_cents": total.net_cents,
        "count": total.count,
        "threshold_cents": threshold_cents(year),
        "is_threshold_known": year <= LAST_KNOWN_YEAR,
        "is_reportable": total.is_reportable(year),
    }
