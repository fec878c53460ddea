"""Closing an account: for good, only when it holds nothing, and nothing is posted to it any more, whoever is at it meanwhile."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

import ledger
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    CHART,
    ENCUMBERED,
    FUNDING,
    NOON,
    OTHER_PERSON,
    PERSON,
    VENDOR,
    a_deposit,
    a_purchase,
    a_transfer,
    an_account,
    an_entry,
    refusals,
)


async def close(database, account, *, by=PERSON, at=NOON):
    """Close an account in a transaction of its own."""
    await database.call(ledger.close_account, account.id, by=by, at=at)


async def closings(database):
    """Read what was written of closings."""
    async with database.begin() as connection:
        rows = await connection.exec_driver_sql("SELECT account_id, closed_by, closed_at_us, leaf FROM ledger_closings")
        return [tuple(row) for row in rows]


async def test_an_instant_without_a_time_zone_closes_nothing(database):
    with pytest.raises(ledger.InvalidInstantError):
        await close(database, VENDOR, at=NOON.replace(tzinfo=None))

    assert await closings(database) == []


async def test_an_account_that_was_never_opened_cannot_be_closed(database):
    never = an_account("never")

    with pytest.raises(ledger.UnknownAccountError) as refused:
        await close(database, never)

    assert refused.value.account == never.id


@pytest.mark.parametrize("is_sealed", [False, True], ids=["unsealed", "sealed"])
@pytest.mark.parametrize(("account", "held_cents"), [(AVAILABLE, 70), (CASH, 100), (VENDOR, -5)], ids=["guarded", "open", "overdrawn"])
async def test_an_account_that_holds_or_owes_something_cannot_be_closed(database, account, held_cents, is_sealed):
    await database.post(a_deposit(100), a_purchase(30), an_entry(a_transfer(VENDOR, FUNDING, 5)))
    if is_sealed:
        await database.seal()

    with pytest.raises(ledger.AccountInUseError) as refused:
        await close(database, account)

    assert (refused.value.account, refused.value.balance_cents) == (account.id, held_cents)
    assert await closings(database) == []
    assert refusals(await database.post(a_purchase(1), an_entry(a_transfer(CASH, VENDOR, 1)))) == [None, None]


async def test_an_account_that_was_used_and_is_empty_can_be_closed_and_read_as_before(database):
    there, back = a_deposit(100, ENCUMBERED), an_entry(a_transfer(ENCUMBERED, CASH, 100))
    await database.post(there, back)
    await database.seal()

    await close(database, ENCUMBERED)

    assert await database.balances(ENCUMBERED) == [0]
    assert {account.code for account in await database.call(ledger.book_accounts, BOOK)} == {account.code for account in CHART}
    assert (await database.call(ledger.find_accounts, [ENCUMBERED.id]))[ENCUMBERED.id] == ENCUMBERED
    assert [line.balance_cents for line in (await database.call(ledger.account_statement, ENCUMBERED.id)).lines][-1] == 0
    assert (await database.verify()).ok


async def test_closing_again_changes_nothing(database):
    await close(database, VENDOR)
    before = await closings(database)

    await close(database, VENDOR, by=OTHER_PERSON, at=NOON + timedelta(days=1))

    assert await closings(database) == before
    assert len(before) == 1
    assert (await database.seal()).event_count == len(CHART) + 1
    assert await database.seal() is None


async def test_nothing_is_posted_to_a_closed_account_from_either_side(database):
    await database.post(a_deposit(10))
    await close(database, VENDOR)
    entries = [an_entry(a_transfer(CASH, VENDOR, 5)), an_entry(a_transfer(VENDOR, CASH, 5)), a_purchase(4)]

    answers = await database.post(*entries)

    assert refusals(answers) == [ledger.ClosedAccountError, ledger.ClosedAccountError, None]
    assert [answer.error.account for answer in answers[:2]] == [VENDOR.id] * 2
    assert await database.balances(VENDOR, CASH, AVAILABLE) == [0, 10, 6]


async def test_the_first_closed_account_that_is_mentioned_is_named(database):
    await close(database, VENDOR)
    await close(database, FUNDING)

    answers = await database.post(an_entry(a_transfer(CASH, AVAILABLE, 1), a_transfer(CASH, FUNDING, 1), a_transfer(VENDOR, CASH, 1)))

    assert answers[0].error.account == FUNDING.id


async def test_what_was_posted_before_is_a_replay_and_cannot_be_reversed_any_more(database):
    there, back = a_deposit(5, FUNDING), an_entry(a_transfer(FUNDING, CASH, 5))
    await database.post(there, back)
    await close(database, FUNDING)

    answers = await database.post(there, back, back.reversal(uuid4(), effective_on=back.effective_on))

    assert answers[:2] == [ledger.Replayed(there.id, {FUNDING.id: 0}), ledger.Replayed(back.id, {FUNDING.id: 0})]
    assert refusals(answers)[2] is ledger.ClosedAccountError


async def test_opening_a_closed_account_again_does_not_open_it(database):
    await close(database, VENDOR)

    await database.open(VENDOR)

    assert refusals(await database.post(an_entry(a_transfer(CASH, VENDOR, 5)))) == [ledger.ClosedAccountError]


async def test_a_closing_is_sealed_and_a_forged_one_is_found(database):
    await close(database, VENDOR)
    await database.seal()
    assert (await database.verify()).ok

    for trigger in ("ledger_closings_stay", "ledger_closings_by_hand", "ledger_closings_refuse_update"):
        if ("refuse" in trigger) == (database.engine.dialect.name == "sqlite"):
            await database.run(f"DROP TRIGGER {trigger}" + ("" if "refuse" in trigger else " ON ledger_closings"))
    await database.run("UPDATE ledger_closings SET closed_at_us = closed_at_us + 1")

    kinds = {(fault.kind, fault.account_id) for fault in (await database.verify()).faults}
    assert kinds == {(ledger.FaultKind.ACCOUNT_CHANGED, VENDOR.id), (ledger.FaultKind.BLOCK_EVENTS_WRONG, None)}


async def test_who_posts_while_an_account_is_closed_waits_and_is_refused(database):
    async with database.begin() as connection:
        await ledger.close_account(connection, VENDOR.id, by=PERSON, at=NOON)
        posting = asyncio.create_task(database.post(an_entry(a_transfer(CASH, VENDOR, 5)), a_deposit(5)))
        await asyncio.sleep(0.2)
        assert not posting.done()

    assert refusals(await posting) == [ledger.ClosedAccountError, None]
    assert await database.balances(VENDOR) == [0]


@pytest.mark.parametrize("account", [VENDOR, FUNDING], ids=["open", "guarded"])
async def test_who_closes_while_somebody_posts_waits_and_sees_what_was_posted(database, account):
    async with database.begin() as connection:
        await ledger.post(connection, a_deposit(5, account), at=NOON)
        closing = asyncio.create_task(close(database, account))
        await asyncio.sleep(0.2)
        assert not closing.done()

    with pytest.raises(ledger.AccountInUseError):
        await closing
    assert await database.balances(account) == [5]


async def test_of_a_crowd_that_posts_and_closes_nobody_leaves_money_on_a_closed_account(database):
    async def close_if_empty():
        try:
            await close(database, VENDOR)
        except ledger.AccountInUseError:
            return False
        return True

    posting = [database.post(an_entry(a_transfer(CASH, VENDOR, 1)), an_entry(a_transfer(VENDOR, CASH, 1))) for _ in range(10)]
    answers = await asyncio.gather(*posting[:5], *[close_if_empty() for _ in range(5)], *posting[5:])

    assert await database.balances(VENDOR) == [0]
    assert all(answers[5:10]), "each call leaves it empty, so that whoever comes between may close it"
    assert len(await closings(database)) == 1
    assert {tuple(refusals(answer)) for answer in answers[:5] + answers[10:]} <= {(None, None), (ledger.ClosedAccountError,) * 2}
    assert (await database.verify()).ok
