"""What SQLite lets anybody write where it cannot be: blocks and events that hold a value of another type, which nothing can be made of."""

from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, Integer, LargeBinary, Table, Uuid
from sqlalchemy.types import Boolean

from ledger.connection import Connection, driver_sql
from ledger.fault import Fault, FaultKind, Found
from ledger.tables import accounts, blocks, closings, periods

_KINDS = {
    blocks: FaultKind.BLOCK_CHANGED,
    accounts: FaultKind.ACCOUNT_CHANGED,
    closings: FaultKind.ACCOUNT_CHANGED,
    periods: FaultKind.PERIOD_CHANGED,
}


async def name_unreadable(session: Connection, book_id: UUID | None, found: Found) -> set[UUID]:
    """Name each block and event that cannot be read, and give the books that they are in: their chains cannot be followed."""
    unreadable: set[UUID] = set()
    for table, kind in _KINDS.items():
        number = "number" if table is blocks else "NULL"
        statement = f"SELECT book_id, {number}, rowid FROM {table.name} WHERE NOT ({_is_readable(table)})"  # noqa: S608 - our own names
        for book, block_number, row in (await driver_sql(session, statement)).all():
            place = _uuid(book)
            if book_id in {None, place}:
                where = block_number if isinstance(block_number, int) else None
                found.add(Fault(kind, place, block_number=where, detail=f"row {row} of {table.name} holds what cannot be there"))
                unreadable |= set() if place is None else {place}
    return unreadable


def _is_readable(table: Table) -> str:
    return " AND ".join(f"({_is_of_type(column)})" for column in table.c)


def _is_of_type(column: Column[object]) -> str:
    name = column.name
    if isinstance(column.type, BigInteger | Integer | Boolean):
        condition = f"typeof({name}) = 'integer'"
    elif isinstance(column.type, LargeBinary):
        condition = f"typeof({name}) = 'blob'"
    elif isinstance(column.type, Uuid):
        condition = f"typeof({name}) = 'text' AND length({name}) = 32 AND {name} NOT GLOB '*[^0-9a-f]*'"
    elif isinstance(column.type, Date):
        condition = f"typeof({name}) = 'text' AND date({name}) IS {name}"
    else:
        condition = f"typeof({name}) = 'text'"
    return f"{name} IS NULL OR {condition}" if column.nullable else condition


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
