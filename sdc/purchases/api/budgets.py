"""The route of one budget, with what purchases say of it."""

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sdc import journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.purchases.budget_view import WholeBudgetOut, view_budget


@get("/v1/budgets/{budget_id:uuid}", opt={"permission": Permission.SEE_BUDGETS})
async def get_budget(
    budget_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> WholeBudgetOut:
    """Show a budget to the cent: allocated, unreleased, available, encumbered, saved, spent, and waiting for a decision."""
    at = clock.now()
    async with sessions.read() as session:
        shown = await view_budget(session, budget_id, who=who, at=at)
    await journal.record_view(sessions, "budget.viewed", subject=budget_id, by=who.id, at=at, member=shown.member_id)
    return shown


HANDLERS = [get_budget]
