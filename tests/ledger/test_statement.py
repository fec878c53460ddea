"""Listings: every entry once, in the order of its date, whatever is posted meanwhile."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

import ledger
from tests.ledger.books import AVAILABLE, BOOK, CASH, ENCUMBERED, NOON, VENDOR, a_deposit, a_purchase, a_transfer, an_account, an_entry

JANUARY = date(2026, 1, 1)


async def listed(database, **filters):
    """Turn all the pages."""
    found, after = [], None
    async with database.begin() as connection:
        while True:
            page = await ledger.entries(connection, BOOK, after=after, limit=3, **filters)
            found += [recorded.entry for recorded in page.entries]
            after = page.next_cursor
            if after is None:
                return found


async def test_pages_hold_every_entry_once_by_date_then_instant_then_id(database):
    entries = [a_deposit(number + 1, effective_on=JANUARY + timedelta(days=number // 4)) for number in range(10)]
    for number, entry in enumerate(reversed(entries)):
        async with database.begin() as connection:
            await ledger.post(connection, entry, at=NOON + timedelta(microseconds=number // 2))

    found = await listed(database)

    assert set(found) == set(entries)
    assert len(found) == 10
    assert [entry.effective_on for entry in found] == sorted(entry.effective_on for entry in entries)
    assert await listed(database) == found


async def test_a_full_last_page_has_no_cursor(database):
    await database.post(*[a_deposit(1) for _ in range(3)])

    async with database.begin() as connection:
        page = await ledger.entries(connection, BOOK, limit=3)

    assert (len(page.entries), page.next_cursor) == (3, None)


async def test_what_is_posted_meanwhile_hides_nothing(database):
    entries = [a_deposit(1, effective_on=JANUARY + timedelta(days=number)) for number in range(5)]
    await database.post(*entries)
    async with database.begin() as connection:
        first = await ledger.entries(connection, BOOK, limit=3)

    await database.post(a_deposit(9, effective_on=JANUARY), a_deposit(9, effective_on=JANUARY + timedelta(days=1)))

    async with database.begin() as connection:
        second = await ledger.entries(connection, BOOK, limit=3, after=first.next_cursor)
    assert [recorded.entry for recorded in first.entries + second.entries] == entries


async def test_filters_narrow_the_list(database):
    subject = uuid4()
    deposit = a_deposit(50, kind="deposit", effective_on=JANUARY)
    purchase = a_purchase(20, kind="encumbrance", subject=subject, effective_on=JANUARY + timedelta(days=1))
    bill = an_entry(a_transfer(ENCUMBERED, VENDOR, 20), kind="expenditure", subject=subject, effective_on=JANUARY + timedelta(days=2))
    await database.post(deposit, purchase, bill)

    assert await listed(database, account=CASH.id) == [deposit]
    assert await listed(database, account=AVAILABLE.id) == [deposit, purchase]
    assert await listed(database, kind="expenditure") == [bill]
    assert await listed(database, subject=subject) == [purchase, bill]
    assert await listed(database, effective_from=JANUARY + timedelta(days=1)) == [purchase, bill]
    assert await listed(database, effective_to=JANUARY + timedelta(days=1)) == [deposit, purchase]
    assert await listed(database, subject=subject, account=AVAILABLE.id, effective_to=JANUARY) == []


async def test_an_entry_is_found_in_its_own_book_only(database):
    entry = an_entry(a_transfer(CASH, VENDOR, 2, "gym"), a_transfer(CASH, VENDOR, 1), memo="Ärztin, №1")
    await database.post(entry)

    async with database.begin() as connection:
        assert await ledger.find_entry(connection, BOOK, entry.id) == ledger.RecordedEntry(entry, NOON)
        assert await ledger.find_entry(connection, uuid4(), entry.id) is None
        assert await ledger.find_entry(connection, BOOK, uuid4()) is None


async def test_a_book_lists_its_own_entries(database):
    accounts = [an_account(code, book_id=uuid4()) for code in "a"] + [an_account("b", book_id=BOOK)]
    await database.open(*accounts)
    await database.post(a_deposit(1))

    async with database.begin() as connection:
        page = await ledger.entries(connection, accounts[0].book_id)

    assert page == ledger.EntryPage((), None)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "2026-01-01.1.zz", "2026-01-01.1", "2026-01-01.x.00000000000000000000000000000000", f"2026-01-01.{2**63}.{BOOK.hex}"],
)
async def test_a_cursor_of_nobodys_is_refused(database, cursor):
    async with database.begin() as connection:
        with pytest.raises(ledger.InvalidCursorError):
            await ledger.entries(connection, BOOK, after=cursor)
