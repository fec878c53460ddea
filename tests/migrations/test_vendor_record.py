"""Revision 0011 leaves a vendor of before with nothing said of it, its reason where it stood, and nothing withheld."""

from uuid import uuid4

import sqlalchemy as sa

from sdc.database import Sessions
from sdc.migrations import upgrade
from tests.migrations.test_versions_of_purchases import a_row, fill
from vendors import Vendor, VendorState


async def test_a_vendor_of_before_goes_on_with_nothing_said_of_it(empty_database_url):
    vendor_id = uuid4()

    def write(connection: sa.Connection) -> None:
        tables = sa.MetaData()
        tables.reflect(connection, only=("vendors",), resolve_fks=False)
        row = {"id": vendor_id, "name": "Corner Gym", "state": "suspended", "reason": "a long wait", "categories": ["WELL_GYM"]}
        connection.execute(a_row(tables.tables["vendors"], **row))

    await upgrade(empty_database_url, revision="0010")
    await fill(empty_database_url, write)

    await upgrade(empty_database_url)

    sessions = Sessions(empty_database_url)
    async with sessions.read() as session:
        vendor = await session.get_one(Vendor, vendor_id)
    await sessions.close()
    assert (vendor.state, vendor.reason, vendor.reason_sealed) == (VendorState.SUSPENDED, "a long wait", None)
    assert (vendor.service_counties, vendor.languages, vendor.hours, vendor.employer_ids) == ([], [], [], [])
    assert (vendor.contact_sealed, vendor.organisation_type, vendor.is_consumer_run, vendor.withholds) == (None, None, False, False)
