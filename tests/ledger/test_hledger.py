"""The journal for hledger: whatever the books hold, it reads it, finds each asserted balance right and gets ours to the cent."""

import csv
import re
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from ledger import Side
from ledger.hledger import _declare, _transaction, account_name, amount, journal
from tests.ledger.books import (
    AVAILABLE,
    BOOK,
    CASH,
    CHART,
    ENCUMBERED,
    NOON,
    TODAY,
    VENDOR,
    a_deposit,
    a_purchase,
    a_transfer,
    an_account,
    an_entry,
)

ID = UUID("00000000-0000-7000-8000-0000000e0001")
SUBJECT = UUID("00000000-0000-7000-8000-0000000e0002")
NASTY = [
    *["a.b", "a:b", "a::b", "a..b", ".a", "a.", ":", "::", "a%2Eb", "a%3Ab", f"a.{ID}", f"a:{ID}", f":{ID}", f"a:{str(ID).upper()}"],
    *["two  spaces", " led", "trailed ", "\ttab", "a;b", "a  ; type:E", "(a)", "[a]", "<a>", "a|b", "a\nb", "a\r\nb", "* a", "! a", "=a"],
    *["$5", "a  $5.00 = $5.00", "Ärztin", "№1 \u2028 \u00a0", "\u202eright to left", "🙂" * 200, '"a"', "a'b", "a\\b", "#", "~ monthly"],
]
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=200)
CODES = st.sampled_from(NASTY) | TEXT | st.text("aA.:;% \n", min_size=1, max_size=8)
TWO_CODES = st.lists(CODES, min_size=2, max_size=2, unique=True)
KINDS = CODES.map(lambda code: code[:100])
SIDES = st.sampled_from(list(Side))
HLEDGER = shutil.which("hledger")
needs_hledger = pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed")


@dataclass
class Read:
    """What an auditor's own reader makes of a journal; it believes no line that it does not know."""

    types: dict[str, str] = field(default_factory=dict)
    held: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    descriptions: list[str] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    posting_tags: list[str | None] = field(default_factory=list)


POSTING = re.compile(r"    (\S+)  \$(-?)(\d+)\.(\d\d) = \$(-?)(\d+)\.(\d\d)(?:  ; tag:(\S+))?")


def read(text):
    """Read a journal, and check by hand what `hledger check --strict` checks: sums, declared accounts, balances in order of date."""
    books = Read()
    day, left_cents = date.min, 0
    assert text.startswith("; ")
    for line in text.removesuffix("\n").split("\n"):
        if declared := re.fullmatch(r"account (\S+)  ; type:([AL])", line):
            assert declared[1] not in books.types
            books.types[declared[1]] = declared[2]
        elif head := re.fullmatch(r"(\d{4}-\d\d-\d\d) (\S+)", line):
            assert left_cents == 0
            assert day <= date.fromisoformat(head[1])
            day = date.fromisoformat(head[1])
            books.descriptions.append(head[2])
        elif line.startswith("    ; "):
            books.tags.append(dict(tag.split(":", 1) for tag in line.removeprefix("    ; ").split(", ")))
        elif posting := POSTING.fullmatch(line):
            name, cents = posting[1], int(f"{posting[2]}{posting[3]}{posting[4]}")
            left_cents += cents
            books.held[name] += cents
            assert name in books.types
            assert books.held[name] == int(f"{posting[5]}{posting[6]}{posting[7]}")
            books.posting_tags.append(posting[8])
        elif line.startswith("; book "):
            day = date.min
        else:
            assert line in {"", "commodity $1000.00"} or line.startswith("; ")
    assert left_cents == 0
    return books


