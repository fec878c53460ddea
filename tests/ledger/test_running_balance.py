"""The statement of an account runs on from block to block, page by page, and balances stand as of any day and any block."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.util import await_only

import ledger
from tests.ledger.books import AVAILABLE, BOOK, CASH, ENCUMBERED, VENDOR, a_deposit, a_purchase, a_transfer, an_account, an_entry

OCTOBER = [date(2026, 10, day) for day in range(1, 31)]


async def turned(database, account, limit):
    """Turn all pages of a statement."""
    lines, after = [], None
    while True:
        page = await database.call(ledger.account_statement, account.id, after=after, limit=limit)
        lines += page.lines
        after = page.next_cursor
        if after is None:
            return lines


@pytest.fixture
async def history(database):
    """Give four blocks of deposits and purchases, some of them dated back."""
    for block in range(4):
        days = [OCTOBER[20 - block], OCTOBER[3 * block], OCTOBER[25]]
        await database.post(*[a_deposit(100 + number, effective_on=day) for number, day in enumerate(days)])
        await database.post(*[a_purchase(10 + number) for number in range(block)])
        await database.seal()
    return database


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 50])
async def test_pages_of_any_size_tell_one_running_balance(history, limit):
    lines = await turned(history, AVAILABLE, limit)

    balance = 0
    for line in lines:
        balance += line.credit_cents - line.debit_cents
        assert line.balance_cents == balance
    assert [line.block_number for line in lines] == sorted(line.block_number for line in lines)
    assert len({(line.entry_id, line.number) for line in lines}) == len(lines) == 18
    assert await history.balances(AVAILABLE) == [balance]
    within = [(line.block_number, line.effective_on, line.entry_id.int, line.number) for line in lines]
    assert within == sorted(within)


async def test_pages_end_nowhere_but_at_the_end_whatever_the_blocks_hold(database):
    for size in (1, 1, 2, 1, 0, 3, 1, 1):
        await database.post(a_deposit(1, ENCUMBERED), *[a_deposit(1 + number) for number in range(size)])
        await database.seal()
    whole = (await database.call(ledger.account_statement, AVAILABLE.id)).lines
    assert [line.block_number for line in whole] == [1, 2, 3, 3, 4, 6, 6, 6, 7, 8]

    for limit in range(1, len(whole) + 2):
        assert await turned(database, AVAILABLE, limit) == list(whole)


@pytest.mark.parametrize("limit", [1, 2, 4])
async def test_pages_that_are_turned_while_others_post_and_seal_hold_every_line_once(database, limit):
    lines, after, turns = [], None, 0
    await database.post(a_deposit(1))
    await database.seal()
    while True:
        page = await database.call(ledger.account_statement, AVAILABLE.id, after=after, limit=limit)
        lines += page.lines
        after = page.next_cursor
        if after is None:
            break
        turns += 1
        if turns < 6:
            await database.post(*[a_deposit(1 + turns, effective_on=OCTOBER[10 - turns]) for _ in range(2)])
            await database.seal()

    whole = await database.call(ledger.account_statement, AVAILABLE.id)
    assert lines == list(whole.lines[: len(lines)])
    assert len(lines) == len(whole.lines)


async def test_an_asset_rises_by_its_debits(history):
    lines = await turned(history, CASH, 4)

    assert [line.balance_cents for line in lines][-1:] == await history.balances(CASH)
    assert all(line.credit_cents == 0 for line in lines)


async def test_a_page_that_was_given_out_does_not_change(history):
    first = await history.call(ledger.account_statement, AVAILABLE.id, limit=7)

    await history.post(a_deposit(7, effective_on=OCTOBER[0]))
    before = await history.call(ledger.account_statement, AVAILABLE.id, after=first.next_cursor, limit=50)
    await history.seal()
    after = await history.call(ledger.account_statement, AVAILABLE.id, after=first.next_cursor, limit=50)

    assert await history.call(ledger.account_statement, AVAILABLE.id, limit=7) == first
    assert after.lines[: len(before.lines)] == before.lines
    assert [line.credit_cents for line in after.lines[len(before.lines) :]] == [7]


async def test_what_is_not_sealed_is_told_apart(history):
    assert await history.call(ledger.unsealed, AVAILABLE.id) == ()

    await history.post(a_deposit(5), a_purchase(3))

    tail = await history.call(ledger.unsealed, AVAILABLE.id)
    assert sorted((line.credit_cents, line.debit_cents) for line in tail) == [(0, 3), (5, 0)]
    assert all(line.block_number is None for line in tail)
    assert [tail[-1].balance_cents] == await history.balances(AVAILABLE)
    assert len(await turned(history, AVAILABLE, 50)) == 18


async def test_what_is_not_sealed_goes_on_from_the_last_block_though_others_seal_meanwhile(postgresql):
    cents = [5]
    await postgresql.post(a_deposit(5))

    def seal_and_post(*_):
        await_only(postgresql.seal())
        cents.append(cents[-1] + 1)
        await_only(postgresql.post(a_deposit(cents[-1])))

    async with postgresql.engine.connect() as connection:
        event.listen(connection.sync_connection, "after_cursor_execute", seal_and_post)
        (line,) = await ledger.unsealed(connection, AVAILABLE.id)

    assert len(cents) > 2
    assert line.balance_cents == sum(cents[: cents.index(line.credit_cents) + 1])


async def test_an_account_that_never_moved_has_an_empty_statement(history):
    page = await history.call(ledger.account_statement, VENDOR.id)

    assert page == ledger.StatementPage((), None)
    assert await history.call(ledger.unsealed, VENDOR.id) == ()


async def test_a_cursor_that_no_statement_gave_out_is_refused(history):
    for cursor in ("", "1", "a.b", "1.0", "0.1", "-1.1", "1.2.3", f"{2**63}.1", f"1.{2**63}", f"1.{2**63 - 1}"):
        with pytest.raises(ledger.InvalidCursorError):
            await history.call(ledger.account_statement, AVAILABLE.id, after=cursor)


async def test_an_account_that_was_never_opened_has_no_statement(history):
    for verb in (ledger.account_statement, ledger.unsealed):
        with pytest.raises(ledger.UnknownAccountError):
            await history.call(verb, uuid4())


async def test_entries_of_an_account_are_found_sealed_or_not(history):
    tail = a_deposit(5, ENCUMBERED)
    await history.post(tail)

    for account in (AVAILABLE, ENCUMBERED, CASH, VENDOR):
        whole = await history.call(ledger.entries, BOOK, limit=200)
        found = await history.call(ledger.entries, BOOK, account=account.id, limit=200)
        expected = [one for one in whole.entries if any(account.id in (move.debit, move.credit) for move in one.entry.transfers)]
        assert list(found.entries) == expected


async def test_entries_of_a_busy_account_are_found_along_the_dates(database, monkeypatch):
    monkeypatch.setattr("ledger.statement._FEW_BLOCKS", 1)
    await database.post(a_deposit(5))
    await database.seal()
    await database.post(a_deposit(6), a_deposit(7, ENCUMBERED))
    await database.seal()

    found = await database.call(ledger.entries, BOOK, account=AVAILABLE.id)

    assert sorted(one.entry.transfers[0].amount_cents for one in found.entries) == [5, 6]


async def test_a_balance_on_a_day_knows_what_was_dated_back_before_and_after_the_seal(history):
    async def on(day):
        return await history.call(ledger.balance_on, AVAILABLE.id, day)

    before, later = await on(OCTOBER[4]), await on(OCTOBER[29])
    await history.post(a_deposit(7, effective_on=OCTOBER[4]))
    unsealed = await on(OCTOBER[4])
    await history.seal()

    assert (unsealed, await on(OCTOBER[4]), await on(OCTOBER[3])) == (before + 7, before + 7, before)
    assert await on(OCTOBER[29]) == later + 7 == (await history.balances(AVAILABLE))[0]
    assert await on(date(2025, 1, 1)) == 0


async def test_a_balance_at_a_block_never_changes(history):
    standing = [await history.call(ledger.balance_at, AVAILABLE.id, number) for number in range(5)]
    lines = await turned(history, AVAILABLE, 50)

    await history.post(a_deposit(7, effective_on=OCTOBER[0]))
    await history.seal()

    again = [await history.call(ledger.balance_at, AVAILABLE.id, number) for number in range(5)]
    assert again == standing
    assert standing == [0, *({line.block_number: line.balance_cents for line in lines}.values())]
    trial = await history.call(ledger.trial_balance, BOOK, block_number=2)
    assert {line.account.id: line.balance_cents for line in trial}[AVAILABLE.id] == standing[2]


async def test_balances_as_of_anything_need_an_account(history):
    for verb, when in ((ledger.balance_on, OCTOBER[0]), (ledger.balance_at, 1)):
        with pytest.raises(ledger.UnknownAccountError):
            await history.call(verb, uuid4(), when)


async def test_an_open_account_is_exact_while_it_is_written_and_sealed(database):
    elsewhere = an_account("elsewhere")
    await database.open(elsewhere)
    for number in range(1, 6):
        await database.post(an_entry(a_transfer(CASH, VENDOR, number)), an_entry(a_transfer(VENDOR, elsewhere, 1)))
        expected = number * (number + 1) // 2 - number
        assert await database.balances(VENDOR, elsewhere) == [expected, number]
        await database.seal()
        assert await database.balances(VENDOR, elsewhere) == [expected, number]
