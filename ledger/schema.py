"""The statements that create the ledger in an empty database."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.tables import metadata

_DIALECTS: dict[str, type[Dialect]] = {"postgresql": postgresql.dialect, "sqlite": sqlite.dialect}


def create_statements(dialect_name: str) -> list[str]:
    """Write the DDL of the ledger: tables, indexes, functions and the triggers that refuse change."""
    dialect = _DIALECTS[dialect_name]()
    statements: list[str] = []
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    return statements
