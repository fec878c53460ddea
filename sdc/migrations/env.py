"""What Alembic runs: the revisions, or a comparison with the models, on the connection it was given."""

from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from sdc.database import Instant
from sdc.migrations.tables import METADATA


def render_item(kind: str, item: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write our own column types into a new revision as what they are in the database: a revision outlives our code."""
    del autogenerate
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String({item.length})"
    return False


def include_object(item: object, name: str | None, kind: str, is_in_database: bool, other: object) -> bool:  # noqa: FBT001 - Alembic's call
    """Leave out of a comparison what only one kind of database has: SQLite's index of words, with its tables, and PostgreSQL's."""
    del item, is_in_database, other
    on_sqlite = context.config.attributes["connection"].dialect.name == "sqlite"
    if kind == "table":
        return name is None or not name.startswith("directory_words")
    return not (on_sqlite and kind == "index" and name == "ix_directory_entries_terms")


def run() -> None:
    """Do what was asked within the caller's transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        transactional_ddl=True,
        render_item=render_item,
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
