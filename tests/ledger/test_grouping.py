"""Many callers share one commit, and each gets its own answers."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

import ledger
from tests.ledger.books import AVAILABLE, ENCUMBERED, NOON, TODAY, a_deposit, a_purchase, refusals


class Begin:
    """Opens transactions of a database and counts them; told to, it fails one, or keeps one waiting before it commits."""

    def __init__(self, database):
        self.database = database
        self.begun = 0
        self.fails = False
        self.may_commit = asyncio.Event()
        self.may_commit.set()

    @asynccontextmanager
    async def __call__(self):
        """Open one; it is committed at the end."""
        self.begun += 1
        async with self.database.engine.connect() as connection, connection.begin():
            if self.database.engine.dialect.name == "sqlite":
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            await self.may_commit.wait()
            if self.fails:
                raise OSError("the disk is gone")


@pytest.fixture
def begin(database):
    return Begin(database)


async def test_sixty_four_callers_share_few_commits_and_each_gets_its_own_answer(database, begin):
    await database.post(a_deposit(50))

    async with ledger.Grouping(begin, lambda: NOON) as grouping:
        answers = await asyncio.gather(*[grouping.post(a_purchase(1)) for _ in range(64)])

    assert sorted(refusals([answer for (answer,) in answers]), key=str) == sorted(
        [None] * 50 + [ledger.InsufficientFundsError] * 14, key=str
    )
    assert begin.begun <= 3
    assert await database.balances(AVAILABLE, ENCUMBERED) == [0, 50]
    assert (await database.verify()).ok


async def test_a_caller_s_entries_are_answered_in_its_order(database, begin):
    first, second = a_deposit(5), a_purchase(9)

    async with ledger.Grouping(begin, lambda: NOON) as grouping:
        mine, theirs, twin = await asyncio.gather(grouping.post(first, second), grouping.post(a_purchase(5)), grouping.post(first))

    assert [type(answer) for answer in mine] == [ledger.Posted, ledger.Refused]
    assert [type(answer) for answer in (*theirs, *twin)] == [ledger.Posted, ledger.Replayed]
    assert mine[0] == ledger.Posted(first.id, {AVAILABLE.id: 5})


async def test_twins_conflicts_and_refusals_of_many_callers_are_each_answered_to_whom_they_concern(database, begin):
    recorded = a_deposit(1)
    await database.post(recorded, a_deposit(10))
    twin, bill = a_purchase(2), a_purchase(3)
    calls = [
        ([twin], [None]),
        ([recorded, twin], [None, None]),
        ([], []),
        ([a_purchase(9, id=twin.id), bill], [ledger.ConflictError, None]),
        ([a_purchase(900), bill.reversal(uuid4(), effective_on=TODAY, amounts={1: 1})], [ledger.InsufficientFundsError, None]),
        ([bill, bill.reversal(uuid4(), effective_on=TODAY)], [None, ledger.ReversalExceedsOriginalError]),
    ] * 8

    async with ledger.Grouping(begin, lambda: NOON) as grouping:
        answers = await asyncio.gather(*[grouping.post(*entries) for entries, _ in calls[:6]])
        again = await asyncio.gather(*[grouping.post(*entries) for entries, _ in calls[6:]])

    assert [refusals(answer) for answer in answers] == [expected for _, expected in calls[:6]]
    assert [type(answer[0]) for answer in answers[:2]] == [ledger.Posted, ledger.Replayed]
    for (entries, expected), answer in zip(calls[6:], again, strict=True):
        assert [one.entry_id for one in answer] == [entry.id for entry in entries]
        assert refusals(answer) == expected
    assert await database.balances(AVAILABLE, ENCUMBERED) == [7, 4]


async def test_who_comes_while_a_group_is_committed_shares_the_next_one(database, begin):
    begin.may_commit.clear()
    async with ledger.Grouping(begin, lambda: NOON) as grouping:
        first = asyncio.create_task(grouping.post(a_deposit(1)))
        await asyncio.sleep(0.05)
        later = [asyncio.create_task(grouping.post(a_deposit(1))) for _ in range(20)]
        await asyncio.sleep(0.05)
        assert (begin.begun, first.done()) == (1, False)
        begin.may_commit.set()
        await asyncio.gather(first, *later)

    assert begin.begun == 2
    assert await database.balances(AVAILABLE) == [21]


async def test_a_clock_that_names_no_time_zone_is_told_to_all(database, begin):
    async with ledger.Grouping(begin, lambda: NOON.replace(tzinfo=None)) as grouping:
        failed = await asyncio.gather(*[grouping.post(a_deposit(1)) for _ in range(3)], return_exceptions=True)

    assert {type(error) for error in failed} == {ledger.InvalidInstantError}
    assert await database.balances(AVAILABLE) == [0]


async def test_a_transaction_that_fails_is_told_to_every_caller_and_writes_nothing(database, begin):
    begin.fails = True
    entries = [a_deposit(1) for _ in range(5)]
    async with ledger.Grouping(begin, lambda: NOON) as grouping:
        failed = await asyncio.gather(*[grouping.post(entry) for entry in entries], return_exceptions=True)
        begin.fails = False
        again = await asyncio.gather(*[grouping.post(entry) for entry in entries])

    assert {type(error) for error in failed} == {OSError}
    assert all(isinstance(answer, ledger.Posted) for (answer,) in again)
    assert await database.balances(AVAILABLE) == [5]


async def test_a_caller_who_leaves_takes_nobody_along(database, begin):
    async with ledger.Grouping(begin, lambda: NOON) as grouping:
        leaving = asyncio.create_task(grouping.post(a_deposit(1)))
        staying = asyncio.create_task(grouping.post(a_deposit(2)))
        await asyncio.sleep(0)
        leaving.cancel()
        (answer,) = await staying

    assert isinstance(answer, ledger.Posted)
    assert (await database.balances(AVAILABLE))[0] in (2, 3)


async def test_a_caller_who_leaves_while_its_group_is_committed_takes_nobody_along(database, begin):
    begin.may_commit.clear()
    async with ledger.Grouping(begin, lambda: NOON) as grouping:
        leaving, staying = (asyncio.create_task(grouping.post(a_deposit(cents))) for cents in (1, 2))
        await asyncio.sleep(0.05)
        next_leaving, next_staying = (asyncio.create_task(grouping.post(a_deposit(cents))) for cents in (4, 8))
        await asyncio.sleep(0)
        leaving.cancel()
        next_leaving.cancel()
        await asyncio.sleep(0)
        begin.may_commit.set()
        answers = await asyncio.gather(staying, next_staying)

    assert (leaving.cancelled(), next_leaving.cancelled()) == (True, True)
    assert [type(answer) for (answer,) in answers] == [ledger.Posted, ledger.Posted]
    assert (await database.balances(AVAILABLE))[0] in {11, 15}  # what was asked for and not waited for is posted or not
    assert (await database.verify()).ok


async def test_leaving_by_an_error_waits_too(database, begin):
    posting = []

    async def fail():
        async with ledger.Grouping(begin, lambda: NOON) as grouping:
            posting.append(asyncio.create_task(grouping.post(a_deposit(4))))
            await asyncio.sleep(0)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert posting[0].done()
    assert await database.balances(AVAILABLE) == [4]


async def test_leaving_waits_for_what_is_under_way(database, begin):
    async with ledger.Grouping(begin, lambda: NOON) as grouping:
        posting = asyncio.create_task(grouping.post(a_deposit(4)))
        await asyncio.sleep(0)

    assert posting.done()
    assert await database.balances(AVAILABLE) == [4]


async def test_a_group_is_recorded_at_the_instant_that_its_clock_names(database, begin):
    entry, later = a_deposit(1), NOON + timedelta(hours=1)

    async with ledger.Grouping(begin, lambda: later) as grouping:
        await grouping.post(entry)

    recorded = await database.call(ledger.find_entry, entry.book_id, entry.id)
    assert recorded is not None
    assert recorded.recorded_at == later
