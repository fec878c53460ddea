"""Close a budget after its end: what was not used goes back to the payer whose source it was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.books import chart, entries, posting
from sdc.budgets.model import Budget, BudgetClosing
from sdc.budgets.release import take_due
from sdc.clock import local_date
from sdc.errors import ConflictError, NotFoundError
from sdc.programs.model import Program


async def close_budget(
    session: AsyncSession, budget_id: UUID, *, id: UUID, keep_saved_cents: int = 0, by: UUID, at: datetime
) -> BudgetClosing:
    """Give back what is available of a budget that has ended, and what is saved beyond what the program lets a member keep.

    What is set aside for orders stays until they are billed, canceled or expire; what they give back then lapses by another closing.

    Raises:
        NotFoundError: no such budget.
        ConflictError: it has not ended, or nothing is left to give back.

    """
    locked = select(Budget).where(Budget.id == budget_id).with_for_update().execution_options(populate_existing=True)
    budget = await session.scalar(locked)
    if budget is None:
        raise NotFoundError("budget", budget_id)
    program = await session.get_one(Program, budget.program_id)
    today = local_date(at, program.time_zone)
    if today <= budget.ends_on:
        raise ConflictError(f"this budget ends on {budget.ends_on}: it can be closed from the day after")
    released = take_due(session, budget, today=today, at=at)
    accounts = chart.budget_account_ids(program.id, budget.id)
    held = await ledger.balances(session, list(accounts.values()))
    due_cents = sum(transfer.amount_cents for entry in released for transfer in entry.transfers)
    saved_cents = held[accounts["saved"]]
    closing = BudgetClosing(
        id=id,
        program_id=program.id,
        budget_id=budget.id,
        unreleased_cents=held[accounts["unreleased"]] - due_cents,
        available_cents=held[accounts["available"]] + due_cents,
        saved_cents=max(0, saved_cents - keep_saved_cents),
        kept_cents=min(saved_cents, keep_saved_cents),
        closed_by=by,
        closed_at=at,
    )
    lapsed_cents = closing.unreleased_cents + closing.available_cents + closing.saved_cents
    if lapsed_cents == 0:
        raise ConflictError("nothing of this budget is left to give back")
    session.add(closing)
    journal.record(session, "budget.closed", subject=budget.id, by=by, at=at, lapsed_cents=lapsed_cents, kept_cents=closing.kept_cents)
    await posting.open_accounts(session, chart.accounts(program.id, chart.lapsed(budget.funding_source_id)), at=at)
    lapse = entries.lapse(
        book_id=program.id,
        closing_id=id,
        budget_id=budget.id,
        source_id=budget.funding_source_id,
        unreleased_cents=closing.unreleased_cents,
        available_cents=closing.available_cents,
        saved_cents=closing.saved_cents,
        on=today,
    )
    await posting.post(session, *released, lapse, at=at)
    return closing
