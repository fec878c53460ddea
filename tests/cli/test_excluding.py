"""Exclusion lists from the command line: imported, asked about everybody, and what is there."""

import asyncio

import pytest

from sdc.database import Sessions
from tests.builders import a_program
from tests.cli.typing_commands import sdc
from tests.marketplace.screening.lists import a_leie, a_row
from tests.shops import a_vendor


def given(url, **vendor):
    """Put one vendor into a database."""

    async def put():
        sessions = Sessions(url)
        try:
            await a_vendor(sessions, await a_program(sessions), screened_on=None, **vendor)
        finally:
            await sessions.close()

    asyncio.run(put())


@pytest.fixture
def leie(tmp_path):
    file = tmp_path / "UPDATED.csv"
    file.write_bytes(a_leie(a_row(business="CORNER GYM INC"), a_row("PEREZ", "ANA")))
    return file


def test_a_list_is_imported_everybody_is_looked_up_and_the_status_says_so(sqlite_url, leie):
    given(sqlite_url, name="Corner Gym")

    before = sdc("screening", "status", database_url=sqlite_url).out
    imported = sdc("screening", "import", str(leie), "--list", "LEIE", "--date", "2026-11-10", database_url=sqlite_url)
    again = sdc("screening", "import", str(leie), "--list", "leie", "--date", "2026-11-10", database_url=sqlite_url)
    run = sdc("screening", "run", database_url=sqlite_url)
    after = sdc("screening", "status", database_url=sqlite_url).out

    assert "leie: not there" in before
    assert "leie of 2026-11-10: 2 rows" in imported.out
    assert "there already: 2 rows, nothing written" in again.out
    assert "1 vendors, 1 with owners and managers; 1 new questions for a person" in run.out
    assert "leie: of 2026-11-10, 1 file" in after
    assert "1 matches wait for a person" in after
    assert "last run: complete, 1 of 1 vendors" in after


def test_a_file_that_is_no_list_is_refused_in_plain_words(sqlite_url, leie):
    leie.write_bytes(a_leie(a_row("PEREZ", "ANA", born="19701332")))

    refused = sdc("screening", "import", str(leie), "--list", "leie", "--date", "2026-11-10", database_url=sqlite_url)

    assert refused.code == 1
    assert "importing leie failed: line 2, column DOB: this is no date (YYYYMMDD)" in refused.err


@pytest.mark.parametrize(
    "options",
    [
        ("--list", "nobody", "--date", "2026-11-10"),
        ("--list", "state:florida", "--date", "2026-11-10"),
        ("--list", "leie", "--date", "soon"),
    ],
)
def test_what_the_command_does_not_know_is_refused(sqlite_url, leie, options):
    assert sdc("screening", "import", str(leie), *options, database_url=sqlite_url).code == 2


def test_a_run_without_any_list_says_what_is_missing(sqlite_url):
    refused = sdc("screening", "run", database_url=sqlite_url)

    assert (refused.code, "no exclusion list is there yet" in refused.err) == (1, True)
