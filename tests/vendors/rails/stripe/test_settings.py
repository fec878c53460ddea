"""A live key can leave for nowhere but Stripe."""

import pytest

from vendors import RailMisconfiguredError
from vendors.rails.stripe import StripeSettings

HERE = "http://127.0.0.1:8010"


@pytest.mark.parametrize("key", ["", "pk_live_1", "whsec_1", "sk_live_", "sk_test_1 ", "sk_test_a\nb", "Bearer sk_test_1"])
def test_what_is_no_secret_key_is_refused(key):
    with pytest.raises(RailMisconfiguredError, match="key"):
        StripeSettings(key)


@pytest.mark.parametrize(
    "base",
    [
        "",
        "127.0.0.1:8010",
        "ftp://127.0.0.1",
        "http://",
        "http://user@127.0.0.1",
        "http://127.0.0.1/v1",
        "http://127.0.0.1?x=1",
        "http://[",
        "http://h:x",
    ],
)
def test_a_base_address_is_a_bare_origin(base):
    with pytest.raises(RailMisconfiguredError, match="bare"):
        StripeSettings("sk_test_1", base)


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
@pytest.mark.parametrize(
    "base", [HERE, "https://api.stripe.com.example.org", "http://api.stripe.com", "https://api.stripe.com:444", "https://example.org"]
)
def test_a_live_key_goes_to_stripe_only(key, base):
    with pytest.raises(RailMisconfiguredError, match="live"):
        StripeSettings(key, base)


@pytest.mark.parametrize("base", ["http://stripe.test", "http://10.0.0.1:8010", "http://api.stripe.com", "http://127.0.0.1.example.org"])
def test_nothing_leaves_this_machine_in_the_clear(base):
    with pytest.raises(RailMisconfiguredError, match="clear"):
        StripeSettings("sk_test_1", base)


def test_a_sandbox_key_does_not_go_to_stripe():
    with pytest.raises(RailMisconfiguredError, match="sandbox"):
        StripeSettings("sk_test_sandbox_1")


@pytest.mark.parametrize("secrets", [("",), ("whsec_1", " ")])
def test_an_empty_webhook_secret_would_let_anybody_sign(secrets):
    with pytest.raises(RailMisconfiguredError, match="secret"):
        StripeSettings("sk_test_1", webhook_secrets=secrets)


def test_a_test_key_may_go_to_a_stripe_of_ones_own():
    settings = StripeSettings("sk_test_1", f"{HERE}/")

    assert (settings.api_base, settings.is_live, settings.is_sandbox, settings.is_loopback) == (HERE, False, False, True)


def test_a_live_key_goes_to_stripe():
    settings = StripeSettings("rk_live_1")

    assert (settings.is_live, settings.is_loopback) == (True, False)


def test_settings_do_not_show_their_secrets():
    shown = repr(StripeSettings("sk_test_abc", HERE, webhook_secrets=("whsec_def",)))

    assert "abc" not in shown
    assert "def" not in shown
