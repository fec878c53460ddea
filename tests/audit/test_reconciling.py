"""Every movement of the processor's balance against its one posting: what does not match is told, and nothing is corrected."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

import ledger
from sdc.audit.model import MovementState, RailMovement
from sdc.audit.reconciling import read_books, reconcile_with_rail
from sdc.books import chart, entries
from sdc.books.posting import open_accounts, post
from sdc.clock import machine_now
from sdc.ids import new_id
from sdc.journal import Event as JournalEvent
from sdc.payments.bank_model import RailCursor
from sdc.payments.model import Attempt, AttemptState, Payment, PaymentState
from sdc.programs.model import TopUp, TopUpState
from tests.builders import a_program
from tests.payments.stage import a_stage, top_up
from vendors import RailUnavailableError
from vendors.rails import Movement, ToppedUp


@pytest.fixture
async def stage(database_url):
    stage = await a_stage(database_url, top_up_cents=100_000)
    yield stage
    await stage.sessions.close()


def tells_nobody(step, done):
    del step, done


async def reconciled(stage):
    """Reconcile once; the processor's balance is what its movements come to."""
    rail = stage.rail
    rail.available_cents = sum([one.net_cents async for one in rail.statement(since=datetime(2000, 1, 1, tzinfo=UTC))])
    return await reconciled_as_it_is(stage)


async def reconciled_as_it_is(stage):
    at = stage.work.clock.now()
    return await reconcile_with_rail(stage.work, id=new_id(), at=at, machine_at=machine_now(), tell=tells_nobody)


def told(record):
    return [(one["kind"], one["cents"]) for one in record.differences]


def moves(stage, kind, cents, *, source_id="", reference=None, fee_cents=0, rail_id=None):
    """Let the processor's balance move without our having asked for it."""
    at = datetime.now(UTC)
    name = rail_id or f"txn_other_{len(stage.rail.movements)}"
    stage.rail.movements.append(Movement(name, kind, source_id, reference, cents, fee_cents, cents - fee_cents, at, at.date()))


async def held(stage, *codes):
    program = stage.house.program.id
    async with stage.sessions.begin() as session:
        await open_accounts(session, chart.accounts(program, *codes), at=stage.work.clock.now())
    async with stage.sessions.read() as session:
        found = await ledger.balances(session, [chart.account_id(program, code) for code in codes])
        assert (await ledger.verify(session)).ok
    return [found[chart.account_id(program, code)] for code in codes]


async def alarms(stage):
    async with stage.sessions.read() as session:
        kinds = await session.scalars(select(JournalEvent.kind).where(JournalEvent.kind.startswith("alarm.")).order_by(JournalEvent.id))
        return [kind.removeprefix("alarm.") for kind in kinds]


async def movements(stage):
    async with stage.sessions.read() as session:
        rows = await session.scalars(select(RailMovement).order_by(RailMovement.created_at, RailMovement.rail_id))
        return {one.rail_id: one for one in rows}


async def test_a_top_up_and_payments_match_to_the_cent_and_a_second_run_adds_nothing(stage):
    for cents in (4_000, 3_000):
        await stage.bills(cents)
    await stage.works()

    first = await reconciled(stage)
    second = await reconciled(stage)

    assert (first.opening_cents, first.net_cents, first.available_cents) == (0, 93_000, 93_000)
    assert (first.movements, first.matched, first.books_cents, told(first)) == (3, 3, 93_000, [])
    assert (second.opening_cents, second.net_cents, second.movements, second.matched, told(second)) == (93_000, 0, 0, 0, [])
    assert len({one.matched_entry_id for one in (await movements(stage)).values()}) == len(await movements(stage))
    assert await alarms(stage) == []


async def test_a_transfer_made_outside_of_us_stands_in_suspense_once_until_it_is_explained(stage):
    await reconciled(stage)
    moves(stage, "transfer", -5_000, source_id="tr_stranger")

    records = [await reconciled(stage) for _ in range(2)]

    assert [told(record) for record in records] == [[("suspense", -5_000)]] * 2
    assert await held(stage, "suspense", "cash.processor") == [-5_000, 95_000]
    assert (await alarms(stage)).count("movement_in_suspense") == 1


async def test_with_several_programs_nobody_guesses_whose_a_movement_is(stage):
    await a_program(stage.sessions)
    moves(stage, "transfer", -5_000, source_id="tr_stranger")

    record = await reconciled(stage)

    assert told(record) == [("open", -5_000)]
    assert record.waiting_cents == -5_000
    assert await held(stage, "suspense", "cash.processor") == [0, 100_000]
    assert await alarms(stage) == ["movement_open", "reconciliation_differs"]


async def test_another_amount_than_ours_leaves_the_difference_in_suspense(stage):
    await stage.bills(4_000)
    await stage.works()
    await reconciled(stage)
    async with stage.sessions.begin() as session:
        await session.execute(update(RailMovement).values(state=MovementState.WAITING))
        await session.execute(update(RailMovement).where(RailMovement.kind == "transfer").values(amount_cents=-4_500, net_cents=-4_500))
    changed = [replace(one, amount_cents=-4_500, net_cents=-4_500) if one.kind == "transfer" else one for one in stage.rail.movements]
    stage.rail.movements[:] = changed
    stage.rail.transfers["tr_1"] = replace(stage.rail.transfers["tr_1"], amount_cents=4_500)

    record = await reconciled(stage)

    assert told(record) == [("suspense", -500)]
    assert await held(stage, "suspense", "cash.processor") == [-500, 95_500]


