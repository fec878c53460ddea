"""An upgrade leaves what the models describe, whoever else upgrades at the same moment."""

import asyncio
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


async def test_upgrades_of_an_empty_database_at_once_all_end_well(empty_database_url):
    code = "import asyncio, sys; from sdc.migrations import upgrade; asyncio.run(upgrade(sys.argv[1]))"
    command_line = [sys.executable, "-c", code, empty_database_url]

    processes = [await asyncio.create_subprocess_exec(*command_line, stderr=asyncio.subprocess.PIPE) for _ in range(3)]
    outcomes = [await process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], outcomes


@pytest.mark.parametrize("change", ["UPDATE journal_events SET kind = 'other'", "DELETE FROM journal_events"])
async def test_the_journal_is_never_changed(empty_database_url, change):
    await upgrade(empty_database_url)
    sessions = Sessions(empty_database_url)
    async with sessions.begin() as session:
        journal.record(session, "purchase.requested", subject=uuid4(), by=None, at=machine_now())

    with pytest.raises(DBAPIError, match="journal_events is never changed"):
        async with sessions.begin() as session:
            await session.execute(text(change))

    await sessions.close()


def test_every_model_is_gathered():
    models = {module.name for module in pkgutil.walk_packages(sdc.__path__, "sdc.") if module.name.endswith(".model")}

    assert models - sys.modules.keys() == set()
