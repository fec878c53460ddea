"""Whoever changes the books behind the ledger's back is found, and the row is named."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

import ledger
from ledger import FaultKind
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    ENCUMBERED,
    VENDOR,
    a_deposit,
    a_purchase,
    a_transfer,
    an_account,
    an_entry,
)
from tests.ledger.tampering import literal, tamper

ENTRY = UUID("00000000-0000-7000-8000-0000000e0001")
SUBJECT = UUID("00000000-0000-7000-8000-0000000e0002")
ELSEWHERE = an_account("cash", ledger.Side.ASSET, book_id=uuid4())


@pytest.fixture
async def books(database):
    """Give a small history: a deposit, an entry of three transfers, and a second book."""
    await database.open(ELSEWHERE)
    lines = [a_transfer(CASH, VENDOR, 5, "gym"), a_transfer(AVAILABLE, ENCUMBERED, 6), a_transfer(VENDOR, CASH, 7)]
    await database.post(a_deposit(1_000), an_entry(*lines, entry_id=ENTRY, subject=SUBJECT), a_purchase(30))
    return database


@dataclass(frozen=True)
class Crime:
    """A change, and where the verifier must point."""

    statement: str
    faults: frozenset[tuple[FaultKind, UUID | None, int | None, UUID | None]]


def crime(statement, *faults):
    """Write down a crime; a fault is a kind, an entry, a number and an account."""
    return pytest.param(Crime(statement, frozenset(faults)), id=statement[:70])


def changed(number, entry=ENTRY):
    return FaultKind.TRANSFER_CHANGED, entry, number, None


CHANGED = [changed(number) for number in (1, 2, 3)]
INCOMPLETE = (FaultKind.ENTRY_INCOMPLETE, ENTRY, None, None)
AVAILABLE_WRONG = (FaultKind.BALANCE_WRONG, None, None, AVAILABLE.id)
ENCUMBERED_WRONG = (FaultKind.BALANCE_WRONG, None, None, ENCUMBERED.id)


@pytest.mark.parametrize(
    "crime",
    [
        crime("UPDATE ledger_transfers SET amount_cents = amount_cents + 1 WHERE entry_id = {entry} AND number = 1", changed(1)),
        crime(
            "UPDATE ledger_transfers SET amount_cents = amount_cents - 1 WHERE entry_id = {entry} AND number = 2",
            changed(2),
            AVAILABLE_WRONG,
            ENCUMBERED_WRONG,
        ),
        crime("UPDATE ledger_transfers SET tag = 'pool' WHERE entry_id = {entry} AND number = 1", changed(1)),
        crime("UPDATE ledger_transfers SET credit_id = debit_id, debit_id = credit_id WHERE entry_id = {entry} AND number = 3", changed(3)),
        crime("UPDATE ledger_transfers SET leaf = substr(leaf, 1, 31) WHERE entry_id = {entry} AND number = 3", changed(3)),
        crime("UPDATE ledger_transfers SET number = 4 WHERE entry_id = {entry} AND number = 3", changed(4), INCOMPLETE),
        crime("DELETE FROM ledger_transfers WHERE entry_id = {entry} AND number = 3", INCOMPLETE),
        crime("DELETE FROM ledger_transfers WHERE entry_id = {entry} AND number = 1", INCOMPLETE),
        crime("UPDATE ledger_transfers SET transfer_count = 4 WHERE entry_id = {entry}", *CHANGED, INCOMPLETE),
        crime("UPDATE ledger_transfers SET kind = 'else' WHERE entry_id = {entry}", *CHANGED),
        crime("UPDATE ledger_transfers SET kind = 'else' WHERE entry_id = {entry} AND number = 2", changed(2), INCOMPLETE),
        crime("UPDATE ledger_transfers SET subject = {available} WHERE entry_id = {entry}", *CHANGED),
        crime("UPDATE ledger_transfers SET effective_on = '2026-10-14' WHERE entry_id = {entry}", *CHANGED),
        crime("UPDATE ledger_transfers SET asked_on = '2026-10-14' WHERE entry_id = {entry}", *CHANGED),
        crime("UPDATE ledger_transfers SET recorded_at_us = recorded_at_us + 1 WHERE entry_id = {entry}", *CHANGED),
        crime("UPDATE ledger_transfers SET reverses = entry_id WHERE entry_id = {entry}", *CHANGED),
        crime(
            "UPDATE ledger_transfers SET book_id = {other} WHERE entry_id = {entry}",
            *CHANGED,
            *[(FaultKind.TRANSFER_MISPLACED, ENTRY, number, None) for number in (1, 2, 3)],
        ),
        crime("UPDATE ledger_accounts SET side = 'asset' WHERE id = {vendor}", (FaultKind.ACCOUNT_CHANGED, None, None, VENDOR.id)),
        crime("UPDATE ledger_accounts SET code = 'else' WHERE id = {vendor}", (FaultKind.ACCOUNT_CHANGED, None, None, VENDOR.id)),
        crime(
            "UPDATE ledger_accounts SET guarded = true WHERE id = {elsewhere}",
            (FaultKind.ACCOUNT_CHANGED, None, None, ELSEWHERE.id),
            (FaultKind.BALANCE_WRONG, None, None, ELSEWHERE.id),
        ),
        crime("UPDATE ledger_balances SET balance_cents = balance_cents + 1 WHERE account_id = {available}", AVAILABLE_WRONG),
        crime("DELETE FROM ledger_balances WHERE account_id = {available}", AVAILABLE_WRONG),
        crime(
            "INSERT INTO ledger_balances (balance_cents, account_id) VALUES (0, {other})", (FaultKind.BALANCE_WRONG, None, None, SUBJECT)
        ),
    ],
)
async def test_a_changed_row_is_named(books, crime):
    assert (await books.verify()).ok
    values = {"entry": ENTRY, "other": SUBJECT, "vendor": VENDOR.id, "available": AVAILABLE.id, "elsewhere": ELSEWHERE.id}

    await tamper(books, crime.statement.format(**{name: literal(books, value) for name, value in values.items()}))

    verification = await books.verify()
    assert not verification.ok
    found = {(fault.kind, fault.entry_id, fault.number, fault.account_id) for fault in verification.faults}
    assert found == crime.faults
    assert verification.fault_count == len(found)


async def test_a_transfer_into_another_book_is_named(books):
    await tamper(books, f"UPDATE ledger_accounts SET book_id = {literal(books, SUBJECT)} WHERE id = {literal(books, VENDOR.id)}")

    kinds = {(fault.kind, fault.number) for fault in (await books.verify()).faults}

    assert kinds == {(FaultKind.TRANSFER_MISPLACED, 1), (FaultKind.TRANSFER_MISPLACED, 3), (FaultKind.ACCOUNT_CHANGED, None)}


async def test_a_negative_balance_is_named(books):
    if books.engine.dialect.name == "postgresql":
        await books.run("ALTER TABLE ledger_balances DROP CONSTRAINT ledger_balances_never_negative")

    await tamper(books, f"UPDATE ledger_balances SET balance_cents = -1 WHERE account_id = {literal(books, AVAILABLE.id)}")

    assert [fault.kind for fault in (await books.verify()).faults] == [FaultKind.BALANCE_NEGATIVE]


async def test_one_book_is_verified_by_itself(books):
    await tamper(books, f"UPDATE ledger_transfers SET tag = 'x' WHERE entry_id = {literal(books, ENTRY)} AND number = 1")

    async with books.begin() as connection:
        mine, other = await ledger.verify(connection, BOOK), await ledger.verify(connection, ELSEWHERE.book_id)

    assert (mine.transfers, mine.accounts, mine.ok) == (5, 5, False)
    assert (other.transfers, other.accounts, other.ok) == (0, 1, True)
    assert [(fault.book_id, fault.entry_id, fault.number) for fault in mine.faults] == [(BOOK, ENTRY, 1)]


async def test_verification_tells_how_far_it_is(books):
    told: list[int] = []
    async with books.begin() as connection:
        await ledger.verify(connection, progress=told.append)

    assert told[-1] == 5


async def test_a_tampered_entry_can_still_be_read(books):
    await books.run("SELECT 1") if books.engine.dialect.name == "sqlite" else await books.run(
        "ALTER TABLE ledger_transfers DROP CONSTRAINT ledger_transfers_amount"
    )
    await tamper(books, f"UPDATE ledger_transfers SET amount_cents = -5 WHERE entry_id = {literal(books, ENTRY)} AND number = 1")

    async with books.begin() as connection:
        found = await ledger.find_entry(connection, BOOK, ENTRY)

    assert found is not None
    assert [transfer.amount_cents for transfer in found.entry.transfers] == [-5, 6, 7]


@pytest.mark.parametrize("value", ["1.5", "'5 '", "x'05'"])
async def test_a_value_of_another_type_does_not_pass_on_sqlite(books, value):
    if books.engine.dialect.name == "sqlite":
        await tamper(books, f"UPDATE ledger_transfers SET amount_cents = {value} WHERE entry_id = {literal(books, ENTRY)} AND number = 1")
        expected = value == "'5 '"  # the column makes an integer of it again

        assert (await books.verify()).ok is expected
