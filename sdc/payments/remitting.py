"""Pay on from the bank what is not ours: withheld tax to the tax office, unclaimed money to the state, what lapsed to its payer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.books import chart, entries
from sdc.books.posting import open_accounts, post
from sdc.clock import local_date
from sdc.errors import ConflictError, FundingShortError, InvalidFieldError, NotFoundError
from sdc.ids import derived_id
from sdc.marketplace.messages import write_message
from sdc.payments.afterwards_model import Remittance, RemittanceKind
from sdc.payments.model import Payment
from sdc.payments.states import ON_THE_WAY
from sdc.payments.unclaimed import unclaimed_of
from sdc.programs.model import FundingSource, Program
from vendors import Vendor


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid on: how much, on which day, and what the bank calls it."""

    amount_cents: int
    remitted_on: date
    reference: str


async def remit_tax(session: AsyncSession, program_id: UUID, paid: Paid, *, id: UUID, by: UUID, at: datetime) -> Remittance:
    """Record that withheld tax was paid to the tax office.

    What an attempt on its way keeps back is not tax yet: the attempt may not leave.

    Raises:
        NotFoundError: no such program.
        InvalidFieldError: the day has not come.
        ConflictError: less was withheld and not paid on before.
        FundingShortError: the bank holds less.

    """
    program = await lock_bank(session, program_id, paid, at=at)
    on_the_way = select(func.coalesce(func.sum(Payment.withheld_cents), 0)).where(
        Payment.program_id == program_id, Payment.sent_at.is_(None), Payment.state.in_(ON_THE_WAY)
    )
    await open_accounts(session, chart.accounts(program_id, chart.WITHHELD), at=at)
    withheld_cents = await ledger.balance(session, chart.account_id(program_id, chart.WITHHELD)) - int(
        await session.scalar(on_the_way) or 0
    )
    if paid.amount_cents > withheld_cents:
        raise ConflictError(f"{withheld_cents} cents of tax were withheld and not paid on yet, {paid.amount_cents} are named")
    remittance = _record(session, program, RemittanceKind.TAX, paid, id=id, by=by, at=at)
    entry = entries.tax_remitted(book_id=program_id, remittance_id=id, amount_cents=paid.amount_cents, on=paid.remitted_on)
    await post(session, entry, at=at)
    return remittance


async def remit_unclaimed(
    session: AsyncSession, program_id: UUID, paid: Paid, *, payment_ids: Collection[UUID] | None, id: UUID, by: UUID, at: datetime
) -> Remittance:
    """Record that unclaimed money was paid to the state: of these payments, or of all that are unclaimed; its owners are told.

    Raises:
        NotFoundError: no such program.
        InvalidFieldError: the day has not come, or a payment is named that is not unclaimed.
        ConflictError: the amount is not what is unclaimed of them.
        FundingShortError: the bank holds less.

    """
    program = await lock_bank(session, program_id, paid, at=at)
    unclaimed = await unclaimed_of(session, program_id, payment_ids)
    if payment_ids is not None and len(unclaimed) != len(set(payment_ids)):
        raise InvalidFieldError("payment_ids", "a payment is named that is not unclaimed in this program")
    sum_cents = sum(one.amount_cents for one in unclaimed)
    if paid.amount_cents != sum_cents:
        raise ConflictError(f"{sum_cents} cents are unclaimed and not paid on yet, {paid.amount_cents} are named")
    remittance = _record(session, program, RemittanceKind.UNCLAIMED, paid, id=id, by=by, at=at)
    for one in unclaimed:
        one.remittance_id = id
        vendor = await session.get_one(Vendor, one.vendor_id)
        facts = {"amount_cents": one.amount_cents}
        await write_message(session, vendor, kind="unclaimed_remitted", id=derived_id(one.id, "remitted"), facts=facts, at=at)
    entry = entries.unclaimed_remitted(book_id=program_id, remittance_id=id, amount_cents=paid.amount_cents, on=paid.remitted_on)
    await post(session, entry, at=at)
    return remittance


async def return_lapsed(session: AsyncSession, source: FundingSource, paid: Paid, *, id: UUID, by: UUID, at: datetime) -> Remittance:
    """Record that what budgets of a funding source gave back was paid to its payer.

    Raises:
        InvalidFieldError: the day has not come.
        ConflictError: less lapsed and was not paid back before.
        FundingShortError: the bank holds less.

    """
    program = await lock_bank(session, source.program_id, paid, at=at)
    code = chart.lapsed(source.id)
    await open_accounts(session, chart.accounts(program.id, code), at=at)
    lapsed_cents = await ledger.balance(session, chart.account_id(program.id, code))
    if paid.amount_cents > lapsed_cents:
        raise ConflictError(f"{lapsed_cents} cents lapsed and were not paid back yet, {paid.amount_cents} are named")
    remittance = _record(session, program, RemittanceKind.LAPSED, paid, source_id=source.id, id=id, by=by, at=at)
    entry = entries.lapse_returned(
        book_id=program.id, return_id=id, source_id=source.id, amount_cents=paid.amount_cents, on=paid.remitted_on
    )
    await post(session, entry, at=at)
    return remittance


async def lock_bank(session: AsyncSession, program_id: UUID, paid: Paid, *, at: datetime) -> Program:
    """Lock the program, so that the bank's money is not promised twice, and check the day and the bank."""
    program = await session.get(Program, program_id, with_for_update={"key_share": True})
    if program is None:
        raise NotFoundError("program", program_id)
    if paid.remitted_on > local_date(at, program.time_zone):
        raise InvalidFieldError("remitted_on", "this day has not come yet")
    at_bank_cents = await ledger.balance(session, chart.account_id(program_id, chart.CASH_BANK))
    if at_bank_cents < paid.amount_cents:
        raise FundingShortError("the bank account", available_cents=at_bank_cents, required_cents=paid.amount_cents)
    return program


def _record(
    session: AsyncSession,
    program: Program,
    kind: RemittanceKind,
    paid: Paid,
    *,
    id: UUID,
    by: UUID,
    at: datetime,
    source_id: UUID | None = None,
) -> Remittance:
    remittance = Remittance(
        id=id,
        program_id=program.id,
        kind=kind,
        funding_source_id=source_id,
        amount_cents=paid.amount_cents,
        remitted_on=paid.remitted_on,
        reference=paid.reference,
        by=by,
        at=at,
    )
    session.add(remittance)
    journal.record(session, f"{kind}.remitted", subject=id, by=by, at=at, program=program.id, amount_cents=paid.amount_cents)
    return remittance
