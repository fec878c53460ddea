"""Let a PostgreSQL role run the service: it reads and writes the application's tables, and posts to the ledger through its functions."""

import click
from sqlalchemy import text

import ledger
from sdc.cli.failing import step
from sdc.cli.process import open_sessions
from sdc.migrations.tables import METADATA

_KEPT = ("journal_events", "decisions", "rulebook_versions")
"""Tables that are only added to."""


async def grant_to(database_url: str, role: str) -> None:
    """Grant what the service needs, and no more, to a role that exists.

    Raises:
        ClickException: the database is not PostgreSQL.

    """
    async with open_sessions(database_url) as sessions:
        if sessions.is_sqlite:
            raise click.ClickException("SQLite has no roles: whoever can open the file owns it, and the verification is what is left")
        quoted = sessions.engine.dialect.identifier_preparer.quote_identifier(role)
        tables = [table.name for metadata in METADATA if metadata is not ledger.metadata for table in metadata.sorted_tables]
        changed = ", ".join(name for name in tables if name not in _KEPT)
        statements = [
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {changed} TO {quoted}",
            f"GRANT SELECT, INSERT ON {', '.join(_KEPT)} TO {quoted}",
            f"GRANT SELECT ON alembic_version TO {quoted}",
            *ledger.grant_statements(role),
        ]
        with step(f"granting to {role}"):
            async with sessions.begin() as session:
                for statement in statements:
                    await session.execute(text(statement))
