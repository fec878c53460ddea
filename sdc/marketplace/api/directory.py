"""The route of the directory: members and those who help them look for vendors. What they look for is written down nowhere."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from sdc.auth.permissions import Permission
from sdc.auth.principal import Principal
from sdc.clock import Clock
from sdc.database import Sessions
from sdc.marketplace.directory_forms import DirectoryPage, ListedOut
from sdc.marketplace.finding import credentials_asked_for, cursor_of, find_program, position_of, today_in
from sdc.web.pages import DEFAULT_LIMIT, Limit
from vendors import DirectorySearch, OrganisationType, search_directory

_Value = Annotated[str | None, QueryParameter(min_length=1, max_length=100)]
_Flag = Annotated[bool | None, QueryParameter()]
_Category = Annotated[str | None, QueryParameter(pattern=r"^[A-Z][A-Z0-9_]{1,31}$")]
_LongCursor = Annotated[str | None, QueryParameter(max_length=600, description="`next_cursor` of the page before; opaque")]


@get("/v1/directory", opt={"permission": Permission.SEARCH_DIRECTORY})
async def find_vendors(
    sessions: NamedDependency[Sessions],
    who: NamedDependency[Principal],
    clock: NamedDependency[Clock],
    program_id: FromQuery[UUID | None] = None,
    text: Annotated[str | None, QueryParameter(name="q", max_length=200, description="words; the last may be the beginning of one")] = None,
    county: _Value = None,
    organisation_type: FromQuery[OrganisationType | None] = None,
    clientele: _Value = None,
    category: _Category = None,
    language: _Value = None,
    accessibility: _Value = None,
    consumer_run: _Flag = None,
    include_unverified: _Flag = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: _LongCursor = None,
) -> DirectoryPage:
    """Look for vendors of your program, by words and by what they say of themselves; matches of names come first."""
    at = clock.now()
    after = None if cursor is None else position_of(cursor)
    async with sessions.read() as session:
        program = await find_program(session, program_id, who=who, at=at)
        today = today_in(program, at=at)
        search = DirectorySearch(
            program_id=program.id,
            on=today,
            required=await credentials_asked_for(session, program, on=today),
            text=text,
            county=county,
            organisation_type=organisation_type,
            clientele=clientele,
            category=category,
            language=language,
            accessibility=accessibility,
            consumer_run=consumer_run,
            include_unverified=bool(include_unverified),
        )
        found = await search_directory(session, search, limit=limit + 1, after=after)
    shown = found[:limit]
    next_cursor = cursor_of(shown[-1].position) if len(found) > limit else None
    return DirectoryPage(items=[ListedOut.of(one, category) for one in shown], next_cursor=next_cursor)


HANDLERS = [find_vendors]
