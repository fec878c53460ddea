"""Settings are read once, and what production must not run on is refused at the start."""

import base64

import pytest

from sdc.config import read_settings, sqlite_file
from sdc.errors import ConfigurationError

PRODUCTION = {
    "SDC_ENV": "production",
    "SDC_SECRET_KEYS": base64.b64encode(b"k" * 32).decode(),
    "SDC_RAIL": "stripe",
    "SDC_STRIPE_API_KEY": "rk_live_x",
    "SDC_STRIPE_WEBHOOK_SECRETS": "whsec_a,whsec_b",
    "SDC_DATABASE_URL": "postgresql://db/sdc",
    "SDC_PUBLIC_URL": "https://sdc.example.org/",
}


def test_with_nothing_set_it_runs_on_one_file_with_the_sandbox():
    settings = read_settings({})

    assert str(sqlite_file(settings.database_url)) == "var/sdc.db"
    assert (settings.rail, settings.stripe_api_base, settings.port) == ("sandbox", "http://127.0.0.1:8010", 8000)


def test_production_starts_when_everything_is_set():
    settings = read_settings(PRODUCTION)

    assert settings.is_production
    assert settings.stripe_webhook_secrets == ("whsec_a", "whsec_b")
    assert settings.public_url == "https://sdc.example.org"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SDC_SECRET_KEYS": ""}, "SDC_SECRET_KEYS"),
        ({"SDC_RAIL": "sandbox"}, "SDC_RAIL"),
        ({"SDC_STRIPE_API_KEY": "sk_test_sandbox_x"}, "sandbox key"),
        ({"SDC_STRIPE_API_KEY": ""}, "SDC_STRIPE_API_KEY"),
        ({"SDC_STRIPE_WEBHOOK_SECRETS": ""}, "SDC_STRIPE_WEBHOOK_SECRETS"),
        ({"SDC_STRIPE_API_BASE": "http://127.0.0.1:8010"}, "https"),
        ({"SDC_CLOCK_START": "2026-10-15T16:00:00Z"}, "SDC_CLOCK_START"),
        ({"SDC_PUBLIC_URL": ""}, "SDC_PUBLIC_URL must be https"),
        ({"SDC_PUBLIC_URL": "http://sdc.example.org"}, "SDC_PUBLIC_URL must be https"),
    ],
)
def test_production_refuses_what_it_must_not_run_on(change, named):
    with pytest.raises(ConfigurationError, match=named):
        read_settings(PRODUCTION | change)


@pytest.mark.parametrize(
    "base", ["https://api.stripe.com.example.org", "https://example.org", "http://127.0.0.1:8010", "http://api.stripe.com"]
)
@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x"])
@pytest.mark.parametrize("env", ["development", "production"])
def test_a_live_key_is_never_sent_anywhere_but_to_stripe(env, key, base):
    with pytest.raises(ConfigurationError, match="SDC_STRIPE_API_BASE"):
        read_settings(PRODUCTION | {"SDC_ENV": env, "SDC_STRIPE_API_KEY": key, "SDC_STRIPE_API_BASE": base})


def test_an_address_in_the_clear_is_on_this_machine():
    mine = {"SDC_RAIL": "stripe", "SDC_STRIPE_API_KEY": "sk_test_x", "SDC_STRIPE_WEBHOOK_SECRETS": "whsec_a"}

    assert read_settings(mine | {"SDC_STRIPE_API_BASE": "http://127.0.0.1:9000"}).stripe_api_base == "http://127.0.0.1:9000"
    assert read_settings(mine | {"SDC_STRIPE_API_BASE": "https://stripe.test"}).stripe_api_base == "https://stripe.test"
    for base in ("http://stripe.test", "http://10.0.0.1:9000", "http://127.0.0.1.example.org", "http://localhost@example.org"):
        with pytest.raises(ConfigurationError, match="https"):
            read_settings(mine | {"SDC_STRIPE_API_BASE": base})


@pytest.mark.parametrize(
    "words", ["SDC HEALTH", "TRAVIS CO", "MEDICAID", "WELLNESS", "YOGA PMT", "VENDOR PAYMENT", "PMT*1", "ПЛАТЕЖ", "12", "A  B"]
)
def test_a_bank_statement_shows_no_word_of_a_program(words):
    with pytest.raises(ConfigurationError, match="SDC_STATEMENT_DESCRIPTOR"):
        read_settings({"SDC_STATEMENT_DESCRIPTOR": words})


def test_a_bank_statement_may_show_another_neutral_word():
    assert read_settings({}).statement_descriptor == "VENDOR PMT"
    assert read_settings({"SDC_STATEMENT_DESCRIPTOR": "INV PMT 2"}).statement_descriptor == "INV PMT 2"


def test_what_is_secret_is_not_shown():
    planted = {"SDC_STRIPE_API_KEY": "sk_test_planted", "SDC_STRIPE_WEBHOOK_SECRETS": "whsec_planted"}

    assert "planted" not in repr(read_settings(planted))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SDC_ENV", "staging"),
        ("SDC_PORT", "0"),
        ("SDC_PORT", "70000"),
        ("SDC_PORT", "eighty"),
        ("SDC_RAIL", "cheque"),
        ("SDC_WORKER", "none"),
        ("SDC_PUBLIC_URL", "sdc.example.org"),
        ("SDC_PUBLIC_URL", "ftp://sdc.example.org"),
        ("SDC_PUBLIC_URL", "https://me@sdc.example.org"),
        ("SDC_PUBLIC_URL", "https://sdc.example.org/?next=x"),
        ("SDC_PUBLIC_URL", "https://sdc.example.org/a b"),
        ("SDC_COOLING_OFF", "three days"),
        ("SDC_COOLING_OFF", "-72h"),
        ("SDC_CLOCK_START", "tomorrow"),
        ("SDC_CLOCK_START", "2026-10-15T12:00:00"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(name, value):
    with pytest.raises(ConfigurationError, match=name):
        read_settings({name: value})


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(ConfigurationError, match=r"(?s)SDC_RAIL.*SDC_PORT"):
        read_settings({"SDC_PORT": "x", "SDC_RAIL": "y"})


def test_secrets_are_not_in_the_repr():
    shown = repr(read_settings(PRODUCTION))

    assert "rk_live_x" not in shown
    assert "whsec_a" not in shown
    assert PRODUCTION["SDC_SECRET_KEYS"] not in shown
