"""Wait until nothing else on a shared server holds sealing back: the oldest transaction of all its databases does."""

import asyncio

import asyncpg
from sqlalchemy.engine import make_url

OLDER_ELSEWHERE = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname <> current_database() AND backend_xid::text::bigint < $1)"""


async def outlast_others(url: str) -> None:
    """Wait until the transactions of other databases that are older than now have ended; on SQLite there are none."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return
    connection = await asyncpg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        now = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        while await connection.fetchval(OLDER_ELSEWHERE, now):  # noqa: ASYNC110 - a server tells nobody that a transaction ended
            await asyncio.sleep(0.005)
    finally:
        await connection.close()
