"""What leaves for a rail in the whole run is judged at its end: what a test leaks on purpose is found, however it is written."""

from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import pytest

from sdc.crypto import KeyRing
from sdc.database import Sessions
from tests import databases, outgoing
from tests.builders import a_house
from tests.conftest import pytest_sessionfinish
from tests.vendors.rails.running import a_rail, an_attempt
from tests.vendors.rails.stripe.canned import answering, error, http

KEYS = KeyRing(("a2V5IG9mIGEgdGVzdCwgdGhpcnR5LXR3byBieXRlczE=",))


async def sends(call):
    """Let a call leave by the real wire."""
    async with answering(http(401, error())) as canned:
        rail = a_rail(canned.base)
        await rail.open()
        await call(rail)
        await rail.aclose()


async def test_a_payment_leaks_nothing(tmp_path):
    with outgoing.elsewhere(tmp_path):
        KEYS.seal("Zebulon Quagmire", "members.name", uuid4())
        await sends(lambda rail: rail.send(an_attempt("acct_1")))

    assert "POST" in next(tmp_path.glob("*.sent")).read_text()
    assert outgoing.leaks(tmp_path) == []


async def test_a_name_that_leaves_is_found(tmp_path):
    with outgoing.elsewhere(tmp_path):
        KEYS.seal("Zebulon Quagmire", "members.name", uuid4())
        await sends(lambda rail: rail.send(an_attempt("acct_1", key="p:Zebulon Quagmire:1")))

    assert {leak.word for leak in outgoing.leaks(tmp_path)} == {"Zebulon Quagmire"}


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ("Zoë Quagmire", b"name=Zo%C3%AB+Quagmire"),
        ("Zoë Quagmire", b'{"name": "Zo\\u00eb Quagmire"}'),
        ("Zoë Quagmire", "zoë quagmire".encode()),
        ("1961-04-01", b"dob=1961-04-01"),
        ("123456789", b"tin=123456789"),
        ('{"title": "Climb out of my fog"}', b"goal_title=climb%20out%20of%20my%20fog"),
    ],
)
def test_a_word_is_found_however_it_is_written(tmp_path, said, body):
    with outgoing.elsewhere(tmp_path) as keeper:
        KEYS.seal(said, "members.name", uuid4())
        keeper.sends("POST /v1/transfers", body)

    assert outgoing.leaks(tmp_path)


@pytest.mark.parametrize("body", [b"description=WELL_GYM", b"description=Mental+therapy", b"x=Duval+County", b"metadata[member]=1"])
def test_a_category_and_a_word_of_health_are_found_without_being_told(tmp_path, body):
    with outgoing.elsewhere(tmp_path) as keeper:
        keeper.sends("POST /v1/transfers", body)

    assert outgoing.leaks(tmp_path)


async def test_ids_of_a_member_and_the_name_of_a_program_are_known_without_being_told(tmp_path, sqlite_url):
    with outgoing.elsewhere(tmp_path) as keeper:
        sessions = Sessions(sqlite_url)
        house = await a_house(sessions)
        await sessions.close()
        keeper.sends("POST /v1/transfers", f"metadata[x]={house.member.id.hex}&description={house.program.name}".encode())

    assert {leak.word for leak in outgoing.leaks(tmp_path)} >= {house.member.id.hex, house.program.name}


def test_amounts_and_parts_of_words_are_no_leak(tmp_path):
    with outgoing.elsewhere(tmp_path) as keeper:
        keeper.learns("100000", "gym", "payment", "Duval", str(uuid4()))
        keeper.sends("POST /v1/transfers", b"amount=100000&x=duvalier&gym=1&destination=payment")

    assert outgoing.leaks(tmp_path) == []


@pytest.mark.parametrize(("body", "exit_status"), [(b"amount=1", 0), (b"description=WELL_GYM", 1)])
def test_the_run_fails_where_something_leaked(tmp_path, monkeypatch, body, exit_status):
    monkeypatch.setenv(databases.RUN_FOLDER, str(tmp_path))
    with outgoing.elsewhere(outgoing.folder_of_run()) as keeper:
        keeper.sends("POST /v1/transfers", body)
    run = SimpleNamespace(exitstatus=0, config=SimpleNamespace(stash=pytest.Stash()))

    pytest_sessionfinish(cast("pytest.Session", run))

    assert run.exitstatus == exit_status


def test_a_worker_leaves_the_judging_to_the_process_that_started_it():
    run = SimpleNamespace(exitstatus=0, config=SimpleNamespace(workerinput={}))

    pytest_sessionfinish(cast("pytest.Session", run))

    assert run.exitstatus == 0
