"""What the sandbox answered it still knows after kill -9."""

import asyncio
import signal
import sqlite3
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.vendors.rails.running import KEY, PLAIN, a_payee, a_rail, an_attempt, fund, running, start, stop
from vendors.rails import Sent
from vendors.rails.sandbox.idempotency import KEPT_SECONDS, Kept
from vendors.rails.sandbox.store import Forget, Store, StoreLostError
from vendors.rails.sandbox.world import Change

BEARER = {"Authorization": f"Bearer {KEY}"}


def an_object(number, **more):
    return Change("topup", f"tu_{number}", {"id": f"tu_{number}", **more})


async def test_everything_answered_is_there_after_kill_9(tmp_path):
    process, base = start(tmp_path / "sandbox.db")
    async with opened(base) as rail:
        await fund(rail, 100_000)
        payee = await a_payee(rail)
        attempts = [an_attempt(payee, 10) for _ in range(30)]
        paying = [asyncio.create_task(rail.send(attempt)) for attempt in attempts]
        await asyncio.wait(paying, return_when=asyncio.FIRST_COMPLETED)
        process.send_signal(signal.SIGKILL)
        before = [await one for one in paying]
    process.communicate()

    with running(tmp_path / "sandbox.db") as base:
        async with opened(base) as rail, httpx.AsyncClient(base_url=base, verify=PLAIN) as client:
            after = [await rail.send(attempt) for attempt in attempts]
            state = (await client.get("/_sandbox/state")).json()

    assert {one.rail_id for one in before if isinstance(one, Sent)} <= {one.rail_id for one in after if isinstance(one, Sent)}
    assert len(state["transfers"]) == len({one["transfer_group"] for one in state["transfers"]}) == 30
    assert state["balance"]["available_cents"] == 100_000 - 300


def test_answers_settings_and_endpoints_outlive_the_process(tmp_path):
    def top_up(client):
        return client.post("/v1/topups", data={"amount": "5", "currency": "usd"}, headers={"Idempotency-Key": "k"})

    with running(tmp_path / "sandbox.db") as base, httpx.Client(base_url=base, headers=BEARER, verify=PLAIN) as client:
        client.post("/_sandbox/settings", json={"auto_activate": False})
        client.post("/_sandbox/webhooks", json={"url": "http://127.0.0.1:9/x", "secret": "whsec_1"})
        first = top_up(client)
        before = client.get("/_sandbox/state").json()

    with running(tmp_path / "sandbox.db") as base, httpx.Client(base_url=base, headers=BEARER, verify=PLAIN) as client:
        after = client.get("/_sandbox/state").json()
        second = top_up(client)

    assert (second.content, second.headers["idempotent-replayed"]) == (first.content, "true")
    passing = {"requests": 0, "calls": {}, "clock": {}}
    assert {**after, **passing} == {**before, **passing}


def test_a_file_belongs_to_one_process(tmp_path):
    process, _ = start(tmp_path / "sandbox.db")
    try:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            Store(tmp_path / "sandbox.db")
    finally:
        stop(process)


def test_it_stops_quietly_when_told_to(tmp_path):
    process, _ = start(tmp_path / "sandbox.db")

    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=10)

    assert (process.returncode, complaints) == (0, "")


def test_a_taken_port_is_said_at_once(sandbox, tmp_path):
    with pytest.raises(ChildProcessError, match="already in use"):
        start(tmp_path / "other.db", port=int(sandbox.rpartition(":")[2]))


async def test_objects_come_back_in_the_order_in_which_they_were_made(tmp_path):
    store = Store(tmp_path / "deep" / "sandbox.db")
    store.append(an_object(2), an_object(1), Kept("k", "f", 400, b"x", "req_1", 5))
    store.append(an_object(2, amount=7))
    await store.settle()
    store.close()

    store = Store(tmp_path / "deep" / "sandbox.db")

    assert list(store.objects()) == [an_object(2, amount=7), an_object(1)]
    assert list(store.answers()) == [Kept("k", "f", 400, b"x", "req_1", 5)]
    store.append(Forget(5 + KEPT_SECONDS))
    await store.settle()
    assert list(store.answers()) == []
    store.append(Forget())
    await store.settle()
    assert list(store.objects()) == []
    store.close()


async def test_those_who_wait_at_once_share_a_write():
    store = Store(None)
    commits: list[str] = []
    store._connection.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)

    async def answer(number):
        store.append(an_object(number))
        await store.settle()

    await asyncio.gather(*(answer(number) for number in range(50)))

    assert len(list(store.objects())) == 50
    assert len(commits) < 10
    store.close()


async def test_after_a_lost_write_nothing_is_answered_any_more():
    store = Store(None)
    store._connection.execute("DROP TABLE objects")
    store.append(an_object(1))

    with pytest.raises(sqlite3.OperationalError):
        await store.settle()
    with pytest.raises(StoreLostError):
        await store.settle()
    store.close()


@asynccontextmanager
async def opened(base):
    rail = a_rail(base)
    await rail.open()
    yield rail
    await rail.aclose()
