"""An upgrade leaves what the models describe, in tables and in the program."""

import pkgutil
import sys
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

import sdc
from sdc import journal
from sdc.clock import machine_now
from sdc.database import Sessions
from sdc.migrations import configuration, upgrade
from sdc.migrations.tables import METADATA

TABLES = [table for metadata in METADATA for table in metadata.tables.values()]


async def in_database(url, ask):
    sessions = Sessions(url)
    try:
        async with sessions.begin() as session:
            return await (await session.connection()).run_sync(ask)
    finally:
        await sessions.close()


async def test_the_revisions_leave_what_the_models_describe(empty_database_url):
    await upgrade(empty_database_url)

    await in_database(empty_database_url, lambda connection: command.check(configuration(connection)))


async def test_the_revisions_leave_every_check_of_the_models(empty_database_url):
    await upgrade(empty_database_url)

    found = await in_database(
        empty_database_url,
        lambda connection: {check["name"] for table in TABLES for check in inspect(connection).get_check_constraints(table.name)},
    )
    assert {check.name for table in TABLES for check in table.constraints if isinstance(check, CheckConstraint)} - found == set()


async def test_an_upgrade_of_what_is_up_to_date_changes_nothing(empty_database_url):
    await upgrade(empty_database_url)

    await upgrade(empty_database_url)

    names = await in_database(empty_database_url, lambda connection: inspect(connection).get_table_names())
    assert len([name for name in names if not name.startswith("directory_words")]) == len(TABLES) + 1


@pytest.mark.parametrize("change", ["UPDATE journal_events SET kind = 'other'", "DELETE FROM journal_events"])
async def test_the_journal_is_never_changed(database_url, change):
    sessions = Sessions(database_url)
    async with sessions.begin() as session:
        journal.record(session, "purchase.requested", subject=uuid4(), by=None, at=machine_now())

    with pytest.raises(DBAPIError, match="journal_events is never changed"):
        async with sessions.begin() as session:
            await session.execute(text(change))

    await sessions.close()


def test_every_model_is_gathered():
    models = {module.name for module in pkgutil.walk_packages(sdc.__path__, "sdc.") if module.name.endswith(".model")}

    assert models - sys.modules.keys() == set()
