"""Someone who owns the database file changes one cent: what the verification says of it, and of an untouched copy."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from sdc.cli.demo.processes import House, StepFailedError, run_sdc


async def prove(house: House) -> str:
    """Verify an untouched copy and a forged one, and give the line that names the forged row.

    Raises:
        StepFailedError: the untouched copy does not pass, or the forged one does.

    """
    return await asyncio.to_thread(_prove, house)


def _prove(house: House) -> str:
    untouched, forged = house.folder / "untouched.db", house.folder / "forged.db"
    for copy in (untouched, forged):
        _copy(house.database, copy)
    row = _change_one_cent(forged)
    with ThreadPoolExecutor() as both:
        clean, found = both.map(lambda copy: run_sdc(_environment(house, copy), "ledger", "verify"), (untouched, forged))
    if clean.returncode:
        raise StepFailedError(f"the untouched copy does not verify: {(clean.stdout + clean.stderr)[-600:]}")
    named = [line.strip() for line in found.stdout.splitlines() if row in line]
    if not found.returncode or not named:
        raise StepFailedError(f"the forged cent was not found: {(found.stdout + found.stderr)[-600:]}")
    return named[0]


def _environment(house: House, database: Path) -> dict[str, str]:
    environment = {name: value for name, value in house.environment.items() if name != "SDC_CLOCK_START"}
    return environment | {"SDC_DATABASE_URL": f"sqlite:///{database}", "COLUMNS": "200"}


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def _change_one_cent(database: Path) -> str:
    """Drop the triggers, add a cent to one transfer, and tell the entry it belongs to."""
    with closing(sqlite3.connect(database)) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_transfers'").fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        query = "SELECT rowid, entry_id FROM ledger_transfers ORDER BY amount_cents LIMIT 1"
        rowid, entry_id = connection.execute(query).fetchone()
        connection.execute("UPDATE ledger_transfers SET amount_cents = amount_cents + 1 WHERE rowid = ?", (rowid,))
    text = entry_id.hex() if isinstance(entry_id, bytes) else str(entry_id).replace("-", "")
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
