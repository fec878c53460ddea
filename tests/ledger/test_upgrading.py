"""A ledger of the first form, which kept entries and transfers apart, is brought into today's with every cent and date."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

import ledger
from tests import databases
from tests.ledger.books import AVAILABLE, BOOK, CASH, ENCUMBERED, VENDOR, a_database, a_purchase

DATA = Path(__file__).with_name("data")
LATER = date(2026, 10, 16)
FIRST, SECOND = UUID("00000000-0000-7000-8000-0000000e0001"), UUID("00000000-0000-7000-8000-0000000e0002")
ACCOUNTS = (CASH, VENDOR, AVAILABLE, ENCUMBERED)


@pytest.fixture(params=databases.KINDS)
async def old(request):
    """Give a database as revision 0007 left it: an entry of two transfers, and a part of it reversed."""
    async with a_database(request.getfixturevalue(f"ledger_{request.param}_url"), statements=statements(request.param)) as made:
        await made.run(*rows(made.engine.dialect.name))
        yield made


def statements(kind):
    return (DATA / f"first_form_{kind}.sql").read_text("utf-8").split(";\n\n")


def rows(kind):
    """Write the rows as that ledger would have; the leaves, which are written anew, are of no matter."""
    leaf = "'\\x00'" if kind == "postgresql" else "x'00'"

    def id_(value):
        return f"'{value}'" if kind == "postgresql" else f"'{value.hex}'"

    for account in ACCOUNTS:
        values = f"1, {id_(account.id)}, {id_(BOOK)}, {'true' if account.guarded else 'false'}, '{account.side}', '{account.code}', {leaf}"
        yield f"INSERT INTO ledger_accounts (opened_at_us, id, book_id, guarded, side, code, leaf) VALUES ({values})"
    for account, cents in ((AVAILABLE, 70), (ENCUMBERED, 5)):
        yield f"INSERT INTO ledger_balances (balance_cents, account_id) VALUES ({cents}, {id_(account.id)})"
    columns = "recorded_at_us, id, book_id, subject, reverses, effective_on, transfer_count, kind, memo"
    deposit = f"7, {id_(FIRST)}, {id_(BOOK)}, {id_(FIRST)}, NULL, '2026-10-15', 2, 'deposit', 'é'"
    yield f"INSERT INTO ledger_entries ({columns}) VALUES ({deposit})"
    reversal = f"9, {id_(SECOND)}, {id_(BOOK)}, {id_(FIRST)}, {id_(FIRST)}, '2026-10-16', 1, 'reversal', ''"
    yield f"INSERT INTO ledger_entries ({columns}) VALUES ({reversal})"
    for entry, number, debit, credit, cents in (
        (FIRST, 1, CASH, AVAILABLE, 100),
        (FIRST, 2, CASH, ENCUMBERED, 5),
        (SECOND, 1, AVAILABLE, CASH, 30),
    ):
        values = f"{cents}, {id_(entry)}, {id_(debit.id)}, {id_(credit.id)}, {number}, 'gym', {leaf}"
        yield f"INSERT INTO ledger_transfers (amount_cents, entry_id, debit_id, credit_id, number, tag, leaf) VALUES ({values})"


async def test_everything_is_there_and_goes_on(old):
    async with old.begin() as connection:
        assert await connection.run_sync(ledger.upgrade_first_form)

    assert await old.balances(CASH, AVAILABLE, ENCUMBERED) == [75, 70, 5]
    async with old.begin() as connection:
        found = await ledger.entries(connection, BOOK)
    first, second = (recorded.entry for recorded in found.entries)
    assert (first.id, first.memo, [one.amount_cents for one in first.transfers], first.transfers[0].tag) == (FIRST, "é", [100, 5], "gym")
    assert (second.reverses, second.effective_on) == (FIRST, LATER)
    assert isinstance((await old.post(a_purchase(70)))[0], ledger.Posted)
    block = await old.seal()
    assert block is not None
    assert block.leaf_count == 4
    verification = await old.verify()
    assert verification.ok, verification.faults


async def test_a_ledger_of_today_is_left_as_it_is(database):
    async with database.begin() as connection:
        assert not await connection.run_sync(ledger.upgrade_first_form)
