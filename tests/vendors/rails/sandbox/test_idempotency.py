"""Keys are in use, kept for a day, and then forgotten: the same key executes again."""

import pytest

from vendors.rails.sandbox.idempotency import KEPT_SECONDS, PRUNE_EVERY, Kept, Keys, fingerprint
from vendors.rails.sandbox.refusals import Refused

SAME = fingerprint("POST", "/v1/transfers", b"amount=1")


def an_answer(key="k", at=0):
    return Kept(key, SAME, 200, b"{}", "req_1", at)


def test_a_key_under_way_is_in_use():
    keys = Keys()
    keys.begin("k", SAME, now=0)

    with pytest.raises(Refused) as refused:
        keys.begin("k", SAME, now=0)

    assert refused.value.status == 409
    assert b"idempotency_key_in_use" in refused.value.body


def test_a_key_released_without_an_answer_may_be_used_again():
    keys = Keys()
    keys.begin("k", SAME, now=0)
    keys.release("k")

    assert keys.begin("k", SAME, now=0) is None


@pytest.mark.parametrize(
    "other", [("GET", "/v1/transfers", b"amount=1"), ("POST", "/v1/topups", b"amount=1"), ("POST", "/v1/transfers", b"amount=2")]
)
def test_a_key_holds_for_method_path_and_body(other):
    keys = Keys()
    keys.keep(an_answer())

    with pytest.raises(Refused) as refused:
        keys.begin("k", fingerprint(*other), now=0)

    assert refused.value.status == 400


def test_after_a_day_the_same_key_executes_again():
    keys = Keys()
    keys.keep(an_answer())

    assert keys.begin("k", SAME, now=KEPT_SECONDS - 1) == an_answer()
    assert keys.begin("k", SAME, now=KEPT_SECONDS) is None


def test_old_answers_are_dropped_from_time_to_time():
    keys = Keys()
    keys.keep(an_answer("old"))
    keys.keep(an_answer("new", at=1))

    limits = [keys.prune(now=KEPT_SECONDS) for _ in range(PRUNE_EVERY)]

    assert limits == [None] * (PRUNE_EVERY - 1) + [KEPT_SECONDS]
    assert keys.begin("new", SAME, now=KEPT_SECONDS) is not None
    assert keys.begin("old", SAME, now=0) is None
