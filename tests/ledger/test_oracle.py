"""Whatever is posted, SQLite, PostgreSQL and the oracle answer alike."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import ledger
from tests.ledger.books import TODAY, an_account
from tests.ledger.oracle import Oracle, said
from tests.ledger.pair import Pair, a_pair

CODES = ["cash", "payable", "funding", "available", "encumbered", "float", "never opened"]
PLACES = st.integers(0, len(CODES) - 1)
MOVES = st.tuples(PLACES, PLACES, st.sampled_from([1, 2, 5, 40, 100, ledger.MAX_CENTS]), st.sampled_from(["", "gym"])).filter(
    lambda move: move[0] != move[1]
)
# Few ids, so that replays, conflicts and reversals of what exists come often; few and small amounts for the same reason.
DRAFTS = st.fixed_dictionaries(
    {
        "id": st.integers(0, 12),
        "moves": st.lists(MOVES, min_size=1, max_size=3),
        "elsewhere": st.sampled_from([False] * 9 + [True]),
        "later": st.sampled_from([0, 0, 0, 1]),
        "reverses": st.none() | st.integers(0, 12),
    }
)


class Books(RuleBasedStateMachine):
    """Two books of an example's own, in databases that all examples share."""

    pair: Pair

    @initialize()
    def open_two_books(self) -> None:
        """Open the same chart in both books, but for one account that is never opened."""
        self.oracle = Oracle()
        self.books = (uuid4(), uuid4())
        accounts = [self.account(book, code) for book in self.books for code in CODES[:-1]]
        self.oracle.open(*accounts)
        self.pair.each(lambda database: database.open(*accounts))

    @rule(drafts=st.lists(DRAFTS, min_size=1, max_size=4), atomic=st.booleans())
    def post(self, drafts: list[dict[str, Any]], atomic: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        """Post something, sensible or not."""
        self.compare([self.entry(draft) for draft in drafts], atomic=atomic)

    @rule(cents=st.sampled_from([5, 100]))
    def deposit(self, cents: int) -> None:
        """Bring money in, so that there is some to spend."""
        self.compare([self.entry({"id": uuid4(), "moves": [(0, 3, cents, "")], "elsewhere": False, "later": 0, "reverses": None})])

    @rule(data=st.data())
    def again(self, data: st.DataObject) -> None:
        """Post what was posted before."""
        if self.oracle.journal:
            self.compare([data.draw(st.sampled_from(self.oracle.journal))])

    @rule(data=st.data(), cents=st.integers(1, 110))
    def reverse(self, data: st.DataObject, cents: int) -> None:
        """Undo something, in part or whole."""
        if self.oracle.journal:
            original = data.draw(st.sampled_from(self.oracle.journal))
            amounts = None if cents > 100 else {len(original.transfers): cents}
            self.compare([original.reversal(uuid4(), effective_on=TODAY, amounts=amounts)])

    def compare(self, entries: list[ledger.Entry], *, atomic: bool = False) -> None:
        """Do the same on all three."""
        expected = self.oracle.post(*entries, atomic=atomic)

        for answers in self.pair.each(lambda database: database.post(*entries, atomic=atomic)):
            assert [said(answer) for answer in answers] == expected

    @invariant()
    def every_balance_is_the_oracles(self) -> None:
        """Compare what the accounts hold."""
        if hasattr(self, "oracle"):
            expected = {account: self.oracle.balance(account) for account in self.oracle.accounts}
            accounts = list(self.oracle.accounts.values())
            for held in self.pair.each(lambda database: database.balances(*accounts)):
                assert dict(zip(expected, held, strict=True)) == expected

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
        drive(pair, examples=20, steps=20)


@pytest.mark.soak
def test_oracle_sqlite_and_postgresql_agree_for_minutes(ledger_sqlite_url, ledger_postgresql_url):
    with a_pair(ledger_sqlite_url, ledger_postgresql_url) as pair:
        drive(pair, examples=1_000, steps=50)
