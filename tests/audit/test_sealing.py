"""The worker seals every book, signs, and gives the heads away; an auditor takes a receipt home and checks it there."""

import asyncio
import dataclasses
import json
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy import text

import ledger
from sdc.audit.publishing import append, read_heads, read_last_numbers
from sdc.audit.sealing import seal_sweep
from sdc.auth.principal import Role
from sdc.jobs import drain, run_forever
from tests.builders import a_budget, a_house, a_staff
from tests.horizon import outlast_others
from tests.serving import NOON, Serving, serving

OUTSIDE = Path(ledger.__file__).with_name("outside.py")


@dataclasses.dataclass(frozen=True, slots=True)
class Sealed:
    """A service whose worker signs, a program with a budget, and where keys and heads lie."""

    here: Serving
    program: str
    keys: Path
    heads: Path
    auditor: str
    source: str
    url: str

    def work(self):
        """Give the worker its settings."""
        given = dataclasses.replace(self.here.work.settings, ledger_key_file=str(self.keys), ledger_heads_file=str(self.heads))
        return dataclasses.replace(self.here.work, settings=given)

    async def seals(self):
        """Seal, when nothing else on the server holds that back, and count the blocks."""
        await outlast_others(self.url)
        return await seal_sweep(self.work())

    async def drains(self):
        """Do all that is due."""
        await outlast_others(self.url)
        await drain(self.work())

    async def reads(self, path, token=None, **parameters):
        """Read something of the program's book."""
        return await self.here.get(path, token or self.auditor, program_id=self.program, **parameters)


@pytest.fixture
async def sealed(database_url, tmp_path):
    async with serving(database_url) as here:
        house = await a_house(here.sessions)
        await a_budget(here.sessions, house, amount_cents=319_200)
        staff = await a_staff(here.sessions, Role.AUDITOR, program_ids=[house.program.id])
        token = await here.token(Role.AUDITOR, staff.id)
        yield Sealed(here, str(house.program.id), tmp_path / "keys", tmp_path / "heads.jsonl", token, str(house.source.id), database_url)


