"""The statements that create the ledger in an empty database."""

from collections.abc import Callable

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.postgresql import post_function
from ledger.tables import metadata

_NEVER_CHANGED = {"ledger_accounts": "id", "ledger_entries": "id", "ledger_transfers": "entry_id, number"}
"""Tables that only grow, and their keys."""


def create_statements(dialect_name: str) -> list[str]:
    """Write the DDL of the ledger: tables, indexes, functions and the triggers that refuse change.

    The triggers stop a slip of the hand. Who owns the database can drop them; what they then change, `verify` names.
    """
    make_dialect, rest = _DIALECTS[dialect_name]
    dialect = make_dialect()
    statements: list[str] = []
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    return statements + rest()


def _postgresql_rest() -> list[str]:
    encoding = """DO $encoding$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the ledger needs a database in UTF8, for its hashes';
    END IF;
END
$encoding$"""
    refuse = """CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$
BEGIN
    RAISE EXCEPTION '% is never changed: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$refuse$"""
    triggers = [_postgresql_trigger(table, "UPDATE OR DELETE OR TRUNCATE") for table in _NEVER_CHANGED]
    return [encoding, refuse, *triggers, _postgresql_trigger("ledger_balances", "DELETE OR TRUNCATE"), post_function()]


def _postgresql_trigger(table: str, events: str) -> str:
    return f"CREATE TRIGGER {table}_stay BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"


def _sqlite_rest() -> list[str]:
    triggers = [_sqlite_trigger(table, event) for table in _NEVER_CHANGED for event in ("UPDATE", "DELETE")]
    # INSERT OR REPLACE deletes without asking the trigger on DELETE.
    replacing = [_sqlite_trigger(table, "INSERT", when=_is_there(table, key)) for table, key in _NEVER_CHANGED.items()]
    return [*triggers, *replacing, _sqlite_trigger("ledger_balances", "DELETE")]


def _sqlite_trigger(table: str, event: str, when: str = "") -> str:
    return f"""CREATE TRIGGER {table}_refuse_{event.lower()} BEFORE {event} ON {table}{when}
BEGIN
    SELECT RAISE(ABORT, '{table} is never changed: {event} refused');
END"""


def _is_there(table: str, key: str) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key.split(", "))
    return f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names


_DIALECTS: dict[str, tuple[Callable[[], Dialect], Callable[[], list[str]]]] = {
    "postgresql": (postgresql.dialect, _postgresql_rest),
    "sqlite": (sqlite.dialect, _sqlite_rest),
}
