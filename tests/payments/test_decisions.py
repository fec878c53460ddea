"""Every row of the table of what a rail may answer, and what becomes of the payment, the bill and the books."""

import asyncio
from datetime import timedelta

import pytest

from sdc.bills.model import BillState
from sdc.jobs import run_jobs
from sdc.outbox import enqueue
from sdc.payments import jobs, waiting
from sdc.payments.model import BankLeg, PaymentState
from sdc.payments.pausing import resume_sender
from tests.builders import SOMEBODY
from tests.payments.stage import a_stage, top_up
from tests.scripted_rail import lost_after
from tests.shops import a_vendor
from vendors import RailUnavailableError, VendorState
from vendors.rails import Attempt, Busy, Conflicting, Found, PayeeStatus, RailDown, Rejected, Throttled, Unknown

PAID = {"owed": 0, "transit": 0, "cash": 96_000}
OWED = {"owed": 4_000, "transit": 0, "cash": 100_000}
ON_THE_WAY = {"owed": 0, "transit": 4_000, "cash": 100_000}


async def test_an_accepted_bill_is_paid_once(stage):
    bill = await stage.bills()

    await stage.works()

    payment = await stage.payment(bill)
    assert (payment.state, payment.delivery, payment.attempts) == (PaymentState.SENT, BankLeg.IN_VENDOR_BALANCE, 1)
    assert (await stage.bill(bill)).state is BillState.PAID
    assert await stage.books() == PAID
    assert len(stage.rail.transfers) == 1


async def test_the_rail_is_told_a_random_reference_and_nothing_else(stage):
    bill = await stage.bills()

    await stage.works()

    payment = await stage.payment(bill)
    assert stage.rail.calls == [Attempt(str(payment.reference), "acct_1", 4_000, key=f"p:{payment.reference}:1")]
    assert payment.reference.version == 4


async def test_it_is_expected_two_business_days_later(stage):
    bill = await stage.bills()  # a Thursday

    await stage.works()

    assert str((await stage.payment(bill)).expected_on) == "2026-10-19"


async def test_an_answer_lost_after_the_money_left_is_found_and_adopted(stage):
    stage.rail.answers.append(lost_after)
    bill = await stage.bills()

    await stage.works()

    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert await stage.books() == PAID
    assert len(stage.rail.calls) == len(stage.rail.transfers) == 1


async def test_an_answer_lost_before_the_money_left_is_sent_again_under_the_same_key(stage):
    stage.rail.answers.append(Unknown("timed out"))
    bill = await stage.bills()

    await stage.works()

    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert [call.key for call in stage.rail.calls] == [stage.rail.calls[0].key] * 2
    assert await stage.books() == PAID


async def test_while_the_rail_is_silent_the_payment_is_unknown_and_the_money_on_its_way(stage):
    stage.rail.answers.append(Unknown("timed out"))
    stage.rail.silent = RailUnavailableError("find", "no answer")
    bill = await stage.bills()

    await stage.works()

    assert (await stage.payment(bill)).state is PaymentState.UNKNOWN
    assert (await stage.bill(bill)).is_sending
    assert await stage.books() == ON_THE_WAY


async def test_an_old_attempt_is_never_sent_again_blindly_but_given_up_after_two_looks(stage):
    stage.rail.answers.append(Unknown("timed out"))
    stage.rail.silent = RailUnavailableError("find", "no answer")
    bill = await stage.bills()
    await stage.works()
    stage.rail.silent = None

    await stage.waits(hours=23)

    assert await stage.attempts() == ["unknown"]
    assert len(stage.rail.calls) == 1

    await stage.waits(seconds=6)

    assert await stage.attempts() == ["abandoned", "sent"]
    assert [call.key[-2:] for call in stage.rail.calls] == [":1", ":2"]
    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert await stage.books() == PAID


async def test_a_key_that_is_spent_is_not_used_again(stage):
    stage.rail.answers.append(Unknown("500", key_is_spent=True))
    bill = await stage.bills()

    await stage.works()
    await stage.waits(seconds=6)

    assert [call.key[-2:] for call in stage.rail.calls] == [":1", ":2"]
    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert await stage.books() == PAID


@pytest.mark.parametrize("found", [[(4_001, "acct_1")], [(4_000, "acct_2")], [(4_000, "acct_1"), (4_000, "acct_1")]])
async def test_what_does_not_match_is_frozen_for_a_person(stage, found):
    def strange(rail, attempt):
        for number, (cents, payee) in enumerate(found):
            rail.transfers[f"tr_{number}"] = Found(f"tr_{number}", attempt.payment_reference, cents, payee, 0, stage.work.clock.now())
        return Unknown("timed out")

    stage.rail.answers.append(strange)
    bill = await stage.bills()

    await stage.works()
    await stage.waits(hours=48)

    payment = await stage.payment(bill)
    assert (payment.state, payment.held_because[:6]) == (PaymentState.UNKNOWN, "frozen")
    assert len(stage.rail.calls) == 1
    assert await stage.books() == ON_THE_WAY


