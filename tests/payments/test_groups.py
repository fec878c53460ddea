"""Groups: many payments are claimed and recorded together, and what befalls one of them befalls no other."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

import sdc.payments.sending as sender
from sdc.clock import machine_now
from sdc.config import Settings
from sdc.ids import new_id, new_reference
from sdc.payments.jobs import send_sweep
from sdc.payments.locking import lock_payment
from sdc.payments.model import Attempt, Payment, PaymentState
from sdc.payments.pacing import take_turns
from sdc.payments.queueing import cancel_payment, queue_payment
from tests.builders import SOMEBODY
from tests.payments.stage import a_stage
from tests.shops import a_vendor
from vendors import Vendor
from vendors.rails import Rejected, Unknown


@pytest.fixture
async def stage(database_url):
    stage = await a_stage(database_url)
    yield stage
    await stage.sessions.close()


async def queued(stage, count):
    """Have payments of as many vendors wait, the stage's own first."""
    sellers = [
        stage.vendor,
        *[await a_vendor(stage.sessions, stage.house.program, payee_id=f"acct_{n}", rail="stripe") for n in range(2, count + 1)],
    ]
    bills = [await stage.bills(1_000, vendor=seller) for seller in sellers]
    at = stage.work.clock.now()
    async with stage.sessions.begin() as session:
        return [
            await queue_payment(session, bill.id, id=new_id(), reference=new_reference(), rail="stripe", at=at, machine_at=machine_now())
            for bill in bills
        ]


async def states(stage, payments):
    async with stage.sessions.read() as session:
        return [(await session.get_one(Payment, payment.id)).state.value for payment in payments]


async def test_a_group_is_claimed_in_one_transaction_and_each_answer_is_its_own(stage):
    payments = await queued(stage, 4)
    stage.rail.answers += [Unknown("timed out"), Rejected("account_restricted", retry="vendor")]

    await send_sweep(stage.work)

    assert sorted(await states(stage, payments)) == ["held", "sent", "sent", "unknown"]
    assert len({call.key for call in stage.rail.calls}) == 4
    async with stage.sessions.read() as session:
        assert len(set(await session.scalars(select(Attempt.claimed_at)))) == 1  # at one instant
    assert (await stage.books())["transit"] == 1_000


async def test_a_vendor_that_is_held_or_a_payment_that_is_canceled_keeps_no_other_of_the_group(stage):
    payments = await queued(stage, 3)
    await stage.changes_vendor(has_possible_match=True)
    async with stage.sessions.begin() as session:
        cancel_payment(session, (await lock_payment(session, payments[1].id)).payment, by=SOMEBODY, at=stage.work.clock.now())

    await send_sweep(stage.work)

    assert await states(stage, payments) == ["held", "canceled", "sent"]


async def test_one_that_can_not_be_claimed_is_passed_over(stage, monkeypatch):
    payments = await queued(stage, 3)
    async with stage.sessions.begin() as session:
        await session.execute(update(Vendor).where(Vendor.id == payments[1].vendor_id).values(payee_id=""))
    monkeypatch.setattr(sender, "CLAIMS_FOR", timedelta(seconds=0.3))

    await send_sweep(stage.work)

    assert await states(stage, payments) == ["sent", "queued", "sent"]
    assert (await stage.books())["transit"] == 0


async def test_cancels_that_race_with_the_claim_of_their_group_win_or_come_too_late(stage):
    payments = await queued(stage, 4)

    async def cancel(payment):
        async with stage.sessions.begin() as session:
            cancel_payment(session, (await lock_payment(session, payment.id)).payment, by=SOMEBODY, at=stage.work.clock.now())

    _, *ends = await asyncio.gather(send_sweep(stage.work), *map(cancel, payments), return_exceptions=True)
    await send_sweep(stage.work)

    assert await states(stage, payments) == ["canceled" if end is None else "sent" for end in ends]
    assert len(stage.rail.transfers) == sum(end is not None for end in ends)


async def test_two_senders_at_once_send_each_payment_once(stage):
    payments = await queued(stage, 5)

    await asyncio.gather(send_sweep(stage.work), send_sweep(stage.work))

    assert await states(stage, payments) == ["sent"] * 5
    assert len(stage.rail.calls) == len(stage.rail.transfers) == 5


async def test_what_hangs_keeps_nobody_waiting(stage):
    payments = await queued(stage, 3)
    send, hanging, answered = stage.rail.send, asyncio.Event(), []

    async def slow(attempt):
        if attempt.payee_id == "acct_1":
            await hanging.wait()
        answered.append(attempt.payee_id)
        return await send(attempt)

    stage.rail.send = slow
    sending = asyncio.create_task(send_sweep(stage.work))
    while await states(stage, payments) != ["sending", "sent", "sent"]:  # noqa: ASYNC110 - the database tells, no event does
        await asyncio.sleep(0.02)
    assert answered == ["acct_2", "acct_3"]
    hanging.set()

    assert await sending == 3
    assert await states(stage, payments) == ["sent"] * 3


async def test_turns_are_so_many_a_second_over_all_workers_and_a_second_ahead_at_most(stage):
    now = machine_now()
    taken = []
    for _ in range(3):
        async with stage.sessions.begin() as session:
            taken += await take_turns(session, 4, rate=10, machine_at=now)

    assert taken == [now + timedelta(milliseconds=100 * number) for number in range(10)]


async def test_payments_leave_no_faster_than_they_may(stage):
    payments = await queued(stage, 4)
    stage.work = type(stage.work)(stage.work.sessions, stage.work.clock, stage.work.keyring, Settings(sender_rate=10), stage.work.rail)
    left = []
    send = stage.rail.send

    async def watched(attempt):
        left.append(machine_now())
        return await send(attempt)

    stage.rail.send = watched

    await send_sweep(stage.work)

    assert await states(stage, payments) == [PaymentState.SENT.value] * 4
    assert min(later - sooner for sooner, later in pairwise(left)) > timedelta(milliseconds=60)
