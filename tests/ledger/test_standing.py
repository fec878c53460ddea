"""Balances and trial balances."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import literal, select

import ledger
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    ENCUMBERED,
    FUNDING,
    VENDOR,
    a_deposit,
    a_purchase,
    a_transfer,
    an_account,
    an_entry,
)


async def test_each_balance_is_positive_on_its_own_side(database):
    await database.post(a_deposit(100), a_purchase(30), an_entry(a_transfer(ENCUMBERED, VENDOR, 20)), an_entry(a_transfer(VENDOR, CASH, 5)))

    assert await database.balances(CASH, AVAILABLE, ENCUMBERED, VENDOR, FUNDING) == [95, 70, 10, 15, 0]


async def test_a_guarded_asset_falls_by_credits(database):
    float_ = an_account("float", ledger.Side.ASSET, guarded=True)
    await database.open(float_)

    await database.post(an_entry(a_transfer(float_, VENDOR, 5)))
    (answer,) = await database.post(an_entry(a_transfer(VENDOR, float_, 6)))

    assert (answer.error.available_cents, answer.error.required_cents) == (5, 6)
    assert await database.balances(float_) == [5]


async def test_an_account_never_opened_has_no_balance(database):
    async with database.begin() as connection:
        with pytest.raises(ledger.UnknownAccountError):
            await ledger.balance(connection, uuid4())
        assert await ledger.balance(connection, CASH.id) == 0


async def test_a_guarded_balance_can_be_read_within_a_statement_of_ones_own(database):
    await database.post(a_deposit(100))

    async with database.begin() as connection:
        row = (
            await connection.execute(
                select(literal(1), ledger.guarded_balance(AVAILABLE.id).label("available"), ledger.guarded_balance(CASH.id).label("open"))
            )
        ).one()

    assert row == (1, 100, None)


async def test_a_trial_balance_holds_what_was_effective_by_its_date(database):
    await database.post(
        a_deposit(100, effective_on=date(2026, 1, 1)),
        a_purchase(30, effective_on=date(2026, 3, 31)),
        a_purchase(10, effective_on=date(2026, 4, 1)),
    )
    other_book = an_account("cash", book_id=uuid4())
    await database.open(other_book)

    async with database.begin() as connection:
        lines = await ledger.trial_balance(connection, BOOK, date(2026, 3, 31))
        today = await ledger.trial_balance(connection, BOOK)

    assert [(line.account.code, line.debit_cents, line.credit_cents, line.balance_cents) for line in lines] == [
        ("available", 30, 100, 70),
        ("cash", 100, 0, 100),
        ("encumbered", 0, 30, 30),
        ("funding", 0, 0, 0),
        ("payable", 0, 0, 0),
    ]
    assert sum(line.debit_cents for line in today) == sum(line.credit_cents for line in today) == 140
