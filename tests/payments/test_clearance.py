"""The same machine over a rail of another kind: a check discharges nothing until the payee's bank clears it."""

from http import HTTPStatus

import pytest

import ledger
from sdc.bills.model import BillState
from sdc.books import chart
from sdc.books.posting import open_accounts
from sdc.clock import machine_now
from sdc.ids import new_id
from sdc.payments.locking import lock_payment
from sdc.payments.model import BankLeg, PaymentState
from sdc.payments.queueing import retry_payment
from sdc.payments.webhook import receive_event
from sdc.programs.receiving import request_top_up
from tests.bills.desk import a_desk
from tests.builders import SOMEBODY
from tests.payments.stage import a_stage, top_up
from tests.serving import serving
from tests.vendors.rails.clearing_rail import ClearingRail
from vendors.rails import PayeeRequest, Unknown


@pytest.fixture
async def stage(database_url):
    stage = await a_stage(database_url, top_up_cents=0, rail=ClearingRail())
    yield stage
    await stage.sessions.close()


async def at_the_register(stage):
    """Make the vendor known there, and put money on the account."""
    payee = await stage.rail.ensure_payee(PayeeRequest(str(stage.vendor.id), key="payee:1"))
    await stage.changes_vendor(payee_id=payee, rail="check")
    await top_up(stage, 50_000)
    await stage.works()


async def sent(stage):
    await at_the_register(stage)
    bill = await stage.bills()
    await stage.works()
    return bill


async def books(stage):
    program, vendor = stage.house.program.id, stage.vendor.id
    codes = {"owed": chart.payable(vendor), "transit": chart.transit("check"), "cash": chart.CASH_PROCESSOR}
    async with stage.sessions.begin() as session:
        await open_accounts(session, [chart.account(program, code) for code in codes.values()], at=stage.work.clock.now())
    async with stage.sessions.read() as session:
        held = await ledger.balances(session, [chart.account_id(program, code) for code in codes.values()])
        assert (await ledger.verify(session)).ok
    return {name: held[chart.account_id(program, code)] for name, code in codes.items()}


async def after_a_while(stage):
    await stage.waits(minutes=11)


async def test_what_was_sent_is_in_transit_and_the_bill_unpaid_until_it_clears(stage):
    bill = await sent(stage)

    payment = await stage.payment(bill)
    assert (payment.state, payment.delivery, payment.is_outstanding) == (PaymentState.SENT, BankLeg.PAYING_OUT, True)
    assert ((await stage.bill(bill)).state, (await stage.bill(bill)).is_sending) == (BillState.ACCEPTED, True)
    assert await books(stage) == {"owed": 0, "transit": 4_000, "cash": 50_000}

    stage.rail.clears(payment.rail_id)
    await after_a_while(stage)

    payment = await stage.payment(bill)
    assert (payment.state, payment.delivery, payment.cleared_at is not None) == (PaymentState.SENT, BankLeg.DELIVERED, True)
    assert (await stage.bill(bill)).state is BillState.PAID
    assert await books(stage) == {"owed": 0, "transit": 0, "cash": 46_000}
    await after_a_while(stage)
    assert (await stage.attempts(), len(stage.rail.checks)) == (["sent"], 1)


async def test_what_comes_back_before_it_clears_is_owed_again_and_sent_once_more(stage):
    bill = await sent(stage)
    stage.rail.returns((await stage.payment(bill)).rail_id)
    await after_a_while(stage)

    payment = await stage.payment(bill)
    assert (payment.state, payment.returned_cents, payment.is_outstanding) == (PaymentState.REVERSED, 4_000, False)
    assert await books(stage) == {"owed": 4_000, "transit": 0, "cash": 50_000}

    async with stage.sessions.begin() as session:
        retry_payment(session, await lock_payment(session, payment.id), by=SOMEBODY, at=stage.work.clock.now(), machine_at=machine_now())
    await stage.works()
    stage.rail.clears((await stage.payment(bill)).rail_id)
    await after_a_while(stage)

    assert (await stage.payment(bill)).returned_cents == 0
    assert (await stage.bill(bill)).state is BillState.PAID
    assert await books(stage) == {"owed": 0, "transit": 0, "cash": 46_000}


async def test_what_comes_back_after_it_cleared_is_owed_again(stage):
    bill = await sent(stage)
    number = (await stage.payment(bill)).rail_id
    stage.rail.clears(number)
    await after_a_while(stage)
    event = stage.rail.returns(number)

    await tell(stage, event)

    assert (await stage.payment(bill)).state is PaymentState.REVERSED
    assert await books(stage) == {"owed": 4_000, "transit": 0, "cash": 50_000}


async def tell(stage, event):
    """Let the register's letter be taken in, and applied."""
    async with stage.sessions.begin() as session:
        await receive_event(session, event, rail=stage.rail.name, at=stage.work.clock.now())
    await stage.works()


async def test_a_letter_that_a_check_cleared_settles_it_at_once_and_again_adds_nothing(stage):
    bill = await sent(stage)
    event = stage.rail.clears((await stage.payment(bill)).rail_id)

    for _ in range(2):
        await tell(stage, event)

    assert (await stage.bill(bill)).state is BillState.PAID
    assert await books(stage) == {"owed": 0, "transit": 0, "cash": 46_000}


async def test_a_lost_answer_is_found_and_followed_until_it_clears(stage):
    await at_the_register(stage)
    write = stage.rail.send

    async def lost(attempt):
        await write(attempt)
        return Unknown("timed out")

    stage.rail.send = lost
    bill = await stage.bills()
    await stage.works()
    payment = await stage.payment(bill)
    assert (payment.state, payment.is_outstanding, len(stage.rail.checks)) == (PaymentState.SENT, True, 1)

    stage.rail.clears(payment.rail_id)
    await after_a_while(stage)

    assert await books(stage) == {"owed": 0, "transit": 0, "cash": 46_000}


async def test_an_outstanding_check_is_voided_by_a_cancel_and_a_cleared_one_is_not(sqlite_url):
    rail = ClearingRail()
    async with serving(sqlite_url, rail=rail, raise_faults=True) as served:
        desk = await a_desk(served)
        payee = await rail.ensure_payee(PayeeRequest(str(desk.vendor.id), key="payee:1"))
        await desk.changes_vendor(payee_id=payee, rail="check")
        async with served.sessions.begin() as session:
            await request_top_up(session, desk.house.program.id, id=new_id(), amount_cents=50_000, by=SOMEBODY, at=served.clock.now())
        await desk.works()
        for cents in (4_000, 3_000):
            await desk.bills(await desk.order(cents), cents)
            await desk.works()
        second, first = (await served.get("/v1/payments", desk.tokens["admin"])).json()["items"]
        assert (first["state"], first["open_moves"]) == ("sent", ["cancel"])
        rail.clears("check_2")

        voided = await desk.post("admin", f"/v1/payments/{first['id']}/cancel")
        too_late = await desk.post("admin", f"/v1/payments/{second['id']}/cancel")

        assert (voided.status_code, voided.json()["state"], voided.json()["open_moves"]) == (HTTPStatus.OK, "canceled", ["retry"])
        assert rail.checks["check_1"].state == "voided"
        assert too_late.status_code == HTTPStatus.CONFLICT
