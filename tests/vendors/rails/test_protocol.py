"""No value can be made that a rail should not send."""

from dataclasses import replace

import pytest

from tests.vendors.rails.running import a_reference
from vendors import MalformedRequestError
from vendors.rails import MAX_CENTS, Attempt, PayeeRequest, Rail, Recovery, TopUpRequest, check_descriptor
from vendors.rails.stripe import StripeRail, StripeSettings


@pytest.mark.parametrize(
    "reference", ["", "Jane Doe", "urn:uuid:0190a5a0-0000-7000-8000-000000000000", "0190A5A0-0000-7000-8000-00000000000A"]
)
def test_a_reference_is_a_plain_uuid_and_can_hold_no_name(reference):
    with pytest.raises(MalformedRequestError, match="reference"):
        PayeeRequest(reference, key="k")


@pytest.mark.parametrize("amount", [0, -1, MAX_CENTS + 1, 1.0, True, "1"])
def test_an_amount_is_between_one_cent_and_the_limit(amount):
    with pytest.raises(MalformedRequestError, match="amount_cents"):
        TopUpRequest(a_reference(), amount, key="k")


@pytest.mark.parametrize("key", ["", "k" * 256, "ключ", "a\nb"])
def test_a_key_is_short_and_printable(key):
    with pytest.raises(MalformedRequestError, match="key"):
        Attempt(a_reference(), "acct_1", 1, key=key)


@pytest.mark.parametrize("currency", ["", "USD", "usdx", "eur"])
def test_everything_is_paid_in_dollars(currency):
    with pytest.raises(MalformedRequestError, match="currency"):
        Attempt(a_reference(), "acct_1", 1, key="k", currency=currency)


def test_an_attempt_names_a_payee_and_counts_from_one():
    with pytest.raises(MalformedRequestError, match="payee_id"):
        Attempt(a_reference(), "", 1, key="k")
    with pytest.raises(MalformedRequestError, match="number"):
        Attempt(a_reference(), "acct_1", 1, key="k", number=0)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("rail_id", {"rail_id": ""}),
        ("rail_id", {"rail_id": "tr_1/../../accounts"}),
        ("rail_id", {"rail_id": "tr_1?x=1"}),
        ("reference", {"payment_reference": "Ana Example"}),
        ("amount_cents", {"amount_cents": 0}),
        ("key", {"key": "\u00e9"}),
    ],
)
def test_a_recovery_names_a_transfer_by_its_id_and_a_payment_by_its_reference(field, given):
    whole = {"rail_id": "tr_1", "payment_reference": a_reference(), "amount_cents": 1, "key": "r"}

    with pytest.raises(MalformedRequestError, match=field):
        Recovery(**(whole | given))


@pytest.mark.parametrize("words", ["VENDOR PMT", "INV 12", "vendor pay", "ACH PMT 1"])
def test_neutral_words_may_stand_on_a_bank_statement(words):
    check_descriptor(words)


@pytest.mark.parametrize(
    "words", ["", "VENDOR  PMT", " PMT", "VENDORS PMT", "YOGA", "LEON CO", "MEDICAID", "PMT\n", "123", "PMT-1", "PM\u00b9"]
)
def test_other_words_may_not(words):
    with pytest.raises(MalformedRequestError, match="descriptor"):
        check_descriptor(words)


def test_the_stripe_rail_keeps_the_protocol():
    rail: Rail = StripeRail(StripeSettings("sk_test_1"))

    assert (rail.name, rail.discharges_on) == ("stripe", "transfer")


@pytest.mark.parametrize("change", [{"amount": 2}, {"destination": "acct_2"}, {"description": "a word"}, {"transfer_group": "x"}])
def test_a_frozen_form_says_what_its_attempt_says_and_nothing_else(change):
    attempt = Attempt(a_reference(), "acct_1", 1, key="k")

    with pytest.raises(MalformedRequestError):
        replace(attempt, form={**attempt.form, **change})
