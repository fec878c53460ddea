"""The same through the real SDK over loopback, against the sandbox and its faults: one transfer, whatever happens."""

from datetime import timedelta

import httpx
import pytest

from sdc.clock import machine_now
from sdc.marketplace.onboarding import ask_rail, record_payee
from sdc.payments.locking import lock_payment
from sdc.payments.model import PaymentState
from sdc.payments.queueing import retry_payment
from tests.builders import SOMEBODY
from tests.payments.stage import a_stage, top_up
from tests.vendors.rails.running import PLAIN, a_payee, a_rail, running
from vendors import Vendor


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory):
    with running(tmp_path_factory.mktemp("sandbox") / "sandbox.db") as base:
        yield base


@pytest.fixture
async def stage(sandbox_process, sqlite_url):
    async with httpx.AsyncClient(base_url=sandbox_process, verify=PLAIN) as client:
        (await client.post("/_sandbox/reset")).raise_for_status()
    rail = a_rail(sandbox_process)
    await rail.open()
    stage = await a_stage(sqlite_url, rail=rail)
    await stage.changes_vendor(payee_id=await a_payee(rail))
    yield stage
    await rail.aclose()
    await stage.sessions.close()


async def plans(sandbox, fault, *, on="POST /v1/transfers", times=1):
    async with httpx.AsyncClient(base_url=sandbox, verify=PLAIN) as client:
        (await client.post("/_sandbox/faults", json={"on": on, "fault": fault, "times": times})).raise_for_status()


async def state_of(sandbox):
    async with httpx.AsyncClient(base_url=sandbox, verify=PLAIN) as client:
        return (await client.get("/_sandbox/state")).json()


@pytest.mark.parametrize("fault", ["lose_after", "lose_before", "hang", "409", "429", "500", "502"])
async def test_whatever_happens_to_the_call_one_transfer_is_made(stage, sandbox_process, fault):
    await plans(sandbox_process, fault)
    bill = await stage.bills()

    await stage.works()
    for _ in range(3):
        await stage.quiet_is_over()
        await stage.waits(seconds=10)

    payment = await stage.payment(bill)
    assert (payment.state, payment.held_because) == (PaymentState.SENT, None)
    transfers = (await state_of(sandbox_process))["transfers"]
    assert [(one["amount"], one["transfer_group"]) for one in transfers] == [(4_000, str(payment.reference))]
    assert await stage.books() == {"owed": 0, "transit": 0, "cash": 96_000}
    assert (await stage.rail.funding()).available_cents == 96_000


@pytest.mark.parametrize("fault", [None, "lose_after", "lose_before"])
async def test_a_vendor_whose_account_was_closed_gets_a_fresh_one_and_is_paid_there_once(stage, sandbox_process, fault):
    async with httpx.AsyncClient(base_url=sandbox_process, verify=PLAIN) as client:
        (await client.post(f"/_sandbox/accounts/{await payee_of(stage)}", json={"closed": True})).raise_for_status()
    bill = await stage.bills()
    await stage.works()
    assert (await stage.payment(bill)).state is PaymentState.REJECTED
    if fault:
        await plans(sandbox_process, fault)

    async with stage.sessions.read() as session:
        vendor = await session.get_one(Vendor, stage.vendor.id)
    status = await ask_rail(stage.rail, vendor)
    assert status.ready
    at = stage.work.clock.now()
    async with stage.sessions.begin() as session:
        vendor = await session.get_one(Vendor, stage.vendor.id)
        await record_payee(session, vendor, status, rail="stripe", by=None, at=at, cooling_off=timedelta())
        await session.flush()
        locked = await lock_payment(session, (await stage.payment(bill)).id)
        retry_payment(session, locked, by=SOMEBODY, at=at, machine_at=machine_now())
    await stage.works()
    await stage.waits(seconds=10)

    payment = await stage.payment(bill)
    assert (payment.state, payment.held_because) == (PaymentState.SENT, None)
    transfers = (await state_of(sandbox_process))["transfers"]
    assert [(one["amount"], one["destination"]) for one in transfers] == [(4_000, status.payee_id)]
    assert await stage.books() == {"owed": 0, "transit": 0, "cash": 96_000}


async def payee_of(stage):
    async with stage.sessions.read() as session:
        return (await session.get_one(Vendor, stage.vendor.id)).payee_id


@pytest.mark.parametrize("fault", ["lose_after", "lose_before", "502"])
async def test_whatever_happens_to_a_top_up_it_is_made_once(stage, sandbox_process, fault):
    await plans(sandbox_process, fault, on="POST /v1/topups")

    await top_up(stage, 7_000)
    await stage.works()
    stage.work.clock.move(minutes=10)
    await stage.works()

    assert (await stage.rail.funding()).available_cents == 107_000
    assert (await stage.books())["cash"] == 107_000
