"""Is the process alive, and can it do its work."""

from litestar import Response, get
from litestar.di import NamedDependency
from pydantic import BaseModel
from sqlalchemy import text

from sdc.database import Sessions
from sdc.web.public import PUBLIC


class Health(BaseModel):
    """How it is."""

    status: str


@get("/healthz", opt=PUBLIC, sync_to_thread=False)
def get_health() -> Health:
    """Say that the process is alive."""
    return Health(status="ok")


@get("/readyz", opt=PUBLIC)
async def get_readiness(sessions: NamedDependency[Sessions]) -> Response[Health]:
    """Say that the database answers."""
    async with sessions.read() as session:
        await session.execute(text("SELECT 1"))
    return Response(Health(status="ok"))


HANDLERS = [get_health, get_readiness]
