"""Routes of screening: the lists that are there, the runs over all vendors, and the matches that people decide."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency, journal
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.errors import NotFoundError
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.marketplace.screening.deciding import decide_match, lock_match
from sdc.marketplace.screening.forms import (
    ExclusionListOut,
    ExclusionListPage,
    MatchDecisionIn,
    ScreeningMatchOut,
    ScreeningMatchPage,
    ScreeningRunOut,
    ScreeningRunPage,
)
from sdc.marketplace.screening.reading import show_matches
from sdc.marketplace.screening.running import start_run
from sdc.programs.scope import program_scope
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page
from vendors.screening import ExclusionList, MatchState, ScreeningMatch, ScreeningRun, current_versions


@get("/v1/exclusion-lists", opt={"permission": Permission.SEE_EXCLUSION_LISTS})
async def list_exclusion_lists(
    sessions: NamedDependency[Sessions], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ExclusionListPage:
    """List the files of exclusion lists that were imported (`sdc screening import` does it: they are larger than uploads may be)."""
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, select(ExclusionList), ExclusionList.id, limit=limit, cursor=cursor)
        versions = await current_versions(session)
    in_force = {file_id for version in versions.values() for file_id in version.file_ids}
    return page_bytes(ExclusionListPage, rows, lambda file: ExclusionListOut.of(file, is_in_force=file.id in in_force), next_cursor)


@get("/v1/screenings/runs", opt={"permission": Permission.SEE_EXCLUSION_LISTS})
async def list_runs(sessions: NamedDependency[Sessions], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> ScreeningRunPage:
    """List the runs over all vendors, each with how far it is."""
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, select(ScreeningRun), ScreeningRun.id, limit=limit, cursor=cursor)
    return page_bytes(ScreeningRunPage, rows, ScreeningRunOut.of, next_cursor)


@post("/v1/screenings/runs", status_code=HTTP_201_CREATED, opt={"permission": Permission.RUN_SCREENINGS})
async def create_run(
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[ScreeningRunOut]:
    """Have every vendor, owner and manager looked up on the lists in force; the worker does it."""
    at = clock.now()
    async with idempotency.begin(sessions, key, at=at) as call:
        run = await start_run(call.session, id=new_id(), because="asked", by=who.id, at=at)
        return call.answer(ScreeningRunOut.of(run))


@get("/v1/screenings/matches", opt={"permission": Permission.DECIDE_MATCHES})
async def list_matches(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    keyring: NamedDependency[KeyRing],
    clock: NamedDependency[Clock],
    in_state: Annotated[MatchState | None, QueryParameter(name="state")] = None,
    vendor_id: FromQuery[UUID | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ScreeningMatchPage:
    """List what matched with what in your programs, the newest first; `state=open` is the queue."""
    query = select(ScreeningMatch).where(program_scope(who, ScreeningMatch.program_id))
    if in_state is not None:
        query = query.where(ScreeningMatch.state == in_state)
    if vendor_id is not None:
        query = query.where(ScreeningMatch.vendor_id == vendor_id)
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, query, ScreeningMatch.id, limit=limit, cursor=cursor)
        shown = await show_matches(session, rows, keyring)
    if shown:
        await journal.record_view(sessions, "screening.matches_seen", subject=None, by=who.id, at=clock.now(), count=len(shown))
    return ScreeningMatchPage(items=shown, next_cursor=next_cursor)


@get("/v1/screenings/matches/{match_id:uuid}", opt={"permission": Permission.DECIDE_MATCHES})
async def get_match(
    match_id: FromPath[UUID],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    keyring: NamedDependency[KeyRing],
    clock: NamedDependency[Clock],
) -> ScreeningMatchOut:
    """Show one match, with every decision on it."""
    async with sessions.read() as session:
        match = await _load(session, match_id, who=who)
        [shown] = await show_matches(session, [match], keyring)
    await journal.record_view(sessions, "screening.match_seen", subject=match.vendor_id, by=who.id, at=clock.now(), match=match_id)
    return shown


@post("/v1/screenings/matches/{match_id:uuid}/decide", status_code=HTTP_200_OK, opt={"permission": Permission.DECIDE_MATCHES})
async def decide(
    match_id: FromPath[UUID],
    data: JSONBody[MatchDecisionIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    keyring: NamedDependency[KeyRing],
    clock: NamedDependency[Clock],
) -> Response[ScreeningMatchOut]:
    """Say whether it is them. Confirmed stops purchases and payments at once; cleared is not asked about again while nothing changes."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> None:
        await _load(session, match_id, who=who)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        vendor, match = await lock_match(call.session, match_id, who=who, at=at)
        decision, reason = data.decision, data.reason
        await decide_match(call.session, match, vendor, id=new_id(), decision=decision, reason=reason, keyring=keyring, who=who, at=at)
        await call.session.flush()
        [shown] = await show_matches(call.session, [match], keyring)
        return call.answer(shown, HTTP_200_OK)


async def _load(session: AsyncSession, match_id: UUID, *, who: Principal) -> ScreeningMatch:
    """Read a match of the caller's programs.

    Raises:
        NotFoundError: no such match, or not the caller's.

    """
    query = select(ScreeningMatch).where(ScreeningMatch.id == match_id, program_scope(who, ScreeningMatch.program_id))
    match = await session.scalar(query)
    if match is None:
        raise NotFoundError("match", match_id)
    return match


HANDLERS = [list_exclusion_lists, list_runs, create_run, list_matches, get_match, decide]
