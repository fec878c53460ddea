"""Take saved money back: it is available again, for anything that the rules allow."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.books import entries, posting
from sdc.budgets.model import SavingRelease
from sdc.changes.ground import find_budget_ground
from sdc.errors import FundingShortError
from sdc.members.acting import ActingMove, require_move
from sdc.members.scope import member_scope


async def release_saving(
    session: AsyncSession, budget_id: UUID, *, id: UUID, amount_cents: int, who: Principal, at: datetime
) -> SavingRelease:
    """Make some of what a budget has saved available again. It is the member's own money: no rule is asked.

    Raises:
        ForbiddenError: the representative was not given this move.
        NotFoundError: no such budget, or not the caller's.
        FundingShortError: less is saved.

    """
    await require_move(session, who, ActingMove.PLAN)
    ground = await find_budget_ground(session, budget_id, scope=member_scope(who, at=at), at=at)
    if amount_cents > ground.saved_cents:
        raise FundingShortError("what is saved", available_cents=ground.saved_cents, required_cents=amount_cents)
    release = SavingRelease(
        id=id, program_id=ground.program.id, budget_id=budget_id, amount_cents=amount_cents, released_by=who.id, released_at=at
    )
    session.add(release)
    journal.record(session, "saving.released", subject=id, by=who.id, at=at, budget=budget_id, amount_cents=amount_cents)
    entry = entries.saving_undone(book_id=ground.program.id, release_id=id, budget_id=budget_id, amount_cents=amount_cents, on=ground.today)
    await posting.post(session, entry, at=at)
    return release
