"""Values that cannot be wrong: accounts, transfers and entries refuse nonsense when they are built."""

from datetime import date, datetime
from uuid import uuid4

import pytest

import ledger
from tests.ledger.books import AVAILABLE, CASH, NOON, TODAY, VENDOR, a_deposit, a_transfer, an_entry


@pytest.mark.parametrize("cents", [0, -1, -(2**63), ledger.MAX_CENTS + 1, 2**63 - 1, 2**63, 2**200, True, 1.0, "1", None])
def test_an_amount_is_an_integer_from_one_to_the_maximum(cents):
    with pytest.raises(ledger.AmountOutOfRangeError):
        a_transfer(CASH, VENDOR, cents)


@pytest.mark.parametrize("cents", [1, 10**10, ledger.MAX_CENTS])
def test_amounts_at_the_edges_stand(cents):
    assert a_transfer(CASH, VENDOR, cents).amount_cents == cents


def test_a_transfer_needs_two_accounts_and_a_right_amount_is_asked_first():
    with pytest.raises(ledger.SameAccountError):
        a_transfer(CASH, CASH, 1)
    with pytest.raises(ledger.AmountOutOfRangeError):
        a_transfer(CASH, CASH, 0)


@pytest.mark.parametrize("text", ["nul \x00", "half \ud800", "x" * 3_000, None])
def test_text_that_a_database_cannot_keep_is_refused(text):
    with pytest.raises(ledger.InvalidTextError):
        a_transfer(CASH, VENDOR, 1, text)
    with pytest.raises(ledger.InvalidTextError):
        a_deposit(1, kind=text)
    with pytest.raises(ledger.InvalidTextError):
        a_deposit(1, memo=text)
    with pytest.raises(ledger.InvalidTextError):
        ledger.Account(CASH.id, CASH.book_id, text, ledger.Side.ASSET, guarded=False)


@pytest.mark.parametrize("count", [0, ledger.MAX_TRANSFERS + 1])
def test_an_entry_has_one_to_ten_thousand_transfers(count):
    with pytest.raises(ledger.TransferCountError):
        an_entry(*[a_transfer(CASH, VENDOR, 1)] * count)


@pytest.mark.parametrize("day", [NOON, datetime(2026, 1, 1), "2026-01-01", None, date.min, date.max])  # noqa: DTZ001 - the zone is not the point
def test_an_effective_date_is_a_plain_date(day):
    with pytest.raises(ledger.InvalidDateError):
        a_deposit(1, effective_on=day)


def test_lines_show_each_transfer_twice():
    entry = an_entry(a_transfer(CASH, AVAILABLE, 5, "gym"), a_transfer(CASH, VENDOR, 6))

    lines = ledger.RecordedEntry(entry, NOON).lines

    assert [(line.number, line.account_id, line.direction, line.amount_cents, line.tag) for line in lines] == [
        (1, CASH.id, ledger.Direction.DEBIT, 5, "gym"),
        (1, AVAILABLE.id, ledger.Direction.CREDIT, 5, "gym"),
        (2, CASH.id, ledger.Direction.DEBIT, 6, ""),
        (2, VENDOR.id, ledger.Direction.CREDIT, 6, ""),
    ]


def test_a_reversal_swaps_sides_and_keeps_tags():
    entry = an_entry(a_transfer(CASH, AVAILABLE, 5, "gym"), a_transfer(CASH, VENDOR, 6))

    reversal = entry.reversal(uuid4(), effective_on=TODAY, amounts={2: 4, 1: 5})

    assert reversal.reverses == entry.id
    assert reversal.transfers == (a_transfer(AVAILABLE, CASH, 5, "gym"), a_transfer(VENDOR, CASH, 4))


def test_every_public_name_exists_and_every_error_is_in_the_tree():
    errors = __import__("ledger.errors").errors
    assert all(hasattr(ledger, name) for name in ledger.__all__)
    assert all(name in (errors.__doc__ or "") for name in dir(errors) if name.endswith("Error"))
