"""Routes of earned funds: what plan services used to cost a month, and what they cost in each month that is closed."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.budgets.earning import BaselineIds, close_month, correct_baseline, correct_month, set_baseline
from sdc.budgets.forms import BaselineIn, BaselineOut, BaselinePage, CorrectBaselineIn, CorrectMonthIn, MonthIn, MonthOut, MonthPage
from sdc.budgets.model import Baseline, MonthClose
from sdc.budgets.months import baselines_of, find_baseline_by_id, find_month, lock_member_with_budgets, months_of
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.members.reading import find_member
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page


def _if_still_theirs(member_id: UUID, *, who: Principal, at: datetime) -> Callable[[AsyncSession], Awaitable[object]]:
    """Give a stored answer again only to somebody who may see the member today."""

    async def recheck(session: AsyncSession) -> object:
        return await find_member(session, member_id, who=who, at=at)

    return recheck


@post("/v1/members/{member_id:uuid}/baselines", status_code=HTTP_201_CREATED, opt={"permission": Permission.CLOSE_MONTHS})
async def create_baseline(
    member_id: FromPath[UUID],
    data: JSONBody[BaselineIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[BaselineOut]:
    """Say what a member's plan services used to cost a month. Where what is earned is released, a budget of nothing begins with it."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(member_id, who=who, at=at)) as call:
        member = await lock_member_with_budgets(call.session, member_id, who=who, at=at)
        baseline = await set_baseline(
            call.session,
            member,
            ids=BaselineIds.new(),
            monthly_cents=data.monthly_cents,
            starts_on=data.starts_on,
            ends_on=data.ends_on,
            funding_source_id=data.funding_source_id,
            by=who.id,
            at=at,
        )
        return call.answer(BaselineOut.of(baseline))


@get("/v1/members/{member_id:uuid}/baselines", opt={"permission": Permission.SEE_MONTHS})
async def list_baselines(
    member_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> BaselinePage:
    """List a member's baselines."""
    at = clock.now()
    async with sessions.read() as session:
        member = await find_member(session, member_id, who=who, at=at)
        rows, next_cursor = await read_page(session, baselines_of(member), Baseline.id, limit=limit, cursor=cursor)
    await journal.record_view(sessions, "baselines.listed", subject=member.id, by=who.id, at=at, count=len(rows))
    return page_bytes(BaselinePage, rows, BaselineOut.of, next_cursor)


@post("/v1/baselines/{baseline_id:uuid}/correct", status_code=HTTP_200_OK, opt={"permission": Permission.CLOSE_MONTHS})
async def correct_one_baseline(
    baseline_id: FromPath[UUID],
    data: JSONBody[CorrectBaselineIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[BaselineOut]:
    """Correct a baseline against which no month is closed yet."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await find_baseline_by_id(session, baseline_id, who=who, at=at)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        seen = await find_baseline_by_id(call.session, baseline_id, who=who, at=at)
        await lock_member_with_budgets(call.session, seen.member_id, who=who, at=at)
        await correct_baseline(call.session, seen, monthly_cents=data.monthly_cents, by=who.id, at=at)
        return call.answer(BaselineOut.of(seen), HTTP_200_OK)


@post("/v1/members/{member_id:uuid}/months", status_code=HTTP_201_CREATED, opt={"permission": Permission.CLOSE_MONTHS})
async def create_month(
    member_id: FromPath[UUID],
    data: JSONBody[MonthIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[MonthOut]:
    """Close a month: what its plan services cost is counted for good, and what stays below the baseline is the member's."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at, recheck=_if_still_theirs(member_id, who=who, at=at)) as call:
        member = await lock_member_with_budgets(call.session, member_id, who=who, at=at)
        close = await close_month(
            call.session, member, id=new_id(), month=data.first_day(), actual_cents=data.actual_cents, by=who.id, at=at
        )
        return call.answer(MonthOut.of(close))


@get("/v1/members/{member_id:uuid}/months", opt={"permission": Permission.SEE_MONTHS})
async def list_months(
    member_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> MonthPage:
    """List a member's closed months, the last recorded first; a corrected one stays, with when it was replaced."""
    at = clock.now()
    async with sessions.read() as session:
        member = await find_member(session, member_id, who=who, at=at)
        rows, next_cursor = await read_page(session, months_of(member), MonthClose.id, limit=limit, cursor=cursor)
    await journal.record_view(sessions, "months.listed", subject=member.id, by=who.id, at=at, count=len(rows))
    return page_bytes(MonthPage, rows, MonthOut.of, next_cursor)


@post("/v1/months/{close_id:uuid}/correct", status_code=HTTP_201_CREATED, opt={"permission": Permission.CLOSE_MONTHS})
async def correct_one_month(
    close_id: FromPath[UUID],
    data: JSONBody[CorrectMonthIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[MonthOut]:
    """Correct what a closed month cost: another row replaces it, and the books give the difference or take it back."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> object:
        return await find_month(session, close_id, who=who, at=at)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        seen = await find_month(call.session, close_id, who=who, at=at)
        member = await lock_member_with_budgets(call.session, seen.member_id, who=who, at=at)
        close = await find_month(call.session, close_id, who=who, at=at)
        corrected = await correct_month(call.session, member, close, id=new_id(), actual_cents=data.actual_cents, by=who.id, at=at)
        return call.answer(MonthOut.of(corrected))


HANDLERS = [create_baseline, list_baselines, correct_one_baseline, create_month, list_months, correct_one_month]
