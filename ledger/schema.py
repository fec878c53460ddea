"""The statements that create the ledger in an empty database, and those that let a role use it and no more."""

import re
from collections.abc import Callable
from importlib.resources import files

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.entry import MAX_BALANCE, MAX_CENTS
from ledger.folding import HELD, fold_statements
from ledger.postgresql import leaf_of_one, leaf_of_posting
from ledger.tables import metadata

_NEVER_CHANGED = {
    "ledger_accounts": "id",
    "ledger_closings": "account_id",
    "ledger_transfers": "entry_id, number",
    "ledger_periods": "book_id, number",
    "ledger_blocks": "book_id, number",
    "ledger_folds": "account_id, block_number",
}
"""Tables that only grow, and their keys."""
_KEPT_UP = ("ledger_balances", "ledger_days", "ledger_clock")
"""Tables whose rows change, by the ledger's own hand."""
_WRITERS = (
    "ledger_post",
    "ledger_post_one",
    "ledger_adopt",
    "ledger_open_accounts",
    "ledger_write_closing",
    "ledger_write_period",
    "ledger_write_block",
    "ledger_write_folds",
)
_READERS = ("ledger_stamp", "ledger_horizon", "ledger_lock_book", "ledger_try_sealing", "ledger_held")
# A plan that is right for a small table must not be kept for a large one; every look-up of a posting is by an index.
_STEADY = "SET enable_seqscan TO off SET plan_cache_mode TO force_generic_plan SET jit TO off"


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


def grant_statements(role: str) -> list[str]:
    """Write what lets a PostgreSQL role post, seal and read, and touch no row: for the application, which is not the owner.

    The role exists, and is no superuser; the caller quotes nothing: `role` is quoted here.
    """
    quoted = postgresql.dialect().identifier_preparer.quote(role)  # type: ignore[no-untyped-call]
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    grants = [f"GRANT EXECUTE ON FUNCTION {name} TO {quoted}" for name in (*_WRITERS, *_READERS, "ledger_cluster")]
    return [f"REVOKE ALL ON {tables} FROM {quoted}", f"GRANT SELECT ON {tables} TO {quoted}", *grants]


def _postgresql_rest() -> list[str]:
    encoding = """DO $encoding$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the ledger needs a database in UTF8, for its hashes';
    END IF;
END
$encoding$"""
    return [
        encoding,
        *_functions(),
        *(_postgresql_trigger(table, "stay", "UPDATE OR DELETE OR TRUNCATE", "ledger_refuse") for table in _NEVER_CHANGED),
        _postgresql_trigger("ledger_balances", "stay", "DELETE OR TRUNCATE", "ledger_refuse"),
        "INSERT INTO ledger_clock (base, floor, id, cluster) VALUES (0, 0, 1, ledger_cluster())",
        *(_postgresql_trigger(table, "by_hand", "INSERT", "ledger_refuse_by_hand") for table in _NEVER_CHANGED),
        *(_postgresql_trigger(table, "by_hand", "INSERT OR UPDATE OR DELETE OR TRUNCATE", "ledger_refuse_by_hand") for table in _KEPT_UP),
    ]


def _functions() -> list[str]:
    fold, days = fold_statements(
        book="ledger_write_folds.book",
        number="ledger_write_folds.block_number",
        written_from="written_from",
        written_before="written_before",
    )
    written = [
        _text("decide.sql"),
        _text("post.sql"),
        _text("post_one.sql"),
        *re.split(r";\n\n(?=CREATE)", _text("functions.sql").rstrip(";")),
    ]
    looks = {
        "look_at_few": _text("look.sql").replace("{sums}", _SUMS_OF_FEW).replace("{unless_recorded}", _UNLESS_RECORDED),
        "look_at_many": _text("look.sql").replace("{sums}", _SUMS_OF_MANY).replace("{unless_recorded}", ""),
    }
    sums = {"fold": f"{fold};", "days": f"{days};", "held": HELD}
    terms = looks | sums | {"bytes": leaf_of_posting(), "bytes_of_one": leaf_of_one(), "max_cents": MAX_CENTS, "max_balance": MAX_BALANCE}
    for name, value in terms.items():
        written = [statement.replace(f"{{{name}}}", str(value)) for statement in written]
    return [*written, _settings()]


