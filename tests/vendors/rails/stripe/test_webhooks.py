"""A webhook is believed to be Stripe's only if it is, and only now."""

import json
import time
from datetime import UTC, datetime

import pytest

from vendors import ForgedEventError
from vendors.rails import MAX_EVENT_BYTES, Event
from vendors.rails.sandbox.accounts import CAPABILITY_CHANGED
from vendors.rails.sandbox.deliveries import sign
from vendors.rails.stripe import StripeRail, StripeSettings

NOW = 1_800_000_000
NEW, OLD = "whsec_new", "whsec_old"
SNAPSHOT = {
    "id": "evt_1",
    "object": "event",
    "type": "transfer.reversed",
    "created": NOW,
    "livemode": False,
    "data": {"object": {"id": "tr_1"}},
}
THIN = {
    "id": "evt_2",
    "object": "v2.core.event",
    "type": CAPABILITY_CHANGED,
    "created": "2027-01-15T08:00:00.000Z",
    "livemode": False,
    "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"},
}


def parse(body, *, at=NOW, secret=NEW, header=None, secrets=(NEW, OLD), name="Stripe-Signature", key="sk_test_1", ours=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    rail = StripeRail(StripeSettings(key, webhook_secrets=secrets), clock=lambda: float(NOW))
    return rail.parse_event(raw, {name: sign(raw, secret, at=at) if header is None else header}, account_id=ours)


def test_a_snapshot_event_is_a_hint_at_its_object():
    assert parse(SNAPSHOT) == Event("evt_1", "transfer.reversed", "tr_1", datetime.fromtimestamp(NOW, tz=UTC), live=False, about="transfer")


def test_a_thin_event_is_a_hint_at_its_object():
    at = datetime(2027, 1, 15, 8, tzinfo=UTC)

    assert parse(THIN) == Event("evt_2", CAPABILITY_CHANGED, "acct_1", at, live=False, account_id="acct_1", about="payee")


def test_an_event_of_a_payee_names_its_account():
    assert parse({**SNAPSHOT, "account": "acct_1"}).account_id == "acct_1"


def test_a_thin_event_about_a_part_of_an_account_names_the_account():
    person = {"id": "person_1", "type": "v2.core.account_person", "url": "/v2/core/accounts/acct_1/persons/person_1"}
    event = parse({**THIN, "type": "v2.core.account_person.updated", "related_object": person})

    assert (event.object_id, event.account_id) == ("person_1", "acct_1")


@pytest.mark.parametrize(
    ("body", "account"),
    [
        (SNAPSHOT, None),
        ({**SNAPSHOT, "account": "acct_ours"}, None),
        ({**SNAPSHOT, "account": "acct_1"}, "acct_1"),
        ({**SNAPSHOT, "account": "acct_1", "context": "acct_ours/acct_1"}, "acct_1"),
        ({**SNAPSHOT, "account": "acct_1", "context": "acct_1"}, "acct_1"),
        ({**SNAPSHOT, "context": None}, None),
        ({**SNAPSHOT, "data": {"object": {"id": "ba_1", "object": "bank_account", "account": "acct_1"}}}, "acct_1"),
        ({**SNAPSHOT, "data": {"object": {"id": "po_1", "object": "payout", "account": "acct_1"}}}, None),
        ({**THIN, "context": "acct_1"}, "acct_1"),
        ({**THIN, "context": "acct_ours"}, "acct_1"),
        ({**THIN, "context": "acct_ours/acct_1"}, "acct_1"),
        ({**THIN, "related_object": None, "context": "acct_ours"}, None),
        ({**THIN, "related_object": {"id": "usba_1", "url": "/v2/money_management/payout_methods/usba_1"}, "context": "acct_1"}, "acct_1"),
    ],
)
def test_it_is_told_whose_account_an_event_is_of(body, account):
    assert parse(body, ours="acct_ours").account_id == account


@pytest.mark.parametrize(
    "body",
    [
        {**THIN, "context": "acct_other"},
        {**THIN, "context": "acct_other/acct_2"},
        {**SNAPSHOT, "account": "acct_1", "context": "acct_other/acct_2"},
    ],
)
def test_an_event_for_another_platform_is_refused(body):
    with pytest.raises(ForgedEventError, match="another account"):
        parse(body, ours="acct_ours")


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("topup.reversed", "top_up"),
        ("payout.failed", "payout"),
        ("account.updated", "payee"),
        ("account.external_account.created", "payee_bank"),
        ("v2.money_management.payout_method.created", "payee_bank"),
        ("capability.updated", "payee"),
        ("balance.available", "balance"),
        ("balance_settings.updated", "other"),
        ("invoice.paid", "other"),
    ],
)
def test_it_is_told_what_is_to_be_read_again(kind, about):
    assert parse({**SNAPSHOT, "type": kind}).about == about


def test_two_megabytes_are_refused_at_once():
    with pytest.raises(ForgedEventError, match="large"):
        parse(b"x" * 2_000_000)


def test_a_thousand_events_are_read_in_well_under_a_second():
    raw = json.dumps(
        {**SNAPSHOT, "data": {"object": {"id": "tr_1", "metadata": {f"name_{number}": "x" * 40 for number in range(50)}}}}
    ).encode()
    header = sign(raw, NEW, at=NOW)

    began = time.process_time()
    for _ in range(1_000):
        parse(raw, header=header)

    assert time.process_time() - began < 0.5


def test_the_old_secret_holds_while_it_is_being_replaced():
    assert parse(SNAPSHOT, secret=OLD).id == "evt_1"


