"""Routes of rulebooks: what judges, word for word."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from sdc.auth.permissions import Permission
from sdc.database import Sessions
from sdc.rulebooks.forms import RulebookPage, VersionOut, VersionPage, WholeVersionOut
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.reading import compiled, find_version, newest_versions, require_rulebook, versions_of
from sdc.web.pages import DEFAULT_LIMIT, Cursor, Limit, page_bytes, read_page

RulebookName = Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Number = Annotated[int, PathParameter(ge=1, le=1_000_000)]


@get("/v1/rulebooks", opt={"permission": Permission.SEE_RULEBOOKS})
async def list_rulebooks(sessions: NamedDependency[Sessions], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> RulebookPage:
    """List the rulebooks, each by its newest version."""
    async with sessions.read() as session:
        rows, next_cursor = await read_page(session, newest_versions(), RulebookVersion.id, limit=limit, cursor=cursor)
    return page_bytes(RulebookPage, rows, VersionOut.of, next_cursor)


@get("/v1/rulebooks/{name:str}/versions", opt={"permission": Permission.SEE_RULEBOOKS})
async def list_versions(
    name: RulebookName, sessions: NamedDependency[Sessions], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> VersionPage:
    """List the versions of a rulebook."""
    async with sessions.read() as session:
        await require_rulebook(session, name)
        rows, next_cursor = await read_page(session, versions_of(name), RulebookVersion.id, limit=limit, cursor=cursor)
    return page_bytes(VersionPage, rows, VersionOut.of, next_cursor)


@get("/v1/rulebooks/{name:str}/versions/{version:int}", opt={"permission": Permission.SEE_RULEBOOKS})
async def get_version(name: RulebookName, version: Number, sessions: NamedDependency[Sessions]) -> WholeVersionOut:
    """Show one version with every rule, its words in both languages and where it comes from."""
    async with sessions.read() as session:
        stored = await find_version(session, name, version)
        return WholeVersionOut.whole(stored, await compiled(session, stored.id))


HANDLERS = [list_rulebooks, list_versions, get_version]