async def test_a_payment_that_the_statement_does_not_show_is_missing_after_an_hour(stage):
    await stage.bills(4_000)
    await stage.works()
    found = stage.rail.transfers.pop("tr_1")

    soon = await reconciled(stage)
    async with stage.sessions.begin() as session:
        await session.execute(update(Attempt).values(ended_at=machine_now() - timedelta(hours=2)))
    later = await reconciled(stage)
    stage.rail.transfers["tr_1"] = found
    at_last = await reconciled(stage)

    assert (told(soon), told(later), told(at_last)) == ([], [("missing", 4_000)], [])


async def test_a_fee_is_paid_by_administration_and_stands_in_suspense_while_that_is_short(stage):
    await stage.bills(4_000)
    await stage.works()
    moves(stage, "fee", -200)

    short = await reconciled(stage)
    program = stage.house.program.id
    async with stage.sessions.begin() as session:
        await open_accounts(session, chart.accounts(program, chart.ADMINISTRATION), at=stage.work.clock.now())
        entry = entries.administration_funded(
            book_id=program, funding_id=new_id(), source_id=stage.house.source.id, amount_cents=500, on=stage.work.clock.now().date()
        )
        await post(session, entry, at=stage.work.clock.now())
    paid = await reconciled(stage)

    assert (told(short), told(paid)) == ([("suspense", -200)], [])
    assert await held(stage, "suspense", "administration", "cash.processor") == [0, 300, 95_800]


async def test_what_comes_back_of_a_transfer_waits_for_its_posting_and_has_it_looked_at(stage):
    bill = await stage.bills(4_000)
    await stage.works()
    stage.rail.transfers["tr_1"] = replace(stage.rail.transfers["tr_1"], reversed_cents=1_000)

    before = await reconciled(stage)  # no event told of it: the statement does
    await stage.works()
    after = await reconciled(stage)

    assert (told(before), before.waiting_cents, told(after), after.waiting_cents) == ([], 1_000, [], 0)
    assert (await stage.payment(bill)).returned_cents == 1_000
    assert (await stage.books())["cash"] == 97_000


async def test_a_lost_reversal_of_a_top_up_is_found_by_the_statement(stage):
    async with stage.sessions.read() as session:
        made = (await session.scalars(select(TopUp))).one()
    (settled,) = stage.rail.top_ups[str(made.id)]
    stage.rail.top_ups[str(made.id)][0] = replace(settled, state="reversed")

    await reconciled(stage)
    await stage.works()
    record = await reconciled(stage)

    async with stage.sessions.read() as session:
        assert (await session.get_one(TopUp, made.id)).state is TopUpState.REVERSED
    assert (told(record), record.books_cents, record.available_cents) == ([], 0, 0)


async def test_a_top_up_of_another_amount_than_was_asked_for_is_not_settled_and_stops_the_sender(database_url):
    stage = await a_stage(database_url, top_up_cents=0)
    made = await top_up(stage, 5_000)
    wrong = ToppedUp("tu_9", str(made), 4_000, "settled")
    stage.rail.top_ups[str(made)].append(wrong)
    stage.rail.top_up_answers.append(wrong)

    await stage.works()
    record = await reconciled(stage)

    async with stage.sessions.read() as session:
        assert (await session.get_one(TopUp, made)).state is TopUpState.PENDING
    assert "top_up_amount_differs" in await alarms(stage)
    assert (record.waiting_cents, record.books_cents) == (4_000, 0)
    await stage.sessions.close()


async def test_a_payout_of_the_processor_to_a_bank_is_no_entry_of_ours(stage):
    moves(stage, "payout", -10_000, source_id="po_1")

    record = await reconciled(stage)

    assert told(record) == [("suspense", -10_000)]


async def test_a_balance_beyond_its_movements_is_told(stage):
    await reconciled(stage)
    stage.rail.available_cents += 700

    record = await reconciled_as_it_is(stage)

    assert told(record) == [("balance", 700)]


async def test_money_that_stands_in_transit_for_long_is_listed_with_its_cause(stage):
    bill = await stage.bills(4_000)
    await stage.works()
    async with stage.sessions.begin() as session:
        await session.execute(update(Payment).values(state=PaymentState.UNKNOWN, held_because="frozen: why"))
        await session.execute(update(Attempt).values(state=AttemptState.UNKNOWN, claimed_at=machine_now() - timedelta(days=3)))

    record = await reconciled(stage)

    aged = [one for one in record.differences if one["kind"] == "aged_transit"]
    payment = await stage.payment(bill)
    assert [(one["subject"], one["cents"], one["cause"]) for one in aged] == [(str(payment.id), 4_000, "payment unknown: frozen: why")]


async def test_a_run_that_the_processor_stops_goes_on_where_it_was(stage):
    await stage.bills(4_000)
    await stage.works()
    stage.rail.silent = RailUnavailableError("statement", "no answer")
    with pytest.raises(RailUnavailableError):
        await reconcile_with_rail(stage.work, id=new_id(), at=stage.work.clock.now(), machine_at=machine_now(), tell=tells_nobody)
    stage.rail.silent = None

    record = await reconciled(stage)

    assert (record.matched, told(record)) == (2, [])
    async with stage.sessions.read() as session:
        books = await read_books(session)
    assert (books.cash_cents, books.topup_cents, books.transit_cents) == (96_000, 0, 0)


async def test_two_runs_at_once_hold_a_stranger_in_suspense_once(stage):
    await stage.bills(4_000)
    await stage.works()
    moves(stage, "transfer", -5_000, source_id="tr_stranger")
    await reconciled(stage)  # lets the balance follow
    async with stage.sessions.begin() as session:
        await session.execute(delete(RailMovement))
        await session.execute(delete(RailCursor))

    records = await asyncio.gather(*(reconciled_as_it_is(stage) for _ in range(4)))

    assert all(told(record) == [("suspense", -5_000)] for record in records)
    assert await held(stage, "suspense", "cash.processor") == [-5_000, 91_000]
