"""Postings, replays and refusals, the same on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    ENCUMBERED,
    FUNDING,
    NOON,
    TODAY,
    VENDOR,
    a_deposit,
    a_purchase,
    a_transfer,
    an_account,
    an_entry,
    refusals,
)


async def test_money_moves_and_the_answer_says_what_is_left(database):
    answers = await database.post(a_deposit(1_000), a_purchase(400))

    assert [type(answer) for answer in answers] == [ledger.Posted, ledger.Posted]
    assert answers[1].balances == {AVAILABLE.id: 600, ENCUMBERED.id: 400}
    assert await database.balances(CASH, AVAILABLE, ENCUMBERED) == [1_000, 600, 400]
    assert (await database.verify()).ok


async def test_only_guarded_accounts_are_in_the_answer(database):
    (answer,) = await database.post(an_entry(a_transfer(CASH, VENDOR, 5)))

    assert answer.balances == {}


async def test_an_open_account_may_be_overdrawn(database):
    await database.post(an_entry(a_transfer(VENDOR, CASH, 5)))

    assert await database.balances(VENDOR, CASH) == [-5, -5]


async def test_posting_nothing_answers_nothing(database):
    assert await database.post() == []


async def test_the_same_entry_again_is_a_replay_and_moves_nothing(database):
    entry = a_deposit(1_000)
    await database.post(entry)

    answers = await database.post(entry)

    assert answers == [ledger.Replayed(entry.id, {AVAILABLE.id: 1_000})]
    assert await database.balances(CASH) == [1_000]


async def test_a_replay_compares_neither_the_instant_nor_the_memo(database):
    entry = a_deposit(1_000)
    await database.post(entry)

    async with database.begin() as connection:
        answers = await ledger.post(connection, replace(entry, memo="again"), at=NOON + timedelta(days=400))

    assert refusals(answers) == [None]


async def test_a_replay_is_answered_even_when_the_money_is_gone(database):
    entry = a_purchase(700)
    await database.post(a_deposit(700), entry)

    answers = await database.post(entry, a_purchase(1))

    assert refusals(answers) == [None, ledger.InsufficientFundsError]


@pytest.mark.parametrize(
    "change",
    [
        {"book_id": uuid4()},
        {"kind": "other"},
        {"subject": uuid4()},
        {"effective_on": TODAY + timedelta(days=1)},
        {"reverses": uuid4()},
        {"transfers": (a_transfer(CASH, AVAILABLE, 6),)},
        {"transfers": (a_transfer(CASH, FUNDING, 5),)},
        {"transfers": (a_transfer(FUNDING, AVAILABLE, 5),)},
        {"transfers": (a_transfer(CASH, AVAILABLE, 5, "tag"),)},
        {"transfers": (a_transfer(CASH, AVAILABLE, 5), a_transfer(CASH, AVAILABLE, 5))},
    ],
    ids="+".join,
)
async def test_the_same_id_with_other_content_is_a_conflict(database, change):
    entry = a_deposit(5)
    await database.post(entry)

    answers = await database.post(replace(entry, **change))

    assert refusals(answers) == [ledger.ConflictError]
    assert await database.balances(AVAILABLE) == [5]


async def test_the_order_of_transfers_is_content(database):
    entry = an_entry(a_transfer(CASH, AVAILABLE, 1), a_transfer(CASH, FUNDING, 2))
    await database.post(entry)

    answers = await database.post(replace(entry, transfers=entry.transfers[::-1]))

    assert refusals(answers) == [ledger.ConflictError]


async def test_a_conflict_is_told_before_an_unknown_account(database):
    entry = a_deposit(5)
    await database.post(entry)

    answers = await database.post(replace(entry, transfers=(a_transfer(CASH, an_account("never"), 5),)))

    assert refusals(answers) == [ledger.ConflictError]


async def test_an_unknown_account_is_told_before_one_of_another_book(database):
    elsewhere = an_account("cash", book_id=uuid4())
    never = an_account("never")
    await database.open(elsewhere)

    (answer,) = await database.post(an_entry(a_transfer(CASH, elsewhere, 5), a_transfer(never, CASH, 5)))

    assert isinstance(answer.error, ledger.UnknownAccountError)
    assert answer.error.account == never.id


async def test_an_account_of_another_book_is_told_before_missing_money(database):
    elsewhere = an_account("cash", book_id=uuid4())
    await database.open(elsewhere)

    (answer,) = await database.post(an_entry(a_transfer(AVAILABLE, ENCUMBERED, 5), a_transfer(CASH, elsewhere, 5)))

    assert isinstance(answer.error, ledger.OtherBookAccountError)
    assert (answer.error.account, answer.error.book_id) == (elsewhere.id, BOOK)


async def test_missing_money_is_told_with_its_numbers_and_before_an_unknown_original(database):
    await database.post(a_deposit(5))

    (answer,) = await database.post(a_purchase(7, reverses=uuid4()))

    assert isinstance(answer.error, ledger.InsufficientFundsError)
    assert (answer.error.account, answer.error.available_cents, answer.error.required_cents) == (AVAILABLE.id, 5, 7)
    assert await database.balances(AVAILABLE, ENCUMBERED) == [5, 0]


async def test_what_counts_is_the_net_effect_of_an_entry(database):
    through = an_entry(a_transfer(AVAILABLE, ENCUMBERED, 5), a_transfer(CASH, AVAILABLE, 5))

    assert refusals(await database.post(through)) == [None]
    assert await database.balances(AVAILABLE, ENCUMBERED) == [0, 5]


async def test_entries_are_decided_in_the_callers_order(database):
    assert refusals(await database.post(a_purchase(5), a_deposit(5), a_purchase(5), a_purchase(1))) == [
        ledger.InsufficientFundsError,
        None,
        None,
        ledger.InsufficientFundsError,
    ]


async def test_an_entry_twice_in_one_call_is_posted_once(database):
    entry, changed = a_deposit(5), a_deposit(6)

    answers = await database.post(entry, entry, replace(changed, id=entry.id))

    assert [type(answer) for answer in answers] == [ledger.Posted, ledger.Replayed, ledger.Refused]
    assert await database.balances(AVAILABLE) == [5]


async def test_an_atomic_call_posts_all_or_nothing(database):
    recorded, fits, refused = a_deposit(5), a_purchase(4), a_purchase(2)
    await database.post(recorded)

    answers = await database.post(recorded, fits, refused, atomic=True)

    assert refusals(answers) == [None, ledger.BatchRefusedError, ledger.InsufficientFundsError]
    assert answers[1].error.refused_id == refused.id
    assert await database.balances(AVAILABLE) == [5]
    assert refusals(await database.post(fits, a_purchase(1), atomic=True)) == [None, None]


async def test_an_atomic_call_that_repeats_an_entry_posts_all_or_nothing(database):
    entry = a_deposit(5)

    assert refusals(await database.post(entry, entry, a_purchase(9), atomic=True)) == [
        ledger.BatchRefusedError,
        ledger.BatchRefusedError,
        ledger.InsufficientFundsError,
    ]
    assert await database.balances(AVAILABLE) == [0]
    assert refusals(await database.post(entry, entry, a_purchase(5), atomic=True)) == [None, None, None]
    assert await database.balances(AVAILABLE) == [0]


async def test_a_refusal_leaves_the_callers_transaction_alive(database):
    await database.run("CREATE TABLE denials (reason text)")

    async with database.begin() as connection:
        await connection.execute(text("INSERT INTO denials VALUES ('before')"))
        await ledger.post(connection, a_purchase(5), at=NOON)
        await connection.execute(text("INSERT INTO denials VALUES ('after')"))

    async with database.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM denials"))).scalar() == 2


async def test_a_posting_ends_with_its_transaction(database):
    async with database.begin() as connection:
        await ledger.post(connection, a_deposit(5), at=NOON)
        await connection.rollback()

    assert await database.balances(AVAILABLE) == [0]


async def test_the_largest_amounts_and_ten_thousand_transfers_add_up(database):
    entry = an_entry(*[a_transfer(CASH, AVAILABLE, ledger.MAX_CENTS)] * ledger.MAX_TRANSFERS)

    answers = await database.post(entry, a_purchase(1))

    assert answers[1].balances[AVAILABLE.id] == ledger.MAX_CENTS * ledger.MAX_TRANSFERS - 1
    assert refusals(await database.post(entry)) == [None]
    assert await database.balances(CASH) == [ledger.MAX_CENTS * ledger.MAX_TRANSFERS]
    assert (await database.verify()).transfers == ledger.MAX_TRANSFERS + 1


async def test_far_dates_and_instants_are_kept(database):
    early = an_entry(a_transfer(CASH, AVAILABLE, 1), effective_on=date(1, 1, 2))
    late = an_entry(a_transfer(CASH, AVAILABLE, 1), effective_on=date(9999, 12, 30))
    at = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

    async with database.begin() as connection:
        await ledger.post(connection, early, late, at=at)
        found = await ledger.find_entry(connection, BOOK, late.id)

    assert found == ledger.RecordedEntry(late, at)
    assert (await database.verify()).ok


async def test_an_instant_without_a_time_zone_is_refused(database):
    async with database.begin() as connection:
        with pytest.raises(ledger.InvalidInstantError):
            await ledger.post(connection, a_deposit(5), at=NOON.replace(tzinfo=None))


async def test_a_posting_of_many_entries_is_few_statements(database):
    statements = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    await database.post(a_deposit(50), *[a_purchase(1) for _ in range(30)])

    posting = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(posting) == (1 if database.engine.dialect.name == "postgresql" else 6)


async def test_everything_works_through_a_session_too(database):
    entry = a_deposit(5)
    async with AsyncSession(database.engine) as session:
        if database.engine.dialect.name == "sqlite":
            await (await session.connection()).exec_driver_sql("BEGIN IMMEDIATE")
        answers = await ledger.post(session, entry, entry, a_purchase(9), at=NOON, atomic=True)
        answers += await ledger.post(session, entry, entry, at=NOON, atomic=True)
        await session.commit()

        assert refusals(answers)[2:] == [ledger.InsufficientFundsError, None, None]
        assert (await ledger.verify(session)).transfers == 1
        assert await ledger.balance(session, AVAILABLE.id) == 5
