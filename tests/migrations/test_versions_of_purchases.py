"""Revision 0009 gives each purchase that stands the version of the rulebook that judged it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import sqlalchemy as sa

from sdc.database import Sessions
from sdc.migrations import upgrade

NOW = datetime(2026, 10, 15, 16, tzinfo=UTC)
PLAIN = {
    sa.Boolean: False,
    sa.Date: date(2026, 10, 15),
    sa.DateTime: NOW,
    sa.Integer: 1,
    sa.LargeBinary: b"sealed",
    sa.JSON: [],
    sa.String: "x",
}


def a_row(table: sa.Table, **values: object) -> sa.Insert:
    """Write a row of a table as it stood before, plain where nothing is said."""
    filled = {column.name: plain(column) for column in table.columns if not column.nullable} | values
    return table.insert().values({name: fit(table.c[name], value) for name, value in filled.items()})


def plain(column: sa.Column[object]) -> object:
    if isinstance(column.type, sa.Uuid | sa.CHAR):
        return uuid4()
    return next(value for kind, value in PLAIN.items() if isinstance(column.type, kind))


def fit(column: sa.Column[object], value: object) -> object:
    """SQLite keeps an id as text."""
    return value.hex if isinstance(value, UUID) and isinstance(column.type, sa.CHAR) else value


async def fill(url: str, write: Callable[[sa.Connection], None]) -> None:
    """Write rows whose members and programs are not there: who they are does not matter here."""
    if "sqlite" in url:
        engine = sa.create_engine(sa.make_url(url).set(drivername="sqlite"))
        with engine.begin() as connection:
            write(connection)
        engine.dispose()
        return
    sessions = Sessions(url)
    async with sessions.begin() as session:
        await session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await (await session.connection()).run_sync(write)
    await sessions.close()


async def test_a_purchase_that_stands_keeps_the_version_that_judged_it(empty_database_url):
    versions, decided = {1: uuid4(), 2: uuid4()}, {uuid4(): 1, uuid4(): 2}

    def write(connection: sa.Connection) -> None:
        tables = sa.MetaData()
        tables.reflect(connection, only=["rulebook_versions", "decisions", "purchases"], resolve_fks=False)
        book, decision, purchase = (tables.tables[name] for name in ("rulebook_versions", "decisions", "purchases"))
        for number, version_id in versions.items():
            connection.execute(a_row(book, id=version_id, name="florida", version=number, effective_from=date(2026, 1, number)))
        for purchase_id, number in decided.items():
            decision_id = uuid4()
            connection.execute(a_row(decision, id=decision_id, rulebook_name="florida", rulebook_version=number))
            connection.execute(a_row(purchase, id=purchase_id, decision_id=decision_id))

    await upgrade(empty_database_url, revision="0008")
    await fill(empty_database_url, write)

    await upgrade(empty_database_url)

    sessions = Sessions(empty_database_url)
    async with sessions.read() as session:
        kept = await session.execute(sa.text("SELECT id, rulebook_version_id FROM purchases"))
        found = {UUID(str(row.id)): UUID(str(row.rulebook_version_id)) for row in kept}
    await sessions.close()
    assert found == {purchase_id: versions[number] for purchase_id, number in decided.items()}
