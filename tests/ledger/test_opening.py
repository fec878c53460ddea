"""Accounts are opened once, for life."""

from dataclasses import replace
from uuid import uuid4

import pytest

import ledger
from tests.ledger.books import AVAILABLE, BOOK, CASH, CHART, NOON, an_account


async def test_an_account_opened_again_is_left_as_it_is(database):
    await database.open(CASH, CASH, AVAILABLE)

    async with database.begin() as connection:
        assert await ledger.book_accounts(connection, BOOK) == sorted(CHART, key=lambda account: account.code)


@pytest.mark.parametrize(
    "change",
    [{"code": "else"}, {"side": ledger.Side.CLAIM}, {"guarded": True}, {"book_id": uuid4()}],
    ids=lambda change: next(iter(change)),
)
async def test_an_id_with_other_content_is_a_conflict(database, change):
    async with database.begin() as connection:
        with pytest.raises(ledger.AccountConflictError):
            await ledger.open_accounts(connection, [replace(CASH, **change)], at=NOON)


async def test_a_code_names_one_account_of_a_book(database):
    async with database.begin() as connection:
        with pytest.raises(ledger.AccountConflictError):
            await ledger.open_accounts(connection, [an_account("free", guarded=True), replace(AVAILABLE, id=uuid4())], at=NOON)

    assert (await database.verify()).ok


async def test_two_accounts_of_one_id_in_one_call_are_a_conflict(database):
    account = an_account("twice")
    async with database.begin() as connection:
        with pytest.raises(ledger.AccountConflictError):
            await ledger.open_accounts(connection, [account, replace(account, guarded=True)], at=NOON)


async def test_accounts_are_found_by_id(database):
    async with database.begin() as connection:
        assert await ledger.find_accounts(connection, [CASH.id, uuid4()]) == {CASH.id: CASH}
