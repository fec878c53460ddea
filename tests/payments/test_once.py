"""Once is once: workers that race, die between two steps, answer late, or are told twice."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from sdc.auth.principal import Role
from sdc.bills.reversing import reverse_bill
from sdc.bills.reviewing import open_bill
from sdc.bills.states import BillMove
from sdc.clock import machine_now
from sdc.errors import WrongStateError
from sdc.ids import new_id, new_reference
from sdc.payments.claiming import Claimed, claim_payment
from sdc.payments.jobs import send_sweep
from sdc.payments.locking import lock_payment
from sdc.payments.model import Attempt, Payment, PaymentState
from sdc.payments.pausing import pause_sender, resume_sender
from sdc.payments.queueing import cancel_payment, queue_payment
from sdc.payments.recording import record_outcome
from sdc.payments.returning import return_payment
from tests.builders import SOMEBODY
from tests.payments.stage import Stage, a_stage
from tests.shops import principal
from vendors import RailUnavailableError
from vendors.rails import Rejected, Sent, Unknown


@pytest.fixture
async def stage(database_url):
    """Give the stage on each database: locks are theirs."""
    stage = await a_stage(database_url)
    yield stage
    await stage.sessions.close()


async def queued(stage: Stage, cents: int = 4_000) -> Payment:
    """Have a payment that waits to be sent."""
    bill = await stage.bills(cents)
    at = stage.work.clock.now()
    async with stage.sessions.begin() as session:
        payment = await queue_payment(
            session, bill.id, id=new_id(), reference=new_reference(), rail="stripe", at=at, machine_at=machine_now()
        )
    assert payment is not None
    return payment


async def claimed(stage: Stage, payment: Payment) -> Claimed:
    """Claim it, as a worker does that dies then."""
    async with stage.sessions.begin() as session:
        claim = await claim_payment(session, payment.id, attempt_id=new_id(), at=stage.work.clock.now(), machine_at=machine_now())
    assert claim is not None
    return claim


async def state_of(stage: Stage, payment: Payment) -> PaymentState:
    """Read where a payment stands."""
    async with stage.sessions.read() as session:
        return (await session.get_one(Payment, payment.id)).state


async def test_of_ten_workers_at_once_one_sends(stage):
    await queued(stage)

    sent = await asyncio.gather(*(send_sweep(stage.work) for _ in range(10)))

    assert sum(sent) == 1
    assert len(stage.rail.calls) == len(stage.rail.transfers) == 1
    assert (await stage.books())["owed"] == 0


async def test_two_payments_at_once_do_not_both_count_on_the_same_money(database_url):
    stage = await a_stage(database_url, top_up_cents=5_000)
    first, second = await queued(stage), await queued(stage)

    async def claim(payment: Payment) -> Claimed | None:
        async with stage.sessions.begin() as session:
            return await claim_payment(session, payment.id, attempt_id=new_id(), at=stage.work.clock.now(), machine_at=machine_now())

    async with stage.sessions.begin() as session:
        ours = await claim_payment(session, first.id, attempt_id=new_id(), at=stage.work.clock.now(), machine_at=machine_now())
        assert ours is not None
        other = asyncio.create_task(claim(second))
        await asyncio.sleep(0.3)

    assert await other is None
    assert await state_of(stage, second) is PaymentState.HELD
    await stage.sessions.close()


async def test_a_worker_that_died_before_the_call_has_its_attempt_sent_by_another(stage):
    payment = await queued(stage)
    await claimed(stage, payment)

    await stage.waits(seconds=31)

    assert await state_of(stage, payment) is PaymentState.SENT
    assert await stage.attempts() == ["sent"]
    assert len(stage.rail.transfers) == 1


async def test_a_worker_that_died_after_the_call_has_its_transfer_adopted_by_another(stage):
    payment = await queued(stage)
    claim = await claimed(stage, payment)
    stage.rail.take(claim.call)

    await stage.waits(seconds=31)

    assert await state_of(stage, payment) is PaymentState.SENT
    assert stage.rail.calls == []
    assert (await stage.books())["transit"] == 0


async def test_a_worker_that_is_only_slow_and_one_that_takes_over_pay_once(stage):
    payment = await queued(stage)
    slow = await claimed(stage, payment)
    await stage.waits(seconds=31)

    outcome = await stage.rail.send(slow.call)
    async with stage.sessions.begin() as session:
        await record_outcome(session, slow, outcome, at=stage.work.clock.now(), machine_at=machine_now())

    assert await state_of(stage, payment) is PaymentState.SENT
    assert len(stage.rail.transfers) == 1
    assert await stage.books() == {"owed": 0, "transit": 0, "cash": 96_000}


@pytest.mark.parametrize("late", [Unknown("timed out"), Rejected("balance_insufficient", retry="funding")])
async def test_a_late_answer_changes_nothing_that_is_settled(stage, late):
    payment = await queued(stage)
    slow = await claimed(stage, payment)
    await stage.waits(seconds=31)

    async with stage.sessions.begin() as session:
        await record_outcome(session, slow, late, at=stage.work.clock.now(), machine_at=machine_now())

    assert await state_of(stage, payment) is PaymentState.SENT
    assert await stage.books() == {"owed": 0, "transit": 0, "cash": 96_000}


async def test_a_yes_for_an_attempt_that_was_given_up_is_frozen_for_a_person(stage):
    payment = await queued(stage)
    slow = await claimed(stage, payment)
    stage.rail.answers.append(Unknown("timed out"))  # of the attempt that follows
    await stage.waits(hours=23)
    await stage.waits(seconds=6)
    assert (await stage.attempts())[0] == "abandoned"

    async with stage.sessions.begin() as session:
        await record_outcome(session, slow, Sent("tr_late"), at=stage.work.clock.now(), machine_at=machine_now())

    async with stage.sessions.read() as session:
        held = (await session.get_one(Payment, payment.id)).held_because
    assert held == "frozen: sent after it was given up"


async def test_an_accepted_bill_whose_job_was_lost_is_paid_all_the_same(stage):
    bill = await stage.bills()
    async with stage.sessions.begin() as session:
        await session.execute(text("DELETE FROM jobs WHERE name = 'pay_bill'"))

    await stage.works()

    assert (await stage.payment(bill)).state is PaymentState.SENT


async def test_a_payment_that_waits_can_be_canceled_and_then_never_leaves(stage):
    payment = await queued(stage)
    async with stage.sessions.begin() as session:
        locked = await lock_payment(session, payment.id)
        cancel_payment(session, locked.payment, by=SOMEBODY, at=stage.work.clock.now())

    await stage.works()

    assert await state_of(stage, payment) is PaymentState.CANCELED
    assert stage.rail.calls == []
    assert (await stage.books())["owed"] == 4_000


async def test_a_payment_that_began_to_leave_can_not_be_canceled(stage):
    payment = await queued(stage)
    await claimed(stage, payment)

    async with stage.sessions.begin() as session:
        locked = await lock_payment(session, payment.id)
        with pytest.raises(WrongStateError) as refused:
            cancel_payment(session, locked.payment, by=SOMEBODY, at=stage.work.clock.now())

    assert refused.value.open_moves == ()


async def test_a_cancel_and_a_claim_at_once_leave_one_winner(stage):
    payment = await queued(stage)

    async def cancel() -> bool:
        async with stage.sessions.begin() as session:
            locked = await lock_payment(session, payment.id)
            cancel_payment(session, locked.payment, by=SOMEBODY, at=stage.work.clock.now())
        return True

    sent, canceled = await asyncio.gather(send_sweep(stage.work), cancel(), return_exceptions=True)

    assert (sent == 1) != (canceled is True)
    assert len(stage.rail.transfers) == (sent == 1)


async def test_a_reversed_bill_is_not_paid_and_its_payment_is_canceled(stage):
    payment = await queued(stage)
    director = principal(SOMEBODY, Role.ADMIN)
    at = stage.work.clock.now()
    async with stage.sessions.begin() as session:
        case, bill = await open_bill(session, payment.bill_id, move=BillMove.REVERSE, who=director, at=at)
        await reverse_bill(session, case, bill, reason="billed twice", by=SOMEBODY, at=at)

    await stage.works()

    assert await state_of(stage, payment) is PaymentState.CANCELED
    assert stage.rail.calls == []
    assert (await stage.books())["owed"] == 0


async def test_a_bill_that_is_being_paid_can_not_be_reversed(stage):
    payment = await queued(stage)
    await claimed(stage, payment)

    admin = principal(SOMEBODY, Role.ADMIN)
    async with stage.sessions.begin() as session:
        with pytest.raises(WrongStateError):
            await open_bill(session, payment.bill_id, move=BillMove.REVERSE, who=admin, at=stage.work.clock.now())


async def test_a_paused_sender_lets_nothing_leave_until_it_is_resumed(stage):
    at = stage.work.clock.now()
    async with stage.sessions.begin() as session:
        await pause_sender(session, reason="a holiday", by=SOMEBODY, at=at)
    bill = await stage.bills()
    await stage.works()
    assert (await stage.payment(bill)).state is PaymentState.QUEUED

    async with stage.sessions.begin() as session:
        await resume_sender(session, by=SOMEBODY, at=at)
    await stage.works()

    assert (await stage.payment(bill)).state is PaymentState.SENT


async def test_what_comes_back_is_posted_by_its_difference_and_once(stage):
    bill = await stage.bills()
    await stage.works()
    payment = await stage.payment(bill)

    for reversed_cents in (1_000, 1_000, 3_000, 1_000):
        async with stage.sessions.begin() as session:
            await return_payment(session, payment.id, reversed_cents=reversed_cents, at=stage.work.clock.now())

    assert await state_of(stage, payment) is PaymentState.SENT
    assert await stage.books() == {"owed": 3_000, "transit": 0, "cash": 99_000}

    async with stage.sessions.begin() as session:
        await return_payment(session, payment.id, reversed_cents=4_000, at=stage.work.clock.now())

    assert await state_of(stage, payment) is PaymentState.REVERSED
    assert await stage.books() == {"owed": 4_000, "transit": 0, "cash": 100_000}


async def test_a_transfer_that_was_reversed_before_it_was_adopted_is_returned_too(stage):
    payment = await queued(stage)
    claim = await claimed(stage, payment)
    stage.rail.take(claim.call)
    stage.rail.transfers["tr_1"] = replace(stage.rail.transfers["tr_1"], reversed_cents=4_000)

    await stage.waits(seconds=31)

    assert await state_of(stage, payment) is PaymentState.REVERSED
    assert await stage.books() == {"owed": 4_000, "transit": 0, "cash": 100_000}


async def test_the_whole_form_of_a_call_is_kept_and_sent_again_as_it_was(stage):
    payment = await queued(stage)
    claim = await claimed(stage, payment)
    async with stage.sessions.read() as session:
        kept = (await session.scalars(select(Attempt.body))).one()
    assert kept == claim.call.form
    assert kept.keys() == {"amount", "currency", "destination", "metadata", "transfer_group"}

    await stage.waits(seconds=31)

    assert [call.form for call in stage.rail.calls] == [kept]


async def test_an_open_attempt_of_an_earlier_release_is_sent_again_as_that_sent_it(stage):
    payment = await queued(stage)
    claim = await claimed(stage, payment)
    async with stage.sessions.begin() as session:
        attempt = (await session.scalars(select(Attempt))).one()
        attempt.body = {name: value for name, value in attempt.body.items() if name != "metadata"}

    await stage.waits(seconds=31)

    assert [call.form for call in stage.rail.calls] == [claim.call.form]
    assert await state_of(stage, payment) is PaymentState.SENT


async def test_who_takes_an_attempt_over_is_told_from_who_lost_it(stage):
    payment = await queued(stage)
    lost = await claimed(stage, payment)
    stage.rail.answers.append(Unknown("timed out"))
    stage.rail.silent = RailUnavailableError("find", "no answer")
    await stage.waits(seconds=31)
    async with stage.sessions.read() as session:
        attempt = (await session.scalars(select(Attempt))).one()
    assert attempt.fence == lost.fence + 1

    async with stage.sessions.begin() as session:
        await record_outcome(session, lost, Unknown("a late one", key_is_spent=True), at=stage.work.clock.now(), machine_at=machine_now())

    async with stage.sessions.read() as session:
        assert not (await session.scalars(select(Attempt.is_key_spent))).one()