def test_one_good_signature_among_several_is_enough():
    raw = json.dumps(SNAPSHOT).encode()
    header = sign(raw, NEW, at=NOW)

    assert parse(raw, header=f"{header},v1={'0' * 64},v0=x").id == "evt_1"
    assert parse(raw, header=header.replace(",", f",v1={'0' * 64},")).id == "evt_1"


def test_a_header_may_be_named_in_any_case():
    assert parse(SNAPSHOT, name="STRIPE-SIGNATURE").id == "evt_1"


@pytest.mark.parametrize("at", [NOW - 300, NOW, NOW + 300])
def test_five_minutes_either_way_are_now(at):
    assert parse(SNAPSHOT, at=at).id == "evt_1"


def test_what_is_too_large_is_refused_before_it_is_looked_at():
    with pytest.raises(ForgedEventError, match="large"):
        parse(b" " * (MAX_EVENT_BYTES + 1))


@pytest.mark.parametrize(
    "header",
    [
        *("", "t=", "v1=aa", f"t={NOW}", f"t=-{NOW},v1=aa", "t=1e9,v1=aa", f"t={NOW},t={NOW},v1=aa", "t=٣,v1=aa", "===,,,"),
        *(f"t={10**30},v1=aa", f"t={NOW}" + ",v1=aa" * 17, f"t={NOW}\x00,v1=aa", f"t={NOW}" + ",v1=aa" * 100_000),
    ],
    ids=range(13),
)
def test_a_header_that_says_nothing_is_refused(header):
    with pytest.raises(ForgedEventError, match="sign"):
        parse(SNAPSHOT, header=header)


@pytest.mark.parametrize("signature", ["", "0" * 64, "ü", "é" * 64])
def test_a_wrong_signature_is_refused(signature):
    with pytest.raises(ForgedEventError, match="someone else"):
        parse(SNAPSHOT, header=f"t={NOW},v1={signature}")


def test_a_body_changed_after_signing_is_refused():
    raw = json.dumps(SNAPSHOT).encode()

    with pytest.raises(ForgedEventError, match="someone else"):
        parse(raw.replace(b"tr_1", b"tr_2"), header=sign(raw, NEW, at=NOW))


def test_a_time_changed_after_signing_is_refused():
    raw = json.dumps(SNAPSHOT).encode()

    with pytest.raises(ForgedEventError, match="someone else"):
        parse(raw, header=sign(raw, NEW, at=NOW - 1000).replace(f"t={NOW - 1000}", f"t={NOW}"))


def test_without_a_secret_everything_is_forged():
    with pytest.raises(ForgedEventError, match="someone else"):
        parse(SNAPSHOT, secrets=())


@pytest.mark.parametrize("at", [NOW - 301, NOW + 301, 0, 9_999_999_999])
def test_what_is_signed_at_another_time_is_refused(at):
    with pytest.raises(ForgedEventError, match="five minutes"):
        parse(SNAPSHOT, at=at)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe",
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 40_000,
        json.dumps(SNAPSHOT).encode("utf-16"),
        json.dumps(SNAPSHOT).encode().replace(b"tr_1", b"tr_\x00"),
        json.dumps(SNAPSHOT).encode().replace(b"{", b'{"id": "evt_0", ', 1),
        json.dumps(SNAPSHOT).encode().replace(b"1800000000", b"9" * 5_000),
    ],
    ids=range(9),
)
def test_what_is_not_json_in_utf_8_is_refused(raw):
    with pytest.raises(ForgedEventError, match="JSON"):
        parse(raw)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "evt_1",
        {},
        {**SNAPSHOT, "id": 1},
        {**SNAPSHOT, "id": ""},
        {**SNAPSHOT, "type": None},
        {**SNAPSHOT, "created": "yesterday"},
        {**SNAPSHOT, "created": 10**30},
        {**SNAPSHOT, "data": {"object": {"id": 1}}},
        {**SNAPSHOT, "data": []},
        {**THIN, "created": 5},
        {**THIN, "related_object": "acct_1"},
        {**THIN, "created": "2027-01-15T08:00:00"},
        {**SNAPSHOT, "id": "evt_\x00"},
        {**SNAPSHOT, "id": "e" * 121},
        {**SNAPSHOT, "id": "\ud800"},
        {**SNAPSHOT, "type": "transfer.reversed\n"},
        {**SNAPSHOT, "created": True},
        {**SNAPSHOT, "created": -1},
        {**SNAPSHOT, "created": float("nan")},
        {**SNAPSHOT, "livemode": "false"},
        {**SNAPSHOT, "account": 5},
        {**SNAPSHOT, "context": ["acct_1"]},
    ],
)
def test_what_is_no_event_is_refused(body):
    with pytest.raises(ForgedEventError, match="not an event"):
        parse(body)


def test_an_event_of_the_other_mode_is_refused():
    with pytest.raises(ForgedEventError, match="mode"):
        parse({**SNAPSHOT, "livemode": True})
    with pytest.raises(ForgedEventError, match="mode"):
        parse(SNAPSHOT, key="sk_live_1")


def test_the_machines_clock_is_used_where_none_is_given():
    raw = json.dumps(SNAPSHOT).encode()
    rail = StripeRail(StripeSettings("sk_test_1", webhook_secrets=(NEW,)))

    assert rail.parse_event(raw, {"stripe-signature": sign(raw, NEW, at=int(time.time()))}).id == "evt_1"
