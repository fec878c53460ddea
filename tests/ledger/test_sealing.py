"""Sealing: what is committed goes into blocks, each row once, chained, signed, and the same whatever the database."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

import ledger
from ledger.block import hash_of
from tests.ledger.books import (
    BOOK,
    CASH,
    CHART,
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
)
from tests.ledger.chain_oracle import root
from tests.ledger.pair import a_pair

A_DAY = timedelta(days=1)


@pytest.fixture
def key_file(tmp_path):
    """Name a file that holds one key."""
    ledger.create_keys(tmp_path / "keys", at=NOON)
    return tmp_path / "keys"


async def kinds_of_faults(database, **given):
    """Verify, and name what is wrong."""
    return [fault.kind for fault in (await database.verify(**given)).faults]


def is_signed(block, key):
    """Say whether a block is signed by a key, and names it."""
    return block.public_key == key.public_key and ledger.is_signed_by(key.public_key, block.signature, block.message)


def is_handed_over(block, key):
    """Say whether a block is signed by the key before too."""
    return block.counter_signature is not None and ledger.is_signed_by(key.public_key, block.counter_signature, block.message)


async def test_an_instant_without_a_time_zone_seals_nothing(database):
    with pytest.raises(ledger.InvalidInstantError):
        await database.seal(at=NOON.replace(tzinfo=None))

    assert await database.call(ledger.book_blocks, BOOK) == []


async def test_where_there_is_nothing_no_block_is_made(database, key_file):
    assert await database.seal(uuid4()) is None
    assert await database.seal(uuid4(), keys=ledger.read_keys(key_file)) is None
    await database.seal()

    assert await database.seal(at=NOON + A_DAY) is None
    assert await database.call(ledger.last_blocks) == {BOOK: 1}


async def test_the_first_block_holds_all_that_there_is(database):
    entries = [a_deposit(10, effective_on=TODAY - A_DAY), an_entry(a_transfer(CASH, VENDOR, 1), a_transfer(CASH, VENDOR, 2)), a_purchase(3)]
    await database.post(*entries)

    block = await database.seal()

    async with database.begin() as connection:
        rows = await connection.exec_driver_sql("SELECT leaf FROM ledger_transfers ORDER BY effective_on, entry_id, number")
        leaves = list(rows.scalars())
    assert (block.book_id, block.number, block.previous, block.sealed_at) == (BOOK, 1, bytes(32), NOON)
    assert (block.leaf_count, block.root, block.event_count) == (4, root(leaves), len(CHART))
    assert block.trial_hash is not None
    assert (block.public_key, block.signature, block.counter_signature) == (None, None, None)
    assert block.hash == hash_of(block)
    assert (await database.verify()).ok


async def test_each_block_goes_on_where_the_one_before_ended(database):
    blocks = []
    for cents in (1, 2, 3):
        await database.post(a_deposit(cents), a_deposit(cents))
        blocks.append(await database.seal())

    assert [(one.number, one.leaf_count, one.event_count) for one in blocks] == [(1, 2, len(CHART)), (2, 2, 0), (3, 2, 0)]
    assert [one.previous for one in blocks] == [bytes(32), blocks[0].hash, blocks[1].hash]
    assert await database.call(ledger.book_blocks, BOOK) == blocks
    assert await database.call(ledger.book_blocks, BOOK, after=1, limit=1) == blocks[1:2]
    verification = await database.verify(published=[ledger.head_data(one) for one in blocks])
    assert (verification.ok, verification.blocks, verification.transfers) == (True, 3, 6)


def test_the_same_history_gives_the_same_blocks_on_both_databases_in_whatever_order_it_came(ledger_sqlite_url, ledger_postgresql_url):
    lines = [a_transfer(CASH, VENDOR, 7, "é"), a_transfer(CASH, VENDOR, 8, "é"), a_transfer(VENDOR, CASH, 1)]
    entries = [an_entry(*lines, effective_on=TODAY - number % 3 * A_DAY, kind=f"kind {number % 2}") for number in range(10)]
    back = entries[0].reversal(uuid4(), effective_on=TODAY, amounts={2: 5})

    async def history(database):
        await database.open(*CHART)
        await database.call(ledger.close_period, BOOK, through=TODAY - 3 * A_DAY, by=PERSON, at=NOON)
        if database.engine.dialect.name == "sqlite":
            await asyncio.gather(*[database.post(entry) for entry in entries[:5]])
            first = await database.seal()
            await database.post(*entries[5:])
        else:
            await database.post(*entries[4::-1])
            first = await database.seal()
            await asyncio.gather(*[database.post(entry) for entry in entries[:4:-1]])
        await database.call(ledger.close_period, BOOK, through=TODAY, by=PERSON, at=NOON)
        await database.call(ledger.close_account, CHART[2].id, by=PERSON, at=NOON)
        await database.post(back)
        second = await database.seal()
        await database.call(ledger.reopen_period, BOOK, closed_through=None, by=PERSON, seconded_by=OTHER_PERSON, at=NOON)
        return [first, second, await database.seal(at=NOON + A_DAY)]

    with a_pair(ledger_sqlite_url, ledger_postgresql_url) as pair:
        on_sqlite, on_postgresql = pair.each(history)

    assert on_sqlite == on_postgresql
    assert [(block.leaf_count, block.event_count) for block in on_sqlite] == [(15, len(CHART) + 1), (16, 2), (0, 1)]


@pytest.mark.parametrize(
    ("at", "carries_trial"),
    [
        (NOON + timedelta(hours=11, minutes=59), False),
        (NOON + timedelta(hours=12), True),
        (NOON - timedelta(hours=13), True),
        (datetime.fromisoformat("2026-10-15T19:59:59-04:00"), False),
        (datetime.fromisoformat("2026-10-15T20:00:00-04:00"), True),
    ],
    ids=str,
)
async def test_the_first_block_of_a_day_carries_the_trial_balance(database, at, carries_trial):
    await database.post(a_deposit(1))
    await database.seal()
    await database.post(a_deposit(2))

    block = await database.seal(at=at)

    assert (block.trial_hash is not None) == carries_trial
    assert (await database.verify()).ok


async def test_what_is_committed_late_falls_into_a_later_block_and_is_not_skipped(postgresql):
    early, late, beside = a_deposit(1), a_deposit(2), a_deposit(4)
    await postgresql.post(early)
    async with postgresql.begin() as connection:
        await ledger.post(connection, late, at=NOON)
        await postgresql.post(replace(beside, transfers=(a_transfer(CASH, VENDOR, 4),)))
        first, none = await postgresql.seal(), await postgresql.seal()
        assert await postgresql.balances(CASH, VENDOR) == [5, 4]
        assert [line.entry_id for line in await postgresql.call(ledger.unsealed, VENDOR.id)] == [beside.id]

    second = await postgresql.seal()

    assert (first.leaf_count, none, second.leaf_count) == (1, None, 2)
    assert await postgresql.balances(CASH, VENDOR) == [7, 4]
    assert (await postgresql.verify()).ok


async def test_of_two_sealers_one_has_nothing_to_do(database):
    await database.post(a_deposit(1))
    await database.outlast_other_databases()

    blocks = await asyncio.gather(*[database.call(ledger.seal, BOOK, at=NOON) for _ in range(4)])

    assert sorted(block is None for block in blocks) == [False, True, True, True]
    assert await database.call(ledger.last_blocks) == {BOOK: 1}


async def test_postings_and_seals_side_by_side_lose_nothing(database):
    async def seal_again_and_again():
        while not posting.done():
            await database.call(ledger.seal, BOOK, at=NOON)
            await asyncio.sleep(0.002)

    posting = asyncio.gather(*[database.post(a_deposit(1), a_purchase(1)) for _ in range(10)])
    await asyncio.gather(posting, seal_again_and_again())
    await database.seal()

    blocks = await database.call(ledger.book_blocks, BOOK)
    assert sum(block.leaf_count for block in blocks) == 20
    verification = await database.verify()
    assert (verification.ok, verification.blocks) == (True, len(blocks))


@pytest.mark.parametrize(
    ("sizes", "at_most", "counts"),
    [
        ([1, 1, 1], 3, [3]),
        ([1, 1, 1], 2, [2, 1]),
        ([2, 2, 2], 3, [2, 2, 2]),
        ([2, 2, 2], 4, [4, 2]),
        ([5], 2, [5]),
        ([5, 1], 2, [5, 1]),
        ([1, 5, 1], 2, [1, 5, 1]),
        ([1, 1, 5], 6, [2, 5]),
    ],
    ids=str,
)
async def test_a_block_ends_between_two_transactions_before_it_holds_too_much(database, sizes, at_most, counts):
    for size in sizes:
        await database.post(*[a_deposit(1) for _ in range(size)])
    await database.outlast_other_databases()

    blocks = []
    while (block := await database.call(ledger.seal, BOOK, at=NOON, at_most=at_most)) is not None:
        blocks.append(block)

    assert [block.leaf_count for block in blocks] == counts
    assert sum(block.event_count for block in blocks) == len(CHART)
    assert await database.call(ledger.balance_at, CASH.id, 1) == counts[0]
    assert (await database.verify()).ok


async def test_the_books_in_which_something_is_in_no_block_are_named(database):
    other = an_account("cash", ledger.Side.ASSET, book_id=uuid4())
    await database.open(other)
    assert set(await database.call(ledger.find_unsealed)) == {BOOK, other.book_id}

    await database.seal()
    assert await database.call(ledger.find_unsealed) == [other.book_id]
    await database.seal(other.book_id)
    assert await database.call(ledger.find_unsealed) == []

    for act in (
        lambda: database.post(a_deposit(1)),
        lambda: database.call(ledger.close_account, VENDOR.id, by=PERSON, at=NOON),
        lambda: database.call(ledger.close_period, BOOK, through=TODAY, by=PERSON, at=NOON),
        lambda: database.open(an_account("new")),
    ):
        await act()
        assert await database.call(ledger.find_unsealed) == [BOOK]
        await database.seal()
        assert await database.call(ledger.find_unsealed) == []
    assert await database.call(ledger.last_blocks) == {BOOK: 5, other.book_id: 1}


async def test_a_first_key_signs_a_block_of_its_own_for_what_was_not_signed(database, key_file):
    keys = ledger.read_keys(key_file)
    await database.post(a_deposit(1))
    unsigned = await database.seal()
    assert await database.call(ledger.find_unsealed, keys) == [BOOK]

    signed = await database.seal(keys=keys)

    assert (signed.number, signed.previous, signed.leaf_count, signed.event_count, signed.root) == (2, unsigned.hash, 0, 0, root([]))
    assert is_signed(signed, keys.newest)
    assert signed.counter_signature is None
    assert await database.call(ledger.find_unsealed, keys) == []
    assert await database.seal(keys=keys) is None
    assert (await database.verify(trusted_keys=[keys.newest.public_key])).ok


async def test_a_new_key_is_handed_over_to_by_the_one_before_and_either_vouches_for_all(database, key_file):
    old = ledger.read_keys(key_file)
    await database.post(a_deposit(1))
    first = await database.seal(keys=old)
    new = ledger.rotate_keys(key_file, at=NOON)
    assert await database.call(ledger.find_unsealed, new) == [BOOK]

    handed_over = await database.seal(keys=new)
    await database.post(a_deposit(1))
    later = await database.seal(keys=new)

    assert is_signed(first, old.newest)
    assert is_signed(handed_over, new.newest)
    assert is_signed(later, new.newest)
    assert [is_handed_over(block, old.newest) for block in (first, handed_over, later)] == [False, True, False]
    for trusted in (old.newest, new.newest):
        assert await kinds_of_faults(database, trusted_keys=[trusted.public_key]) == []
    assert await kinds_of_faults(database) == []


async def test_a_key_that_nobody_handed_over_to_vouches_for_nothing(database, tmp_path, key_file):
    await database.seal(keys=ledger.read_keys(key_file))
    stranger = ledger.create_keys(tmp_path / "other", at=NOON).newest.public_key

    assert await kinds_of_faults(database, trusted_keys=[stranger]) == [ledger.FaultKind.SIGNATURE_WRONG]


async def test_a_key_that_never_signed_is_passed_over(database, key_file):
    first = ledger.read_keys(key_file)
    await database.seal(keys=first)
    between, last = ledger.rotate_keys(key_file, at=NOON), ledger.rotate_keys(key_file, at=NOON)

    block = await database.seal(keys=last)

    assert is_signed(block, last.newest)
    assert is_handed_over(block, first.newest)
    assert await kinds_of_faults(database, trusted_keys=[first.newest.public_key]) == []
    assert await kinds_of_faults(database, trusted_keys=[between.newest.public_key]) == [ledger.FaultKind.SIGNATURE_WRONG]


async def test_a_key_is_handed_over_to_across_blocks_that_nobody_signed(database, key_file):
    old = ledger.read_keys(key_file)
    await database.seal(keys=old)
    await database.post(a_deposit(1))
    await database.seal()
    new = ledger.rotate_keys(key_file, at=NOON)

    block = await database.seal(keys=new)

    assert is_signed(block, new.newest)
    assert is_handed_over(block, old.newest)
    for trusted in (old.newest, new.newest):
        assert await kinds_of_faults(database, trusted_keys=[trusted.public_key]) == []


@pytest.mark.parametrize("is_unsigned_between", [False, True], ids=["signed", "unsigned"])
async def test_without_the_key_that_signed_before_nothing_is_sealed_nor_written(database, tmp_path, key_file, is_unsigned_between):
    await database.seal(keys=ledger.read_keys(key_file))
    if is_unsigned_between:
        await database.post(a_deposit(1))
        await database.seal()
    await database.post(a_deposit(1))
    other = ledger.create_keys(tmp_path / "other", at=NOON)
    before = await database.call(ledger.book_blocks, BOOK)
    await database.outlast_other_databases()

    async with database.begin() as connection:
        with pytest.raises(ledger.KeyFileError) as refused:
            await ledger.seal(connection, BOOK, at=NOON, keys=other)

    assert before[0].public_key.hex()[:16] in str(refused.value)
    assert await database.call(ledger.book_blocks, BOOK) == before
    assert await database.balances(CASH) == [2 if is_unsigned_between else 1]
    assert (await database.verify()).ok
