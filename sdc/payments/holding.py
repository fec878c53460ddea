"""Why a payment is held or refused, in our own words: a processor's codes are its own, and change as it likes.

What the processor said stands with the attempt, for an administrator.
"""

from typing import Final

from vendors.rails import Rejected

_BY_RETRY: Final = {
    "funding": "not enough at the processor",
    "vendor": "payout account not ready",
    "never": "refused by the processor",
}
_BY_CODE: Final = {
    "account_closed": "payout account closed",
    "account_invalid": "payout account closed",
    "resource_missing": "payout account closed",
}


def own_cause(rejected: Rejected) -> str:
    """Say what a refusal means, in one of a few words that stay."""
    return _BY_CODE.get(rejected.reason, _BY_RETRY[rejected.retry]) if rejected.retry == "never" else _BY_RETRY[rejected.retry]
