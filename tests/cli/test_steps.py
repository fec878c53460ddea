"""A step of a flow is a name, an amount and words."""

import pytest

from sdc.cli.flows.steps import Step, UnreadableStepError, read_step


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ("allocate 319200", Step("allocate", 319_200, ())),
        ("payout_paid", Step("payout_paid", None, ())),
        ("invoice 4000 partial", Step("invoice", 4_000, ("partial",))),
        ("close_year savings_cap 30_000", Step("close_year", 30_000, ("savings_cap",))),
        ({"hold": 9000}, Step("hold", 9_000, ())),
        ({"payout_paid": None}, Step("payout_paid", None, ())),
        ({"close_year": {"savings_cap": 300}}, Step("close_year", 300, ("savings_cap",))),
        ("close_year savings_cap=300", Step("close_year", 300, ("savings_cap",))),
        ({"allocate_split": {"amount": 100, "lines": 3}}, Step("allocate_split", 100, ("amount", "lines", "3"))),
    ],
)
def test_a_step_is_read(written, step):
    assert read_step(written) == step


@pytest.mark.parametrize("written", ["", None, 9000, ["hold", 9000], {"hold": 1, "release": 1}])
def test_what_is_no_step_is_refused(written):
    with pytest.raises(UnreadableStepError):
        read_step(written)


@pytest.mark.parametrize("written", ["allocate_split 100 over lines", "allocate_split 100 0", "allocate_split 100 over 2 of 3 lines"])
def test_a_step_that_counts_says_how_many(written):
    with pytest.raises(UnreadableStepError, match="over how many lines"):
        read_step(written).count("lines")


def test_a_step_that_needs_an_amount_says_so():
    with pytest.raises(UnreadableStepError, match="hold needs an amount"):
        _ = read_step("hold").cents
