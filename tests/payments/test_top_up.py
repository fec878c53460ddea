"""Money on its way to the processor: asked for once, found when its answer is lost, returned to the bank when it fails."""

from sqlalchemy import update

import ledger
from sdc.books import chart
from sdc.outbox import Job
from sdc.programs.model import TopUp, TopUpState
from tests.payments.stage import a_stage, top_up
from vendors.rails import Rejected, ToppedUp, Unknown


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
