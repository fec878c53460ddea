"""Whatever is done to it in whatever order: no cent appears or is lost, and what was stored is all that there is."""

from contextlib import suppress
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vendors.rails.sandbox import accounts, banks, passing, payouts, topups, transfers
from vendors.rails.sandbox.faults import TOP_UPS, Fault
from vendors.rails.sandbox.looking import look
from vendors.rails.sandbox.refusals import Refused
from vendors.rails.sandbox.world import Change, World, of

RECIPIENT = {"configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}}}
CENTS = st.integers(1, 1_000)
PICK = st.integers(0, 1_000)


class _Sandbox(RuleBasedStateMachine):
    """A world, its clock, and a file that is only a dictionary."""

    def __init__(self):
        super().__init__()
        self.now = 1_767_960_000
        self.numbers = count()
        self.file: dict[tuple[str, str], Change] = {}
        self.world = self.opened()
        self.attempt(topups.create, {"amount": 100_000})
        self.make_recipient()
        self.transfer(cents=1_000, pick=0)

    def opened(self):
        return World(clock=lambda: float(self.now), new_id=lambda prefix: f"{prefix}_{next(self.numbers):09}")

    def attempt(self, verb, *told, **more):
        with suppress(Refused):
            verb(self.world, *told, **more)
        passing.let_time_pass(self.world)
        for change in self.world.take_changes():
            if change.document is None:
                self.file.pop((change.kind, change.id), None)
            else:
                self.file[change.kind, change.id] = change

    def one(self, kind, pick):
        among = list(self.world.oldest_first(kind))
        return among[pick % len(among)]["id"]

    def has(self, kind):
        return any(True for _ in self.world.oldest_first(kind))

    @rule(cents=CENTS, trouble=st.sampled_from([*TOP_UPS, None]))
    def top_up(self, cents, trouble):
        self.world.mishap = Fault("POST /v1/topups", trouble) if trouble else None
        self.attempt(topups.create, {"amount": cents})
        self.world.mishap = None

    @rule()
    def make_recipient(self):
        self.attempt(accounts.create, RECIPIENT)

    @precondition(lambda self: self.has("account"))
    @rule(cents=CENTS, pick=PICK)
    def transfer(self, cents, pick):
        self.attempt(transfers.create, {"amount": cents, "destination": self.one("account", pick), "transfer_group": f"g{pick % 3}"})

    @precondition(lambda self: self.has("transfer"))
    @rule(cents=CENTS, pick=PICK, forced=st.booleans())
    def reverse(self, cents, pick, forced):
        transfer = self.one("transfer", pick)
        if forced:
            self.attempt(transfers.take_back, transfer, cents)
        else:
            self.attempt(transfers.reverse, {"id": transfer, "amount": cents})

    @precondition(lambda self: self.has("account"))
    @rule(pick=PICK, capability=st.sampled_from(["active", "active", "restricted"]))
    def change_state(self, pick, capability):
        self.attempt(accounts.set_state, self.one("account", pick), capability=capability)

    @precondition(lambda self: self.has("account"))
    @rule(pick=PICK, anew=st.booleans())
    def change_bank(self, pick, anew):
        self.attempt(banks.set_up, self.one("account", pick), anew=anew)

    @precondition(lambda self: self.has("account"))
    @rule(pick=PICK, cents=CENTS)
    def pay_out_by_hand(self, pick, cents):
        self.attempt(payouts.create, {"amount": cents, "stripe_account": self.one("account", pick)})

    @precondition(lambda self: self.has("account"))
    @rule(pick=PICK, which=PICK, acts=st.sampled_from(["cancel", "fail"]))
    def stop_a_payout(self, pick, which, acts):
        account = self.one("account", pick)
        if self.has(of("payout", account)):
            payout = self.one(of("payout", account), which)
            if acts == "fail":
                self.attempt(payouts.fails, payout, account, "no_account")
            else:
                self.attempt(payouts.cancel, {"id": payout, "stripe_account": account})

    @rule(trouble=st.sampled_from(["payout_fails", "paid_then_failed"]))
    def plan(self, trouble):
        self.world.faults.add({"fault": trouble}, ())

    @rule(seconds=st.integers(1, 7).map(lambda days: days * 12 * 60 * 60))
    def wait(self, seconds):
        self.now += seconds
        self.attempt(lambda _: None)

    @rule()
    def die(self):
        self.world = self.opened()
        self.world.restore(self.file.values())

    @invariant()
    def balances_are_the_sums_of_their_transactions(self):
        for owner in (None, *(one["id"] for one in self.world.oldest_first("account"))):
            booked = list(self.world.oldest_first(of("balance_transaction", owner)))
            sums = [sum(one["net"] for one in booked if one["status"] == status) for status in ("available", "pending")]
            assert list(self.world.balance(owner)) == sums

    @invariant()
    def no_cent_appears_or_is_lost(self):
        owners = [None, *(one["id"] for one in self.world.oldest_first("account"))]
        here = sum(sum(self.world.balance(owner)) for owner in owners)
        came = sum(one["amount"] for one in self.world.oldest_first("topup") if one["status"] == "succeeded")
        went = [one for owner in owners for one in self.world.oldest_first(of("payout", owner))]
        assert here == came - sum(one["amount"] for one in went if one["status"] not in {"failed", "canceled"})

    @invariant()
    def what_came_back_of_a_transfer_is_its_reversals(self):
        for transfer in self.world.oldest_first("transfer"):
            back = [one["amount"] for one in self.world.oldest_first("reversal") if one["transfer"] == transfer["id"]]
            assert transfer["amount_reversed"] == sum(back) <= transfer["amount"]
            assert transfer in self.world.newest_in_group("transfer", transfer["transfer_group"])

    @invariant()
    def what_is_stored_is_all_that_there_is(self):
        again = self.opened()
        again.restore(self.file.values())
        stored, known = look(again), look(self.world)
        assert [name for name in known if name != "faults" and stored[name] != known[name]] == []


TestSandbox = _Sandbox.TestCase
TestSandbox.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