async def test_a_key_with_another_body_is_our_mistake_and_frozen(stage):
    stage.rail.answers.append(Conflicting("400 idempotency_error"))
    bill = await stage.bills()

    await stage.works()
    await stage.waits(hours=48)

    assert (await stage.payment(bill)).held_because == "frozen: the processor has another call under this key"
    assert len(stage.rail.calls) == 1


async def test_a_key_in_use_waits_and_goes_on_with_the_same_key(stage):
    stage.rail.answers.append(Busy("409"))
    bill = await stage.bills()
    await stage.works()
    assert (await stage.payment(bill)).state is PaymentState.SENDING

    await stage.waits(seconds=5)

    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert len({call.key for call in stage.rail.calls}) == 1


async def test_too_many_requests_quieten_the_whole_sender(stage):
    stage.rail.answers.append(Throttled(60))
    first = await stage.bills()
    await stage.works()
    second = await stage.bills(3_000)

    await stage.works()

    assert (await stage.payment(first)).state is PaymentState.SENDING
    assert (await stage.payment(second)).state is PaymentState.QUEUED
    assert len(stage.rail.calls) == 1

    await stage.quiet_is_over()
    await stage.waits(seconds=100)

    assert (await stage.payment(first)).state is (await stage.payment(second)).state is PaymentState.SENT
    assert len({call.key for call in stage.rail.calls}) == 2


async def test_without_money_it_is_held_and_goes_on_when_money_comes(stage):
    stage.rail.answers.append(Rejected("balance_insufficient", retry="funding"))
    bill = await stage.bills()
    await stage.works()
    assert (await stage.payment(bill)).held_because == "funding: not enough at the processor"
    assert await stage.books() == OWED

    await top_up(stage, 5_000)
    await stage.works()

    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert await stage.attempts() == ["rejected", "sent"]
    assert await stage.books() == PAID | {"cash": 101_000}


