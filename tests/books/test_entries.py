"""Every entry balances, derives its id from its event, and is explained to an accountant."""

import inspect
import re
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

import ledger
from sdc.books import chart, entries

BOOK, ON = uuid4(), date(2026, 10, 15)
DOCUMENT = (Path(__file__).parents[2] / "docs" / "accounting.md").read_text(encoding="utf-8")
ENTRIES = {
    name: verb
    for name, verb in vars(entries).items()
    if inspect.isfunction(verb) and not name.startswith("_") and verb.__module__.startswith(entries.__name__)
}


def made(name: str, **given):
    """Make the entry `name` with plain values for what is not given."""
    values = {}
    for parameter in inspect.signature(ENTRIES[name]).parameters.values():
        if parameter.name in given:
            values[parameter.name] = given[parameter.name]
        elif parameter.annotation is UUID:
            values[parameter.name] = BOOK if parameter.name == "book_id" else uuid4()
        elif parameter.annotation is date:
            values[parameter.name] = ON
        elif parameter.annotation is int:
            values[parameter.name] = 3
        elif parameter.annotation is str:
            values[parameter.name] = "stripe" if parameter.name == "rail" else "WELL_GYM"
    return ENTRIES[name](**values), values


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_moves_money_between_accounts_of_the_chart(name):
    entry, _ = made(name)

    assert entry.kind == name
    assert entry.book_id == BOOK
    assert all(transfer.amount_cents == 3 for transfer in entry.transfers)


@pytest.mark.parametrize("name", ENTRIES)
def test_the_same_event_makes_the_same_entry_and_another_event_another(name):
    entry, values = made(name)
    again, _ = made(name, **values)
    other, _ = made(name)

    assert again == entry
    assert other.id != entry.id


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_is_shown_as_t_accounts(name):
    assert re.search(rf"^{name}\b.*Dr|^{name}\b.*\n.*Dr", DOCUMENT, re.MULTILINE), f"docs/accounting.md shows no {name}"


def test_an_expenditure_without_an_excess_has_one_transfer():
    entry, _ = made("expenditure", tolerance_cents=0)

    assert len(entry.transfers) == 1


def test_a_reversal_is_the_expenditure_with_its_sides_changed_and_linked_to_it():
    bill, budget, vendor = uuid4(), uuid4(), uuid4()
    same = {"bill_id": bill, "budget_id": budget, "vendor_id": vendor, "encumbered_cents": 90, "tolerance_cents": 4}
    spent, _ = made("expenditure", **same)
    undone, _ = made("expenditure_reversed", **same)

    assert undone.reverses == spent.id
    assert [(t.debit, t.credit, t.amount_cents) for t in undone.transfers] == [(t.credit, t.debit, t.amount_cents) for t in spent.transfers]


def test_member_money_is_guarded_and_cash_is_not():
    budget = uuid4()

    assert all(account.guarded for account in chart.budget_accounts(BOOK, budget))
    assert chart.account(BOOK, chart.funding(uuid4())).guarded
    assert not any(account.guarded for account in chart.program_accounts(BOOK))


def test_an_account_s_id_is_its_code_s_and_its_book_s():
    assert chart.account_id(BOOK, "cash.bank") == chart.account(BOOK, "cash.bank").id
    assert chart.account_id(BOOK, "cash.bank") != chart.account_id(uuid4(), "cash.bank")


def test_the_chart_knows_no_other_account():
    with pytest.raises(KeyError):
        chart.account(BOOK, "petty_cash")


def test_each_side_is_what_the_document_says():
    sides = {kind: side for kind, (side, _) in chart.KINDS.items()}

    assert {kind for kind, side in sides.items() if side is ledger.Side.ASSET} == {
        "cash.processor",
        "cash.bank",
        "cash.topup",
        "receivable.payer",
        "recoverable.payer",
        "recoverable.vendor",
        "recoverable.member",
    }
