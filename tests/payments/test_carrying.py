"""Which payments a payout carries: the oldest money first, no cent twice, and none that is not there."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from sdc.payments.bank_model import PayoutState
from sdc.payments.carrying import Carried, Open, carry, delivery_of
from sdc.payments.model import BankLeg

CENTS = st.integers(0, 10_000)
STATES = st.sampled_from(PayoutState)


@given(st.integers(0, 50_000), st.lists(CENTS, max_size=12))
def test_a_payout_carries_its_amount_as_far_as_there_is_money_oldest_first(amount_cents, opens):
    waiting = [Open(uuid4(), uuid4(), cents) for cents in opens]

    parts = carry(amount_cents, waiting)

    assert sum(part.amount_cents for part in parts) == min(amount_cents, sum(opens))
    taken = {part.attempt_id: part.amount_cents for part in parts}
    assert all(0 < taken[one.attempt_id] <= one.open_cents for one in waiting if one.attempt_id in taken)
    carried = [taken.get(one.attempt_id, 0) for one in waiting if one.open_cents]
    full = [one.open_cents for one in waiting if one.open_cents]
    begun = [index for index, cents in enumerate(carried) if cents]
    assert begun == list(range(len(begun)))
    assert all(carried[index] == full[index] for index in begun[:-1])


@given(st.integers(1, 10_000), st.lists(st.tuples(st.integers(1, 10_000), STATES), max_size=8))
def test_a_payment_is_delivered_only_with_its_last_cent(sent_cents, parts):
    leg, _ = delivery_of(sent_cents, [Carried(cents, state, None) for cents, state in parts])

    arrived = sum(cents for cents, state in parts if state is PayoutState.PAID)
    live = sum(cents for cents, state in parts if state not in {PayoutState.FAILED, PayoutState.CANCELED})
    assert (leg is BankLeg.DELIVERED) is (arrived >= sent_cents and live >= sent_cents)
    assert (leg is BankLeg.FAILED) is (live < sent_cents and any(state in {PayoutState.FAILED, PayoutState.CANCELED} for _, state in parts))


def test_what_came_back_whole_is_nowhere():
    assert delivery_of(0, [Carried(4_000, PayoutState.PAID, None)]) == (BankLeg.NONE, None)
