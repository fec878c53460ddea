"""A hostile operator owns the database, knows the ledger and lacks the signing key: the first bad block is named, and the row."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

import ledger
from ledger import FaultKind
from ledger.leaf import account_leaf
from tests import databases
from tests.ledger.books import BOOK, CASH, NOON, TODAY, VENDOR, Database, a_database, a_transfer, an_entry
from tests.ledger.tampering import BLOCKS, OTHER_BOOK, History, Thief, an_id, entries_of, undone_afterwards, write_history


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return ledger.create_keys(tmp_path_factory.mktemp("ours") / "keys", at=NOON)


@pytest.fixture(scope="module")
def thief(tmp_path_factory):
    return Thief(ledger.create_keys(tmp_path_factory.mktemp("theirs") / "keys", at=NOON).keys)


@pytest.fixture(scope="module", params=databases.KINDS)
async def sealed(request, tmp_path_factory, keys):
    with databases.fresh(request.param, tmp_path_factory.mktemp("operator"), migrated=False) as url:
        async with a_database(url) as database:
            yield database, await write_history(database, keys)


@pytest.fixture
async def history(sealed, keys):
    database, heads = sealed
    async with undone_afterwards(database) as connection:
        yield History(connection, keys, heads)


def first_bad(found):
    """Name what is wrong in the first block in which something is."""
    assert not found.ok
    named = [fault for fault in found.faults if fault.book_id == BOOK and fault.block_number is not None]
    first = min(fault.block_number for fault in named)
    return {(fault.kind, fault.block_number, fault.entry_id, fault.number) for fault in named if fault.block_number == first}


def kinds(found):
    return {fault.kind for fault in found.faults}


def changed(block, entry_id, number):
    return FaultKind.TRANSFER_CHANGED, block, entry_id, number


async def test_untouched_books_hold_against_the_key_and_the_published_heads(history):
    found = await history.verify()

    assert found.faults == ()
    assert (found.blocks, found.transfers, found.accounts) == (BLOCKS + 2, 25, 7)


# --- rows ----------------------------------------------------------------------------------------


async def test_a_changed_amount_is_named_with_its_block(history):
    await history.run(
        "UPDATE ledger_transfers SET amount_cents = amount_cents + 1 WHERE entry_id = {entry} AND number = 2", entry=an_id(2, 1)
    )

    assert first_bad(await history.verify()) == {changed(2, an_id(2, 1), 2)}


@pytest.mark.parametrize(("block", "place"), [(1, 3), (2, 1), (2, 3), (4, 2)])
async def test_a_changed_amount_is_named_though_leaf_balances_and_sums_agree_with_it(history, block, place):
    await history.forge_amount(an_id(block, place), 1, 7, block=block)

    found = await history.verify()
    assert first_bad(found) - {(FaultKind.BLOCK_TRIAL_WRONG, 1, None, None)} == {changed(block, an_id(block, place), 1)}
    assert kinds(found) <= {FaultKind.TRANSFER_CHANGED, FaultKind.BLOCK_TRIAL_WRONG}


async def test_a_changed_amount_in_the_unsealed_tail_is_not_found_when_leaf_and_balances_agree_with_it(history):
    await history.forge_amount(an_id(5, 3), 1, 7, block=BLOCKS + 1)

    assert (await history.verify()).ok


async def test_the_last_row_of_the_last_block_cannot_go(history):
    await history.run("DELETE FROM ledger_transfers WHERE entry_id = {entry}", entry=an_id(4, 3))

    found = await history.verify()
    assert first_bad(found) == {(FaultKind.TRANSFER_MISSING, 4, None, None)}
    assert [fault.detail for fault in found.faults if fault.kind is FaultKind.TRANSFER_MISSING] == ["leaf 4 of 4 has no transfer"]


async def test_a_middle_row_cannot_go(history):
    await history.run("DELETE FROM ledger_transfers WHERE entry_id = {entry} AND number = 1", entry=an_id(2, 1))

    found = await history.verify()
    assert first_bad(found) == {(FaultKind.TRANSFER_MISSING, 2, None, None)}
    assert [fault.detail for fault in found.faults if fault.kind is FaultKind.TRANSFER_MISSING] == ["leaf 1 of 4 has no transfer"]
    assert [fault.entry_id for fault in found.faults if fault.kind is FaultKind.ENTRY_INCOMPLETE] == [an_id(2, 1)]


async def test_an_entry_that_goes_from_the_unsealed_tail_is_not_found_when_the_balances_agree(history):
    await history.run("DELETE FROM ledger_transfers WHERE entry_id = {entry}", entry=an_id(5, 1))

    assert (await history.verify()).ok


async def test_two_rows_that_swap_their_amounts_are_both_named(history):
    for mine, cents in ((an_id(2, 1), 300), (an_id(3, 1), 200)):
        await history.run(f"UPDATE ledger_transfers SET amount_cents = {cents} WHERE entry_id = {{entry}} AND number = 1", entry=mine)

    found = await history.verify()
    assert first_bad(found) == {changed(2, an_id(2, 1), 1)}
    assert {(fault.block_number, fault.entry_id) for fault in found.faults if fault.number} == {(2, an_id(2, 1)), (3, an_id(3, 1))}


async def test_two_entries_that_swap_their_blocks_are_both_named(history):
    written_in = "SELECT max(written_in) FROM ledger_transfers WHERE entry_id = {entry}"
    second, third = [await history.one(written_in, entry=an_id(block, 1)) for block in (2, 3)]
    await history.run(
        f"UPDATE ledger_transfers SET written_in = {third} WHERE entry_id = {{second}}",
        f"UPDATE ledger_transfers SET written_in = {second} WHERE entry_id = {{third}}",
        second=an_id(2, 1),
        third=an_id(3, 1),
    )

    found = await history.verify()
    assert first_bad(found) == {changed(2, an_id(3, 1), 1), changed(2, an_id(3, 1), 2)}
    assert {(fault.block_number, fault.entry_id) for fault in found.faults if fault.number} == {(2, an_id(3, 1)), (3, an_id(2, 1))}


async def test_a_row_that_leaves_its_block_for_the_tail_is_missed_there(history):
    await history.run(f"UPDATE ledger_transfers SET written_in = {await history.now()} WHERE entry_id = {{entry}}", entry=an_id(3, 3))

    assert first_bad(await history.verify()) == {(FaultKind.TRANSFER_MISSING, 3, None, None)}


# --- forged rows ---------------------------------------------------------------------------------


def a_forgery(block):
    """Make an entry between open accounts, of the day of a block, that nobody posted."""
    return an_entry(a_transfer(CASH, VENDOR, 9), effective_on=TODAY + timedelta(days=block))


async def test_a_forgery_between_open_accounts_in_a_sealed_span_is_named_though_its_leaf_and_the_sums_are_right(history):
    entry = a_forgery(2)
    written_in = await history.one("SELECT written_before - 1 FROM ledger_blocks WHERE book_id = {book} AND number = 2", book=BOOK)
    await history.forge_entry(entry, written_in=written_in, block=2)

    found = await history.verify()
    assert first_bad(found) == {(FaultKind.TRANSFER_FORGED, 2, entry.id, 1)}
    assert kinds(found) == {FaultKind.TRANSFER_FORGED, FaultKind.BLOCK_TRIAL_WRONG}


async def test_a_forgery_before_the_first_span_is_named(history):
    entry = a_forgery(1)
    await history.forge_entry(entry, written_in=-5, block=1)

    assert (FaultKind.TRANSFER_FORGED, 1, entry.id, 1) in first_bad(await history.verify())


async def test_a_forgery_between_open_accounts_in_the_unsealed_tail_is_not_found_if_its_leaf_is_right(history):
    await history.forge_entry(a_forgery(5), written_in=await history.now())

    assert (await history.verify()).ok


async def test_a_forgery_in_the_unsealed_tail_is_named_if_its_leaf_is_wrong(history):
    entry = a_forgery(5)
    await history.forge_entry(entry, written_in=await history.now())
    await history.run("UPDATE ledger_transfers SET leaf = substr(leaf, 2) WHERE entry_id = {entry}", entry=entry.id)

    assert [(fault.kind, fault.entry_id) for fault in (await history.verify()).faults] == [(FaultKind.TRANSFER_CHANGED, entry.id)]


@pytest.mark.parametrize("written_in", [2**62, 2**63 - 1])
async def test_a_forgery_from_the_future_that_would_never_be_sealed_is_named(history, written_in):
    entry = a_forgery(5)
    await history.forge_entry(entry, written_in=written_in)

    assert [(fault.kind, fault.entry_id, fault.number) for fault in (await history.verify()).faults] == [
        (FaultKind.TRANSFER_FORGED, entry.id, 1)
    ]


async def test_a_forgery_on_a_guarded_account_betrays_itself_by_the_balance(history):
    entry = entries_of(5)[1].on(TODAY)
    await history.forge_entry(an_entry(*entry.transfers), written_in=await history.now())

    assert kinds(await history.verify()) == {FaultKind.BALANCE_WRONG}


async def test_an_account_that_changes_its_side_betrays_itself_by_the_block_though_its_leaf_is_right(history):
    account = ledger.Account(VENDOR.id, BOOK, VENDOR.code, ledger.Side.ASSET, guarded=False)
    opened_at_us = await history.one("SELECT max(opened_at_us) FROM ledger_accounts")
    leaf = account_leaf(account, opened_at_us)
    await history.run("UPDATE ledger_accounts SET side = 'asset', leaf = {leaf} WHERE id = {id}", id=account.id, leaf=leaf)

    assert first_bad(await history.verify()) == {(FaultKind.BLOCK_EVENTS_WRONG, 1, None, None)}


async def test_a_close_of_a_period_cannot_go(history):
    await history.run("DELETE FROM ledger_periods")

    assert first_bad(await history.verify()) == {(FaultKind.BLOCK_EVENTS_WRONG, 3, None, None)}


# --- blocks --------------------------------------------------------------------------------------

MIDDLE = "WHERE book_id = {book} AND number = 2"


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("number", "7", {(FaultKind.BLOCK_MISSING, 3)}),
        ("written_from", "written_from - 1", {(FaultKind.BLOCK_CHANGED, 2)}),
        ("written_before", "written_from", {(FaultKind.TRANSFER_MISSING, 2)}),
        ("leaf_count", "leaf_count + 1", {(FaultKind.BLOCK_CHANGED, 2)}),
        ("event_count", "event_count + 1", {(FaultKind.BLOCK_CHANGED, 2), (FaultKind.BLOCK_EVENTS_WRONG, 2)}),
        ("sealed_at_us", "sealed_at_us - 1", {(FaultKind.BLOCK_CHANGED, 2)}),
        ("book_id", "{other}", {(FaultKind.BLOCK_MISSING, 3)}),
        ("previous", "{bytes}", {(FaultKind.BLOCK_CHANGED, 2), (FaultKind.BLOCK_MISSING, 2)}),
        ("root", "{bytes}", {(FaultKind.BLOCK_CHANGED, 2)}),
        ("events_root", "{bytes}", {(FaultKind.BLOCK_CHANGED, 2), (FaultKind.BLOCK_EVENTS_WRONG, 2)}),
        ("hash", "{bytes}", {(FaultKind.BLOCK_CHANGED, 2), (FaultKind.SIGNATURE_WRONG, 2), (FaultKind.HEAD_UNKNOWN, 2)}),
        ("trial_hash", "{bytes}", {(FaultKind.BLOCK_CHANGED, 2)}),
        ("public_key", "NULL", {(FaultKind.BLOCK_CHANGED, 2)}),
        ("public_key", "{bytes}", {(FaultKind.BLOCK_CHANGED, 2), (FaultKind.SIGNATURE_WRONG, 2)}),
        ("signature", "NULL", {(FaultKind.SIGNATURE_WRONG, 2)}),
        ("signature", "{bytes}", {(FaultKind.SIGNATURE_WRONG, 2)}),
        ("counter_signature", "{bytes}", {(FaultKind.SIGNATURE_WRONG, 2)}),
        ("leaves", "{bytes}", {(FaultKind.BLOCK_CHANGED, 2)}),
        ("leaves", "{swapped}", {(FaultKind.BLOCK_CHANGED, 2)}),
    ],
)
async def test_a_changed_block_is_named_whatever_column_was_changed(history, column, value, named):
    leaves = await history.one(f"SELECT leaves FROM ledger_blocks {MIDDLE}", book=BOOK)
    values = {"other": an_id(9, 9), "bytes": bytes(32), "swapped": leaves[32:64] + leaves[:32] + leaves[64:]}
    await history.run(f"UPDATE ledger_blocks SET {column} = {value} {MIDDLE}", book=BOOK, **values)

    first = {(kind, block) for kind, block, _, _ in first_bad(await history.verify())}
    assert first >= named


async def test_a_leaf_replaced_in_a_block_with_root_and_hash_breaks_its_signature(history):
    await history.replace_leaf(2, an_id(2, 1), signed=True)

    found = await history.verify(published=False)
    assert first_bad(found) == {(FaultKind.SIGNATURE_WRONG, 2, None, None)}
    assert (FaultKind.BLOCK_MISSING, 3) in {(fault.kind, fault.block_number) for fault in found.faults}


async def test_a_last_block_that_is_rewritten_without_a_signature_is_told_by_the_key_that_signed_those_before(history):
    await history.replace_leaf(4, an_id(4, 1), signed=False)

    assert (await history.verify(trusted=False, published=False)).ok
    assert first_bad(await history.verify(published=False)) == {(FaultKind.SIGNATURE_WRONG, 4, None, None)}
    assert first_bad(await history.verify(trusted=False)) == {(FaultKind.HEAD_UNKNOWN, 4, None, None)}


async def test_a_removed_last_block_is_missed_by_the_sums(history):
    await history.run("DELETE FROM ledger_blocks WHERE book_id = {book} AND number = 4", book=BOOK)

    assert kinds(await history.verify(published=False)) == {FaultKind.FOLD_WRONG}
    assert first_bad(await history.verify()) == {(FaultKind.HEAD_UNKNOWN, 4, None, None)}


async def test_a_last_block_removed_with_its_sums_is_missed_by_the_published_heads_only(history):
    await history.forget_blocks(after=3)

    assert (await history.verify(published=False)).ok
    found = await history.verify()
    assert first_bad(found) == {(FaultKind.HEAD_UNKNOWN, 4, None, None)}
    assert kinds(found) == {FaultKind.HEAD_UNKNOWN}


async def test_a_removed_middle_block_is_named_by_the_one_that_does_not_follow(history):
    await history.run(f"DELETE FROM ledger_blocks {MIDDLE}", book=BOOK)

    found = await history.verify(published=False)
    assert (FaultKind.BLOCK_MISSING, 3, None, None) in first_bad(found)
    assert [fault.detail for fault in found.faults if fault.kind is FaultKind.BLOCK_MISSING] == ["it does not follow on block 1"]


async def test_all_blocks_removed_with_their_sums_are_missed_by_the_published_heads_only(history):
    await history.forget_blocks()

    assert (await history.verify(published=False)).ok
    assert first_bad(await history.verify()) == {(FaultKind.HEAD_UNKNOWN, 1, None, None)}


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("signs", [True, False])
async def test_a_history_sealed_again_is_whole_in_itself_and_is_told_by_the_trusted_key_and_by_the_published_heads(
    history, thief, after, signs
):
    await history.run("DELETE FROM ledger_transfers WHERE entry_id = {entry}", entry=an_id(3, 1))
    await history.forget_blocks(after)
    await history.seal_again(thief if signs else None)

    if after == 0 or not signs:  # else the key before did not hand over
        assert (await history.verify(trusted=False, published=False)).ok
    assert first_bad(await history.verify(published=False)) == {(FaultKind.SIGNATURE_WRONG, after + 1, None, None)}
    assert (FaultKind.HEAD_UNKNOWN, after + 1, None, None) in first_bad(await history.verify(trusted=False))


async def test_two_published_heads_of_one_block_are_a_fault_whichever_of_them_the_book_has(history):
    other = dict(history.heads[0], hash="00" * 32)

    for heads in ((other, *history.heads), (*history.heads, other)):
        found = await ledger.verify(history.connection, published=heads)
        assert {(fault.kind, fault.block_number) for fault in found.faults} == {(FaultKind.HEAD_UNKNOWN, 1)}


async def test_a_book_that_is_gone_is_missed_by_the_published_heads_only(history):
    for table in ("ledger_transfers", "ledger_blocks", "ledger_accounts"):
        await history.run(f"DELETE FROM {table} WHERE book_id = {{book}}", book=OTHER_BOOK)
    await history.run("DELETE FROM ledger_folds WHERE account_id NOT IN (SELECT id FROM ledger_accounts)")
    await history.run("DELETE FROM ledger_days WHERE account_id NOT IN (SELECT id FROM ledger_accounts)")

    assert (await history.verify(published=False)).ok
    assert [(fault.kind, fault.book_id, fault.block_number) for fault in (await history.verify()).faults] == [
        (FaultKind.HEAD_UNKNOWN, OTHER_BOOK, 1)
    ]


# --- sums ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_folds SET debit_cents = debit_cents + 5 WHERE account_id = {cash} AND block_number = 2",
        "UPDATE ledger_folds SET debit_cents = debit_cents + 5, credit_cents = credit_cents + 5 WHERE account_id = {cash}",
        "DELETE FROM ledger_folds WHERE account_id = {cash} AND block_number = 2",
        "UPDATE ledger_folds SET block_number = 0 WHERE account_id = {cash} AND block_number = 1",
        "UPDATE ledger_days SET debit_cents = debit_cents + 5, credit_cents = credit_cents + 5 WHERE account_id = {cash}",
        "UPDATE ledger_days SET effective_on = '2026-01-01' WHERE account_id = {cash} AND effective_on = '2026-10-16'",
    ],
)
async def test_sums_that_lie_about_a_day_or_a_block_are_named(history, statement):
    await history.run(statement, cash=CASH.id)

    found = await history.verify()
    assert {(fault.kind, fault.account_id) for fault in found.faults} >= {(FaultKind.FOLD_WRONG, CASH.id)}


# --- an old copy ---------------------------------------------------------------------------------


async def test_an_old_copy_of_the_file_is_told_by_the_published_heads_only(tmp_path, keys):
    with databases.fresh("sqlite", tmp_path, migrated=False) as url:
        file, copy = Path(str(make_url(url).database)), tmp_path / "copy"
        async with a_database(url) as database:
            await write_history(database, keys)
            await database.engine.dispose()  # the last one out writes everything into the one file
            shutil.copyfile(file, copy)
            block = await database.seal(keys=keys)
        assert block is not None

        shutil.copyfile(copy, file)

        restored = Database(create_async_engine(url))
        given = {"trusted_keys": [keys.newest.public_key]}
        without_heads = await restored.verify(**given)
        with_heads = await restored.verify(**given, published=[ledger.head_data(block)])
        await restored.engine.dispose()
        assert without_heads.ok
        assert first_bad(with_heads) == {(FaultKind.HEAD_UNKNOWN, 5, None, None)}
