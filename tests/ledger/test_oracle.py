"""Whatever is posted, closed and sealed, SQLite, PostgreSQL and the oracle answer alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncConnection

import ledger
from tests.ledger.books import NOON, OTHER_PERSON, PERSON, TODAY, Database, an_account
from tests.ledger.chain_oracle import Chain
from tests.ledger.oracle import Oracle, Said, said
from tests.ledger.pair import Pair, a_pair

Draw = Callable[[st.SearchStrategy[Any]], Any]
CODES = ["cash", "payable", "funding", "available", "encumbered", "float", "never opened"]
DAYS = st.sampled_from([0, 0, 0, 1, -1, -2, -7])
# Few accounts that were never opened and few ids, so that replays, conflicts and reversals of what exists come often; few and
# small amounts for the same reason.
PLACES = st.sampled_from([*range(6), *range(6), *range(7)])
MOVES = st.tuples(PLACES, PLACES, st.sampled_from([1, 1, 2, 2, 5, 5, 40, 100, ledger.MAX_CENTS]), st.sampled_from(["", "gym"])).filter(
    lambda move: move[0] != move[1]
)
DRAFTS = st.fixed_dictionaries(
    {
        "id": st.integers(0, 12),
        "moves": st.lists(MOVES, min_size=1, max_size=3),
        "elsewhere": st.sampled_from([False] * 9 + [True]),
        "later": DAYS,
        "reverses": st.sampled_from([None] * 5 + [*range(3)]),
    }
)
STEPS = (
    ["post"] * 5
    + ["deposit"] * 3
    + ["again"] * 2
    + ["reverse"] * 2
    + ["close_account"]
    + ["close_period"] * 2
    + ["reopen_period"]
    + ["seal"] * 3
)


class Books(RuleBasedStateMachine):
    """Two books of an example's own, in databases that all examples share."""

    pair: Pair

    @initialize()
    def open_two_books(self) -> None:
        """Open the same chart in both books, but for one account that is never opened."""
        self.oracle = Oracle(NOON)
        self.books = (uuid4(), uuid4())
        self.chain = Chain(self.oracle, self.books[0])
        self.turn = 0
        accounts = [self.account(book, code) for book in self.books for code in CODES[:-1]]
        self.oracle.open(*accounts)
        self.pair.each(lambda database: database.open(*accounts))

    @rule(what=st.sampled_from(STEPS), data=st.data())
    def step(self, what: str, data: st.DataObject) -> None:
        """Do one of the things below, some more often than others."""
        getattr(self, what)(data.draw)

    def post(self, draw: Draw) -> None:
        """Post something, sensible or not."""
        self.compare([self.entry(draft) for draft in draw(st.lists(DRAFTS, min_size=1, max_size=4))], atomic=draw(st.booleans()))

    def deposit(self, draw: Draw) -> None:
        """Bring money in, on a day that is seldom closed, so that there is some to spend."""
        moves = [(0, place, draw(st.sampled_from([5, 100])), "") for place in (3, 4)]
        self.compare([self.entry({"id": uuid4(), "moves": moves, "elsewhere": False, "later": 1, "reverses": None})])

    def again(self, draw: Draw) -> None:
        """Post what was posted before, or the same with another date."""
        if self.oracle.journal:
            entry = draw(st.sampled_from(self.oracle.journal)).as_asked
            later = draw(st.sampled_from([0, 0, 0, -1]))
            self.compare([replace(entry, effective_on=entry.effective_on + timedelta(days=later))])

    def reverse(self, draw: Draw) -> None:
        """Undo something, in part or whole."""
        if self.oracle.journal:
            original = draw(st.sampled_from(self.oracle.journal)).entry
            amounts = draw(st.none() | st.integers(1, 100).map(lambda cents: {len(original.transfers): cents}))
            self.compare([original.reversal(uuid4(), effective_on=TODAY + timedelta(days=draw(DAYS)), amounts=amounts)])

    def close_account(self, draw: Draw) -> None:
        """Close an account, if it holds nothing; cash and available stay open, so that there is something to see."""
        account = self.account(self.books[0], draw(st.sampled_from(["payable", "funding", "encumbered", "float", "never opened"]))).id
        expected = self.oracle.close_account(account, PERSON)
        self.told(expected, lambda database: database.call(ledger.close_account, account, by=PERSON, at=NOON))

    def close_period(self, draw: Draw) -> None:
        """Close the book through a day, if it is a later one."""
        book, through = self.books[0], TODAY + timedelta(days=draw(DAYS))
        expected = self.oracle.set_period(book, through, PERSON)
        self.told(expected, lambda database: database.call(ledger.close_period, book, through=through, by=PERSON, at=NOON))

    def reopen_period(self, draw: Draw) -> None:
        """Open the book again, if it is closed that far, and by two persons."""
        book, through = self.books[0], draw(st.none() | DAYS.map(lambda later: TODAY + timedelta(days=later)))
        second = draw(st.sampled_from([OTHER_PERSON] * 4 + [PERSON]))
        expected = self.oracle.set_period(book, through, PERSON, second)
        asked: dict[str, Any] = {"closed_through": through, "by": PERSON, "seconded_by": second, "at": NOON}
        self.told(expected, lambda database: database.call(ledger.reopen_period, book, **asked))

    def seal(self, draw: Draw) -> None:
        """Seal what there is: both databases give the same block, and it holds what the oracle says."""
        at = NOON + timedelta(days=draw(st.sampled_from([0, 0, 0, 1])))
        expected = self.chain.seal(at)
        blocks = self.pair.each(lambda database: database.seal(self.books[0], at=at))
        block = blocks[0]
        assert blocks[1] == block
        assert expected == (block and (block.leaf_count, block.root, block.event_count, block.events_root, block.trial_hash))
        assert block is None or block.number == len(self.chain.ends) - 1

    def compare(self, entries: list[ledger.Entry], *, atomic: bool = False) -> None:
        """Post on all three."""
        expected = self.oracle.post(*entries, atomic=atomic)
        for answers in self.pair.each(lambda database: database.post(*entries, atomic=atomic)):
            assert [said(answer) for answer in answers] == expected

    def told(self, expected: object, act: Any) -> None:
        """Do on both databases what the oracle has done, and hear the same."""

        async def heard(database: Database) -> object:
            try:
                return await act(database)
            except ledger.LedgerError as error:
                return said(error)

        assert self.pair.each(heard) == [expected, expected]

    @invariant()
    def the_books_are_the_oracles(self) -> None:
        """Compare what accounts hold now, and until some day; and, at each third look, one at each block, and all entries."""
        if not hasattr(self, "oracle"):
            return
        self.turn += 1
        day = TODAY + timedelta(days=self.turn % 5 - 3)
        account = self.account(self.books[0], CODES[self.turn % (len(CODES) - 1)]).id
        mine = [one.id for one in self.oracle.accounts.values() if one.book_id == self.books[0]]
        blocks = len(self.chain.ends) if self.turn % 3 == 0 else 0
        journal = [old for old in self.oracle.journal if old.entry.book_id == self.books[0]] if blocks else []
        expected = (
            {one: self.oracle.balance(one) for one in self.oracle.accounts},
            {one: (*self.oracle.turnover(one, on=day), self.oracle.balance(one, on=day)) for one in mine},
            self.oracle.balance(account, on=day),
            [self.oracle.balance(account, entries=end) for end in self.chain.ends[:blocks]],
            sorted(journal, key=lambda old: (old.entry.effective_on, old.entry.id)),
        )
        assert self.pair.each(lambda database: database.call(self.standing, account, day, blocks)) == [expected, expected]

    async def standing(self, connection: AsyncConnection, account: UUID, day: date, blocks: int) -> Said:
        """Read what the oracle has to say too."""
        lines = await ledger.trial_balance(connection, self.books[0], day)
        entries = (await ledger.entries(connection, self.books[0], limit=1_000)).entries if blocks else ()
        return (
            await ledger.balances(connection, self.oracle.accounts),
            {line.account.id: (line.debit_cents, line.credit_cents, line.balance_cents) for line in lines},
            await ledger.balance_on(connection, account, day),
            [await ledger.balance_at(connection, account, number) for number in range(blocks)],
            list(entries),
        )

    def entry(self, draft: dict[str, Any]) -> ledger.Entry:
        """Make an entry of a draft; the account `elsewhere` is the other book's cash."""
        book = self.books[0]
        ids = [self.account(book, code).id for code in CODES]
        if draft["elsewhere"]:
            ids[0] = self.account(self.books[1], CODES[0]).id
        reverses = None if draft["reverses"] is None else uuid5(book, str(draft["reverses"]))
        return ledger.Entry(
            id=draft["id"] if isinstance(draft["id"], UUID) else uuid5(book, str(draft["id"])),
            book_id=book,
            kind="test",
            subject=book,
            effective_on=TODAY + timedelta(days=draft["later"]),
            transfers=tuple(ledger.Transfer(ids[debit], ids[credit], cents, tag) for debit, credit, cents, tag in draft["moves"]),
            reverses=reverses,
        )

    @staticmethod
    def account(book: UUID, code: str) -> ledger.Account:
        """Make an account; cash and float are assets, the last four are guarded."""
        side = ledger.Side.ASSET if code in {"cash", "float"} else ledger.Side.CLAIM
        return an_account(code, side, guarded=code in CODES[2:], book_id=book)


def drive(pair: Pair, examples: int, steps: int) -> None:
    """Run the machine, then verify all that it left."""
    machine = type("Books", (Books,), {"pair": pair})
    settled = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
    )
    run_state_machine_as_test(machine, settings=settled)
    for verification in pair.each(lambda database: database.verify()):
        assert verification.ok, verification.faults


def test_oracle_sqlite_and_postgresql_agree(ledger_sqlite_url, ledger_postgresql_url):
    with a_pair(ledger_sqlite_url, ledger_postgresql_url) as pair:
        drive(pair, examples=16, steps=30)


@pytest.mark.soak
def test_oracle_sqlite_and_postgresql_agree_for_minutes(ledger_sqlite_url, ledger_postgresql_url):
    with a_pair(ledger_sqlite_url, ledger_postgresql_url) as pair:
        drive(pair, examples=1_000, steps=50)
