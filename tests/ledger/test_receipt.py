"""A receipt proves to an outsider that an entry stands in a signed block; what is not sealed, or not as it was, has none."""

import json
import shutil
import subprocess
import sys
from uuid import uuid4

import pytest

import ledger
from ledger import outside
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    ENCUMBERED,
    NOON,
    PERSON,
    TODAY,
    VENDOR,
    a_deposit,
    a_purchase,
    a_transfer,
    an_account,
    an_entry,
)
from tests.ledger.tampering import literal, tamper

COUNTS = [1, 2, 3, 7, 8, 9]


@pytest.fixture
def keys(tmp_path):
    """Make one key in a file of its own."""
    return ledger.create_keys(tmp_path / "keys", at=NOON)


@pytest.fixture
def ask(tmp_path):
    """Ask the outsider's file about receipts, alone in a folder, by a Python that finds nothing else: give exit codes and answers."""
    folder = tmp_path / "outside"
    folder.mkdir()
    shutil.copy(outside.__file__, folder / "outside.py")

    def asked(receipts, public_key, heads=None):
        options = ["--key", public_key.hex()]
        if heads is not None:
            (folder / "heads.jsonl").write_text("".join(json.dumps(ledger.head_data(head)) + "\n" for head in heads))
            options += ["--heads", "heads.jsonl"]
        found = []
        for receipt in receipts:
            (folder / "receipt.json").write_text(json.dumps(receipt))
            command = [sys.executable, "-I", "-S", "outside.py", "receipt", "receipt.json", *options]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={})
            found.append((done.returncode, done.stdout + done.stderr))
        return found

    return asked


async def receipt_of(database, entry):
    """Make a receipt in a transaction of its own."""
    return await database.call(ledger.make_receipt, entry.id)


