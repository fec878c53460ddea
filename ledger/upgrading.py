"""Bring a ledger of the first form, which kept entries and transfers apart and sealed nothing, into today's."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Date, Uuid, inspect, text

from ledger.account import Account, Side
from ledger.entry import Entry, Transfer
from ledger.leaf import TRANSFER_FIELDS, account_leaf, postgresql_bytes, transfer_leaf
from ledger.schema import create_statements
from ledger.tables import accounts as account_rows
from ledger.tables import transfers as transfer_rows

_CHUNK = 5_000
_MOVED = ("ledger_accounts", "ledger_balances", "ledger_entries", "ledger_transfers")


def upgrade_first_form(connection: Connection) -> bool:
    """Move the rows of a ledger of the first form into today's tables, within the caller's transaction; tell whether it was one.

    Every leaf is written anew, since its form is another; the rows count as written by this transaction, and are in no block.
    """
    if not inspect(connection).has_table("ledger_entries"):
        return False
    is_postgresql = connection.dialect.name == "postgresql"
    for table in _MOVED:
        connection.execute(text(f"CREATE TABLE moved_{table} AS SELECT * FROM {table}"))  # noqa: S608 - our own names
    for table in reversed(_MOVED):
        connection.execute(text(f"DROP TABLE {table}"))
    for function in ("ledger_post", "ledger_refuse") if is_postgresql else ():
        connection.execute(text(f"DROP FUNCTION {function}"))
    for statement in create_statements(connection.dialect.name):
        connection.exec_driver_sql(statement)

    written_in = _begin_writing(connection, is_postgresql=is_postgresql)
    _move_accounts(connection, written_in)
    connection.execute(
        text("INSERT INTO ledger_balances (balance_cents, account_id) SELECT balance_cents, account_id FROM moved_ledger_balances")
    )
    if is_postgresql:
        connection.execute(text(_ON_POSTGRESQL), {"written_in": written_in})
    else:
        for rows in _rows(connection, written_in):
            connection.execute(transfer_rows.insert(), rows)
    for table in _MOVED:
        connection.execute(text(f"DROP TABLE moved_{table}"))
    return True


def _begin_writing(connection: Connection, *, is_postgresql: bool) -> int:
    if is_postgresql:
        connection.execute(text("SET LOCAL ledger.writing = 'on'"))
        return int(connection.execute(text("SELECT ledger_stamp()")).scalar_one())
    return int(connection.execute(text("UPDATE ledger_clock SET base = base + 1 RETURNING base")).scalar_one())


def _move_accounts(connection: Connection, written_in: int) -> None:
    columns = {"id": Uuid(), "book_id": Uuid()}
    found = connection.execute(text("SELECT * FROM moved_ledger_accounts").columns(**columns)).all()
    rows = []
    for row in found:
        account = Account(row.id, row.book_id, row.code, Side(row.side), bool(row.guarded))
        leaf = account_leaf(account, row.opened_at_us)
        rows.append(
            {
                "opened_at_us": row.opened_at_us,
                "written_in": written_in,
                "id": account.id,
                "book_id": account.book_id,
                "guarded": account.guarded,
                "side": account.side.value,
                "code": account.code,
                "leaf": leaf,
            }
        )
    if rows:
        connection.execute(account_rows.insert(), rows)


def _rows(connection: Connection, written_in: int) -> Iterator[list[dict[str, Any]]]:
    ids = dict.fromkeys(("entry_id", "book_id", "subject", "debit_id", "credit_id", "reverses"), Uuid())
    found = connection.execute(text(_JOINED).columns(**ids, effective_on=Date()))
    while some := found.fetchmany(_CHUNK):
        yield [_row(row, written_in) for row in some]


def _row(row: Any, written_in: int) -> dict[str, Any]:  # noqa: ANN401 - a row of both tables
    transfer = Transfer(row.debit_id, row.credit_id, row.amount_cents, row.tag)
    whole = (transfer,) * row.transfer_count
    entry = Entry(row.entry_id, row.book_id, row.kind, row.subject, row.effective_on, whole, row.memo, row.reverses)
    values = {name: getattr(row, name) for name in (*TRANSFER_FIELDS, "memo") if name != "asked_on"}
    return values | {"asked_on": None, "written_in": written_in, "leaf": transfer_leaf(entry, row.number, transfer, row.recorded_at_us)}


_JOINED = """
SELECT e.recorded_at_us, e.id AS entry_id, e.book_id, e.subject, e.reverses, e.effective_on, e.transfer_count, e.kind, e.memo,
       t.amount_cents, t.debit_id, t.credit_id, t.number, t.tag
FROM moved_ledger_entries e JOIN moved_ledger_transfers t ON t.entry_id = e.id"""
_NAMES = {name: f"j.{name}" for name in TRANSFER_FIELDS} | {"asked_on": "NULL::date"}
_ON_POSTGRESQL = f"""
INSERT INTO ledger_transfers (
    amount_cents, recorded_at_us, written_in, entry_id, book_id, subject, debit_id, credit_id, effective_on, number, transfer_count,
    kind, tag, memo, leaf, reverses
)
SELECT j.amount_cents, j.recorded_at_us, :written_in, j.entry_id, j.book_id, j.subject, j.debit_id, j.credit_id, j.effective_on, j.number,
       j.transfer_count, j.kind, j.tag, j.memo, sha256({postgresql_bytes(_NAMES).replace("::", chr(92) + ":" + chr(92) + ":")}), j.reverses
FROM ({_JOINED}) AS j"""  # noqa: S608 - our own names
_BALANCES = "INSERT INTO ledger_balances (balance_cents, account_id) SELECT balance_cents, account_id FROM moved_ledger_balances"