def hledger(text, *arguments):
    """Run the real one."""
    assert text.isascii()  # so that it reads the same in every locale
    run = subprocess.run([HLEDGER or "", *arguments, "-f", "-"], input=text, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout


def by_hand(text):
    """Say what each account holds, in cents, by the reader above."""
    return read(text).held


def by_hledger(text):
    """Say what each account holds, in cents, by the real hledger, which found nothing wrong."""
    assert hledger(text, "check", "--strict") == (0, "")
    _, table = hledger(text, "balance", "--flat", "--empty", "--no-total", "-O", "csv")
    return {name: int(re.sub(r"[$.]", "", balance)) for name, balance in list(csv.reader(table.splitlines()))[1:]}


either_reader = pytest.mark.parametrize("reader", [by_hand, pytest.param(by_hledger, marks=needs_hledger)])


async def written(database, *book_ids):
    """Write a journal in a transaction of its own."""
    async with database.begin() as connection:
        return "".join([piece async for piece in journal(connection, book_ids)])


async def ours(database, *accounts, several=False):
    """Read what the ledger says the accounts hold, by their name in the journal and in hledger's sign."""
    return {
        account_name(account.code, account.side, account.book_id if several else None): held if account.side is Side.ASSET else -held
        for account, held in zip(accounts, await database.balances(*accounts), strict=True)
    }


def moved(held):
    """Leave out what stands at zero: hledger does not list an account that nothing was posted to."""
    return {name: cents for name, cents in held.items() if cents}


def code_of(name):
    """Read the code back from a name: the proof that no two codes share one."""
    parts = re.split(r"(:|%2E|%3A)", name.split(":", 1)[1])
    code = unquote(parts[0])
    for separator, part in zip(parts[1::2], parts[2::2], strict=True):
        is_id = re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", part)
        code += {"%2E": ".", "%3A": ":"}.get(separator, ":" if is_id else ".") + unquote(part)
    return code


async def a_history(database, seed, book_id=BOOK):
    """Post hundreds of random entries over three dates, in random order, with what the guarded accounts refuse left out."""
    random = Random(seed)
    accounts = [an_account(account.code, account.side, guarded=account.guarded, book_id=book_id) for account in CHART]
    await database.open(*accounts)
    entries: list[ledger.Entry] = []
    for _ in range(600):
        moves = [random.sample(accounts, 2) for _ in range(random.choice([1, 1, 1, 2, 5]))]
        transfers = [a_transfer(debit, credit, random.choice([1, 99, 12_345, ledger.MAX_CENTS]), "gym") for debit, credit in moves]
        day = TODAY + timedelta(days=random.randrange(3))
        entries.append(an_entry(*transfers, entry_id=uuid5(book_id, str(random.random())), book_id=book_id, effective_on=day))
    while entries:
        batch = [entries.pop() for _ in range(min(len(entries), random.randrange(1, 60)))]
        async with database.begin() as connection:
            answers = await ledger.post(connection, *batch, at=NOON + timedelta(seconds=random.randrange(3)))
        for entry, answer in zip(batch, answers, strict=True):
            if isinstance(answer, ledger.Posted) and entry.reverses is None and random.random() < 0.1:
                entries.append(entry.reversal(uuid5(entry.id, "reversal"), effective_on=TODAY))
    return accounts


@pytest.mark.parametrize(
    ("code", "side", "name"),
    [
        ("cash.processor", Side.ASSET, "assets:cash:processor"),
        ("refunds_due", Side.CLAIM, "liabilities:refunds_due"),
        (f"funding:{ID}", Side.CLAIM, f"liabilities:funding:{ID}"),
        (f"budget.available:{ID}", Side.CLAIM, f"liabilities:budget:available:{ID}"),
        ("transit:stripe", Side.CLAIM, "liabilities:transit%3Astripe"),
        ("a..b.", Side.CLAIM, "liabilities:a%2E%2Eb%2E"),
        ("two  words; [ä]", Side.ASSET, "assets:two%20%20words%3B%20%5B%C3%A4%5D"),
    ],
)
def test_an_account_is_named_by_the_levels_of_its_code(code, side, name):
    assert account_name(code, side) == name
    assert account_name(code, side, BOOK).split(":", 2) == [name.split(":")[0], str(BOOK), name.split(":", 1)[1]]


@given(CODES, SIDES)
def test_no_two_codes_share_a_name_and_no_level_is_empty(code, side):
    name = account_name(code, side)

    assert code_of(name) == code
    assert re.fullmatch(r"(assets|liabilities)(:[A-Za-z0-9_~%-]+)+", name)


def test_codes_that_look_alike_stay_apart():
    assert len({account_name(code, Side.CLAIM) for code in NASTY}) == len(NASTY)


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "$0.00"), (-5, "$-0.05"), (1_234, "$12.34"), (10**12, "$10000000000.00"), (1 - 2**63, "$-92233720368547758.07")],
)
def test_cents_are_written_exactly(cents, text):
    assert amount(cents) == text


