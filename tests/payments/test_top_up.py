"""Money on its way to the processor: asked for once, found when its answer is lost, returned to the bank when it fails."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import ledger
from sdc.books import chart
from sdc.outbox import Job
from sdc.payments.model import PaymentState, SenderSwitch
from sdc.payments.webhook import receive_event
from sdc.programs.model import TopUp, TopUpState
from tests.payments.stage import a_stage, top_up
from vendors import RailUnavailableError
from vendors.rails import Event, Rejected, ToppedUp, Unknown


async def cash(stage):
    program = stage.house.program.id
    codes = (chart.CASH_BANK, chart.CASH_TOPUP, chart.CASH_PROCESSOR)
    async with stage.sessions.read() as session:
        held = await ledger.balances(session, [chart.account_id(program, code) for code in codes])
    return tuple(held[chart.account_id(program, code)] for code in codes)


async def state_of(stage, top_up_id):
    async with stage.sessions.read() as session:
        return (await session.get_one(TopUp, top_up_id)).state


async def test_a_top_up_is_on_its_way_until_the_processor_has_it(sqlite_url):
    stage = await a_stage(sqlite_url, top_up_cents=0)

    made = await top_up(stage, 5_000)

    assert await cash(stage) == (995_000, 5_000, 0)
    await stage.works()
    assert await cash(stage) == (995_000, 0, 5_000)
    assert await state_of(stage, made) is TopUpState.SETTLED
    await stage.sessions.close()


async def test_a_lost_answer_is_found_by_its_reference_and_asked_for_once(sqlite_url):
    stage = await a_stage(sqlite_url, top_up_cents=0)
    made = await top_up(stage, 5_000)
    stage.rail.top_ups[str(made)].append(ToppedUp("tu_9", str(made), 5_000, "settled"))
    stage.rail.top_up_answers.append(Unknown("timed out"))

    await stage.works()

    assert await state_of(stage, made) is TopUpState.SETTLED
    assert len(stage.rail.top_ups[str(made)]) == 1
    await stage.sessions.close()


async def test_one_that_never_arrived_is_asked_for_again(sqlite_url):
    stage = await a_stage(sqlite_url, top_up_cents=0)
    made = await top_up(stage, 5_000)
    stage.rail.top_up_answers.append(Unknown("timed out"))
    await stage.works()
    assert await state_of(stage, made) is TopUpState.PENDING

    async with stage.sessions.begin() as session:
        await session.execute(update(Job).values(due_at=stage.work.clock.now(), leased_until=None))
    await stage.works()

    assert await state_of(stage, made) is TopUpState.SETTLED
    assert await cash(stage) == (995_000, 0, 5_000)
    await stage.sessions.close()


async def test_a_key_that_only_repeats_a_stored_fault_is_given_up_after_some_looks(sqlite_url):
    stage = await a_stage(sqlite_url, top_up_cents=0)
    made = await top_up(stage, 5_000)
    stage.rail.top_up_answers += [Unknown("500"), *[Unknown("500", key_is_spent=True)] * 3]
    for _ in range(3):
        await stage.works()
        assert await state_of(stage, made) is TopUpState.PENDING
        async with stage.sessions.begin() as session:
            await session.execute(update(Job).values(due_at=stage.work.clock.now(), leased_until=None))

    await stage.works()

    assert await state_of(stage, made) is TopUpState.SETTLED
    assert stage.rail.top_up_keys == [f"t:{made}"] * 4 + [f"t:{made}:2"]
    assert await cash(stage) == (995_000, 0, 5_000)
    await stage.sessions.close()


async def test_a_refused_top_up_is_back_at_the_bank(sqlite_url):
    stage = await a_stage(sqlite_url, top_up_cents=0)
    stage.rail.top_up_answers.append(Rejected("no_bank_account", retry="never"))
    made = await top_up(stage, 5_000)

    await stage.works()

    assert await state_of(stage, made) is TopUpState.FAILED
    assert await cash(stage) == (1_000_000, 0, 0)
    await stage.sessions.close()


async def time_passes(stage, **by):
    """Let the machine's time pass for what is on its way."""
    async with stage.sessions.begin() as session:
        for one in await session.scalars(select(TopUp).where(TopUp.look_at.is_not(None))):
            one.look_at -= timedelta(**by)
    await stage.works()


