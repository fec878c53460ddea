"""Periods: what is closed stays as it was, one person closes it, two open it again, and each time leaves a trace."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

import ledger
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    ENCUMBERED,
    NOON,
    OTHER_PERSON,
    PERSON,
    TODAY,
    VENDOR,
    a_deposit,
    a_purchase,
    a_transfer,
    an_account,
    an_entry,
    refusals,
)
from tests.ledger.chain_oracle import root

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)
FIRST_OF_APRIL = date(2026, 4, 1)


async def close(database, through=MARCH, *, by=PERSON, at=NOON, book_id=BOOK):
    """Close a book in a transaction of its own."""
    return await database.call(ledger.close_period, book_id, through=through, by=by, at=at)


async def reopen(database, closed_through=None, *, by=PERSON, seconded_by=OTHER_PERSON, at=NOON):
    """Open the book again in a transaction of its own."""
    return await database.call(ledger.reopen_period, BOOK, closed_through=closed_through, by=by, seconded_by=seconded_by, at=at)


async def a_reversal_into_march(database, **changes):
    """Post a bill of March, close March, and reverse the bill as of its own day."""
    bill = an_entry(a_transfer(CASH, VENDOR, 30), effective_on=MARCH)
    await database.post(bill)
    await close(database, **changes)
    back = bill.reversal(uuid4(), effective_on=MARCH)
    (answer,) = await database.post(back)
    assert answer == ledger.Posted(back.id, {})
    return back


async def test_an_instant_without_a_time_zone_closes_and_reopens_nothing(database):
    with pytest.raises(ledger.InvalidInstantError):
        await close(database, at=NOON.replace(tzinfo=None))
    with pytest.raises(ledger.InvalidInstantError):
        await reopen(database, at=NOON.replace(tzinfo=None))

    assert await database.call(ledger.period_events, BOOK) == []


async def test_a_book_is_closed_through_a_plain_date_that_has_a_day_after_it(database):
    for day in (date.min, date.max, date.max - timedelta(days=1), NOON, "2026-03-31"):
        with pytest.raises(ledger.InvalidDateError):
            await close(database, day)

    assert await database.call(ledger.period_events, BOOK) == []


async def test_a_book_is_reopened_to_a_plain_date(database):
    await close(database)

    for day in (date.min, date.max, NOON, "2026-03-31"):
        with pytest.raises(ledger.InvalidDateError):
            await reopen(database, day)

    assert len(await database.call(ledger.period_events, BOOK)) == 1


async def test_the_last_day_that_can_be_closed_leaves_one_for_reversals(database):
    last = date.max - timedelta(days=2)

    back = await a_reversal_into_march(database, through=last)

    found = await database.call(ledger.find_entry, BOOK, back.id)
    assert found.entry.effective_on == date.max - timedelta(days=1)
    assert (await database.verify()).ok


@pytest.mark.parametrize("day", [MARCH, MARCH - timedelta(days=1)], ids=["again", "earlier"])
async def test_a_close_must_close_more(database, day):
    await close(database)

    with pytest.raises(ledger.PeriodOrderError) as refused:
        await close(database, day)

    assert (refused.value.book_id, refused.value.day, refused.value.closed_through) == (BOOK, day, MARCH)
    assert len(await database.call(ledger.period_events, BOOK)) == 1


async def test_nobody_reopens_alone_whatever_else_is_wrong(database):
    with pytest.raises(ledger.SamePersonError) as refused:
        await reopen(database, seconded_by=PERSON)

    assert refused.value.person == PERSON


@pytest.mark.parametrize("day", [None, MARCH], ids=str)
async def test_a_book_that_was_never_closed_cannot_be_reopened(database, day):
    with pytest.raises(ledger.PeriodOrderError) as refused:
        await reopen(database, day)

    assert (refused.value.day, refused.value.closed_through) == (day, None)


@pytest.mark.parametrize("day", [MARCH, APRIL], ids=["as it is", "further"])
async def test_a_reopening_must_open_something(database, day):
    await close(database)

    with pytest.raises(ledger.PeriodOrderError) as refused:
        await reopen(database, day)

    assert (refused.value.day, refused.value.closed_through) == (day, MARCH)
    assert len(await database.call(ledger.period_events, BOOK)) == 1


@pytest.mark.parametrize("day", [MARCH, MARCH - timedelta(days=90)], ids=["on the day", "before it"])
async def test_what_is_dated_into_a_closed_period_is_refused_with_its_numbers_and_not_written(database, day):
    await close(database)
    entry = a_deposit(5, effective_on=day)

    (answer,) = await database.post(entry)

    assert isinstance(answer.error, ledger.PeriodClosedError)
    assert (answer.error.book_id, answer.error.effective_on, answer.error.closed_through) == (BOOK, day, MARCH)
    assert await database.balances(CASH, AVAILABLE) == [0, 0]
    assert await database.call(ledger.find_entry, BOOK, entry.id) is None


async def test_the_day_after_is_open_and_a_refusal_beside_it_takes_nothing_away(database):
    await close(database)

    late, timely = a_deposit(5, effective_on=MARCH), a_deposit(7, effective_on=FIRST_OF_APRIL)

    assert refusals(await database.post(late, timely)) == [ledger.PeriodClosedError, None]
    assert refusals(await database.post(a_deposit(9, effective_on=FIRST_OF_APRIL), late, atomic=True)) == [
        ledger.BatchRefusedError,
        ledger.PeriodClosedError,
    ]
    assert await database.balances(AVAILABLE) == [7]


async def test_another_book_is_not_closed_with_it(database):
    other = uuid4()
    accounts = [an_account(code, book_id=other) for code in ("from", "to")]
    await database.open(*accounts)
    await close(database)

    entry = an_entry(a_transfer(accounts[0], accounts[1], 5), book_id=other, effective_on=MARCH)

    assert refusals(await database.post(entry, a_deposit(5, effective_on=MARCH), replace(entry, id=uuid4()))) == [
        None,
        ledger.PeriodClosedError,
        None,
    ]
    assert await database.call(ledger.period_events, other) == []


async def test_what_was_posted_before_the_close_is_a_replay_after_it(database):
    entry = a_deposit(5, effective_on=MARCH)
    await database.post(entry)
    await close(database)

    assert await database.post(entry) == [ledger.Replayed(entry.id, {AVAILABLE.id: 5})]


async def test_a_reversal_into_a_closed_period_counts_from_the_first_open_day_and_keeps_the_day_asked_for(database):
    back = await a_reversal_into_march(database)

    found = await database.call(ledger.find_entry, BOOK, back.id)

    assert found == ledger.RecordedEntry(back.on(FIRST_OF_APRIL), NOON, asked_on=MARCH)
    assert found.as_asked == back
    assert await database.call(ledger.balance_on, VENDOR.id, MARCH) == 30
    assert await database.call(ledger.balance_on, VENDOR.id, FIRST_OF_APRIL) == 0
    assert (await database.verify()).ok


async def test_a_reversal_into_an_open_day_is_not_moved(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30), effective_on=MARCH)
    await database.post(bill)
    await close(database)
    back = bill.reversal(uuid4(), effective_on=FIRST_OF_APRIL)

    await database.post(back)

    assert await database.call(ledger.find_entry, BOOK, back.id) == ledger.RecordedEntry(back, NOON)


async def test_the_retry_of_a_moved_reversal_is_a_replay_whatever_is_closed_since(database):
    back = await a_reversal_into_march(database)

    again = await database.post(back, back)
    await close(database, APRIL)
    later = await database.post(back)
    await reopen(database)
    reopened = await database.post(back)

    assert again + later + reopened == [ledger.Replayed(back.id, {})] * 4
    assert await database.balances(VENDOR) == [0]


@pytest.mark.parametrize("day", [FIRST_OF_APRIL, MARCH - timedelta(days=1)], ids=["as it counts", "another closed day"])
async def test_a_moved_reversal_under_another_asked_date_is_a_conflict(database, day):
    back = await a_reversal_into_march(database)

    assert refusals(await database.post(back.on(day))) == [ledger.ConflictError]


async def test_two_halves_of_a_reversal_of_one_call_are_both_moved(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30), effective_on=MARCH)
    await database.post(bill)
    await close(database)
    halves = [bill.reversal(uuid4(), effective_on=day, amounts={1: 15}) for day in (MARCH, FIRST_OF_APRIL)]

    answers = await database.post(*halves, a_deposit(5, effective_on=MARCH), bill.reversal(uuid4(), effective_on=MARCH))

    assert refusals(answers) == [None, None, ledger.PeriodClosedError, ledger.ReversalExceedsOriginalError]
    found = [await database.call(ledger.find_entry, BOOK, half.id) for half in halves]
    assert [(one.entry.effective_on, one.asked_on) for one in found] == [(FIRST_OF_APRIL, MARCH), (FIRST_OF_APRIL, None)]


async def test_a_reopened_period_takes_entries_and_reversals_as_they_are_dated(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30), effective_on=MARCH)
    await database.post(bill)
    await close(database, APRIL)
    await reopen(database, MARCH - timedelta(days=1))
    back = bill.reversal(uuid4(), effective_on=MARCH)

    answers = await database.post(a_deposit(5, effective_on=MARCH), back, a_deposit(5, effective_on=MARCH - timedelta(days=1)))

    assert refusals(answers) == [None, None, ledger.PeriodClosedError]
    assert await database.call(ledger.find_entry, BOOK, back.id) == ledger.RecordedEntry(back, NOON)


async def test_a_book_that_is_wholly_reopened_is_open_and_can_be_closed_again(database):
    await close(database)
    await reopen(database)

    assert refusals(await database.post(a_deposit(5, effective_on=date(1, 1, 2)))) == [None]
    assert (await close(database, MARCH - timedelta(days=31))).number == 3


async def test_each_close_and_reopening_leaves_a_trace(database):
    await database.post(a_deposit(100, effective_on=MARCH), a_purchase(30, effective_on=FIRST_OF_APRIL))
    later = datetime(2026, 10, 16, 0, 0, 0, 1, tzinfo=UTC)

    events = [await close(database), await close(database, APRIL), await reopen(database, MARCH, at=later), await reopen(database)]

    assert await database.call(ledger.period_events, BOOK) == events
    assert [(one.book_id, one.number, one.action, one.closed_through, one.by, one.seconded_by, one.at) for one in events] == [
        (BOOK, 1, "close", MARCH, PERSON, None, NOON),
        (BOOK, 2, "close", APRIL, PERSON, None, NOON),
        (BOOK, 3, "reopen", MARCH, PERSON, OTHER_PERSON, later),
        (BOOK, 4, "reopen", None, PERSON, OTHER_PERSON, NOON),
    ]
    assert (await database.verify()).ok


async def test_a_close_carries_the_hash_of_what_was_effective_through_its_day(database):
    await database.post(a_deposit(100, effective_on=MARCH), a_purchase(30, effective_on=FIRST_OF_APRIL))
    first = await close(database)
    await database.seal()
    await close(database, APRIL)
    await reopen(database)

    same = await close(database)
    await reopen(database)
    await database.post(a_purchase(1, effective_on=MARCH))
    other = await close(database)

    assert same.trial_hash == first.trial_hash
    assert other.trial_hash != first.trial_hash


async def test_the_next_block_holds_the_events_and_the_trial_balance(database):
    await database.post(a_deposit(100))
    first = await database.seal()
    await close(database)
    closed = await database.seal()
    await reopen(database)
    reopened = await database.seal()

    async with database.begin() as connection:
        rows = await connection.exec_driver_sql("SELECT leaf FROM ledger_periods ORDER BY number")
        leaves = list(rows.scalars())
    assert [(one.leaf_count, one.event_count, one.events_root) for one in (closed, reopened)] == [
        (0, 1, root(leaves[:1])),
        (0, 1, root(leaves[1:])),
    ]
    assert closed.trial_hash == first.trial_hash  # all that is sealed, and not only what was effective through March
    assert reopened.trial_hash is None
    assert (await database.verify()).ok


async def test_who_posts_while_a_period_is_closed_waits_and_is_refused(database):
    async with database.begin() as connection:
        await ledger.close_period(connection, BOOK, through=MARCH, by=PERSON, at=NOON)
        posting = asyncio.create_task(database.post(a_deposit(5, effective_on=MARCH), a_deposit(7)))
        await asyncio.sleep(0.2)
        assert not posting.done()

    assert refusals(await posting) == [ledger.PeriodClosedError, None]


async def test_who_closes_a_period_while_somebody_posts_waits_and_counts_what_was_posted(database):
    empty = await close(database, MARCH - timedelta(days=1))
    async with database.begin() as connection:
        await ledger.post(connection, an_entry(a_transfer(CASH, VENDOR, 5), effective_on=MARCH), at=NOON)
        closing = asyncio.create_task(close(database))
        await asyncio.sleep(0.2)
        assert not closing.done()

    assert (await closing).trial_hash != empty.trial_hash
    assert await database.call(ledger.balance_on, VENDOR.id, MARCH) == 5


async def test_of_many_who_close_the_same_day_one_does(database):
    closed = await asyncio.gather(*[close(database) for _ in range(5)], return_exceptions=True)

    assert sorted(type(one).__name__ for one in closed) == ["PeriodEvent", *["PeriodOrderError"] * 4]
    assert len(await database.call(ledger.period_events, BOOK)) == 1


async def test_refusals_are_told_in_their_order(database):
    closed, never, elsewhere = an_account("closed"), an_account("never"), an_account("cash", book_id=uuid4())
    await database.open(closed, elsewhere)
    await database.call(ledger.close_account, closed.id, by=PERSON, at=NOON)
    await close(database)
    recorded = a_deposit(5)
    await database.post(recorded)
    reasons = [
        a_transfer(CASH, never, 1),
        a_transfer(closed, CASH, 1),
        a_transfer(elsewhere, CASH, 1),
        a_transfer(AVAILABLE, ENCUMBERED, 6),
    ]

    told = [
        *await database.post(an_entry(*reasons, entry_id=recorded.id, effective_on=MARCH)),
        *await database.post(*[an_entry(*reasons[::-1][: len(reasons) - number], effective_on=MARCH) for number in range(4)]),
        *await database.post(an_entry(reasons[3])),
    ]

    assert refusals(told) == [
        ledger.ConflictError,
        ledger.UnknownAccountError,
        ledger.ClosedAccountError,
        ledger.OtherBookAccountError,
        ledger.PeriodClosedError,
        ledger.InsufficientFundsError,
    ]


async def test_a_closed_account_of_another_book_is_told_to_be_closed(database):
    elsewhere = an_account("cash", book_id=uuid4())
    await database.open(elsewhere)
    await database.call(ledger.close_account, elsewhere.id, by=PERSON, at=NOON)

    (answer,) = await database.post(an_entry(a_transfer(elsewhere, CASH, 1)))

    assert isinstance(answer.error, ledger.ClosedAccountError)


async def test_a_reversal_of_missing_money_is_refused_for_the_money_and_not_for_its_date(database):
    bill = an_entry(a_transfer(AVAILABLE, VENDOR, 30), effective_on=TODAY)
    deposit = a_deposit(30, effective_on=MARCH)
    await database.post(deposit, bill)
    await close(database)

    assert refusals(await database.post(deposit.reversal(uuid4(), effective_on=MARCH))) == [ledger.InsufficientFundsError]
