"""The vendor's bank leg: a payout carries the oldest payments, may fail days after it was paid, and nothing is ever sent again for it."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from sdc.clock import machine_now
from sdc.marketplace.model import VendorMessage
from sdc.payments.bank_model import PayoutPart, RailCursor, VendorPayout
from sdc.payments.delivering import look_at_payouts
from sdc.payments.model import BankLeg, Payment, PaymentState
from sdc.payments.webhook import receive_event
from tests.payments.stage import a_stage
from vendors import RailUnavailableError
from vendors.rails import Event


@pytest.fixture
async def stage(database_url):
    stage = await a_stage(database_url)
    yield stage
    await stage.sessions.close()


async def pays(stage, *amounts):
    bills = []
    for cents in amounts:
        bills.append(await stage.bills(cents))
        await stage.works()
    return bills


async def legs(stage, bills):
    return [(await stage.payment(bill)).delivery.value for bill in bills]


async def is_told(stage, payout, *, number=0):
    event = Event(
        f"evt_{payout.rail_id}_{payout.state}_{number}",
        f"payout.{payout.state}",
        payout.rail_id,
        created_at=datetime.now(UTC),
        live=False,
        account_id=payout.payee_id,
        about="payout",
    )
    async with stage.sessions.begin() as session:
        await receive_event(session, event, rail="stripe", at=stage.work.clock.now())
    await stage.works()


async def messages(stage):
    async with stage.sessions.read() as session:
        rows = await session.scalars(select(VendorMessage).order_by(VendorMessage.created_at))
        return [(one.kind, one.facts) for one in rows]


async def test_a_payout_carries_all_that_the_vendor_has_and_is_delivered_on_its_day(stage):
    bills = await pays(stage, 4_000, 3_000)
    payout = stage.rail.pay_out("acct_1")

    await is_told(stage, payout)
    on_its_way = await legs(stage, bills)
    await is_told(stage, stage.rail.becomes(payout, "paid"))

    assert (on_its_way, await legs(stage, bills)) == (["paying_out"] * 2, ["delivered"] * 2)
    assert [(await stage.payment(bill)).expected_on for bill in bills] == [payout.arrives_on] * 2


async def test_a_paid_payout_may_fail_and_a_later_one_delivers_without_a_second_transfer(stage):
    bills = await pays(stage, 4_000)
    first = stage.rail.pay_out("acct_1")
    await is_told(stage, stage.rail.becomes(first, "paid"))
    delivered = await legs(stage, bills)

    await is_told(stage, stage.rail.becomes(first, "failed", failure_code="account_closed"))
    failed, payment = await legs(stage, bills), await stage.payment(bills[0])
    second = stage.rail.pay_out("acct_1")
    await is_told(stage, stage.rail.becomes(second, "paid"))

    assert (delivered, failed, await legs(stage, bills)) == (["delivered"], ["failed"], ["delivered"])
    assert (payment.state, payment.expected_on, len(stage.rail.calls)) == (PaymentState.SENT, None, 1)
    assert await messages(stage) == [("payment_failed_at_bank", {"amount_cents": 4_000})]
    assert (await stage.books())["owed"] == 0


async def test_what_is_told_again_late_or_out_of_order_takes_nothing_back(stage):
    bills = await pays(stage, 4_000)
    payout = stage.rail.pay_out("acct_1")
    paid = stage.rail.becomes(payout, "paid")
    await is_told(stage, paid)
    stage.rail.becomes(payout, "pending")  # an answer that is older than the last

    for number, told in enumerate((payout, paid, payout)):
        await is_told(stage, told, number=number + 1)

    assert await legs(stage, bills) == ["delivered"]
    async with stage.sessions.read() as session:
        assert len((await session.scalars(select(PayoutPart))).all()) == 1


async def test_each_payout_carries_the_oldest_money_whichever_is_told_first(stage):
    first_bills = await pays(stage, 4_000)
    first = stage.rail.becomes(stage.rail.pay_out("acct_1"), "failed", failure_code="account_closed")
    stage.rail.paid_out["acct_1"][0] = replace(first, state="in_transit")
    second_bills = await pays(stage, 3_000)
    second = stage.rail.becomes(stage.rail.pay_out("acct_1"), "paid")

    await is_told(stage, second)

    assert await legs(stage, [*first_bills, *second_bills]) == ["paying_out", "delivered"]


async def test_two_who_look_at_once_carry_nothing_twice(stage):
    bills = await pays(stage, 4_000, 3_000)
    stage.rail.becomes(stage.rail.pay_out("acct_1"), "paid")
    at = stage.work.clock.now()

    await asyncio.gather(
        *(look_at_payouts(stage.work, stage.vendor.id, payee_id="acct_1", at=at, machine_at=machine_now()) for _ in range(5))
    )

    async with stage.sessions.read() as session:
        parts = (await session.scalars(select(PayoutPart))).all()
    assert sorted(part.amount_cents for part in parts) == [3_000, 4_000]
    assert await legs(stage, bills) == ["delivered"] * 2


async def test_a_payout_that_no_event_told_of_is_found_within_the_hour(stage):
    bills = await pays(stage, 4_000)
    stage.rail.becomes(stage.rail.pay_out("acct_1"), "paid")
    await stage.works()
    before = await legs(stage, bills)

    for _ in range(2):  # the first turn makes the vendor's row, the next one is its turn
        async with stage.sessions.begin() as session:
            await session.execute(update(RailCursor).values(look_at=machine_now() - timedelta(seconds=1)))
        await stage.works()

    assert (before, await legs(stage, bills)) == (["in_vendor_balance"], ["delivered"])


async def test_while_the_rail_is_silent_an_event_of_a_payout_waits(stage):
    bills = await pays(stage, 4_000)
    payout = stage.rail.pay_out("acct_1")
    stage.rail.silent = RailUnavailableError("payouts", "no answer")
    await is_told(stage, payout)
    assert await legs(stage, bills) == ["in_vendor_balance"]

    stage.rail.silent = None
    await is_told(stage, payout, number=1)

    assert await legs(stage, bills) == ["paying_out"]


async def test_a_payout_of_somebody_else_is_nothing_of_ours(stage):
    bills = await pays(stage, 4_000)
    payout = replace(stage.rail.pay_out("acct_1"), payee_id="acct_9")
    stage.rail.paid_out["acct_1"].clear()

    await is_told(stage, payout)

    assert await legs(stage, bills) == ["in_vendor_balance"]
    async with stage.sessions.read() as session:
        assert (await session.scalars(select(VendorPayout))).all() == []


async def test_in_whatever_order_payouts_are_told_payments_end_where_their_money_is(sqlite_url):
    stage = await a_stage(sqlite_url)
    bills = await pays(stage, 4_000)
    first = stage.rail.pay_out("acct_1")
    failed = stage.rail.becomes(first, "failed", failure_code="no_account")
    second = stage.rail.becomes(stage.rail.pay_out("acct_1"), "paid")
    told = [first, failed, second, stage.rail.becomes(second, "paid")] * 2
    random.Random(7).shuffle(told)

    for number, payout in enumerate(told):
        await is_told(stage, payout, number=number)

    assert await legs(stage, bills) == [BankLeg.DELIVERED]
    async with stage.sessions.read() as session:
        assert (await session.scalars(select(Payment.state))).all() == [PaymentState.SENT]
    await stage.sessions.close()
