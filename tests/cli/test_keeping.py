"""Tables, tokens and the clock, kept from the command line."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from sdc.auth.principal import Principal, Role
from sdc.auth.tokens import authenticate
from sdc.clock import machine_now
from sdc.database import Sessions
from sdc.programs.model import Staff
from sdc.rulebooks.model import RulebookVersion
from tests.architecture.tree import ROOT
from tests.cli.typing_commands import sdc


def ask(url, question):
    """Ask a database in a loop of its own."""

    async def run():
        sessions = Sessions(url)
        try:
            async with sessions.read() as session:
                return await question(session)
        finally:
            await sessions.close()

    return asyncio.run(run())


def test_an_upgrade_publishes_the_shipped_rulebooks_once(empty_database_url):
    first = sdc("db", "upgrade", database_url=empty_database_url)
    second = sdc("db", "upgrade", database_url=empty_database_url)

    names = ask(empty_database_url, lambda session: session.scalars(select(RulebookVersion.name)))
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert sorted(names) == ["base", "florida", "pennsylvania_crif", "texas", "washington_new_freedom"]
    assert "published" in first.out
    assert "published" not in second.out


def test_upgrades_at_once_all_end_well_and_publish_once(empty_database_url):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SDC_")}
    environment |= {"SDC_DATABASE_URL": empty_database_url, "SDC_CLOCK_START": "2026-10-15T12:00:00-04:00"}
    command = [sys.executable, "-m", "sdc.cli", "db", "upgrade"]

    started = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(3)]
    ended = [(process.communicate()[1], process.returncode) for process in started]

    assert [code for _, code in ended] == [0, 0, 0], ended
    assert len(list(ask(empty_database_url, lambda session: session.scalars(select(RulebookVersion.name))))) == 5


def test_the_first_administrator_is_made_with_their_token(empty_database_url):
    issued = sdc("token", "issue", "--role", "admin", database_url=empty_database_url)

    assert issued.code == 0, issued.err
    who = ask(empty_database_url, lambda session: authenticate(session, issued.out.strip(), at=machine_now()))
    assert isinstance(who, Principal)
    assert who.role is Role.ADMIN
    assert ask(empty_database_url, lambda session: session.get(Staff, who.id)) is not None


def test_a_second_administrator_has_to_be_named(tmp_path):
    url = f"sqlite:///{tmp_path / 'sdc.db'}"
    sdc("token", "issue", "--role", "admin", database_url=url)

    refused = sdc("token", "issue", "--role", "admin", database_url=url)

    assert refused.code == 1
    assert "there is one already" in refused.err


def test_a_token_for_nobody_is_refused_in_plain_words(tmp_path):
    somebody = "01890a5d-ac96-774b-bcce-b302099a8057"

    refused = sdc("token", "issue", "--role", "member", "--subject", somebody, database_url=f"sqlite:///{tmp_path / 'sdc.db'}")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err.strip() == "Error: no such member"


def test_an_empty_database_starts_at_the_instant_it_is_told(tmp_path):
    url = f"sqlite:///{tmp_path / 'sdc.db'}"
    sdc("db", "upgrade", database_url=url, clock_start="2026-10-15T12:00:00-04:00")

    shown = sdc("clock", "show", database_url=url)

    assert shown.out.startswith("2026-10-15T16:0")


def test_a_database_in_use_keeps_its_time(tmp_path):
    url = f"sqlite:///{tmp_path / 'sdc.db'}"
    sdc("token", "issue", "--role", "admin", database_url=url)

    sdc("db", "upgrade", database_url=url, clock_start="2036-10-15T12:00:00-04:00")

    assert "the machine's own time" in sdc("clock", "show", database_url=url).out


def test_the_clock_moves_forward(sqlite_url):
    sdc("clock", "move", "81d", database_url=sqlite_url)
    moved = sdc("clock", "move", "12h", database_url=sqlite_url)

    told = datetime.fromisoformat(moved.out.split()[0])
    assert abs(told - (datetime.now(UTC) + timedelta(days=81, hours=12))) < timedelta(minutes=2)


@pytest.mark.parametrize("by", ["-1d", "1", "d", "1y", "0d", "1.5h"])
def test_a_move_that_is_no_time_is_refused(sqlite_url, by):
    assert sdc("clock", "move", "--", by, database_url=sqlite_url).code == 2


def test_the_clock_is_not_moved_in_production(sqlite_url):
    keys = "c29tZSBvdGhlciAzMiBieXRlcyBvZiBhIHNlY3JldCE="
    stripe = {"rail": "stripe", "stripe_api_key": "sk_live_x", "stripe_webhook_secrets": "w"}
    production = {"env": "production", "secret_keys": keys, "public_url": "https://sdc.example.org", **stripe}

    refused = sdc("clock", "move", "1d", database_url=sqlite_url, **production)

    assert refused.code == 1
    assert "not moved in production" in refused.err


def test_settings_that_can_not_be_are_named_at_once(tmp_path):
    refused = sdc("db", "upgrade", database_url=f"sqlite:///{tmp_path / 'sdc.db'}", port="x", rail="bank")

    assert refused.code == 1
    assert "SDC_PORT" in refused.err
    assert "SDC_RAIL" in refused.err


def test_a_database_that_does_not_answer_is_said_so():
    refused = sdc("db", "upgrade", database_url="postgresql://127.0.0.1:1/nothing")

    assert refused.code == 1
    assert refused.err.startswith("Error: bringing the database up to date failed:")
