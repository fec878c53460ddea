"""Whoever may call the posting functions calls them with anything: what is wrong is refused, and nothing wrong is written."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

import ledger
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    CHART,
    ENCUMBERED,
    NOON,
    PERSON,
    TODAY,
    VENDOR,
    a_database,
    a_deposit,
    a_transfer,
    an_account,
    an_entry,
)
from tests.ledger.tampering import undone_afterwards

HIGH = 1 << 32
CLOSED_DAY = date(2026, 9, 30)
OTHER_BOOK = UUID(int=0xB0)
ELSEWHERE = an_account("cash", ledger.Side.ASSET, book_id=OTHER_BOOK)
ACCOUNTS = (CASH.id, VENDOR.id, AVAILABLE.id, ENCUMBERED.id, ELSEWHERE.id)
"""What places 1 to 5 stand for."""
RECORDED = UUID(int=0xE0)
E1, E2 = UUID(int=0xE1), UUID(int=0xE2)


@dataclass(frozen=True)
class Shape:
    """What transfers have in common."""

    book: UUID | None = BOOK
    count: int | None = 1
    original: UUID | None = None
    day: date | None = TODAY
    kind: str | None = "test"
    memo: str | None = ""
    tag: str | None = ""


@dataclass(frozen=True)
class Row:
    """A transfer as the function takes it: guarded to guarded, unless it says otherwise."""

    entry: UUID | None = E1
    number: int = 1
    shape: Shape = Shape()
    debit: int = 3
    credit: int = 4
    cents: int | None = 5
    subject: UUID | None = BOOK


REPLAYED = Row(entry=RECORDED, debit=1, credit=2)
"""In front of others it makes the function decide entry by entry."""


def arrays(*rows: Row) -> dict[str, Any]:
    """Write rows as the function takes them."""
    shapes = list(dict.fromkeys(row.shape for row in rows))
    return {
        "account_ids": list(ACCOUNTS),
        "books": [shape.book for shape in shapes],
        "counts": [shape.count for shape in shapes],
        "originals": [shape.original for shape in shapes],
        "dates": [shape.day for shape in shapes],
        "kinds": [shape.kind for shape in shapes],
        "memos": [shape.memo for shape in shapes],
        "tags": [shape.tag for shape in shapes],
        "entry_ids": [row.entry for row in rows],
        "subjects": [row.subject for row in rows],
        "places": [(shapes.index(row.shape) + 1) * HIGH + row.number for row in rows],
        "sides": [row.debit * HIGH + row.credit for row in rows],
        "amounts": [row.cents for row in rows],
        "at_us": 0,
        "atomic": False,
    }


@pytest.fixture(scope="module")
async def books(ledger_postgresql_url):
    async with a_database(ledger_postgresql_url) as database:
        await database.open(*CHART, ELSEWHERE)
        recorded = an_entry(a_transfer(CASH, VENDOR, 5), entry_id=RECORDED)
        await database.post(recorded, a_deposit(1_000), a_deposit(1_000, ENCUMBERED))
        await database.call(ledger.close_period, BOOK, through=CLOSED_DAY, by=PERSON, at=NOON)
        yield database


@pytest.fixture
async def connection(books):
    async with undone_afterwards(books) as connection:
        yield connection


async def call(connection, function, arguments):
    """Call a function by the names of its arguments, as a person at a prompt would; give its answers, or the state of its refusal."""
    named = ", ".join(f"{name} => ${place}" for place, name in enumerate(arguments, 1))
    try:
        async with connection.begin_nested():
            await connection.exec_driver_sql("SET LOCAL statement_timeout = '2s'")
            row = (await connection.exec_driver_sql(f"SELECT answers FROM {function}({named})", tuple(arguments.values()))).one()
    except DBAPIError as error:
        return getattr(error.orig, "sqlstate", None) or type(error.orig).__name__
    return ["posted"] if row.answers is None else row.answers


async def standing(connection):
    """Say what is in the books, and that they verify."""
    found = await ledger.verify(connection)
    assert found.faults == ()
    return found.transfers, await ledger.balances(connection, ACCOUNTS)


TWO, THREE = Shape(count=2), Shape(count=3)
HOSTILE: dict[str, tuple[Row, ...]] = {
    "one account on both sides": (Row(credit=3),),
    "one open account on both sides": (Row(debit=1, credit=1),),
    "nothing": (Row(cents=0),),
    "less than nothing": (Row(cents=-5),),
    "more than may be moved": (Row(cents=ledger.MAX_CENTS + 1),),
    "more between open accounts": (Row(debit=1, credit=2, cents=ledger.MAX_CENTS + 1),),
    "the most that 64 bits hold": (Row(cents=2**63 - 1),),
    "the most, in, and out again": (Row(shape=TWO, cents=2**63 - 1), Row(shape=TWO, number=2, debit=4, credit=3, cents=2**63 - 1)),
    "the least": (Row(cents=-(2**63)),),
    "less than nothing, made up for": (Row(shape=TWO, cents=-5), Row(shape=TWO, number=2, cents=6)),
    "no amount": (Row(cents=None),),
    "a debit that is no place": (Row(debit=6),),
    "a credit that is no place": (Row(credit=6),),
    "a place before the first": (Row(debit=0),),
    "a place below zero": (Row(debit=-1),),
    "a place beyond 32 bits": (Row(debit=1 << 30, credit=HIGH - 1),),
    "an account of another book": (Row(credit=5),),
    "another book's date with its account": (Row(shape=Shape(book=OTHER_BOOK), debit=5, credit=3),),
    "no book": (Row(shape=Shape(book=None)),),
    "a book that is not": (Row(shape=Shape(book=UUID(int=1))),),
    "no day": (Row(shape=Shape(day=None)),),
    "a day that never comes": (Row(shape=Shape(day=date.max)),),
    "a closed day": (Row(shape=Shape(day=CLOSED_DAY)),),
    "a closed day behind an open one": (Row(shape=TWO), Row(shape=replace(TWO, day=CLOSED_DAY), number=2)),
    "another day behind it": (Row(shape=TWO), Row(shape=replace(TWO, day=date(2026, 11, 1)), number=2)),
    "another book behind it": (Row(shape=TWO, debit=1, credit=2), Row(shape=replace(TWO, book=OTHER_BOOK), number=2, debit=1, credit=2)),
    "another kind behind it": (Row(shape=TWO), Row(shape=replace(TWO, kind="else"), number=2)),
    "another count behind it": (Row(shape=TWO), Row(shape=THREE, number=2)),
    "a reversal behind it": (Row(shape=TWO), Row(shape=replace(TWO, original=RECORDED), number=2)),
    "another subject behind it": (Row(shape=TWO), Row(shape=TWO, number=2, subject=OTHER_BOOK)),
    "no kind": (Row(shape=Shape(kind=None)),),
    "no tag": (Row(shape=Shape(tag=None)),),
    "no memo": (Row(shape=Shape(memo=None)),),
    "no subject": (Row(subject=None),),
    "no entry": (Row(entry=None),),
    "no count": (Row(shape=Shape(count=None)),),
    "a count of none": (Row(shape=Shape(count=0)),),
    "a count below zero": (Row(shape=Shape(count=-1)),),
    "too few of a count": (Row(shape=TWO),),
    "a count without end": (Row(shape=Shape(count=2**31 - 1)),),
    "more than the count": (Row(), Row(number=2)),
    "a first that is the second": (Row(shape=TWO, number=2),),
    "a number before the first": (Row(number=0),),
    "a number beyond 16 bits": (Row(number=40_000),),
    "a gap": (Row(shape=TWO), Row(shape=TWO, number=3)),
    "a number twice": (Row(shape=TWO), Row(shape=TWO)),
    "one entry twice": (Row(), Row()),
    "one entry twice, with other content": (Row(), Row(cents=6)),
    "one entry around another": (Row(), Row(entry=E2), Row()),
    "two entries that are one another's rest": (Row(shape=TWO), Row(entry=E2, shape=TWO, number=2)),
    "a reversal of what is not": (Row(shape=Shape(original=E2)),),
    "a reversal of more": (Row(shape=Shape(original=RECORDED), debit=2, credit=1, cents=6),),
    "two reversals that are too much together": (
        Row(shape=Shape(original=RECORDED), debit=2, credit=1, cents=3),
        Row(entry=E2, shape=Shape(original=RECORDED), debit=2, credit=1, cents=3),
    ),
}


ENDLESS = "57014"
"""The state of a statement that was stopped because it took too long."""


@pytest.mark.parametrize("way", ["at once", "entry by entry"])
@pytest.mark.parametrize("what", HOSTILE)
async def test_what_cannot_stand_is_refused_and_nothing_is_written(connection, what, way):
    before = await standing(connection)
    rows = HOSTILE[what] if way == "at once" else (REPLAYED, *HOSTILE[what])

    said = await call(connection, "ledger_post", arrays(*rows))

    assert said != ENDLESS
    assert await standing(connection) == before, said
    assert "posted" not in said


COLUMNS = {name: value for name, value in arrays(Row()).items() if isinstance(value, list)}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("value", [None, [None], []])
async def test_a_column_that_is_missing_writes_nothing(connection, name, value):
    before = await standing(connection)

    said = await call(connection, "ledger_post", arrays(Row()) | {name: value})

    assert said != ENDLESS
    assert await standing(connection) == before or (name, said) == ("originals", ["posted"]), said


@pytest.mark.parametrize("name", COLUMNS)
async def test_a_column_that_is_too_long_writes_nothing_wrong(connection, name):
    before = await standing(connection)

    said = await call(connection, "ledger_post", arrays(Row()) | {name: COLUMNS[name] * 2})

    assert said != ENDLESS
    after = await standing(connection)
    assert after == before or (said == ["posted"] and after[0] == before[0] + 1), said


async def test_accounts_in_any_order_are_posted_right_and_one_twice_is_refused(connection):
    columns = arrays(Row())
    backwards = columns | {"account_ids": list(reversed(ACCOUNTS)), "sides": [3 * HIGH + 2]}
    twice = columns | {"account_ids": [*ACCOUNTS, AVAILABLE.id], "sides": [6 * HIGH + 3]}

    assert await call(connection, "ledger_post", backwards) == ["posted"]
    assert await call(connection, "ledger_post", twice) == "22023"

    _, held = await standing(connection)
    assert (held[AVAILABLE.id], held[ENCUMBERED.id]) == (995, 1_005)


ONE: dict[str, Any] = {
    "book": BOOK,
    "entry": E1,
    "subject": BOOK,
    "debit": AVAILABLE.id,
    "credit": ENCUMBERED.id,
    "amount": 5,
    "effective": TODAY,
    "kind": "test",
    "memo": "",
    "tag": "",
    "at_us": 0,
}


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": ledger.MAX_CENTS + 1},
        {"amount": 2**63 - 1},
        {"amount": -(2**63)},
        {"amount": 1_001},
        {"credit": AVAILABLE.id},
        {"debit": CASH.id, "credit": CASH.id},
        {"debit": E2},
        {"credit": ELSEWHERE.id},
        {"book": OTHER_BOOK},
        {"book": E2},
        {"entry": RECORDED},
        {"effective": CLOSED_DAY},
        {"effective": date.max},
        *[{name: None} for name in ONE],
    ],
    ids=str,
)
async def test_one_transfer_that_cannot_stand_is_refused_and_not_written(connection, change):
    before = await standing(connection)

    said = await call(connection, "ledger_post_one", ONE | change)

    assert await standing(connection) == before, said
    assert "posted" not in said


async def test_one_transfer_that_can_stand_is_written(connection):
    assert await call(connection, "ledger_post_one", ONE) == ["posted"]
    assert await call(connection, "ledger_post_one", ONE) == ["replayed"]

    _, held = await standing(connection)
    assert (held[AVAILABLE.id], held[ENCUMBERED.id]) == (995, 1_005)
