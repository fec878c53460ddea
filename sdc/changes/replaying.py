"""Tell the past of moves between lines and of savings, for a dry run (see `purchases/replaying.py`)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.budgets.model import Budget, Saving, SavingRelease
from sdc.crypto import KeyRing
from sdc.journal import Event
from sdc.plans.model import LineMove
from sdc.purchases.model import DecisionRecord
from sdc.purchases.replaying import PastLine, decision_line, money_line, order_of


async def change_lines(session: AsyncSession, member_ids: Sequence[UUID], keyring: KeyRing) -> list[PastLine]:
    """Tell the decisions on members' moves and savings, and what was taken back out of savings."""
    moves = select(DecisionRecord, LineMove.member_id).join(LineMove, LineMove.id == DecisionRecord.subject_id)
    told = select(Event).where(Event.kind.in_(("move.decided", "saving.decided")))
    of_moves = told.join(LineMove, LineMove.id == Event.subject_id).where(LineMove.member_id.in_(member_ids))
    of_savings = told.join(Saving, Saving.id == Event.subject_id).where(Saving.member_id.in_(member_ids))
    order = order_of(await session.scalars(of_moves)) | order_of(await session.scalars(of_savings))
    lines = [
        decision_line(record, member_id, "move", ("transfer",), keyring, order)
        for record, member_id in await session.execute(moves.where(LineMove.member_id.in_(member_ids)))
    ]
    savings = select(DecisionRecord, Saving.member_id, Saving.budget_id).join(Saving, Saving.id == DecisionRecord.subject_id)
    lines += [
        decision_line(record, member_id, "saving", ("reserve",), keyring, order, account=str(budget_id))
        for record, member_id, budget_id in await session.execute(savings.where(Saving.member_id.in_(member_ids)))
    ]
    released = (
        select(SavingRelease.id, SavingRelease.amount_cents, SavingRelease.released_at, Budget.member_id)
        .join(Budget, Budget.id == SavingRelease.budget_id)
        .where(Budget.member_id.in_(member_ids))
    )
    lines += [
        money_line(row.member_id, row.released_at, row.id, "unsaved", cents=row.amount_cents) for row in await session.execute(released)
    ]
    return lines
