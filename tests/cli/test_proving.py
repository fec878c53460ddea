"""The books, proved from the command line: keys, seals, receipts, heads, the outsider's verifier, the journal, the roles."""

import asyncio
import json
import shutil
import subprocess
import sys
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from sdc.database import Sessions
from tests.builders import a_budget, a_house
from tests.cli.typing_commands import sdc
from tests.horizon import outlast_others


@pytest.fixture
def house(database_url, tmp_path):
    """Give a database with a program and a budget, and the settings of who keeps it."""

    async def build():
        sessions = Sessions(database_url)
        made = await a_house(sessions)
        await a_budget(sessions, made, amount_cents=319_200)
        await sessions.close()
        return str(made.program.id)

    program = asyncio.run(build())
    settings = {"database_url": database_url, "ledger_key_file": str(tmp_path / "keys"), "ledger_heads_file": str(tmp_path / "heads")}
    return program, settings, tmp_path


def seal(**settings):
    """Seal, when nothing else on the server holds that back."""
    asyncio.run(outlast_others(settings["database_url"]))
    return sdc("ledger", "seal", **settings)


def test_from_a_key_to_a_receipt_that_an_outsider_checks(house):
    _, settings, folder = house
    created = sdc("ledger", "keys", "create", **settings)
    sealed = seal(**settings)
    again = seal(**settings)
    verified = sdc("ledger", "verify", **settings)
    key = sdc("ledger", "keys", "show", **settings).out.split()[0]
    heads = sdc("ledger", "heads", **settings).out
    journal = sdc("ledger", "export", "--format", "hledger", **settings).out
    entry = next(line for line in journal.splitlines() if "entry:" in line).partition("entry:")[2][:36]
    sdc("ledger", "receipt", entry, "--output", str(folder / "receipt.json"), **settings)
    sdc("ledger", "verifier", "--output", str(folder / "verifier.py"), **settings)

    command = [sys.executable, "-I", "-S", folder / "verifier.py", "receipt", folder / "receipt.json", "--key", key]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (created.code, sealed.code, verified.code) == (0, 0, 0), created.err + sealed.err + verified.out
    assert "block 1" in sealed.out
    assert "nothing is unsealed" in again.out
    assert "1 blocks verified: nothing was changed" in verified.out
    assert key in created.out
    assert heads == (folder / "heads").read_text()
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_key_that_nobody_vouches_for_and_a_head_that_is_gone_are_told(house):
    _, settings, folder = house
    sdc("ledger", "keys", "create", **settings)
    seal(**settings)
    head = json.loads((folder / "heads").read_text())
    (folder / "later").write_text(json.dumps(head | {"number": 2, "hash": "00" * 32}) + "\n")
    (folder / "broken").write_text("no head\n")

    foreign = sdc("ledger", "verify", "--key", "11" * 32, **settings)
    cut = sdc("ledger", "verify", "--heads", str(folder / "later"), **settings)
    broken = sdc("ledger", "verify", "--heads", str(folder / "broken"), **settings)

    assert (foreign.code, cut.code, broken.code) == (1, 1, 1)
    assert "signature_wrong" in foreign.out
    assert "head_unknown" in cut.out
    assert "no head" in broken.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("keys", "show"), "cannot be read"),
        (("keys", "rotate"), "cannot be read"),
        (("receipt", "00000000-0000-7000-8000-000000000001"), "is in no block"),
        (("receipt", "no id"), "not a valid UUID"),
        (("verify", "--key", "abc"), "is not a public key"),
        (("export", "--format", "hledger", "--program", "00000000-0000-7000-8000-000000000001"), "there is no program"),
        (("export", "--format", "excel"), "is not"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused_in_plain_words(house, words, told):
    done = sdc("ledger", *words, **house[1])

    assert done.code != 0
    assert told in done.err
    assert "Traceback" not in done.err


def test_a_second_first_key_is_refused_and_a_rotated_one_signs_with_the_one_before(house):
    _, settings, folder = house
    first = sdc("ledger", "keys", "create", **settings)
    seal(**settings)
    second = sdc("ledger", "keys", "create", **settings)
    sdc("ledger", "keys", "rotate", **settings)
    sealed = seal(**settings)

    heads = [json.loads(line) for line in (folder / "heads").read_text().splitlines()]
    assert (first.code, second.code, sealed.code) == (0, 1, 0)
    assert "is there already" in second.err
    assert [head["counter_signature"] is not None for head in heads] == [False, True]
    assert sdc("ledger", "verify", "--key", heads[0]["public_key"], **settings).code == 0


def test_the_journal_is_one_that_hledger_accepts(house):
    program, settings, folder = house
    if shutil.which("hledger") is None:
        pytest.skip("hledger is not installed")

    done = sdc("ledger", "export", "--format", "hledger", "--program", program, "--output", str(folder / "books"), **settings)

    assert done.code == 0, done.err
    subprocess.run(["hledger", "check", "--strict", "-f", folder / "books"], check=True)


def test_a_ledger_at_home_has_nothing_to_adopt(house):
    assert "at home" in sdc("ledger", "adopt", **house[1]).out


def test_a_role_that_was_granted_runs_the_service_and_changes_no_row(postgresql_url, tmp_path):
    role = f"service_{uuid4().hex[:12]}"
    settings = {"ledger_key_file": str(tmp_path / "keys")}
    url = make_url(postgresql_url)
    as_role = url.set(username=role).render_as_string(hide_password=False)
    asyncio.run(run_as_owner(url, f"CREATE ROLE {role} LOGIN"))
    try:
        granted = sdc("db", "grant", role, database_url=postgresql_url, **settings)
        asyncio.run(build_a_house(as_role))
        sealed = seal(database_url=as_role, **settings)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            asyncio.run(run_as_owner(make_url(as_role), "UPDATE ledger_transfers SET amount_cents = 1"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            asyncio.run(run_as_owner(make_url(as_role), "DELETE FROM journal_events"))

        assert (granted.code, sealed.code) == (0, 0), granted.err + sealed.err
        assert "block 1" in sealed.out
        assert sdc("ledger", "verify", database_url=as_role, **settings).code == 0
    finally:
        asyncio.run(run_as_owner(url, f"DROP OWNED BY {role}", f"DROP ROLE {role}"))


def test_sqlite_has_no_roles(sqlite_url):
    refused = sdc("db", "grant", "somebody", database_url=sqlite_url)

    assert refused.code == 1
    assert "SQLite has no roles" in refused.err


async def build_a_house(url):
    sessions = Sessions(url)
    await a_budget(sessions, await a_house(sessions), amount_cents=319_200)
    await sessions.close()


async def run_as_owner(url, *statements):
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
