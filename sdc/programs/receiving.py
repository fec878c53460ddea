"""Money comes in: a payer's deposit at the bank, and its way on to the processor."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.books import chart, entries, posting
from sdc.clock import local_date
from sdc.errors import FundingShortError, InvalidFieldError, NotFoundError
from sdc.outbox import enqueue
from sdc.programs.model import Deposit, FundingSource, Program, TopUp, TopUpState


async def record_deposit(
    session: AsyncSession, source_id: UUID, *, id: UUID, amount_cents: int, received_on: date, reference: str, by: UUID, at: datetime
) -> Deposit:
    """Record a payer's money that arrived at the bank.

    Raises:
        NotFoundError: no such funding source.
        InvalidFieldError: it has not arrived yet.

    """
    found = (
        await session.execute(
            select(FundingSource.program_id, Program.time_zone)
            .join(Program, Program.id == FundingSource.program_id)
            .where(FundingSource.id == source_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFoundError("funding source", source_id)
    program_id, time_zone = found
    if received_on > local_date(at, time_zone):
        raise InvalidFieldError("received_on", "this day has not come yet")
    deposit = Deposit(
        id=id,
        program_id=program_id,
        funding_source_id=source_id,
        amount_cents=amount_cents,
        received_on=received_on,
        reference=reference,
        created_by=by,
        created_at=at,
    )
    session.add(deposit)
    journal.record(session, "deposit.recorded", subject=id, by=by, at=at, source=source_id, amount_cents=amount_cents)
    entry = entries.deposit(book_id=program_id, deposit_id=id, source_id=source_id, amount_cents=amount_cents, on=received_on)
    await posting.post(session, entry, at=at)
    return deposit


async def fund_administration(session: AsyncSession, source_id: UUID, *, id: UUID, amount_cents: int, by: UUID, at: datetime) -> UUID:
    """Set money of a funding source aside for the fees of processor and bank, and answer its program; no budget pays them.

    Raises:
        NotFoundError: no such funding source.
        FundingShortError: the source holds less.

    """
    source = await session.get(FundingSource, source_id)
    if source is None:
        raise NotFoundError("funding source", source_id)
    program = await session.get_one(Program, source.program_id)
    journal.record(session, "administration.funded", subject=id, by=by, at=at, source=source_id, amount_cents=amount_cents)
    await posting.open_accounts(session, chart.accounts(program.id, chart.ADMINISTRATION), at=at)
    entry = entries.administration_funded(
        book_id=program.id, funding_id=id, source_id=source_id, amount_cents=amount_cents, on=local_date(at, program.time_zone)
    )
    await posting.post(session, entry, at=at)
    return program.id


async def request_top_up(session: AsyncSession, program_id: UUID, *, id: UUID, amount_cents: int, by: UUID, at: datetime) -> TopUp:
    """Send money from the bank to the processor: the books show it on its way, a job asks the rail for it.

    Raises:
        NotFoundError: no such program.
        FundingShortError: the bank holds less.

    """
    # The bank is not a guarded account: the program's row is locked, so that two top-ups do not both take the last money.
    program = await session.get(Program, program_id, with_for_update={"key_share": True})
    if program is None:
        raise NotFoundError("program", program_id)
    at_bank_cents = await ledger.balance(session, chart.account_id(program_id, chart.CASH_BANK))
    if at_bank_cents < amount_cents:
        raise FundingShortError("the bank account", available_cents=at_bank_cents, required_cents=amount_cents)
    top_up = TopUp(
        id=id,
        program_id=program_id,
        amount_cents=amount_cents,
        state=TopUpState.PENDING,
        rail_id=None,
        created_by=by,
        created_at=at,
        settled_at=None,
    )
    session.add(top_up)
    journal.record(session, "top_up.requested", subject=id, by=by, at=at, program=program_id, amount_cents=amount_cents)
    enqueue(session, "send_top_up", id, at=at)
    today = local_date(at, program.time_zone)
    await posting.post(session, entries.top_up(book_id=program_id, top_up_id=id, amount_cents=amount_cents, on=today), at=at)
    return top_up
