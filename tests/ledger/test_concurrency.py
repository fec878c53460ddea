"""Many callers at once: no cent is spent twice, no id is posted twice, nobody waits for ever."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

import ledger
from tests.ledger.books import (
    AVAILABLE,
    CASH,
    CHART,
    ENCUMBERED,
    FUNDING,
    NOON,
    TODAY,
    VENDOR,
    Database,
    a_deposit,
    a_purchase,
    a_transfer,
    an_entry,
    refusals,
)


async def test_fifty_parallel_purchases_on_a_balance_that_fits_one(database):
    await database.post(a_deposit(4_999))

    answers = await asyncio.gather(*[database.post(a_purchase(2_500)) for _ in range(50)])

    kinds = sorted(str(refusals(answer)[0]) for answer in answers)
    assert kinds == sorted([str(None)] + [str(ledger.InsufficientFundsError)] * 49)
    assert await database.balances(AVAILABLE, ENCUMBERED) == [2_499, 2_500]
    assert (await database.verify()).ok


@pytest.mark.parametrize("accounts", [(CASH, VENDOR), (AVAILABLE, ENCUMBERED)], ids=["open", "guarded"])
async def test_the_same_entry_from_thirty_callers_is_posted_once(database, accounts):
    await database.post(a_deposit(9))
    entry = an_entry(a_transfer(accounts[0], accounts[1], 9))

    answers = await asyncio.gather(*[database.post(entry) for _ in range(30)])

    assert sorted(type(answer[0]).__name__ for answer in answers) == ["Posted"] + ["Replayed"] * 29
    assert (await database.verify()).ok


async def test_sixteen_parallel_reversals_never_exceed_the_original(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 50))
    await database.post(bill)

    answers = await asyncio.gather(*[database.post(bill.reversal(uuid4(), effective_on=TODAY, amounts={1: 20})) for _ in range(16)])

    assert sorted(type(answer[0]).__name__ for answer in answers) == ["Posted"] * 2 + ["Refused"] * 14
    assert await database.balances(VENDOR) == [10]


async def test_money_in_a_circle_from_all_sides_never_deadlocks(database):
    circle = (AVAILABLE, ENCUMBERED, FUNDING, AVAILABLE)
    await database.post(*[a_deposit(1_000, account) for account in circle[:3]])

    async def go_round(turn: int) -> None:
        for step in range(4):
            here = (turn + step) % 3
            await database.post(
                an_entry(a_transfer(circle[here], circle[here + 1], 7)), an_entry(a_transfer(circle[here + 1], circle[here], 7))
            )

    await asyncio.gather(*[go_round(turn) for turn in range(12)])

    assert await database.balances(*circle[:3]) == [1_000] * 3


async def test_accounts_opened_by_many_at_once_are_opened_once(database):
    account = ledger.Account(uuid4(), CASH.book_id, "new", ledger.Side.CLAIM, guarded=True)

    await asyncio.gather(*[database.open(account, *CHART) for _ in range(10)])

    assert await database.balances(account) == [0]


async def overtaken(postgresql: Database, first: ledger.Entry, *then: ledger.Entry) -> list[ledger.Answer]:
    """Post `then` while `first` is written but not committed; commit; return the answers to `then`."""
    async with postgresql.begin() as connection:
        await ledger.post(connection, first, at=NOON)
        waiting = asyncio.create_task(postgresql.post(*then))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    return await waiting


async def test_an_id_taken_meanwhile_with_the_same_content_is_a_replay(postgresql):
    entry = an_entry(a_transfer(CASH, VENDOR, 5))

    answers = await overtaken(postgresql, entry, a_deposit(5), entry, a_purchase(5))

    assert [type(answer) for answer in answers] == [ledger.Posted, ledger.Replayed, ledger.Posted]
    assert await postgresql.balances(VENDOR, ENCUMBERED) == [5, 5]
    assert (await postgresql.verify()).ok


async def test_an_id_taken_meanwhile_with_other_content_is_a_conflict_whose_money_never_counted(postgresql):
    entry = an_entry(a_transfer(CASH, VENDOR, 5))
    deposit = a_deposit(5, id=entry.id)

    answers = await overtaken(postgresql, entry, deposit, a_purchase(5))

    assert refusals(answers) == [ledger.ConflictError, ledger.InsufficientFundsError]
    assert await postgresql.balances(AVAILABLE, ENCUMBERED) == [0, 0]
    assert (await postgresql.verify()).ok


async def test_two_batches_that_share_ids_in_opposite_order_do_not_deadlock(postgresql):
    entries = [an_entry(a_transfer(CASH, VENDOR, 1), entry_id=UUID(int=number)) for number in range(1, 40)]

    answers = await asyncio.gather(*[postgresql.post(*(entries if turn % 2 else entries[::-1])) for turn in range(10)])

    assert all(refusals(answer) == [None] * 39 for answer in answers)
    assert await postgresql.balances(VENDOR) == [39]


async def test_verification_holds_while_others_post(postgresql):
    await postgresql.post(a_deposit(1_000))
    posting = asyncio.gather(*[postgresql.post(a_purchase(1), replace(a_purchase(1), memo="b")) for _ in range(60)])

    found = [await postgresql.verify() for _ in range(5)]
    await posting

    assert all(verification.ok for verification in found)