def some_entries(count):
    """Make entries of so many transfers together: of one, of two and of three."""
    sizes = [min(size, count - size * (size - 1) // 2) for size in (1, 2, 3) if count > size * (size - 1) // 2]
    sizes += [1] * (count - sum(sizes))
    return [an_entry(*[a_transfer(CASH, VENDOR, cents, f"tag é {cents}") for cents in range(1, size + 1)]) for size in sizes]


@pytest.mark.parametrize("count", COUNTS)
async def test_every_entry_of_a_block_of_any_size_is_proved_by_its_receipt(database, keys, ask, count):
    entries = some_entries(count)
    await database.post(*entries)
    block = await database.seal(keys=keys)
    assert block.leaf_count == count

    receipts = [await receipt_of(database, entry) for entry in entries]

    assert [code for code, _ in ask(receipts[-1:], keys.newest.public_key)] == [0]
    for entry, receipt in zip(entries, receipts, strict=True):
        read = outside.read(outside.Receipt, outside.read_json(json.dumps(receipt).encode()))
        said = outside.check_receipt(read, keys.newest.public_key)
        stand = "1 transfer stands" if len(entry.transfers) == 1 else f"{len(entry.transfers)} transfers stand"
        assert said[: said.index(" of book")] == f"entry {entry.id}: {stand} in block 1"
        assert [(one["number"], one["amount_cents"], one["tag"]) for one in receipt["transfers"]] == [
            (number, transfer.amount_cents, transfer.tag) for number, transfer in enumerate(entry.transfers, 1)
        ]
        assert receipt["head"] == ledger.head_data(block)


async def test_a_receipt_of_one_block_does_not_change_when_others_follow(database, keys):
    entry = a_deposit(5)
    await database.post(entry)
    await database.seal(keys=keys)
    before = await receipt_of(database, entry)
    await database.post(a_deposit(5), a_purchase(1))
    await database.seal(keys=keys)

    assert await receipt_of(database, entry) == before


async def test_a_reversal_that_was_moved_is_proved_with_the_day_it_asked_for(database, keys, ask):
    bill = an_entry(a_transfer(CASH, VENDOR, 30))
    back = bill.reversal(uuid4(), effective_on=TODAY)
    await database.post(bill)
    await database.call(ledger.close_period, BOOK, through=TODAY, by=PERSON, at=NOON)
    await database.post(back)
    await database.seal(keys=keys)

    receipt = await receipt_of(database, back)

    (transfer,) = receipt["transfers"]
    assert (transfer["effective_on"], transfer["asked_on"], transfer["reverses"]) == ("2026-10-16", "2026-10-15", str(bill.id))
    assert ask([receipt], keys.newest.public_key)[0][0] == 0


async def test_the_heads_of_a_chain_prove_what_an_older_or_a_newer_key_signed(database, keys, ask, tmp_path):
    entries = [a_deposit(cents) for cents in (1, 2, 3, 4)]
    await database.post(entries[0])
    blocks = [await database.seal(keys=keys)]
    rotated = ledger.rotate_keys(tmp_path / "keys", at=NOON)
    for entry, signed_by in zip(entries[1:], (None, rotated, None), strict=True):
        await database.post(entry)
        blocks.append(await database.seal(keys=signed_by))
    receipts = [await receipt_of(database, entry) for entry in entries]
    old, new = keys.newest.public_key, rotated.newest.public_key

    assert [code for code, _ in ask(receipts, old, blocks)] == [0, 0, 0, 1]
    assert [code for code, _ in ask(receipts[:2], new, blocks)] == [0, 0]
    assert [code for code, _ in ask(receipts[:2], new, blocks[:2])] == [1, 1]
    assert [code for code, _ in ask(receipts[::2], new)] == [1, 0]


async def test_an_entry_that_was_never_posted_has_no_receipt(database):
    entry = a_deposit(5)

    with pytest.raises(ledger.NotSealedError) as refused:
        await receipt_of(database, entry)

    assert refused.value.entry_id == entry.id


async def test_an_entry_has_no_receipt_before_it_is_sealed(database, keys):
    await database.post(a_deposit(5))
    await database.seal(keys=keys)
    entry = a_deposit(6)
    await database.post(entry)

    with pytest.raises(ledger.NotSealedError):
        await receipt_of(database, entry)

    await database.seal(keys=keys)
    assert (await receipt_of(database, entry))["head"]["number"] == 2


async def test_a_block_of_another_book_proves_nothing_of_this_one(database, keys):
    accounts = [an_account(code, book_id=uuid4()) for code in "a"]
    accounts.append(an_account("b", book_id=accounts[0].book_id))
    await database.open(*accounts)
    entry = an_entry(a_transfer(accounts[0], accounts[1], 5), book_id=accounts[0].book_id)
    await database.post(entry)
    await database.seal(keys=keys)

    with pytest.raises(ledger.NotSealedError):
        await receipt_of(database, entry)


@pytest.mark.parametrize(
    "change",
    [
        "SET amount_cents = amount_cents + 1 WHERE {entry} AND number = 2",
        "SET tag = 'else' WHERE {entry} AND number = 1",
        "SET recorded_at_us = recorded_at_us + 1 WHERE {entry} AND number = 2",
        "SET effective_on = '2026-10-14' WHERE {entry}",
        "SET asked_on = '2026-10-14' WHERE {entry}",
        "SET kind = 'else' WHERE {entry}",
        "SET transfer_count = 3 WHERE {entry}",
        "SET debit_id = credit_id, credit_id = debit_id WHERE {entry} AND number = 1",
        "SET number = 3 WHERE {entry} AND number = 2",
        "SET entry_id = {other}, number = 3 WHERE {entry} AND number = 2",
        "SET written_in = 999999999 WHERE {entry}",
    ],
)
async def test_an_entry_that_was_changed_since_has_no_receipt(database, keys, change):
    entry = an_entry(a_transfer(CASH, AVAILABLE, 5), a_transfer(AVAILABLE, ENCUMBERED, 4))
    await database.post(entry, a_deposit(1))
    await database.seal(keys=keys)
    await receipt_of(database, entry)

    where = {"entry": f"entry_id = {literal(database, entry.id)}", "other": literal(database, uuid4())}
    await tamper(database, f"UPDATE ledger_transfers {change.format(**where)}")

    with pytest.raises(ledger.NotSealedError):
        await receipt_of(database, entry)


async def test_a_value_that_is_none_of_a_transfers_has_no_receipt_on_sqlite(database, keys):
    if database.engine.dialect.name == "sqlite":
        entry = a_deposit(5)
        await database.post(entry)
        await database.seal(keys=keys)

        await tamper(database, "UPDATE ledger_transfers SET amount_cents = 'five'")

        with pytest.raises(ledger.NotSealedError):
            await receipt_of(database, entry)