@given(KINDS, CODES, TWO_CODES, st.none() | st.just(ID), SIDES)
def test_whatever_is_said_in_a_kind_tag_or_code_is_read_back(kind, tag, codes, reverses, side):
    books = read(a_journal(an_account(codes[0], side), an_account(codes[1]), kind=kind, tag=tag, reverses=reverses))

    assert [unquote(description) for description in books.descriptions] == [kind]
    assert [unquote(read_tag or "") for read_tag in books.posting_tags] == [tag, tag]
    assert books.held == {account_name(codes[0], side): 10**12, account_name(codes[1], Side.CLAIM): -(10**12)}
    assert books.tags[0].get("reverses") == (str(reverses) if reverses else None)


@needs_hledger
@settings(max_examples=25)
@given(KINDS, CODES, TWO_CODES, SIDES)
def test_whatever_is_said_hledger_reads_as_we_do(kind, tag, codes, side):
    text = a_journal(an_account(codes[0], side), an_account(codes[1]), kind=kind, tag=tag)

    assert by_hledger(text) == by_hand(text)


def a_journal(debit, credit, kind, tag, reverses=None):
    """Write a journal of one entry, without a database."""
    standings: dict[UUID, Any] = {}
    declared = [_declare(account, standings, several=False) for account in (debit, credit)]
    entry = an_entry(a_transfer(debit, credit, 10**12, tag), kind=kind, reverses=reverses)
    transaction = _transaction(ledger.RecordedEntry(entry, NOON), standings)
    return "".join(["; a journal\ncommodity $1000.00\n", *declared, transaction])


async def test_a_journal_reads_as_an_accountant_writes_one(database):
    deposit = a_deposit(1_500, entry_id=ID, kind="deposit", subject=SUBJECT, memo="for Ada; call her")
    await database.post(deposit)
    await database.post(deposit.reversal(SUBJECT, effective_on=date(2026, 10, 16), amounts={1: 500}))
    await database.post(an_entry(a_transfer(AVAILABLE, ENCUMBERED, 40, "gym"), entry_id=BOOK, kind="encumbrance"))

    lines = (await written(database, BOOK)).splitlines()

    assert lines[0].startswith("; ")
    assert lines[2:] == [
        "commodity $1000.00",
        "",
        f"; book {BOOK}",
        "account liabilities:available  ; type:L",
        "account assets:cash  ; type:A",
        "account liabilities:encumbered  ; type:L",
        "account liabilities:funding  ; type:L",
        "account liabilities:payable  ; type:L",
        "",
        "2026-10-15 encumbrance",
        f"    ; entry:{BOOK}, subject:{BOOK}, recorded:2026-10-15T12:00:00.000000Z",
        "    liabilities:available  $0.40 = $0.40  ; tag:gym",
        "    liabilities:encumbered  $-0.40 = $-0.40  ; tag:gym",
        "",
        "2026-10-15 deposit",
        f"    ; entry:{ID}, subject:{SUBJECT}, recorded:2026-10-15T12:00:00.000000Z",
        "    assets:cash  $15.00 = $15.00",
        "    liabilities:available  $-15.00 = $-14.60",
        "",
        "2026-10-16 reversal",
        f"    ; entry:{SUBJECT}, subject:{SUBJECT}, recorded:2026-10-15T12:00:00.000000Z, reverses:{ID}",
        "    liabilities:available  $5.00 = $-9.60",
        "    assets:cash  $-5.00 = $10.00",
    ]


@either_reader
async def test_backdated_entries_and_reversals_come_to_our_balances(database, reader):
    purchase = a_purchase(30)
    await database.post(a_deposit(100), purchase, an_entry(a_transfer(ENCUMBERED, VENDOR, 20)))
    await database.post(a_deposit(7, effective_on=TODAY - timedelta(days=400)), a_deposit(5, effective_on=date(1, 1, 2)))
    await database.post(purchase.reversal(uuid4(), effective_on=TODAY - timedelta(days=1), amounts={1: 10}))

    text = await written(database, BOOK)

    assert read(text).descriptions == ["test", "test", "reversal", "test", "test", "test"]
    assert moved(reader(text)) == moved(await ours(database, *CHART)) != {}


@either_reader
async def test_hundreds_of_random_entries_come_to_our_balances(database, reader):
    accounts = await a_history(database, seed=1)

    text = await written(database, BOOK)

    assert len(read(text).descriptions) > 500  # more than a page
    assert moved(reader(text)) == moved(await ours(database, *accounts)) != {}


