"""Bills and records: what they must say, how much, how late."""

from dataclasses import replace

import pytest

import policy
from tests.policy.questions import BROKER, a_bill, a_book, a_gym_month, ask, book, facts, outcome


@pytest.mark.parametrize(("cents", "needed"), [(9100, []), (9101, ["R02"])])
def test_a_bill_may_pass_what_was_authorised_by_the_tolerance(cents, needed):
    assert ask(stage="pay", request=a_bill(invoice={"amount_cents": cents})).rules("needs_approval") == needed
    assert ask(stage="pay", request=a_bill(invoice={"amount_cents": cents}), approvals=[BROKER]).outcome == "approve"


def test_the_tolerance_is_there_once_a_purchase():
    question = facts(stage="pay", request=a_bill(invoice={"amount_cents": 9041}))

    used = replace(question, pay=replace(question.billed, tolerance_used_cents=60))

    assert policy.evaluate(book("florida"), question, "pay").outcome == "approve"
    assert policy.evaluate(book("florida"), used, "pay").rules("needs_approval") == ["R02"]


@pytest.mark.parametrize("field", ["business", "date", "amount_cents", "description"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_bill_that_leaves_something_out_waits(field, value):
    if value == "" and field in {"date", "amount_cents"}:
        value = None

    decision = ask(stage="pay", request=a_bill(invoice={field: value}))

    assert outcome(decision) == ("needs_approval", [], ["R03"], [])
    assert decision.findings[0].facts == {"missing": (field,)}


def test_a_bill_without_an_amount_is_never_paid_whatever_the_rulebook_asks():
    lenient = a_book("only: [R02]")

    decision = policy.evaluate(lenient, facts(stage="pay", request=a_bill(invoice={"amount_cents": None})), "pay")

    assert outcome(decision) == ("needs_approval", [], ["FACTS"], [])


def test_no_bill_is_no_payment():
    assert ask(stage="pay", request={**a_bill(), "invoice": None}).rules("needs_approval") == ["R01"]


@pytest.mark.parametrize(("received", "denied"), [("2026-12-30", []), ("2026-12-31", ["D03"])])
def test_a_bill_comes_within_ninety_days(received, denied):
    given = {"vendor": {"V-GYM": {"screened_on": "2026-12-31"}}}

    assert (
        ask(stage="pay", as_of="2027-01-05T12:00", given=given, request=a_bill(invoice={"received_on": received})).rules("deny") == denied
    )


@pytest.mark.parametrize(
    ("flags", "needed"),
    [
        ({"w9": False}, ["V02"]),
        ({"tin_match": False}, ["V02"]),
        ({"payouts_enabled": False}, ["V07"]),
        ({"screened_on": "2026-09-14"}, []),
        ({"screened_on": "2026-09-13"}, ["V04"]),
        ({"screened_on": None}, ["V04"]),
    ],
)
def test_a_vendor_is_set_up_and_screened_before_it_is_paid(flags, needed):
    assert ask(stage="pay", given={"vendor": {"V-GYM": flags}}, request=a_bill()).rules("needs_approval") == needed


@pytest.mark.parametrize("name", ["leie_match", "sam_match", "state_list_match"])
def test_a_vendor_on_a_list_is_neither_bought_from_nor_paid(name):
    given = {"vendor": {"V-GYM": {name: True}}}

    assert ask(given=given, request=a_gym_month()).rules("deny") == ["V03"]
    assert ask(stage="pay", given=given, request=a_bill()).rules("deny") == ["V03"]


@pytest.mark.parametrize("missing", ["service_type", "member", "date", "location", "worker", "begin_end"])
def test_help_at_home_is_paid_with_its_six_facts(missing):
    record = {"service_type": "chore", "member": "TX-M1", "date": "2026-10-01", "location": "home", "worker": "W9", "begin_end": "9-11"}
    request = {**a_bill(vendor="V-HOMEAG"), "category": "INHOME_CARE"}

    assert ask("TX-M1", stage="pay", request={**request, "evv": record}).outcome == "approve"
    assert ask("TX-M1", stage="pay", request={**request, "evv": {**record, missing: " "}}).rules("needs_approval") == ["W02"]


@pytest.mark.parametrize(("overdue", "needed"), [(2, []), (3, ["R04"])])
def test_three_late_receipts_stop_new_purchases(overdue, needed):
    assert ask(given={"member": {"overdue_receipts": overdue}}, request=a_gym_month()).rules("needs_approval") == needed
