"""The databases of the tests are fresh, apart from one another, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests import cluster, databases


async def tables_of(url: str) -> list[str]:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await engine.dispose()
    return names


async def test_a_migrated_database_holds_the_tables(database_url):
    assert await tables_of(database_url) != []


@pytest.mark.parametrize("kind", databases.KINDS)
async def test_two_databases_do_not_know_one_another(kind, tmp_path):
    with databases.fresh(kind, tmp_path, migrated=False) as one, databases.fresh(kind, tmp_path, migrated=False) as other:
        engine = create_async_engine(one)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE here (id integer)"))
        await engine.dispose()

        assert await tables_of(one) == ["here"]
        assert await tables_of(other) == []


def test_sqlite_leaves_no_file(tmp_path):
    with databases.fresh("sqlite", tmp_path) as url:
        assert Path(url.partition(":///")[2]).exists()

    assert list(tmp_path.iterdir()) == []


def test_a_server_ends_with_the_run_that_asked_for_it():
    binaries = cluster.find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL binaries on this machine")
    run = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    server = cluster.start(binaries, watched=run.pid)

    os.kill(run.pid, signal.SIGKILL)
    run.wait()

    deadline = time.monotonic() + 20
    while server.directory.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not server.directory.exists()