@pytest.mark.parametrize(
    ("ends", "state", "cents"),
    [
        ("settled", TopUpState.SETTLED, (995_000, 0, 5_000)),
        ("failed", TopUpState.FAILED, (1_000_000, 0, 0)),
        ("canceled", TopUpState.FAILED, (1_000_000, 0, 0)),
        ("reversed", TopUpState.FAILED, (1_000_000, 0, 0)),
    ],
)
async def test_one_that_is_pending_for_days_is_looked_at_until_it_ends_without_any_event(database_url, ends, state, cents):
    stage = await a_stage(database_url, top_up_cents=0)
    made = await top_up(stage, 5_000)
    stage.rail.top_up_answers.append(pending := ToppedUp("tu_9", str(made), 5_000, "pending"))
    stage.rail.top_ups[str(made)].append(pending)
    await stage.works()
    await time_passes(stage, minutes=11)
    assert await state_of(stage, made) is TopUpState.PENDING
    assert await cash(stage) == (995_000, 5_000, 0)

    stage.rail.top_ups[str(made)][0] = replace(pending, state=ends)
    await stage.works()
    assert await state_of(stage, made) is TopUpState.PENDING  # its turn has not come
    await time_passes(stage, minutes=11)

    assert await state_of(stage, made) is state
    assert await cash(stage) == cents
    assert len(stage.rail.top_up_keys) == 1
    await stage.books()
    await stage.sessions.close()


async def test_while_the_rail_is_silent_a_pending_one_waits_for_its_next_turn(sqlite_url):
    stage = await a_stage(sqlite_url, top_up_cents=0)
    made = await top_up(stage, 5_000)
    stage.rail.top_up_answers.append(ToppedUp("tu_9", str(made), 5_000, "pending"))
    await stage.works()
    stage.rail.silent = RailUnavailableError("find_top_up", "no answer")
    await time_passes(stage, minutes=11)
    stage.rail.silent = None
    stage.rail.top_ups[str(made)].append(ToppedUp("tu_9", str(made), 5_000, "settled"))

    await time_passes(stage, minutes=11)

    assert await state_of(stage, made) is TopUpState.SETTLED
    await stage.sessions.close()


@pytest.mark.parametrize("taken_back", ["failed", "reversed"])
async def test_one_that_is_taken_back_after_it_settled_leaves_the_processor_and_stops_the_sender(database_url, taken_back):
    stage = await a_stage(database_url, top_up_cents=0)
    made = await top_up(stage, 5_000)
    await stage.works()
    bill = await stage.bills(4_000)
    await stage.works()
    assert (await stage.payment(bill)).state is PaymentState.SENT
    (settled,) = stage.rail.top_ups[str(made)]
    stage.rail.top_ups[str(made)][0] = replace(settled, state=taken_back)

    for number in range(2):
        event = Event(
            f"evt_{number}", f"topup.{taken_back}", settled.rail_id, created_at=stage.work.clock.now(), live=False, about="top_up"
        )
        async with stage.sessions.begin() as session:
            await receive_event(session, event, rail="stripe", at=stage.work.clock.now())
        await stage.works()

    assert await state_of(stage, made) is TopUpState.REVERSED
    assert await cash(stage) == (1_000_000, 0, -4_000)  # what was paid from it stays paid, and has to be funded again
    async with stage.sessions.read() as session:
        assert (await session.scalars(select(SenderSwitch))).one().is_paused
    second = await stage.bills(3_000)
    await stage.works()
    assert (await stage.payment(second)).state is PaymentState.QUEUED
    await stage.books()
    await stage.sessions.close()


async def test_an_event_of_a_reversal_that_the_processor_does_not_confirm_changes_nothing(sqlite_url):
    stage = await a_stage(sqlite_url, top_up_cents=5_000)
    event = Event("evt_1", "topup.reversed", "tu_0", created_at=stage.work.clock.now(), live=False, about="top_up")
    async with stage.sessions.begin() as session:
        await receive_event(session, event, rail="stripe", at=stage.work.clock.now())

    await stage.works()

    assert await cash(stage) == (995_000, 0, 5_000)
    async with stage.sessions.read() as session:
        assert (await session.scalars(select(SenderSwitch))).first() is None
    await stage.sessions.close()