@either_reader
async def test_two_books_stand_in_one_journal_each_below_its_id(database, reader):
    accounts = [*await a_history(database, seed=2), *await a_history(database, seed=3, book_id=SUBJECT)]

    text = await written(database, BOOK, SUBJECT, BOOK)

    assert {name.split(":")[1] for name in read(text).types} == {str(BOOK), str(SUBJECT)}
    assert moved(reader(text)) == moved(await ours(database, *accounts, several=True)) != {}


@either_reader
async def test_accounts_of_any_code_come_to_our_balances(database, reader):
    accounts = [an_account(code, side) for code in NASTY for side in [Side.ASSET if len(code) % 2 else Side.CLAIM]]
    await database.open(*accounts)
    for cents, (account, nasty) in enumerate(zip(accounts, NASTY, strict=True), 1):
        await database.post(an_entry(a_transfer(CASH, account, cents, nasty), kind=nasty[:100]))

    text = await written(database, BOOK)

    assert moved(reader(text)) == moved(await ours(database, CASH, *accounts)) != {}


@either_reader
async def test_sums_beyond_what_a_float_holds_are_exact(database, reader):
    count = 9_100
    await database.post(an_entry(*[a_transfer(CASH, VENDOR, ledger.MAX_CENTS)] * count), an_entry(a_transfer(CASH, VENDOR, 1)))

    text = await written(database, BOOK)

    held = {"assets:cash": count * ledger.MAX_CENTS + 1, "liabilities:payable": -count * ledger.MAX_CENTS - 1}
    assert held["assets:cash"] > 2**53
    assert reader(text) == held == moved(await ours(database, *CHART))


@needs_hledger
async def test_hledger_notices_a_changed_cent_and_an_account_that_was_not_declared(database):
    await database.post(a_deposit(1_500), a_purchase(40))
    text = await written(database, BOOK)

    assert hledger(text, "check", "--strict")[0] == 0
    assert hledger(text.replace("= $15.00", "= $15.01"), "check", "--strict")[0] != 0
    assert hledger(text.replace("account assets:cash  ; type:A\n", ""), "check", "--strict")[0] != 0


@needs_hledger
async def test_hledger_knows_assets_claims_and_tags(database):
    await database.post(an_entry(a_transfer(CASH, AVAILABLE, 40, "a, b: c"), entry_id=ID))
    text = await written(database, BOOK)

    assert hledger(text, "accounts", "--types", "type:A")[1].split() == ["assets:cash", ";", "type:", "A"]
    assert hledger(text, "tags", "--values", "tag")[1].split() == ["a%2C%20b%3A%20c"]
    assert hledger(text, "tags", "--values", "entry")[1].split() == [str(ID)]


async def test_an_account_opened_while_the_journal_is_written_is_declared_before_its_first_posting(database):
    late = an_account("late")
    async with database.begin() as connection:
        pieces = journal(connection, [BOOK])
        text = "".join([await anext(pieces) for _ in range(2 + len(CHART))])
        assert text.endswith("account liabilities:payable  ; type:L\n")
        await ledger.open_accounts(connection, [late], at=NOON)
        await ledger.post(connection, an_entry(a_transfer(CASH, late, 5)), at=NOON)
        text += "".join([piece async for piece in pieces])

    assert read(text).held == {"assets:cash": 5, "liabilities:late": -5}


async def test_an_account_of_another_book_is_refused(database):
    await database.post(an_entry(a_transfer(CASH, VENDOR, 5)))
    change = "UPDATE ledger_accounts SET book_id = '{0}' WHERE id = '{1}'"
    if database.engine.dialect.name == "postgresql":
        await database.run("SET LOCAL session_replication_role = replica", change.format(SUBJECT, VENDOR.id))
    else:
        async with database.begin() as connection:
            names = (await connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        await database.run(*[f"DROP TRIGGER {name}" for name in names], change.format(SUBJECT.hex, VENDOR.id.hex))

    with pytest.raises(ledger.UnknownAccountError):
        await written(database, BOOK)


async def test_an_empty_book_is_a_journal_of_declarations_and_no_book_a_head(database):
    assert len(read(await written(database, BOOK)).types) == len(CHART)
    assert read(await written(database)) == Read()


async def test_it_tells_how_many_transfers_are_written(database):
    last = an_entry(a_transfer(CASH, VENDOR, 1), a_transfer(CASH, VENDOR, 2), effective_on=TODAY + timedelta(days=1))
    await database.post(last, *[a_deposit(1) for _ in range(501)])
    told: list[int] = []

    async with database.begin() as connection:
        async for _ in journal(connection, [BOOK], progress=told.append):
            pass

    assert told == [500, 503]