def outside(*words):
    """Check as an outsider does: one file, and Python with nothing installed."""
    command = [sys.executable, "-I", "-S", OUTSIDE, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_the_worker_seals_signs_and_publishes_and_an_outsider_checks_it(sealed, tmp_path):
    key = ledger.create_keys(sealed.keys, at=NOON).newest.public_key.hex()

    await sealed.drains()

    (entry, *_) = (await sealed.reads("/v1/ledger/entries", kind="allocation")).json()["items"]
    answer = await sealed.reads(f"/v1/ledger/entries/{entry['id']}/receipt")
    assert answer.status_code == HTTPStatus.OK, answer.text
    receipt = tmp_path / "receipt.json"
    receipt.write_text(answer.text)
    checked = outside("receipt", receipt, "--key", key, "--heads", sealed.heads)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert entry["id"] in checked.stdout
    assert outside("heads", sealed.heads, "--key", key).returncode == 0
    changed = json.loads(answer.text)
    changed["transfers"][0]["amount_cents"] += 1
    receipt.write_text(json.dumps(changed))
    assert outside("receipt", receipt, "--key", key).returncode == 1


async def test_what_is_sealed_is_sealed_once_and_without_a_key_it_waits_for_a_signature(sealed):
    unsigned = await sealed.seals()
    again = await sealed.seals()
    ledger.create_keys(sealed.keys, at=NOON)
    signed = await sealed.seals()

    heads = (await sealed.reads("/v1/ledger/heads")).json()["items"]
    assert (unsigned, again, signed) == (1, 0, 1)
    assert [(head["number"], head["public_key"] is not None) for head in heads] == [(1, False), (2, True)]
    assert [head["number"] for head in read_heads(sealed.heads)] == [1, 2]


async def test_a_file_of_keys_that_others_may_read_stops_the_sealing_and_nothing_else(sealed):
    ledger.create_keys(sealed.keys, at=NOON)
    sealed.keys.chmod(0o644)

    await sealed.drains()

    assert (await sealed.reads("/v1/ledger/heads")).json()["items"] == []
    proof = await sealed.here.post("/v1/ledger/verifications", {"program_id": sealed.program}, sealed.auditor)
    assert (proof.json()["ok"], proof.json()["blocks"]) == (True, 0)


async def test_the_running_worker_seals_within_a_second(sealed):
    stop = asyncio.Event()
    running = asyncio.create_task(run_forever(sealed.work(), stop))
    for _ in range(50):
        await asyncio.sleep(0.1)
        if (await sealed.reads("/v1/ledger/heads")).json()["items"]:
            break
    stop.set()
    await running

    assert len((await sealed.reads("/v1/ledger/heads")).json()["items"]) >= 1


async def test_heads_are_listed_by_pages(sealed):
    await sealed.seals()
    ledger.create_keys(sealed.keys, at=NOON)
    await sealed.seals()

    first = (await sealed.reads("/v1/ledger/heads", limit=1)).json()
    second = (await sealed.reads("/v1/ledger/heads", limit=1, cursor=first["next_cursor"])).json()

    assert [head["number"] for head in (*first["items"], *second["items"])] == [1, 2]
    assert second["next_cursor"] is None


async def test_a_receipt_of_what_is_not_sealed_or_not_there_is_refused(sealed):
    (entry, *_) = (await sealed.reads("/v1/ledger/entries", kind="allocation")).json()["items"]

    early = await sealed.reads(f"/v1/ledger/entries/{entry['id']}/receipt")
    unknown = await sealed.reads("/v1/ledger/entries/00000000-0000-7000-8000-000000000001/receipt")

    assert (early.status_code, unknown.status_code) == (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("path", ["/v1/ledger/heads", "/v1/ledger/entries/00000000-0000-7000-8000-000000000001/receipt"])
@pytest.mark.parametrize("role", [Role.MEMBER, Role.BROKER, Role.VENDOR, Role.PAYER])
async def test_who_does_not_audit_sees_neither_heads_nor_receipts(sealed, path, role):
    assert (await sealed.reads(path, await sealed.here.token(role))).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("path", ["/v1/ledger/heads", "/v1/ledger/entries/00000000-0000-7000-8000-000000000001/receipt"])
async def test_an_auditor_of_another_program_finds_nothing_here(sealed, path):
    other = await a_house(sealed.here.sessions)
    stranger = await a_staff(sealed.here.sessions, Role.AUDITOR, program_ids=[other.program.id])
    token = await sealed.here.token(Role.AUDITOR, stranger.id)

    assert (await sealed.reads(path, token)).status_code == HTTPStatus.NOT_FOUND


async def test_a_line_that_a_crash_cut_off_swallows_no_other(sealed):
    await sealed.seals()
    whole = sealed.heads.read_text()
    sealed.heads.write_text(whole + whole[:40])
    async with sealed.here.sessions.read() as session:
        ((book_id, number),) = (await ledger.last_blocks(session)).items()
        blocks = await ledger.book_blocks(session, book_id)

    append(sealed.heads, blocks)

    assert sealed.heads.read_text().splitlines() == [whole.strip(), whole[:40], whole.strip()]
    assert read_last_numbers(sealed.heads) == {book_id: number}


async def test_the_worker_adopts_a_database_that_was_restored_elsewhere(sealed):
    if sealed.here.sessions.is_sqlite:
        return
    await sealed.seals()
    async with sealed.here.sessions.begin() as session:
        await session.execute(text("SET LOCAL ledger.writing = 'on'"))
        await session.execute(text("UPDATE ledger_clock SET cluster = 'another', base = base - 1000000"))
    refused = await sealed.here.post(*a_deposit(sealed.source), await sealed.here.token(Role.ADMIN))

    await sealed.seals()

    accepted = await sealed.here.post(*a_deposit(sealed.source), await sealed.here.token(Role.ADMIN))
    assert (refused.status_code, accepted.status_code) == (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.CREATED)
    assert await sealed.seals() == 1


def a_deposit(source):
    """Say where money arrives, and how much."""
    return f"/v1/funding-sources/{source}/deposits", {"amount_cents": 500, "received_on": "2026-10-15", "reference": "later"}
