"""The rail over Stripe Connect: the only code that imports stripe."""

from vendors.rails.stripe.rail import StripeRail
from vendors.rails.stripe.settings import StripeSettings

__all__ = ["StripeRail", "StripeSettings"]
