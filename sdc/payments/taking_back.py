"""What a payer takes back: recorded, paid to it, and recovered from whoever has to bear it.

Vendors keep what they were paid, and members owe nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.books import chart, entries
from sdc.books.posting import open_accounts, post
from sdc.budgets.model import Budget
from sdc.clock import local_date
from sdc.crypto import KeyRing
from sdc.errors import ConflictError, InvalidFieldError, NotFoundError
from sdc.members.model import Member
from sdc.payments.afterwards_model import TakeBack, TakeBackMove, TakeBackStep
from sdc.payments.remitting import Paid, lock_bank
from sdc.programs.model import Program
from sdc.purchases.model import Authorization

REASON_COLUMN: Final = "take_backs.reason"


@dataclass(frozen=True, slots=True)
class AskedTakeBack:
    """What a payer takes back, on which day, and why; of which source, where a member has budgets of several."""

    amount_cents: int
    taken_on: date
    reason: str
    funding_source_id: UUID | None = None


async def record_take_back(
    session: AsyncSession, member: Member, asked: AskedTakeBack, *, id: UUID, by: UUID, keyring: KeyRing, at: datetime
) -> TakeBack:
    """Record that a payer takes back what was spent for a member who was not eligible.

    We owe it to the payer, and it is owed to us. What the member's budgets hold, and what was spent, stay as they are: what is
    left of them lapses at their end.

    Raises:
        InvalidFieldError: the day has not come; no source is named where there are several, or one that pays no budget of this member.
        ConflictError: less was spent from the source and not taken back before.

    """
    program = await session.get_one(Program, member.program_id)
    if asked.taken_on > local_date(at, program.time_zone):
        raise InvalidFieldError("taken_on", "this day has not come yet")
    budgets = select(Budget).where(Budget.member_id == member.id).order_by(Budget.id).with_for_update(key_share=True)
    sources = {budget.funding_source_id for budget in await session.scalars(budgets)}
    source_id = asked.funding_source_id or (min(sources) if len(sources) == 1 else None)
    if sources and source_id not in sources:
        said = "no budget of this member is of this source" if asked.funding_source_id else "this member's budgets are of several sources"
        raise InvalidFieldError("funding_source_id", said)
    left_cents = await open_to_take_back(session, member, source_id) if source_id in sources else 0
    if source_id is None or asked.amount_cents > left_cents:
        raise ConflictError(f"{left_cents} cents were spent and not taken back before, {asked.amount_cents} are named")
    taken = TakeBack(
        id=id,
        program_id=program.id,
        member_id=member.id,
        funding_source_id=source_id,
        amount_cents=asked.amount_cents,
        paid_cents=0,
        recovered_cents=0,
        taken_on=asked.taken_on,
        reason_sealed=keyring.seal(asked.reason, REASON_COLUMN, id),
        by=by,
        at=at,
    )
    session.add(taken)
    journal.record(session, "take_back.recorded", subject=id, by=by, at=at, member=member.id, amount_cents=asked.amount_cents)
    await open_accounts(session, chart.accounts(program.id, chart.RECOVERABLE_PAYER, chart.PAYER_DUE), at=at)
    entry = entries.take_back(book_id=program.id, take_back_id=id, amount_cents=asked.amount_cents, on=asked.taken_on)
    await post(session, entry, at=at)
    return taken


async def open_to_take_back(session: AsyncSession, member: Member, source_id: UUID) -> int:
    """Tell what was spent for a member from a source, net of refunds, and was not taken back before."""
    taken = Authorization.spent_cents + Authorization.tolerance_cents - Authorization.refunded_cents
    spent = (
        select(func.coalesce(func.sum(taken), 0))
        .join(Budget, Budget.id == Authorization.budget_id)
        .where(Budget.member_id == member.id, Budget.funding_source_id == source_id)
    )
    before = select(func.coalesce(func.sum(TakeBack.amount_cents), 0)).where(
        TakeBack.member_id == member.id, TakeBack.funding_source_id == source_id
    )
    row = (await session.execute(select(spent.scalar_subquery(), before.scalar_subquery()))).one()
    return max(0, int(row[0]) - int(row[1]))


async def pay_take_back(session: AsyncSession, take_back_id: UUID, paid: Paid, *, id: UUID, by: UUID, at: datetime) -> TakeBack:
    """Record that a part of what a payer takes back, or all of it, was paid to it from the bank.

    Raises:
        NotFoundError: no such take-back.
        InvalidFieldError: the day has not come.
        FundingShortError: the bank holds less.
        ConflictError: less is owed to the payer still.

    """
    taken = await _lock(session, take_back_id, moved_on=paid.remitted_on, at=at)
    await lock_bank(session, taken.program_id, paid, at=at)
    left_cents = taken.amount_cents - taken.paid_cents
    if paid.amount_cents > left_cents:
        raise ConflictError(f"{left_cents} cents are owed to the payer still, {paid.amount_cents} are named")
    taken.paid_cents += paid.amount_cents
    _move(session, taken, TakeBackStep.PAID, paid, id=id, by=by, at=at)
    entry = entries.take_back_paid(
        book_id=taken.program_id, move_id=id, take_back_id=taken.id, amount_cents=paid.amount_cents, on=paid.remitted_on
    )
    await post(session, entry, at=at)
    return taken


async def recover_take_back(session: AsyncSession, take_back_id: UUID, came: Paid, *, id: UUID, by: UUID, at: datetime) -> TakeBack:
    """Record that a part of what a payer took back, or all of it, came to the bank from whoever has to bear it.

    Raises:
        NotFoundError: no such take-back.
        InvalidFieldError: the day has not come.
        ConflictError: less is owed to us still.

    """
    taken = await _lock(session, take_back_id, moved_on=came.remitted_on, at=at)
    left_cents = taken.amount_cents - taken.recovered_cents
    if came.amount_cents > left_cents:
        raise ConflictError(f"{left_cents} cents are to be recovered still, {came.amount_cents} are named")
    taken.recovered_cents += came.amount_cents
    _move(session, taken, TakeBackStep.RECOVERED, came, id=id, by=by, at=at)
    entry = entries.take_back_recovered(
        book_id=taken.program_id, move_id=id, take_back_id=taken.id, amount_cents=came.amount_cents, on=came.remitted_on
    )
    await post(session, entry, at=at)
    return taken


async def _lock(session: AsyncSession, take_back_id: UUID, *, moved_on: date, at: datetime) -> TakeBack:
    query = select(TakeBack).where(TakeBack.id == take_back_id).with_for_update()
    taken = await session.scalar(query.execution_options(populate_existing=True))
    if taken is None:
        raise NotFoundError("take-back", take_back_id)
    program = await session.get_one(Program, taken.program_id)
    if moved_on > local_date(at, program.time_zone):
        raise InvalidFieldError("moved_on", "this day has not come yet")
    return taken


def _move(session: AsyncSession, taken: TakeBack, step: TakeBackStep, moved: Paid, *, id: UUID, by: UUID, at: datetime) -> None:
    session.add(
        TakeBackMove(
            id=id,
            program_id=taken.program_id,
            take_back_id=taken.id,
            step=step,
            amount_cents=moved.amount_cents,
            moved_on=moved.remitted_on,
            reference=moved.reference,
            by=by,
            at=at,
        )
    )
    journal.record(session, f"take_back.{step}", subject=taken.id, by=by, at=at, amount_cents=moved.amount_cents)
