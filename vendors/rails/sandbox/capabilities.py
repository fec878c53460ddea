"""What a recipient may do: the state of the capabilities that transfers to it and payouts to its bank need."""

from typing import Final

from vendors.rails.sandbox.refusals import Document

STATES: Final = ("active", "pending", "restricted", "rejected", "unsupported")
_DETAILS: Final = {
    "active": [],
    "pending": [{"code": "requirements_pending_verification", "resolution": "no_resolution"}],
    "restricted": [{"code": "requirements_past_due", "resolution": "provide_info"}],
    "rejected": [{"code": "rejected_other", "resolution": "contact_stripe"}],
    "unsupported": [{"code": "unsupported_country", "resolution": "no_resolution"}],
}


def in_state(status: str) -> Document:
    """Write the capabilities as an account shows them."""
    one = {"status": status, "status_details": _DETAILS[status]}
    return {"stripe_balance": {"payouts": {**one}, "stripe_transfers": one}}


def status_of(account: Document) -> str:
    """Say in which state the one capability is that transfers need."""
    capabilities = account["configuration"]["recipient"]["capabilities"]
    return str(capabilities["stripe_balance"]["stripe_transfers"]["status"]) if capabilities else "unsupported"