def _settings() -> str:
    """Let each function find the ledger's own tables only, whatever the caller's path is, and let nobody call it unasked."""
    lines = [
        f"EXECUTE format('ALTER FUNCTION {name} SET search_path TO %I, pg_temp', current_schema());" for name in (*_WRITERS, *_READERS)
    ]
    lines += [f"ALTER FUNCTION {name} SET ledger.writing TO 'on';" for name in _WRITERS]
    settings = _STEADY.replace(" SET", "\nSET").split("\n")
    lines += [f"ALTER FUNCTION {name} {setting};" for name in ("ledger_post", "ledger_post_one", "ledger_held") for setting in settings]
    lines += [f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC;" for name in (*_WRITERS, *_READERS, "ledger_decide")]
    body = "\n    ".join(lines)
    return f"DO $settings$\nBEGIN\n    {body}\nEND\n$settings$"


def _text(name: str) -> str:
    return files("ledger").joinpath(name).read_text("utf-8").strip()


def _postgresql_trigger(table: str, name: str, events: str, function: str) -> str:
    return f"CREATE TRIGGER {table}_{name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"


def _sqlite_rest() -> list[str]:
    triggers = [_sqlite_trigger(table, event) for table in _NEVER_CHANGED for event in ("UPDATE", "DELETE")]
    # INSERT OR REPLACE deletes without asking the trigger on DELETE.
    replacing = [_sqlite_trigger(table, "INSERT", when=_is_there(table, key)) for table, key in _NEVER_CHANGED.items()]
    clock = "INSERT INTO ledger_clock (base, floor, id, cluster) VALUES (0, 0, 1, 'sqlite')"
    return [
        *triggers,
        *replacing,
        _sqlite_trigger("ledger_balances", "DELETE"),
        clock,
        _sqlite_trigger("ledger_clock", "DELETE"),
        *_sizes(),
    ]


def _sizes() -> list[str]:
    """Tell SQLite what it is to expect, as `ANALYZE` would of a large ledger: else it looks for what is new among all of its book."""
    rows = ", ".join(f"('{table}', '{index}', '{sizes}')" for table, index, sizes in _EXPECTED)
    return ["ANALYZE ledger_clock", f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES {rows}", "ANALYZE sqlite_master"]  # noqa: S608 - ours


_EXPECTED = (
    ("ledger_transfers", "sqlite_autoindex_ledger_transfers_1", "1000000 2 1"),
    ("ledger_transfers", "ledger_transfers_by_writing", "1000000 5"),
    ("ledger_transfers", "ledger_transfers_by_date", "1000000 500000 1000"),
    ("ledger_transfers", "ledger_transfers_by_subject", "1000000 10"),
    ("ledger_transfers", "ledger_transfers_by_original", "10000 2"),
    ("ledger_accounts", "sqlite_autoindex_ledger_accounts_1", "10000 1"),
    ("ledger_accounts", "sqlite_autoindex_ledger_accounts_2", "10000 5000 1"),
    ("ledger_accounts", "ledger_accounts_by_writing", "10000 5"),
)
"""Of a table and an index: how many rows there are, and how many share the first columns."""


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

_SUMS_OF_FEW = """LEFT JOIN LATERAL (
    SELECT coalesce(sum(m.amount) FILTER (WHERE m.side >> 32 = n.place), 0) AS debited,
           coalesce(sum(m.amount) FILTER (WHERE m.side & low = n.place), 0) AS credited,
           min(m.amount) >= 1 AND max(m.amount) <= {max_cents} AS in_range
    FROM unnest(sides, amounts) AS m (side, amount)
) AS s ON true"""
"""What a few transfers come to, account by account: the sum is made anew for each, and nothing is hashed."""
_SUMS_OF_MANY = """LEFT JOIN (
    SELECT place, sum(debited) AS debited, sum(credited) AS credited,
           min(debited + credited) >= 1 AND max(debited + credited) <= {max_cents} AS in_range
    FROM (
        SELECT (m.side >> 32)::int AS place, m.amount AS debited, 0::bigint AS credited
        FROM unnest(sides, amounts) AS m (side, amount)
        UNION ALL
        SELECT (m.side & low)::int, 0::bigint, m.amount FROM unnest(sides, amounts) AS m (side, amount)
    ) AS halves GROUP BY place
) AS s ON s.place = n.place"""
_UNLESS_RECORDED = "AND NOT EXISTS (SELECT FROM ledger_transfers WHERE entry_id = ANY (entry_ids))"
