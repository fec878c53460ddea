"""Routes of rulebooks: what judges, word for word; and the way of a new version, from draft to its first day."""

import asyncio
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import idempotency
from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.idempotency import IdempotencyKey
from sdc.ids import new_id
from sdc.rulebooks.checking import examine, keep_report, read_documents
from sdc.rulebooks.drafting import draft_version, read_sound
from sdc.rulebooks.editions import read_edition, read_editions
from sdc.rulebooks.forms import (
    MAX_DRAFT_BYTES,
    ChangesOut,
    CheckedOut,
    DraftIn,
    PublishedOut,
    PublishIn,
    RulebookPage,
    VersionOut,
    VersionPage,
    WholeVersionOut,
)
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.publishing import publish_version
from sdc.rulebooks.reading import (
    find_changed,
    find_draft,
    find_draft_of,
    find_written,
    loaded,
    newest_versions,
    published_in_force,
    require_rulebook,
    written,
    written_versions,
)
from sdc.rulebooks.scope import day_of, require_part
from sdc.web.language import language_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page, slice_page

RulebookName = Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Number = Annotated[int, PathParameter(ge=1, le=1_000_000)]
FromNumber = Annotated[int | None, QueryParameter(name="from", ge=1, le=1_000_000, description="the version to compare with")]


@get("/v1/rulebooks", opt={"permission": Permission.SEE_RULEBOOKS})
async def list_rulebooks(sessions: NamedDependency[Sessions], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> RulebookPage:
    """List the rulebooks, each by its newest published version."""
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, newest_versions(), RulebookVersion.id, limit=limit, cursor=cursor)
    return page_bytes(RulebookPage, rows, PublishedOut.of, next_cursor)


@get("/v1/rulebooks/{name:str}/versions", opt={"permission": Permission.SEE_RULEBOOKS})
async def list_versions(
    name: RulebookName,
    sessions: NamedDependency[Sessions],
    clock: NamedDependency[Clock],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> VersionPage:
    """List the versions of a rulebook, the newest first, those that are not published yet included."""
    async with sessions.read() as session:
        await require_rulebook(session, name)
        editions = await read_editions(session, name, today=await day_of(session, name, at=clock.now()))
    rows, next_cursor = slice_page(editions, lambda one: one.id, limit=limit, cursor=cursor)
    return page_bytes(VersionPage, rows, VersionOut.of, next_cursor)


@get("/v1/rulebooks/{name:str}/versions/{version:int}", opt={"permission": Permission.SEE_RULEBOOKS})
async def get_version(
    name: RulebookName, version: Number, sessions: NamedDependency[Sessions], clock: NamedDependency[Clock]
) -> WholeVersionOut:
    """Show one version with every rule, its words in both languages and where it comes from."""
    async with sessions.read() as session:
        edition = await read_edition(session, name, version, today=await day_of(session, name, at=clock.now()))
        text = await find_written(session, name, version)
        draft = await find_draft_of(session, edition.id)
        rulebook = await loaded(session, text)
    return WholeVersionOut.whole(edition, rulebook, written(text), draft)


@get("/v1/rulebooks/{name:str}/versions/{version:int}/changes", opt={"permission": Permission.SEE_RULEBOOKS})
async def list_changes(
    request: Request[Any, Any, Any],
    name: RulebookName,
    version: Number,
    sessions: NamedDependency[Sessions],
    compare_with: FromNumber = None,
) -> ChangesOut:
    """Tell in words what changed to this version, from the published one before it or from the one that is named."""
    async with sessions.read() as session:
        after = await find_written(session, name, version)
        before = await find_changed(session, name, version, compare_with)
        old, new = await loaded(session, before), await loaded(session, after)
    return ChangesOut.between(old, new, language_of(request))


@post(
    "/v1/rulebooks/{name:str}/versions",
    status_code=HTTP_201_CREATED,
    opt={"permission": Permission.DRAFT_RULEBOOKS},
    request_max_body_size=MAX_DRAFT_BYTES,
)
async def create_version(
    name: RulebookName,
    data: JSONBody[DraftIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[VersionOut]:
    """Draft the next version of a rulebook, or the first of a new one.

    What can not be used is refused: each mistake with its file, its line, what is wrong and what was expected.
    """
    at = clock.now()
    async with sessions.read() as session:
        await require_part(session, name, who=who)
        today = await day_of(session, name, at=at)
        published = await published_in_force(session, max(today, data.effective_from or today))
    sound = await asyncio.to_thread(read_sound, name, data.source, published)
    await asyncio.to_thread(read_documents, name, data.cases, data.fixtures)
    async with idempotency.begin(sessions, key, at=at) as call:
        draft = await draft_version(
            call.session,
            sound,
            id=new_id(),
            cases=data.cases,
            fixtures=data.fixtures,
            effective_from=data.effective_from,
            by=who.id,
            at=at,
        )
        return call.answer(VersionOut.of(await read_edition(call.session, name, draft.version, today=today)))


@post(
    "/v1/rulebooks/{name:str}/versions/{version:int}/check",
    status_code=HTTP_200_OK,
    opt={"permission": Permission.DRAFT_RULEBOOKS},
)
async def check_version(
    name: RulebookName,
    version: Number,
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[CheckedOut]:
    """Check a draft and run its cases.

    What has to be mended is an answer, which is kept with the draft. Only a draft that passes can be proposed and published.
    """
    at = clock.now()
    async with sessions.read() as session:
        await require_part(session, name, who=who)
        today = await day_of(session, name, at=at)
        draft = await find_draft(session, name, version)
        published = await written_versions(session, name)
    report = await asyncio.to_thread(examine, written(draft), published, cases=draft.cases, fixtures=draft.fixtures)
    async with idempotency.begin(sessions, key, at=at) as call:
        draft = await keep_report(call.session, name, version, report, by=who.id, at=at)
        edition = await read_edition(call.session, name, version, today=today)
        return call.answer(CheckedOut.checked(edition, draft), status=HTTP_200_OK)


@post(
    "/v1/rulebooks/{name:str}/versions/{version:int}/publish",
    status_code=HTTP_200_OK,
    opt={"permission": Permission.PUBLISH_RULEBOOKS},
)
async def publish(
    name: RulebookName,
    version: Number,
    data: JSONBody[PublishIn],
    key: NamedDependency[IdempotencyKey],
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
) -> Response[VersionOut]:
    """Propose a checked draft with its first day; the same call by a second person publishes it."""
    at = clock.now()

    async def recheck(session: AsyncSession) -> None:
        await require_part(session, name, who=who)

    async with idempotency.begin(sessions, key, at=at, recheck=recheck) as call:
        await require_part(call.session, name, who=who)
        today = await day_of(call.session, name, at=at)
        await publish_version(call.session, name, version, effective_from=data.effective_from, today=today, by=who.id, at=at)
        return call.answer(VersionOut.of(await read_edition(call.session, name, version, today=today)), status=HTTP_200_OK)


HANDLERS = [list_rulebooks, list_versions, get_version, list_changes, create_version, check_version, publish]
