"""The same through the real SDK over loopback, after the transfer: the bank leg, a bank that changes, the statement."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update

from sdc.audit.reconciling import reconcile_with_rail
from sdc.clock import machine_now
from sdc.ids import new_id
from sdc.payments.bank_model import RailCursor
from sdc.payments.model import Payment, PaymentState
from tests.payments.stage import a_stage
from tests.vendors.rails.running import PLAIN, a_payee, a_rail, an_attempt, running
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


async def does(sandbox, path, **given):
    async with httpx.AsyncClient(base_url=sandbox, verify=PLAIN) as client:
        answer = await client.post(f"/_sandbox/{path}", json=given)
        assert answer.is_success, answer.text
        return answer.json()


async def payouts_of(stage, payee):
    return await stage.rail.payouts(payee, since=machine_now() - timedelta(days=30))


async def an_hour_passes(stage):
    """Let the worker's turns at the rail come, as if an hour had passed; a vendor's first turn only begins."""
    for _ in range(2):
        async with stage.sessions.begin() as session:
            await session.execute(update(RailCursor).values(look_at=machine_now() - timedelta(seconds=1)))
        await stage.works()


async def reconciled(stage):
    at = stage.work.clock.now()
    record = await reconcile_with_rail(stage.work, id=new_id(), at=at, machine_at=machine_now(), tell=lambda *_: None)
    return record, [(one["kind"], one["cents"]) for one in record.differences]


async def vendor_of(stage):
    async with stage.sessions.read() as session:
        return (await session.scalars(select(Vendor).where(Vendor.id == stage.vendor.id))).one()


async def test_a_payment_is_followed_to_the_bank_and_back_and_to_the_bank_again(stage, sandbox_process):
    payee = (await vendor_of(stage)).payee_id
    bill = await stage.bills(4_000)
    await stage.works()
    legs = []
    await does(sandbox_process, "clock", advance_seconds=5 * 86_400)
    await an_hour_passes(stage)
    legs.append((await stage.payment(bill)).delivery)
    (first,) = await payouts_of(stage, payee)
    await does(sandbox_process, f"payouts/{first.rail_id}", status="failed", code="account_closed")

    await an_hour_passes(stage)
    legs.append((await stage.payment(bill)).delivery)
    await does(sandbox_process, f"accounts/{payee}/bank")
    await does(sandbox_process, "clock", advance_seconds=6 * 86_400)
    await an_hour_passes(stage)

    payment = await stage.payment(bill)
    legs.append(payment.delivery)
    assert (legs, payment.state, payment.attempts) == (["delivered", "failed", "delivered"], PaymentState.SENT, 1)


async def test_a_bank_that_changed_without_a_word_holds_the_next_payment(stage, sandbox_process):
    payee = (await vendor_of(stage)).payee_id
    await stage.bills(4_000)
    await stage.works()
    await an_hour_passes(stage)
    before = await vendor_of(stage)

    await does(sandbox_process, f"accounts/{payee}/bank")
    await an_hour_passes(stage)
    bill = await stage.bills(3_000)
    await stage.works()

    assert (before.bank_mark is not None, before.cooling_off_until) == (True, None)
    assert (await stage.payment(bill)).held_because == "vendor: cooling_off until 2026-10-18"


async def test_the_statement_matches_and_shows_what_was_done_behind_our_back(stage, sandbox_process):
    await stage.bills(4_000)
    await stage.works()
    even, nothing = await reconciled(stage)
    async with stage.sessions.read() as session:
        transfer = (await session.scalars(select(Payment.rail_id))).one()
    await does(sandbox_process, f"transfers/{transfer}/reverse", amount_cents=1_000)
    waiting, still_nothing = await reconciled(stage)
    await stage.works()  # the statement put a hint into the inbox
    returned, none = await reconciled(stage)
    await stage.rail.send(an_attempt((await vendor_of(stage)).payee_id, 2_500))
    rogue, found = await reconciled(stage)

    assert (nothing, still_nothing, none) == ([], [], [])
    assert [one.books_cents for one in (even, waiting, returned)] == [96_000, 96_000, 97_000]
    assert (waiting.waiting_cents, found, rogue.available_cents) == (1_000, [("suspense", -2_500)], 94_500)
    assert (await reconciled(stage))[0].books_cents == 94_500
