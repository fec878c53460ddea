"""Revision 0010 gives each attempt its amount and what came back, and excludes again whom another list's clear look had let go."""

from datetime import date
from uuid import uuid4

import sqlalchemy as sa

from sdc.database import Sessions
from sdc.migrations import upgrade
from tests.migrations.test_versions_of_purchases import a_row, fill

TABLES = ("payments", "payment_attempts", "vendors", "vendor_screenings")
OLDER, NEWER = date(2026, 10, 1), date(2026, 10, 8)
LOOKS = {
    "another list": [("fl", OLDER, "match"), ("tx", NEWER, "clear")],
    "older version": [("leie", NEWER, "match"), ("leie", OLDER, "clear")],
    "ended": [("sam", OLDER, "match"), ("sam", NEWER, "clear")],
    "open": [("sam", OLDER, "clear"), ("sam", NEWER, "possible")],
    "nothing": [],
}


async def test_what_stood_before_goes_on(empty_database_url):
    def write(connection: sa.Connection) -> None:
        tables = sa.MetaData()
        tables.reflect(connection, only=TABLES, resolve_fks=False)
        payment, attempt, vendor, screening = (tables.tables[name] for name in TABLES)
        payment_id = uuid4()
        connection.execute(a_row(payment, id=payment_id, amount_cents=4_000, returned_cents=1_000, attempts=2))
        for number, state in ((1, "rejected"), (2, "sent")):
            connection.execute(a_row(attempt, payment_id=payment_id, number=number, state=state))
        for name, looks in LOOKS.items():
            vendor_id = uuid4()
            connection.execute(a_row(vendor, id=vendor_id, name=name, payee_id="acct_1" if looks else None))
            for which, day, result in looks:
                connection.execute(a_row(screening, vendor_id=vendor_id, list=which, list_date=day, result=result))

    await upgrade(empty_database_url, revision="0009")
    await fill(empty_database_url, write)

    await upgrade(empty_database_url)

    sessions = Sessions(empty_database_url)
    async with sessions.read() as session:
        moved = await session.execute(sa.text("SELECT state, amount_cents, returned_cents FROM payment_attempts ORDER BY number"))
        attempts = [tuple(row) for row in moved]
        flags = await session.execute(sa.text("SELECT name, payees, on_leie, on_sam, on_state_list, has_possible_match FROM vendors"))
        vendors = {row[0]: tuple(map(int, row[1:])) for row in flags}
    await sessions.close()
    assert attempts == [("rejected", 4_000, 0), ("sent", 4_000, 1_000)]
    assert vendors == {
        "another list": (1, 0, 0, 1, 0),
        "older version": (1, 1, 0, 0, 0),
        "ended": (1, 0, 0, 0, 0),
        "open": (1, 0, 0, 0, 1),
        "nothing": (0, 0, 0, 0, 0),
    }
