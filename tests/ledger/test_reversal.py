"""Reversals: linked, whole or partial, together never more than the original."""

from uuid import uuid4

import ledger
from tests.ledger.books import AVAILABLE, BOOK, CASH, ENCUMBERED, TODAY, VENDOR, a_deposit, a_transfer, an_account, an_entry, refusals

TOMORROW = TODAY.replace(day=16)


async def test_a_whole_reversal_puts_everything_back(database):
    bill = an_entry(a_transfer(ENCUMBERED, VENDOR, 30, "gym"), a_transfer(AVAILABLE, VENDOR, 2, "gym"))
    await database.post(a_deposit(30, ENCUMBERED), a_deposit(2), bill)

    answers = await database.post(bill.reversal(uuid4(), effective_on=TOMORROW))

    assert answers[0].balances == {ENCUMBERED.id: 30, AVAILABLE.id: 2}
    assert await database.balances(VENDOR) == [0]


async def test_partial_reversals_together_never_exceed_the_original(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30), a_transfer(CASH, VENDOR, 10, "other tag"))
    await database.post(bill)

    first = await database.post(bill.reversal(uuid4(), effective_on=TOMORROW, amounts={1: 20}))
    second = await database.post(bill.reversal(uuid4(), effective_on=TOMORROW, amounts={1: 11}))
    third = await database.post(bill.reversal(uuid4(), effective_on=TOMORROW, amounts={1: 10, 2: 10}))

    assert refusals(first + second + third) == [None, ledger.ReversalExceedsOriginalError, None]
    assert (second[0].error.left_cents, second[0].error.asked_cents) == (10, 11)
    assert (second[0].error.original_id, second[0].error.account) == (bill.id, VENDOR.id)
    assert await database.balances(VENDOR, CASH) == [0, 0]


async def test_a_reversal_only_goes_back_the_way_of_the_original(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30))
    await database.post(bill)

    again = an_entry(a_transfer(CASH, VENDOR, 1), reverses=bill.id)
    elsewhere = an_entry(a_transfer(ENCUMBERED, CASH, 1), reverses=bill.id)
    await database.post(a_deposit(1, ENCUMBERED))

    assert refusals(await database.post(again, elsewhere)) == [ledger.ReversalExceedsOriginalError] * 2


async def test_a_reversal_needs_an_original_in_its_book(database):
    other_book = uuid4()
    accounts = [an_account(code, book_id=other_book) for code in ("from", "to")]
    await database.open(*accounts)
    elsewhere = an_entry(a_transfer(accounts[0], accounts[1], 5), book_id=other_book)
    await database.post(elsewhere)

    unknown = an_entry(a_transfer(VENDOR, CASH, 5), reverses=uuid4())
    foreign = an_entry(a_transfer(VENDOR, CASH, 5), reverses=elsewhere.id)

    assert refusals(await database.post(unknown, foreign)) == [ledger.UnknownOriginalError] * 2


async def test_a_reversal_can_be_reversed_and_leaves_nothing_more_of_the_original(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30))
    back = bill.reversal(uuid4(), effective_on=TOMORROW)
    forth = back.reversal(uuid4(), effective_on=TOMORROW)

    answers = await database.post(bill, back, forth, bill.reversal(uuid4(), effective_on=TOMORROW))

    assert refusals(answers) == [None, None, None, ledger.ReversalExceedsOriginalError]
    assert await database.balances(VENDOR) == [30]


async def test_two_reversals_of_one_original_in_one_call_are_counted_together(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30))
    await database.post(bill)

    halves = [bill.reversal(uuid4(), effective_on=TOMORROW, amounts={1: 16}) for _ in range(2)]

    assert refusals(await database.post(*halves)) == [None, ledger.ReversalExceedsOriginalError]


async def test_a_reversal_before_its_original_is_refused(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30))

    answers = await database.post(bill.reversal(uuid4(), effective_on=TOMORROW), bill)

    assert refusals(answers) == [ledger.UnknownOriginalError, None]


async def test_a_reversal_again_is_a_replay(database):
    bill = an_entry(a_transfer(CASH, VENDOR, 30))
    back = bill.reversal(uuid4(), effective_on=TOMORROW)
    await database.post(bill, back)

    (answer,) = await database.post(back)

    assert answer == ledger.Replayed(back.id, {})


async def test_a_large_entry_is_reversed_whole(database):
    bill = an_entry(*[a_transfer(CASH, VENDOR, cents, f"tag {cents}") for cents in range(1, 2_001)])
    await database.post(bill)

    (answer,) = await database.post(bill.reversal(uuid4(), effective_on=TOMORROW))

    assert isinstance(answer, ledger.Posted)
    async with database.begin() as connection:
        found = await ledger.find_entry(connection, BOOK, answer.entry_id)
    assert found is not None
    assert found.entry.reverses == bill.id