async def test_a_payment_that_can_not_leave_yet_does_not_stand_before_one_that_can(stage, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_AT_ONCE", 1)
    stage.rail.answers += [Rejected("balance_insufficient", retry="funding")] * 2
    other = await a_vendor(stage.sessions, stage.house.program, payee_id="acct_2", rail="stripe")
    stuck, able = await stage.bills(), await stage.bills(3_000, vendor=other)
    await stage.works()
    await stage.changes_vendor(state=VendorState.SUSPENDED)

    await stage.waits(hours=1)
    await stage.works()

    assert [(await stage.payment(bill)).state for bill in (stuck, able)] == [PaymentState.HELD, PaymentState.SENT]


async def test_a_slow_rail_does_not_keep_the_worker_from_its_other_work(stage, monkeypatch):
    stage.rail.answers += [Unknown("timed out")] * 4
    other = await a_vendor(stage.sessions, stage.house.program, payee_id="acct_2", rail="stripe")
    for bill in (await stage.bills(), await stage.bills(3_000, vendor=other)):
        async with stage.sessions.begin() as session:
            enqueue(session, "pay_bill", bill.id, at=stage.work.clock.now())
    await run_jobs(stage.work)
    await jobs.send_sweep(stage.work)
    monkeypatch.setattr(jobs, "SWEEP_LASTS", timedelta(milliseconds=50))
    monkeypatch.setattr(stage.rail, "find", slow(stage.rail.find))

    assert await jobs.recover_sweep(stage.work) == 1
    assert await jobs.recover_sweep(stage.work) == 1


def slow(find):
    async def found(reference):
        await asyncio.sleep(0.1)
        return await find(reference)

    return found


async def test_no_program_pays_with_the_money_of_another(sqlite_url):
    stage = await a_stage(sqlite_url, top_up_cents=0)  # what the processor holds is another program's
    bill = await stage.bills()
    await stage.works()
    assert (await stage.payment(bill)).held_because == "funding: not enough at the processor"
    assert stage.rail.calls == []

    await top_up(stage, 4_000)
    await stage.works()

    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert await stage.books() == PAID | {"cash": 0}
    await stage.sessions.close()


async def test_a_vendor_that_is_restricted_is_held_while_others_are_paid(stage):
    stage.rail.answers.append(Rejected("account_restricted", retry="vendor"))
    stage.rail.statuses["acct_1"] = PayeeStatus("acct_1", ready=False, restricted=True)
    bill = await stage.bills()
    await stage.works()
    await stage.waits(hours=1)
    assert (await stage.payment(bill)).held_because == "vendor: payout account not ready"
    assert await stage.books() == OWED
    assert len(stage.rail.calls) == 1

    del stage.rail.statuses["acct_1"]
    await stage.changes_vendor(is_payable=True)
    await stage.waits(hours=1)

    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert await stage.books() == PAID


@pytest.mark.parametrize("change", [{"state": VendorState.SUSPENDED}, {"on_leie": True}, {"is_payable": False}, {"payee_id": None}])
async def test_a_vendor_that_may_not_be_paid_now_is_held_before_anything_leaves(stage, change):
    before = {name: getattr(stage.vendor, name) for name in change}
    bill = await stage.bills()
    await stage.changes_vendor(**change)
    await stage.works()
    assert (await stage.payment(bill)).state is PaymentState.HELD
    assert stage.rail.calls == []

    await stage.changes_vendor(**before)
    await stage.works()

    assert (await stage.payment(bill)).state is PaymentState.SENT


async def test_a_refusal_for_good_returns_the_money_once_and_calls_a_person(stage):
    stage.rail.answers.append(Rejected("account_closed", retry="never"))
    stage.rail.statuses["acct_1"] = PayeeStatus("acct_1", ready=False, restricted=False, closed=True)
    bill = await stage.bills()

    await stage.works()
    await stage.waits(hours=48)

    payment = await stage.payment(bill)
    assert (payment.state, payment.held_because) == (PaymentState.REJECTED, "payout account closed")
    assert not (await stage.bill(bill)).is_sending
    assert await stage.books() == OWED
    assert len(stage.rail.calls) == 1


async def test_a_rail_that_refuses_our_key_stops_the_sender_and_fails_nothing(stage):
    stage.rail.answers.append(RailDown("401"))
    first = await stage.bills()
    await stage.works()
    second = await stage.bills(3_000)
    await stage.works()
    await stage.waits(hours=1)
    assert ((await stage.payment(first)).state, (await stage.payment(second)).state) == (PaymentState.SENDING, PaymentState.QUEUED)
    assert len(stage.rail.calls) == 1

    async with stage.sessions.begin() as session:
        await resume_sender(session, by=SOMEBODY, at=stage.work.clock.now())
    await stage.works()

    assert (await stage.payment(first)).state is (await stage.payment(second)).state is PaymentState.SENT
    assert len(stage.rail.transfers) == 2


MAY_NOT_BE_PAID = [
    ({"state": VendorState.SUSPENDED}, "vendor: not active"),
    ({"on_leie": True}, "vendor: excluded"),
    ({"is_payable": False}, "vendor: payout account not ready"),
]


@pytest.mark.parametrize(("change", "why"), MAY_NOT_BE_PAID)
async def test_what_is_unknown_of_a_vendor_that_may_not_be_paid_any_more_is_looked_for_and_never_sent_again(database_url, change, why):
    stage = await a_stage(database_url)
    before = {name: getattr(stage.vendor, name) for name in change}
    stage.rail.answers.append(Unknown("timed out"))
    stage.rail.silent = RailUnavailableError("find", "no answer")
    bill = await stage.bills()
    await stage.works()
    await stage.changes_vendor(**change)
    stage.rail.silent = None

    await stage.waits(seconds=6)
    assert (await stage.payment(bill)).state is PaymentState.UNKNOWN  # one look is not enough
    await stage.waits(seconds=31)
    await stage.waits(hours=1)

    payment = await stage.payment(bill)
    assert (payment.state, payment.held_because) == (PaymentState.HELD, why)
    assert await stage.attempts() == ["abandoned"]
    assert len(stage.rail.calls) == 1
    assert not (await stage.bill(bill)).is_sending
    assert await stage.books() == OWED

    await stage.changes_vendor(**before)
    await stage.waits(hours=1)

    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert [call.key[-2:] for call in stage.rail.calls] == [":1", ":2"]
    assert await stage.books() == PAID
    await stage.sessions.close()


async def test_what_had_left_before_its_vendor_was_excluded_is_found_and_adopted(stage):
    stage.rail.answers.append(lost_after)
    stage.rail.silent = RailUnavailableError("find", "no answer")
    bill = await stage.bills()
    await stage.works()
    await stage.changes_vendor(on_sam=True)
    stage.rail.silent = None

    await stage.waits(seconds=6)

    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert len(stage.rail.calls) == 1
    assert await stage.books() == PAID


async def test_an_open_attempt_is_not_sent_again_to_a_payout_account_that_was_replaced(stage):
    stage.rail.answers.append(Unknown("timed out"))
    stage.rail.silent = RailUnavailableError("find", "no answer")
    bill = await stage.bills()
    await stage.works()
    await stage.changes_vendor(payee_id="acct_2")
    stage.rail.silent = None

    await stage.waits(seconds=6)
    await stage.waits(seconds=31)

    assert [call.payee_id for call in stage.rail.calls] == ["acct_1", "acct_2"]
    assert (await stage.payment(bill)).state is PaymentState.SENT
    assert await stage.books() == PAID
