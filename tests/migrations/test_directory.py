"""Revision 0013 says what credentials of before are, keeps the prices that were asked, and lists the vendors that were there."""

from datetime import date
from uuid import uuid4

import sqlalchemy as sa

import vendors
from sdc.database import Sessions
from sdc.migrations import upgrade
from tests.migrations.test_versions_of_purchases import a_row, fill
from vendors import Credential, DirectorySearch, OfferingPrice

TABLES = ("vendors", "vendor_offerings", "vendor_credentials")


async def test_vendors_of_before_are_found_with_their_prices_and_cards(empty_database_url):
    vendor_id, program_id = uuid4(), uuid4()

    def write(connection: sa.Connection) -> None:
        tables = sa.MetaData()
        tables.reflect(connection, only=TABLES, resolve_fks=False)
        vendor, offering, credential = (tables.tables[name] for name in TABLES)
        lists = {"on_leie": False, "on_sam": False, "on_state_list": False, "has_possible_match": False}
        kept = {"name": "Yoga Más Cerca Søl", "state": "active", "categories": ["WELL_ALT"], **lists}
        connection.execute(a_row(vendor, id=vendor_id, program_id=program_id, **kept))
        sold = {"category": "WELL_ALT", "title": "Clase", "unit_price_cents": 1_500, "is_active": True}
        connection.execute(a_row(offering, vendor_id=vendor_id, **sold))
        for kind in ("peer_cert", "bus_card"):
            connection.execute(a_row(credential, vendor_id=vendor_id, type=kind))

    await upgrade(empty_database_url, revision="0012")
    await fill(empty_database_url, write)

    await upgrade(empty_database_url)

    sessions = Sessions(empty_database_url)
    async with sessions.read() as session:
        search = DirectorySearch(program_id=program_id, on=date(2026, 10, 15), required={}, text="mas sol clas")
        [found] = await vendors.search_directory(session, search, limit=5)
        [price] = (await session.scalars(sa.select(OfferingPrice))).all()
        kinds = {one.type: one.kind.value for one in await session.scalars(sa.select(Credential))}
    async with sessions.begin() as session:
        [vendor] = (await session.scalars(sa.select(vendors.Vendor).where(vendors.Vendor.id == vendor_id))).all()
        vendor.name = "Otra"
        await vendors.index_vendor(session, vendor)
    async with sessions.read() as session:
        assert await vendors.search_directory(session, search, limit=5) == []
    await sessions.close()
    assert (found.vendor.id, [one.title for one in found.offerings]) == (vendor_id, ["Clase"])
    assert (price.unit_price_cents, price.by, price.from_at.tzinfo is not None) == (1_500, None, True)
    assert kinds == {"peer_cert": "peer_certification", "bus_card": "other"}
