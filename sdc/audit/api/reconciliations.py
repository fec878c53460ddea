"""Routes of reconciliations."""

from collections.abc import Collection
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.audit.model import ReconciliationRecord
from sdc.audit.reconciliation_forms import ReconciliationOut, ReconciliationPage
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal, Role
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.errors import NotFoundError
from sdc.programs.model import Program
from sdc.programs.scope import program_scope
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


@get("/v1/reconciliations", opt={"permission": Permission.SEE_RECONCILIATIONS})
async def list_reconciliations(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ReconciliationPage:
    """List when the processor was held against the books, and what did not agree."""
    async with sessions.read() as session:
        records, next_cursor = await read_page(session, select(ReconciliationRecord), ReconciliationRecord.id, limit=limit, cursor=cursor)
        program_ids = await _programs_of(session, who)
    await journal.record_view(sessions, "reconciliations.listed", subject=None, by=who.id, at=clock.now(), count=len(records))
    return page_bytes(ReconciliationPage, records, lambda one: ReconciliationOut.of(one, program_ids=program_ids), next_cursor)


@get("/v1/reconciliations/{reconciliation_id:uuid}", opt={"permission": Permission.SEE_RECONCILIATIONS})
async def get_reconciliation(
    reconciliation_id: FromPath[UUID], sessions: NamedDependency[Sessions], who: NamedDependency[Principal], clock: NamedDependency[Clock]
) -> ReconciliationOut:
    """Show one reconciliation."""
    async with sessions.read() as session:
        record = await session.get(ReconciliationRecord, reconciliation_id)
        program_ids = await _programs_of(session, who)
    if record is None:
        raise NotFoundError("reconciliation", reconciliation_id)
    await journal.record_view(sessions, "reconciliation.seen", subject=record.id, by=who.id, at=clock.now())
    return ReconciliationOut.of(record, program_ids=program_ids)


async def _programs_of(session: AsyncSession, who: Principal) -> Collection[UUID] | None:
    """Name the programs whose differences somebody may see; nothing for all of them."""
    if who.role is Role.ADMIN:
        return None
    return set(await session.scalars(select(Program.id).where(program_scope(who, Program.id))))


HANDLERS = [list_reconciliations, get_reconciliation]
